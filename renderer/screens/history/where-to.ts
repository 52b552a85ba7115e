/** What an act of the history was about, as a place of the window. */
import type { Act, ActRecord } from '../../../shared/history.ts';
import { NO_FILTERS } from '../../hooks/preferences.ts';
import type { Where } from '../../hooks/use-where.ts';

/** `null`: there is nothing to open. */
export function whereTo(act: Act): Partial<Where> | null {
  const { batch, id, decision, upload, what } = act;
  if (id !== null && batch !== null) return { place: 'review', find: null, batch, change: id };
  if (decision !== null)
    return {
      place: 'review',
      batch: null,
      change: null,
      find: { text: '', filters: { ...NO_FILTERS, decision: String(decision) } },
    };
  if (batch !== null) return { place: 'review', find: null, batch, change: null };
  if (upload !== null || what === 'uploaded') return { place: 'outbox' };
  if (what === 'compared') return { place: 'review', find: null, batch: null, change: null };
  if (SETTINGS.test(what)) return { place: 'settings' };
  return PHONES.test(what) ? { place: 'arrivals' } : null;
}

const SETTINGS =
  /^(?:server-|login-|auto-import-|folder-|language-|phone-rules-|store-|ledger-|password-changed)/;
const PHONES = /^(?:phone-|parcel-|sync-)/;

export function recordAt({ batch, id }: ActRecord): Partial<Where> | null {
  return batch === null ? null : { place: 'review', find: null, batch, change: id };
}
