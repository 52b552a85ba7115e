/** "If this computer is lost": what lies on it, and what is to be done then. Printed beforehand, or it is lost with it. */
import { FileWarning, Printer } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LostComputer } from '../../../shared/lost-computer.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Failure } from '../../components/failure.tsx';
import { Entries, Lines } from '../../components/paper.tsx';
import { useFormat } from '../../hooks/use-format.ts';
import { useQuery } from '../../hooks/use-query.ts';

export function LostComputerButton() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={FileWarning} onPress={() => setOpen(true)}>
        {t('lost.open')}
      </Button>
      <Dialog title={t('lost.title')} open={open} onClose={() => setOpen(false)} wide>
        <LostBody />
      </Dialog>
    </>
  );
}

function LostBody() {
  const { t } = useTranslation();
  const asked = useQuery('lost.get', {}, ['intake', 'batches', 'outbox', 'server', 'settings']);
  return (
    <>
      <Failure failure={asked.failure} retry={asked.again} />
      <p className="help not-printed">{t('lost.about')}</p>
      {asked.value === undefined ? null : <LostPaper lost={asked.value} />}
      <div className="dialog-actions">
        <Button icon={Printer} isDisabled={asked.value === undefined} onPress={() => window.print()}>
          {t('lost.print')}
        </Button>
      </div>
    </>
  );
}

function LostPaper({ lost }: { readonly lost: LostComputer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { people, logins, phones } = lost;
  return (
    <div className="receipt" tabIndex={0} role="region" aria-label={t('lost.title')}>
      <h2 className="only-printed">{t('lost.title')}</h2>
      <h3>{t('lost.what')}</h3>
      <Facts lost={lost} />
      <h3>{t('lost.people')}</h3>
      {people.length === 0 ? (
        <p>{t('lost.nobody')}</p>
      ) : (
        <Entries entries={people.map(({ user, name }) => (name === null ? user : `${name} (${user})`))} />
      )}
      <h3>{t('lost.todo')}</h3>
      <ol>
        <li>{t('lost.step.tell')}</li>
        <li>
          {t(logins.length === 0 ? 'lost.step.noLogins' : 'lost.step.logins')}
          <Entries
            entries={logins.map(
              ({ server, user, account }) => `${user} · ${server}${account ? ` · ${t('lost.account')}` : ''}`,
            )}
          />
        </li>
        <li>
          {t(phones.length === 0 ? 'lost.step.noPhones' : 'lost.step.phones')}
          <Entries
            entries={phones.map(
              ({ user, device, readAt }) =>
                `${user} · ${device} · ${t('lost.read', { at: format.moment(readAt) })}`,
            )}
          />
        </li>
        <li>{t('lost.step.again')}</li>
        <li>{t('lost.step.found')}</li>
      </ol>
    </div>
  );
}

function Facts({ lost }: { readonly lost: LostComputer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { value: info } = useQuery('station.info', {}, ['settings']);
  const { value: server } = useQuery('server.get', {}, ['server']);
  const { since, copies, records, onlyHere, encryption, history } = lost;
  const station = [info?.station, info?.place].filter((part) => part !== undefined && part !== '').join(', ');
  const lines: readonly (readonly [string, string | null])[] = [
    [t('settings.station'), station === '' ? null : station],
    [t('lost.folder'), info?.dataFolder ?? ''],
    [t('server.title'), server?.url ?? null],
    [t('lost.written'), format.now()],
    [t('lost.since'), since === null ? t('lost.never') : format.moment(since)],
    [t('lost.copies'), format.number(copies)],
    [t('lost.records'), format.number(records)],
    [t('lost.onlyHere'), onlyHere === null ? t('lost.onlyHereUnknown') : format.number(onlyHere)],
    [t('lost.encryption'), t(`health.encrypted.${encryption}`)],
    [t('lost.history'), history],
  ];
  return <Lines lines={lines.flatMap(([label, value]) => (value === null ? [] : [[label, value]]))} />;
}
