/** The phones that are there, whose records each holds, and what keeps one from being read. */
import { MailCheck, RefreshCw, Smartphone, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PhoneAppInfo, PhoneInfo } from '../../../../shared/phones.ts';
import { Button } from '../../../components/button.tsx';
import { sentenceIn } from '../../../components/failure.tsx';
import { HelpLink } from '../../../components/help-pages.tsx';
import { PhoneParcel } from './parcel.tsx';

export interface Wanted {
  readonly phone: string;
  readonly app: string;
  readonly user: string;
}

interface Props {
  readonly phones: readonly PhoneInfo[];
  readonly disabled: boolean;
  readonly onRead: (wanted: Wanted) => void;
  readonly onSync: (wanted: Wanted) => void;
  readonly onGive: (wanted: Wanted) => void;
  readonly onConfirm: (wanted: Wanted) => void;
  readonly onFetching: (job: string) => void;
}

export function PhoneList({ phones, disabled, onRead, onSync, onGive, onConfirm, onFetching }: Props) {
  const { t } = useTranslation();
  const people = phones.flatMap(({ apps }) => apps.flatMap((app) => app.people));
  return (
    <ul className="phone-list">
      {phones.map(({ phone, name, apps, trouble }) => (
        <li key={phone} className="card">
          <h3>
            <Smartphone aria-hidden size={20} /> <bdi>{name === '' ? t('phone.unnamed') : name}</bdi>
          </h3>
          {trouble === null ? null : <Trouble code={trouble} />}
          {apps.map((app) => (
            <People
              key={app.app}
              phone={phone}
              app={app}
              only={people.length === 1}
              disabled={disabled}
              onRead={(user) => onRead({ phone, app: app.app, user })}
              onSync={(user) => onSync({ phone, app: app.app, user })}
              onGive={(user) => onGive({ phone, app: app.app, user })}
              onConfirm={(user) => onConfirm({ phone, app: app.app, user })}
              onFetching={onFetching}
            />
          ))}
        </li>
      ))}
    </ul>
  );
}

function Trouble({ code }: { readonly code: NonNullable<PhoneInfo['trouble']> }) {
  const { t } = useTranslation();
  const { sentence, action } = sentenceIn(t, code);
  return (
    <div className="hint tone-warning">
      <TriangleAlert aria-hidden size={20} />
      <span>
        <strong>{sentence}</strong> {action}
      </span>
      <HelpLink code={code} />
    </div>
  );
}

interface PeopleProps {
  readonly phone: string;
  readonly app: PhoneAppInfo;
  /** The obvious next act is to read this one. */
  readonly only: boolean;
  readonly disabled: boolean;
  readonly onRead: (user: string) => void;
  readonly onSync: (user: string) => void;
  readonly onGive: (user: string) => void;
  readonly onConfirm: (user: string) => void;
  readonly onFetching: (job: string) => void;
}

function People({ phone, app, only, disabled, onRead, onSync, onGive, onConfirm, onFetching }: PeopleProps) {
  const { t } = useTranslation();
  const signedIn = app.people.find((one) => one.signedIn)?.user;
  return (
    <div className="phone-people">
      <span className="help">
        <bdi>{app.server}</bdi>
      </span>
      {app.people.map(({ user, signedIn: isIn }) => {
        const name = isIn ? user : t('phone.other', { user });
        return (
          <Button
            key={user}
            look={only ? 'main' : 'plain'}
            isDisabled={disabled}
            onPress={() => onRead(user)}
          >
            {t('phone.read', { user: name })}
          </Button>
        );
      })}
      {signedIn === undefined ? null : (
        <Button icon={RefreshCw} isDisabled={disabled} onPress={() => onSync(signedIn)}>
          {t('phone.sync', { user: signedIn })}
        </Button>
      )}
      {/* What the app notes has no name in it. */}
      {signedIn === undefined || app.people.length > 1 ? null : (
        <Button icon={MailCheck} isDisabled={disabled} onPress={() => onConfirm(signedIn)}>
          {t('phone.confirm')}
        </Button>
      )}
      {signedIn === undefined ? null : (
        <PhoneParcel
          user={signedIn}
          by={{ phone, app: app.app }}
          disabled={disabled}
          onGive={() => onGive(signedIn)}
          onFetching={onFetching}
        />
      )}
    </div>
  );
}
