/** Backups of the station: where they go, one now, one after each day, and when the last one was made. */
import { FolderOpen, HardDriveDownload, KeyRound } from 'lucide-react';
import { useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { BackupState } from '../../../shared/backup.ts';
import type { Job } from '../../../shared/contract.ts';
import { Button } from '../../components/button.tsx';
import { Failure, sentenceIn } from '../../components/failure.tsx';
import { Field } from '../../components/field.tsx';
import { endWords } from '../../components/results.ts';
import { Progress } from '../../components/progress.tsx';
import { Differ, useAsking } from '../../desk/doors.tsx';
import { SecretBox, takeSecrets } from '../../desk/secret-box.tsx';
import { runs, useJobs } from '../../hooks/jobs.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useClient, useQuery } from '../../hooks/use-query.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';

export function BackupCard() {
  const { t } = useTranslation();
  const asked = useQuery('backup.get', {}, ['health', 'sources']);
  const jobs = useJobs().filter((job) => job.kind === 'backup');
  const running = jobs.find(runs);
  const [last] = jobs.filter((job) => !runs(job)).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  const state = asked.value;
  return (
    <section className="card" aria-label={t('backup.title')}>
      <h2>{t('backup.title')}</h2>
      <p className="help">{t('backup.about')}</p>
      <Failure failure={asked.failure} retry={asked.again} />
      {state === undefined ? null : (
        <>
          <Facts state={state} />
          <Place again={asked.again} />
          {running === undefined ? <Ended job={last} /> : <Progress job={running} />}
          {state.place === null || running !== undefined ? null : <Make state={state} again={asked.again} />}
        </>
      )}
    </section>
  );
}

/** How the last one of this run ended. */
function Ended({ job }: { readonly job: Job | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (job?.end == null) return null;
  const { tone, text, more } = endWords(t, job.end, format);
  return (
    <div className={`result-line tone-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <strong>{text}</strong>
      {more === undefined ? null : <p>{more}</p>}
    </div>
  );
}

function Facts({ state }: { readonly state: BackupState }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { place, isThere, onOwnDisk, at, daily, mayKeep, waits } = state;
  const waiting = waits === null ? null : sentenceIn(t, waits);
  return (
    <dl className="facts">
      <dt>{t('health.backup')}</dt>
      <dd>{at === null ? t('health.noBackup') : `${format.moment(at)} (${format.ago(at)})`}</dd>
      <dt>{t('backup.place')}</dt>
      <dd>
        {place === null ? t('backup.noPlace') : <bdi>{place}</bdi>}
        {place === null || isThere ? null : <p>{t('backup.away')}</p>}
        {onOwnDisk ? <p>{t('backup.onOwnDisk')}</p> : null}
      </dd>
      <dt>{t('backup.daily')}</dt>
      <dd>
        {t(daily ? 'backup.on' : 'backup.off')}
        {mayKeep.kind === 'no' ? <p>{t('backup.reminds')}</p> : null}
        {waiting === null ? null : (
          <p role="status">
            {t('backup.waits')} {waiting.sentence}
          </p>
        )}
      </dd>
    </dl>
  );
}

function Place({ again }: { readonly again: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const { info } = useStationStatus();
  const { asking, failure, work } = useAsking();
  const [path, setPath] = useState('');
  const choose = async (typed?: string) => {
    const isChosen = await work(() => client.ask('backup.place', typed === undefined ? {} : { path: typed }));
    if (!isChosen) return;
    setPath('');
    again();
  };
  if (info?.canChoose === true)
    return (
      <>
        <Failure failure={failure} />
        <div className="actions">
          <Button icon={FolderOpen} isDisabled={asking} onPress={() => void choose()}>
            {t('backup.choose')}
          </Button>
        </div>
      </>
    );
  return (
    <form
      className="fields"
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        if (path.trim() !== '') void choose(path.trim());
      }}
    >
      <Failure failure={failure} />
      <Field label={t('backup.path')} value={path} onChange={setPath} maxLength={4096} />
      <Button type="submit" icon={FolderOpen} isDisabled={asking || path.trim() === ''}>
        {t('backup.choosePath')}
      </Button>
    </form>
  );
}

/** One now, or one after each day. With a passphrase that is typed twice, or the one that is kept. */
function Make({ state, again }: { readonly state: BackupState; readonly again: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const { asking, failure, work } = useAsking();
  const [differ, setDiffer] = useState(false);
  const [box, repeat] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  /** What was typed twice, and the boxes are empty. */
  const typed = (): string | null => {
    const [passphrase = '', repeated = ''] = takeSecrets(box, repeat) ?? [];
    if (passphrase === '') return null;
    setDiffer(passphrase !== repeated);
    if (passphrase === repeated) return passphrase;
    box.current?.focus();
    return null;
  };
  const make = (passphrase?: string) =>
    work(() => client.ask('backup.make', passphrase === undefined ? {} : { passphrase }));
  const configure = async (daily: boolean, passphrase?: string) => {
    await work(() =>
      client.ask('backup.configure', { daily, ...(passphrase === undefined ? {} : { passphrase }) }),
    );
    again();
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    const passphrase = typed();
    if (passphrase !== null) void make(passphrase);
  };
  if (state.daily)
    return (
      <>
        <Failure failure={failure} />
        <div className="actions">
          <Button icon={HardDriveDownload} isDisabled={asking} onPress={() => void make()}>
            {t('backup.now')}
          </Button>
          <Button isDisabled={asking} onPress={() => void configure(false)}>
            {t('backup.stopDaily')}
          </Button>
        </div>
      </>
    );
  return (
    <form className="keep-login" autoComplete="off" noValidate onSubmit={send}>
      <Failure failure={failure} />
      {differ ? <Differ /> : null}
      <SecretBox box={box} label={t('backup.passphrase')} help={t('backup.passphraseHelp')} />
      <SecretBox box={repeat} label={t('desk.again')} />
      <div className="actions">
        <Button type="submit" icon={HardDriveDownload} isDisabled={asking}>
          {t('backup.now')}
        </Button>
        {state.mayKeep.kind === 'no' ? null : (
          <Button
            icon={KeyRound}
            isDisabled={asking}
            onPress={() => {
              const passphrase = typed();
              if (passphrase !== null) void configure(true, passphrase);
            }}
          >
            {t('backup.startDaily')}
          </Button>
        )}
      </div>
    </form>
  );
}
