/** The frame of the window: the places at the side, the place in the middle, the standing line at the foot. */
import type { i18n } from 'i18next';
import { useEffect, useState } from 'react';
import { I18nProvider as AriaLanguage } from 'react-aria-components';
import { I18nextProvider, useTranslation } from 'react-i18next';
import { JobsProvider, type JobStore } from './hooks/jobs.ts';
import { takeBackNewest } from './hooks/notices.ts';
import { TransfersProvider, type TransferStore } from './hooks/file-transfers.ts';
import { NO_FILTERS, PLACES, prefer, usePreferences } from './hooks/preferences.ts';
import { ClientProvider, useQuery } from './hooks/use-query.ts';
import { Agree } from './desk/agree.tsx';
import { Gate } from './desk/gate.tsx';
import { useDrop } from './hooks/use-drop.ts';
import { useJobNotices } from './hooks/use-job-notices.ts';
import { useVersionNotice } from './hooks/use-version-notice.ts';
import { useKeptFocus } from './hooks/use-kept-focus.ts';
import { useKeys } from './hooks/use-keys.ts';
import { StationStatusProvider, useStationStatusState } from './hooks/use-station-status.ts';
import { useTick } from './hooks/use-tick.ts';
import { useTakeFiles } from './hooks/use-take-files.ts';
import { useWhere, useWhereState, WhereProvider } from './hooks/use-where.ts';
import { ConnectionBanner } from './components/connection-banner.tsx';
import { BehindBanner } from './components/behind-banner.tsx';
import { HealthBanner } from './components/health-banner.tsx';
import { Foot } from './components/foot.tsx';
import { HelpDialog, useHelp } from './components/help.tsx';
import { HelpProvider, useHelpKey } from './components/help-pages.tsx';
import { Navigation } from './components/navigation.tsx';
import { WorkingSign } from './components/working-sign.tsx';
import { NoticeRegion } from './components/notice-region.tsx';
import { Arrivals } from './screens/arrivals/arrivals.tsx';
import { Conflicts } from './screens/conflicts/conflicts.tsx';
import { Help } from './screens/help/help.tsx';
import { Outbox } from './screens/outbox/outbox.tsx';
import { History } from './screens/history/history.tsx';
import { Workers } from './screens/workers/workers.tsx';
import { Review } from './screens/review/review.tsx';
import { Settings } from './screens/settings/settings.tsx';
import type { Client } from './station.ts';
import { helpOfPlace } from '../shared/help.ts';
import { directionOf, languageFor, type Language } from '../shared/languages.ts';

const PLACE_PARTS = {
  arrivals: Arrivals,
  review: Review,
  conflicts: Conflicts,
  outbox: Outbox,
  workers: Workers,
  history: History,
  settings: Settings,
  help: Help,
} as const;

interface Props {
  readonly client: Client;
  readonly jobs: JobStore;
  readonly transfers: TransferStore;
  readonly words: i18n;
}

export function App({ client, jobs, transfers, words }: Props) {
  return (
    <I18nextProvider i18n={words}>
      <ClientProvider value={client}>
        <JobsProvider value={jobs}>
          <TransfersProvider value={transfers}>
            <Window words={words} />
          </TransfersProvider>
        </JobsProvider>
      </ClientProvider>
    </I18nextProvider>
  );
}

function Window({ words }: { words: i18n }) {
  const { look, language } = usePreferences();
  const whereAndGo = useWhereState();
  const settings = useQuery('settings.get', {}, ['settings']).value;
  const [chosen, setChosen] = useState<Language | null>(null);
  // The language is a setting of the station; what it was the last time is drawn until the station has answered.
  const ofStation = settings === undefined ? language : (settings.language ?? chosen);
  const spoken = languageFor(ofStation, navigator.languages);

  useEffect(() => {
    document.documentElement.dataset['look'] = look;
  }, [look]);
  useEffect(() => {
    if (settings !== undefined && settings.language !== language) prefer({ language: settings.language });
  }, [settings, language]);
  useEffect(() => {
    document.documentElement.lang = spoken;
    document.documentElement.dir = directionOf(spoken);
    if (words.language !== spoken) void words.changeLanguage(spoken);
  }, [spoken, words]);

  return (
    <AriaLanguage locale={spoken}>
      <WhereProvider value={whereAndGo}>
        <HelpProvider>
          <Gate onLanguage={setChosen}>
            <Work />
          </Gate>
        </HelpProvider>
      </WhereProvider>
    </AriaLanguage>
  );
}

/** The station as it is for whoever works here. */
function Work() {
  return (
    <StationStatusProvider value={useStationStatusState()}>
      <Frame />
    </StationStatusProvider>
  );
}

function Frame() {
  const { t } = useTranslation();
  const { where, go } = useWhere();
  const help = useHelp();
  useTick(30_000);
  const dropping = useDrop(useTakeFiles());
  useJobNotices();
  useVersionNotice();
  useKeptFocus();
  useHelpKey(helpOfPlace(where));

  const digits = Object.fromEntries(PLACES.map((place, index) => [String(index + 1), () => go({ place })]));
  const find = () => go({ place: 'review', batch: null, find: { text: '', filters: NO_FILTERS } });
  useKeys({ ...digits, '?': help.open, 'Ctrl+z': takeBackNewest, 'Ctrl+f': find });

  useEffect(() => {
    document.title = `${t(`place.${where.place}`)} · ${t('app.name')}`;
  }, [t, where.place]);

  const Place = PLACE_PARTS[where.place];
  return (
    <div className="frame">
      <ConnectionBanner />
      <HealthBanner />
      <BehindBanner />
      <Navigation onHelp={help.open} />
      <main className="place" key={where.place} data-place={where.place}>
        <Place />
      </main>
      <Foot />
      <NoticeRegion />
      <Agree />
      <WorkingSign />
      {dropping ? (
        <div className="drop-over">
          <p>{t('arrivals.drop')}</p>
        </div>
      ) : null}
      <HelpDialog open={help.isOpen} onClose={help.close} />
    </div>
  );
}
