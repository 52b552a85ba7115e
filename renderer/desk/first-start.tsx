/** The first start: language, station, administrator, server, sticks and phones, and then practise or begin. */
import { ArrowRight, Check } from 'lucide-react';
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { languageFor, type Language } from '../../shared/languages.ts';
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
import { SecretBox, takeSecrets } from './secret-box.tsx';

const STEPS = ['language', 'station', 'admin', 'server', 'devices', 'begin'] as const;
type Step = (typeof STEPS)[number];

interface Props {
  /** The administrator is made, and signed in. */
  readonly isSetUp: boolean;
  readonly onLanguage: (language: Language) => void;
  readonly onDone: () => void;
}

export function FirstStart({ isSetUp, onLanguage, onDone }: Props) {
  const { t, i18n } = useTranslation();
  const [reached, setReached] = useState<Step>('language');
  const [station, setStation] = useState('');
  const [place, setPlace] = useState('');
  const [recovery, setRecovery] = useState<string | null>(null);
  // Only its administrator can go on with a station that was set up.
  const step = !isSetUp && STEPS.indexOf(reached) > 2 ? 'admin' : reached;
  const at = STEPS.indexOf(step);
  const next = () => setReached(STEPS[at + 1] ?? 'begin');
  const language = languageFor(null, [i18n.language]);
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The button that led here is gone: the keyboard goes on from the first box of the step, or from its top.
    const first = card.current?.querySelector<HTMLElement>('input:not([type=radio])');
    (first ?? card.current?.querySelector('h1'))?.focus();
  }, [step]);
  return (
    <div className="card gate-card" data-step={step} ref={card}>
      <p className="help">{t('first.step', { number: at + 1, total: STEPS.length })}</p>
      <h1 tabIndex={-1}>{t(`first.${step}`)}</h1>
      {step === 'language' ? (
        <Part onNext={next}>
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
  readonly children: ReactNode;
}

function Part({ onNext, mayGoOn = true, word, last = false, children }: PartProps) {
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
