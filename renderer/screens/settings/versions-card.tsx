/** Newer versions of the program: which runs, which is on a stick and what is different in it, and installing it. */
import { Download, HardDriveDownload } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FoundVersion, NewVersion, UpdateState } from '../../../shared/updates.ts';
import { languageFor, isLanguage } from '../../../shared/languages.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Failure, sentenceIn } from '../../components/failure.tsx';
import { Progress } from '../../components/progress.tsx';
import { endWords } from '../../components/results.ts';
import { Differ, useAsking } from '../../desk/doors.tsx';
import { SecretBox, takeSecrets } from '../../desk/secret-box.tsx';
import { runs, useJobs } from '../../hooks/jobs.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useClient, useQuery } from '../../hooks/use-query.ts';

export function VersionsCard() {
  const { t } = useTranslation();
  const format = useFormat();
  const asked = useQuery('update.get', {}, ['updates', 'sources']);
  const jobs = useJobs().filter((job) => job.kind === 'update');
  const running = jobs.find(runs);
  const [last] = jobs.filter((job) => !runs(job)).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  const state = asked.value;
  // Of a copy it is said below that it is ready.
  const ended = last?.end == null || last.end.kind === 'update-copied' ? null : endWords(t, last.end, format);
  return (
    <section className="card" aria-label={t('newVersion.title')}>
      <h2>{t('newVersion.title')}</h2>
      <p className="help">{t(state?.accepts === false ? 'newVersion.off' : 'newVersion.about')}</p>
      <Failure failure={asked.failure} retry={asked.again} />
      {state === undefined ? null : (
        <>
          <dl className="facts">
            <dt>{t('newVersion.here')}</dt>
            <dd>{state.version}</dd>
          </dl>
          {running !== undefined ? (
            <Progress job={running} />
          ) : ended === null ? null : (
            <div
              className={`result-line tone-${ended.tone}`}
              role={ended.tone === 'bad' ? 'alert' : 'status'}
            >
              <strong>{ended.text}</strong>
              {ended.more === undefined ? null : <p>{ended.more}</p>}
            </div>
          )}
          {state.accepts ? <Versions state={state} busy={running !== undefined} /> : null}
        </>
      )}
    </section>
  );
}

function Versions({ state, busy }: { readonly state: UpdateState; readonly busy: boolean }) {
  const { t } = useTranslation();
  const { found, ready } = state;
  const [first] = found;
  const isOffered = first?.problem === null && first.says !== null && first.says.version !== ready?.version;
  const unusable = found.filter(({ problem }) => problem !== null);
  return (
    <>
      {ready === null ? null : <Ready version={ready} busy={busy} />}
      {isOffered ? <Offered found={first} busy={busy} /> : null}
      {unusable.map((one) => (
        <Unusable key={`${one.source} ${one.file}`} found={one} />
      ))}
      {ready === null && found.length === 0 ? <p>{t('newVersion.none')}</p> : null}
    </>
  );
}

/** What is different in it, in the language of the window. */
function Changes({ version }: { readonly version: NewVersion }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const language = isLanguage(i18n.language) ? i18n.language : languageFor(null, [i18n.language]);
  return (
    <>
      <p className="help">
        {t('newVersion.signed', { date: format.date(version.date) })} · {format.bytes(version.bytes)}
      </p>
      <p>
        <strong>{t('newVersion.whatChanges')}</strong>
      </p>
      <p className="value">{version.changes[language]}</p>
    </>
  );
}

function Offered({ found, busy }: { readonly found: FoundVersion; readonly busy: boolean }) {
  const { t } = useTranslation();
  const client = useClient();
  const { asking, failure, work } = useAsking();
  const { source, sourceName, file, says } = found;
  if (says === null) return null;
  return (
    <>
      <h3>
        {says.version} · <bdi>{t('newVersion.onStick', { source: sourceName })}</bdi>
      </h3>
      <Changes version={says} />
      <Failure failure={failure} />
      <div className="actions">
        <Button
          icon={HardDriveDownload}
          isDisabled={busy || asking}
          onPress={() => void work(() => client.ask('update.copy', { source, file }))}
        >
          {t('newVersion.copy')}
        </Button>
      </div>
    </>
  );
}

function Unusable({ found }: { readonly found: FoundVersion }) {
  const { t } = useTranslation();
  if (found.problem === null) return null;
  const { sentence, action } = sentenceIn(t, found.problem);
  const isHarmless = found.problem === 'update-older';
  return (
    <div className={`result-line tone-${isHarmless ? 'plain' : 'warning'}`} role="status">
      <strong>
        <bdi>
          {isHarmless
            ? `${found.name} · ${t('newVersion.onStick', { source: found.sourceName })}`
            : t('newVersion.unusable', { name: found.name, source: found.sourceName })}
        </bdi>
      </strong>
      <p>
        {sentence} {action}
      </p>
    </div>
  );
}

function Ready({ version, busy }: { readonly version: NewVersion; readonly busy: boolean }) {
  const { t } = useTranslation();
  const client = useClient();
  const { value: backup } = useQuery('backup.get', {}, ['health', 'sources']);
  const { asking, failure, work } = useAsking();
  const [isAsking, setAsking] = useState(false);
  const [box, repeat] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const [differ, setDiffer] = useState(false);
  const name = t('newVersion.install', { version: version.version });
  const install = async (): Promise<void> => {
    const typed = backup?.daily === true ? [] : takeSecrets(box, repeat);
    if (typed === null) return;
    const [passphrase, repeated] = typed;
    setDiffer(passphrase !== repeated);
    if (passphrase !== repeated) return;
    const hasBegun = await work(() =>
      client.ask('update.install', passphrase === undefined ? {} : { passphrase }),
    );
    if (hasBegun) setAsking(false);
  };
  return (
    <>
      <p>
        <strong>{t('newVersion.ready', { version: version.version })}</strong>
      </p>
      {backup?.place === null ? (
        <p role="status">{t('newVersion.noPlace')}</p>
      ) : (
        <div className="actions">
          <Button icon={Download} look="main" isDisabled={busy} onPress={() => setAsking(true)}>
            {name}
          </Button>
        </div>
      )}
      <Dialog title={name} open={isAsking} onClose={() => setAsking(false)}>
        <Changes version={version} />
        <p>{t('newVersion.sure')}</p>
        <Failure failure={failure} />
        <form
          autoComplete="off"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void install();
          }}
        >
          {differ ? <Differ /> : null}
          {backup?.daily === true ? null : (
            <>
              <SecretBox box={box} label={t('newVersion.passphrase')} help={t('backup.passphraseHelp')} />
              <SecretBox box={repeat} label={t('desk.again')} />
            </>
          )}
          <div className="dialog-actions">
            <Button onPress={() => setAsking(false)}>{t('action.cancel')}</Button>
            <Button type="submit" look="main" isDisabled={asking}>
              {name}
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
