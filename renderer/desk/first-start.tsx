/**
 * The first start: language, station, administrator, server, sticks and phones, and then practise or begin. Or, in place of
 * all of it, a backup of a station that was set up before.
 */
import { ArrowRight, Check } from 'lucide-react';
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Language } from '../../shared/languages.ts';
import { useLanguage } from '../hooks/use-language.ts';
import { runningOf } from '../../shared/restore.ts';
import { Button } from '../components/button.tsx';
import { Failure } from '../components/failure.tsx';
import { Field } from '../components/field.tsx';
import { Segments } from '../components/segments.tsx';
import { useClient, useQuery } from '../hooks/use-query.ts';
import { StationStatusProvider, useStationStatusState } from '../hooks/use-station-status.ts';
import { languageChoices } from '../i18n.ts';
import { ServerCard } from '../screens/settings/server-card.tsx';
import { Differ, useAsking } from './doors.tsx';
import { RecoveryCode } from './recovery-code.tsx';
import { RestoreHere } from './restore-here.tsx';
import { SecretBox, takeSecrets } from './secret-box.tsx';

const STEPS = ['language', 'station', 'admin', 'server', 'devices', 'begin'] as const;
type Step = (typeof STEPS)[number];

interface Props {
  /** The administrator is made, and signed in. */
  readonly isSetUp: boolean;
  readonly onLanguage: (language: Language) => void;
  readonly onDone: () => void;
}

export function FirstStart(props: Props) {
  // That nobody may ask any more is the end of the first start, of which the gate is told as well.
  const { value: state, again } = useQuery('restore.get', props.isSetUp ? null : {}, ['restore']);
  const [wanted, setWanted] = useState<boolean | null>(null);
  const [ran, setRan] = useState(false);
  const runs = state !== undefined && runningOf(state) !== null;
  // What failed or was stopped leaves the backup chosen.
  const isOver = ran && state?.progress.kind === 'idle' && state.file === null;
  useEffect(() => {
    if (runs) setRan(true);
  }, [runs]);
  if (state === undefined || isOver) return <SetUp {...props} hasRestored={isOver} />;
  // How it ended is said after a reload, too.
  if (runs || (wanted ?? state.progress.kind !== 'idle'))
    return <RestoreHere state={state} again={again} onBack={() => setWanted(false)} />;
  return <SetUp {...props} comesBack={wanted === false} onRestore={() => setWanted(true)} />;
}

interface SetUpProps extends Props {
  /** A station came out of a backup in which nobody was set up. */
  readonly hasRestored?: boolean;
  /** From the backup that was offered here. */
  readonly comesBack?: boolean;
  readonly onRestore?: () => void;
}

function SetUp({ isSetUp, onLanguage, onDone, hasRestored, comesBack, onRestore }: SetUpProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [reached, setReached] = useState<Step>('language');
  const [cameBack] = useState(comesBack === true);
  const [station, setStation] = useState('');
  const [place, setPlace] = useState('');
  const [recovery, setRecovery] = useState<string | null>(null);
  // Only its administrator can go on with a station that was set up.
  const step = !isSetUp && STEPS.indexOf(reached) > 2 ? 'admin' : reached;
  const at = STEPS.indexOf(step);
  const next = () => setReached(STEPS[at + 1] ?? 'begin');
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (step === 'language' && cameBack) return;
    // The button that led here is gone: the keyboard goes on from the first box of the step, or from its top.
    const first = card.current?.querySelector<HTMLElement>('input:not([type=radio])');
    (first ?? card.current?.querySelector('h1'))?.focus();
  }, [step, cameBack]);
  return (
    <div className="card gate-card" data-step={step} ref={card}>
      <p className="help">{t('first.step', { number: at + 1, total: STEPS.length })}</p>
      <h1 tabIndex={-1}>{t(`first.${step}`)}</h1>
      {hasRestored === true && !isSetUp ? <p role="status">{t('fromBackup.nobody')}</p> : null}
      {step === 'language' ? (
        <Part
          onNext={next}
          other={
            onRestore === undefined ? null : (
              <Button look="quiet" autoFocus={cameBack} onPress={onRestore}>
                {t('fromBackup.offer')}
              </Button>
            )
          }
        >
          <Segments
            label={t('settings.language')}
            chosen={language}
            choices={languageChoices(t)}
            onChoose={onLanguage}
          />
        </Part>
      ) : step === 'station' ? (
        <Part onNext={next} mayGoOn={station.trim() !== ''}>
          <p className="help">{t('first.stationAbout')}</p>
          <Field label={t('first.stationName')} value={station} onChange={setStation} maxLength={100} />
          <Field label={t('first.place')} value={place} onChange={setPlace} maxLength={100} />
        </Part>
      ) : step === 'admin' ? (
        <Admin
          station={station}
          place={place}
          language={language}
          onDone={(code) => {
            setRecovery(code);
            next();
          }}
        />
      ) : step === 'server' ? (
        <Server onNext={next} />
      ) : step === 'devices' ? (
        <Devices onNext={next} />
      ) : (
        <Part onNext={onDone} word={t('first.beginNow')} last>
          <p>{t('first.beginAbout')}</p>
          {recovery === null ? null : <RecoveryCode code={recovery} />}
          <p className="help">{t('first.practise')}</p>
        </Part>
      )}
    </div>
  );
}

