/** What the server has for the person of a phone: how old what was fetched is, fetching it, and writing it to the phone. */
import { Download, PackageOpen } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ParcelInfo } from '../../../../shared/parcel.ts';
import { Button } from '../../../components/button.tsx';
import { SignIn } from '../../../components/sign-in.tsx';
import { useFormat } from '../../../hooks/use-format.ts';
import { useClient, useQuery } from '../../../hooks/use-query.ts';
import type { Login } from '../../../hooks/use-sign-in.ts';

interface Props {
  readonly user: string;
  readonly disabled: boolean;
  readonly onGive: () => void;
  /** The fetching has begun. */
  readonly onFetching: (job: string) => void;
}

export function PhoneParcel({ user, disabled, onGive, onFetching }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  const [signingIn, setSigningIn] = useState(false);
  const found = useQuery('parcels.list', {}, ['parcels', 'server']);
  const parcel = found.value?.parcels.find((one) => one.user === user);
  const fetchFor = async (login: Login) => {
    const { job } = await client.ask('phones.prepare', { user: login.user, ...login.password });
    onFetching(job);
    return job;
  };
  return (
    <div className="phone-people">
      <span className="help">
        {parcel === undefined ? t('phone.noNews', { user }) : <Age parcel={parcel} />}
      </span>
      {parcel === undefined ? null : (
        <Button icon={PackageOpen} isDisabled={disabled} onPress={onGive}>
          {t('phone.give')}
        </Button>
      )}
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
    </div>
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
