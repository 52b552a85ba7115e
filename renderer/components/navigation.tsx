import {
  BookOpenText,
  CircleHelp,
  GitFork,
  Inbox,
  Keyboard,
  ListChecks,
  Send,
  Settings,
  Users,
  type LucideIcon,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { PLACES, type Place } from '../hooks/preferences.ts';
import { useQuery } from '../hooks/use-query.ts';
import { useFormat } from '../hooks/use-format.ts';
import { useStationStatus } from '../hooks/use-station-status.ts';
import { toPlace, useWhere } from '../hooks/use-where.ts';
import { PersonMenu } from '../desk/person-menu.tsx';
import { Button } from './button.tsx';

const ICONS: Readonly<Record<Place, LucideIcon>> = {
  arrivals: Inbox,
  review: ListChecks,
  conflicts: GitFork,
  outbox: Send,
  workers: Users,
  history: BookOpenText,
  settings: Settings,
  help: CircleHelp,
};

/** What waits in each place; a place where nothing waits shows no number. */
function useWaiting(): Readonly<Record<Place, number>> {
  const { status } = useStationStatus();
  const sources = useQuery('sources.list', {}, ['sources', 'intake']);
  const offered = sources.value?.sources.flatMap((source) => source.dumps) ?? [];
  return {
    arrivals: offered.filter((dump) => !dump.taken).length,
    review: status?.toReview ?? 0,
    conflicts: status?.conflicts ?? 0,
    outbox: status?.outbox.toSend ?? 0,
    workers: 0,
    history: 0,
    settings: 0,
    help: 0,
  };
}

export function Navigation({ onHelp }: { readonly onHelp: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { where, go } = useWhere();
  const waiting = useWaiting();
  return (
    <nav className="navigation" aria-label={t('app.places')}>
      <p className="brand" translate="no">
        {t('app.short')}
      </p>
      <ul>
        {PLACES.map((place) => {
          const Icon = ICONS[place];
          return (
            <li key={place}>
              <button
                type="button"
                className="nav-item"
                aria-current={where.place === place ? 'page' : undefined}
                onClick={() => go(toPlace(where, place))}
              >
                <Icon aria-hidden size={22} />
                <span className="nav-word">{t(`place.${place}`)}</span>
                {waiting[place] === 0 ? null : (
                  <span className="badge">
                    <span aria-hidden>{format.short(waiting[place])}</span>
                    <span className="unseen">{t('app.waiting', { count: waiting[place] })}</span>
                  </span>
                )}
              </button>
            </li>
          );
        })}
      </ul>
      <PersonMenu />
      <Button look="quiet" icon={Keyboard} onPress={onHelp}>
        {t('help.title')}
      </Button>
    </nav>
  );
}