interface PartProps {
  readonly onNext: () => void;
  readonly mayGoOn?: boolean;
  readonly word?: string;
  readonly last?: boolean;
  /** Stands before the button that goes on. */
  readonly other?: ReactNode;
  readonly children: ReactNode;
}

function Part({ onNext, mayGoOn = true, word, last = false, other, children }: PartProps) {
  const { t } = useTranslation();
  return (
    <form
      className="sign-in"
      autoComplete="off"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (mayGoOn) onNext();
      }}
    >
      {children}
      <div className="dialog-actions">
        {other}
        <Button type="submit" look="main" icon={last ? Check : ArrowRight} isDisabled={!mayGoOn}>
          {word ?? t('first.next')}
        </Button>
      </div>
    </form>
  );
}

interface AdminProps {
  readonly station: string;
  readonly place: string;
  readonly language: Language;
  readonly onDone: (recovery: string) => void;
}

function Admin({ station, place, language, onDone }: AdminProps) {
  const { t } = useTranslation();
  const client = useClient();
  const { asking, failure, work } = useAsking();
  const [name, setName] = useState('');
  const [differ, setDiffer] = useState(false);
  const [box, again] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const send = async (event: FormEvent) => {
    event.preventDefault();
    const [secret = '', repeated = ''] = takeSecrets(box, again) ?? [];
    if (secret === '') return;
    setDiffer(secret !== repeated);
    if (secret !== repeated) return box.current?.focus();
    await work(async () => {
      const { recovery } = await client.ask('desk.set-up', { language, station, place, name, secret });
      onDone(recovery);
    });
  };
  return (
    <form className="sign-in" autoComplete="off" noValidate onSubmit={(event) => void send(event)}>
      <p className="help">{t('first.adminAbout')}</p>
      <Failure failure={failure} />
      {differ ? <Differ /> : null}
      <Field label={t('desk.name')} value={name} onChange={setName} maxLength={200} />
      <SecretBox box={box} label={t('first.passphrase')} help={t('desk.rules')} />
      <SecretBox box={again} label={t('desk.again')} />
      <div className="dialog-actions">
        <Button type="submit" look="main" icon={ArrowRight} isDisabled={asking || name.trim() === ''}>
          {t('first.next')}
        </Button>
      </div>
    </form>
  );
}

function Server({ onNext }: { readonly onNext: () => void }) {
  const { t } = useTranslation();
  const known = useStationStatusState();
  return (
    <StationStatusProvider value={known}>
      <p className="help">{t('first.serverAbout')}</p>
      <ServerCard />
      <div className="dialog-actions">
        <Button look={known.server?.url == null ? 'plain' : 'main'} icon={ArrowRight} onPress={onNext}>
          {known.server?.url == null ? t('first.later') : t('first.next')}
        </Button>
      </div>
    </StationStatusProvider>
  );
}

function Devices({ onNext }: { readonly onNext: () => void }) {
  const { t } = useTranslation();
  const asked = useQuery('sources.list', {}, ['sources']);
  const sources = asked.value?.sources ?? [];
  return (
    <Part onNext={onNext}>
      <p className="help">{t('first.devicesAbout')}</p>
      <Failure failure={asked.failure} retry={asked.again} />
      <div role="status">
        {sources.length === 0 ? (
          <p>{t('first.devicesNone')}</p>
        ) : (
          <ul>
            {sources.map(({ source, name }) => (
              <li key={source}>
                <bdi>{name}</bdi>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Part>
  );
}
