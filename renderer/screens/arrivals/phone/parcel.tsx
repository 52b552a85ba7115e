/** What the server has for the person of a phone: how old what was fetched is, fetching it, and writing it to the phone. */
import { Download, PackageOpen } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ParcelInfo } from '../../../../shared/parcel.ts';
import { Button } from '../../../components/button.tsx';
import { failureSentence } from '../../../components/failure.tsx';
import { SignIn } from '../../../components/sign-in.tsx';
import { useFormat } from '../../../hooks/use-format.ts';
import { useClient, useQuery } from '../../../hooks/use-query.ts';
import { notify } from '../../../hooks/notices.ts';
import type { Login } from '../../../hooks/use-sign-in.ts';

interface Props {
  readonly user: string;
  /** The phone that is plugged in, and the app on it. */
  readonly by: { readonly phone: string; readonly app: string };
  readonly disabled: boolean;
  readonly onGive: () => void;
  /** The fetching has begun. */
  readonly onFetching: (job: string) => void;
}

export function PhoneParcel({ user, by, disabled, onGive, onFetching }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  const parcel = useParcels()?.parcels.find((one) => one.user === user);
  const fetchByPhone = async () => {
    try {
      onFetching((await client.ask('phones.prepare', { user, by })).job);
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    }
  };
  return (
    <div className="phone-people">
      <NewsAge user={user} />
      {parcel === undefined ? null : (
        <Button icon={PackageOpen} isDisabled={disabled} onPress={onGive}>
          {t('phone.give')}
        </Button>
      )}
      <FetchNews user={user} disabled={disabled} onFetching={onFetching} />
      <Button icon={Download} isDisabled={disabled} onPress={() => void fetchByPhone()}>
        {t('phone.fetchByPhone')}
      </Button>
    </div>
  );
}

/** Parcels, and the phones that one can be fetched for. */
export function useParcels() {
  return useQuery('parcels.list', {}, ['parcels', 'server', 'batches']).value;
}

interface FetchProps {
  readonly user: string;
  readonly disabled: boolean;
  readonly onFetching?: (job: string) => void;
}

/** Fetches the news of a person with the person's login, whether the phone is there or not. */
export function FetchNews({ user, disabled, onFetching = () => {} }: FetchProps) {
  const { t } = useTranslation();
  const client = useClient();
  const [signingIn, setSigningIn] = useState(false);
  const fetchFor = async (login: Login) => {
    const { job } = await client.ask('phones.prepare', { user: login.user, ...login.password });
    onFetching(job);
    return job;
  };
  return (
    <>
      <Button icon={Download} isDisabled={disabled} onPress={() => setSigningIn(true)}>
        {t('phone.fetch', { user })}
      </Button>
      <SignIn
        title={t('phone.fetch', { user })}
        about={t('phone.fetchAbout')}
        submit={t('phone.fetch', { user })}
        open={signingIn}
        onClose={() => setSigningIn(false)}
        start={fetchFor}
        proposed={user}
      />
    </>
  );
}

export function NewsAge({ user }: { readonly user: string }) {
  const { t } = useTranslation();
  const parcel = useParcels()?.parcels.find((one) => one.user === user);
  return (
    <span className="help">
      {parcel === undefined ? t('phone.noNews', { user }) : <Age parcel={parcel} />}
    </span>
  );
}

function Age({ parcel: { user, madeAt, documents, deletes } }: { readonly parcel: ParcelInfo }) {
  const { t } = useTranslation();
  const format = useFormat();
  return t('phone.news', {
    user,
    ago: format.ago(madeAt),
    records: t('parcel.records', { count: documents }),
    drops: t('parcel.records', { count: deletes }),
  });
}
