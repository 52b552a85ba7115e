/**
 * What the window remembers by itself: which place was open, filters, look. Never a record, a
 * name or a password. Where the browser forbids storage, it is remembered until the window closes.
 */
import { useSyncExternalStore } from 'react';
import { LANGUAGES, type Language } from '../../shared/languages.ts';
import type { DocumentKind } from '../../shared/document-kinds.ts';
import { TWICE } from '../../shared/filter-counts.ts';
import { UNUSUAL_RULES, type UnusualRule } from '../../shared/unusual.ts';
import { CLASSES, STATES, type ChangeClass, type ChangeState } from '../../shared/review.ts';

const CLASS_WORDS: ReadonlySet<string> = new Set(CLASSES);
const STATE_WORDS: ReadonlySet<string> = new Set(STATES);

export const PLACES = [
  'arrivals',
  'review',
  'conflicts',
  'outbox',
  'workers',
  'history',
  'settings',
  'help',
] as const;
export type Place = (typeof PLACES)[number];
export const LOOKS = ['system', 'light', 'dark'] as const;
export type Look = (typeof LOOKS)[number];
export const BATCH_SORTS = ['takenAt', 'user', 'device', 'open'] as const;
export const CHANGE_SORTS = ['odd', 'label', 'reportedAt', 'kind', 'class', 'state'] as const;

export interface ChangeFilters {
  /** Of these classes, and not accepted yet. */
  readonly classes: readonly ChangeClass[];
  /** What the server has accepted; instead of a class. */
  readonly accepted: boolean;
  readonly states: readonly ChangeState[];
  readonly form: string;
  readonly withPhoto: boolean;
  /** Only what this rule makes unusual; empty: whatever is. */
  readonly unusual: UnusualRule | typeof TWICE | '';
  /** Of a person, of a device, of these kinds: where records of several are listed. Never remembered. */
  readonly user: string;
  readonly device: string;
  readonly kinds: readonly DocumentKind[];
  /** Only what this decision touched, by its number; empty: whatever was decided. Never remembered. */
  readonly decision: string;
  readonly from: string;
  readonly to: string;
}

export const NO_FILTERS: ChangeFilters = {
  classes: [],
  accepted: false,
  states: [],
  form: '',
  withPhoto: false,
  unusual: '',
  user: '',
  device: '',
  kinds: [],
  decision: '',
  from: '',
  to: '',
};

export interface Preferences {
  readonly place: Place;
  readonly look: Look;
  /** The language the station was set to when last asked, for the first picture; `null`: what the computer says. */
  readonly language: Language | null;
  /** Letters alone (j, k, ?) act; a person who dictates may want them off (WCAG 2.1.4). */
  readonly letterKeys: boolean;
  readonly showBatches: 'to-do' | 'all' | 'done';
  readonly batchSort: { readonly by: (typeof BATCH_SORTS)[number]; readonly descending: boolean };
  readonly changeSort: { readonly by: (typeof CHANGE_SORTS)[number]; readonly descending: boolean };
  readonly filters: ChangeFilters;
  readonly practiceCard: 'open' | 'closed';
}

const DEFAULTS: Preferences = {
  place: 'arrivals',
  look: 'system',
  language: null,
  letterKeys: true,
  showBatches: 'to-do',
  batchSort: { by: 'takenAt', descending: true },
  changeSort: { by: 'odd', descending: false },
  filters: NO_FILTERS,
  practiceCard: 'open',
};

const KEY = 'station-window-1';

function read(): Preferences {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    return sound(stored);
  } catch {
    return DEFAULTS;
  }
}

const oneOf = <T>(allowed: readonly T[], value: unknown, otherwise: T): T =>
  allowed.includes(value as T) ? (value as T) : otherwise;

/** Another version of the window may have written anything: each field is taken only if it fits. */
export function sound(stored: unknown): Preferences {
  if (typeof stored !== 'object' || stored === null) return DEFAULTS;
  const given = stored as Partial<Record<keyof Preferences, unknown>>;
  return {
    place: oneOf(PLACES, given.place, DEFAULTS.place),
    look: oneOf(LOOKS, given.look, DEFAULTS.look),
    language: oneOf<Language | null>([...LANGUAGES, null], given.language, null),
    letterKeys: given.letterKeys !== false,
    showBatches: oneOf(['to-do', 'all', 'done'] as const, given.showBatches, DEFAULTS.showBatches),
    batchSort: soundSort(BATCH_SORTS, given.batchSort, DEFAULTS.batchSort),
    changeSort: soundSort(CHANGE_SORTS, given.changeSort, DEFAULTS.changeSort),
    filters: soundFilters(given.filters),
    practiceCard: oneOf(['open', 'closed'] as const, given.practiceCard, 'open'),
  };
}

function soundSort<By extends string>(
  allowed: readonly By[],
  value: unknown,
  otherwise: { readonly by: By; readonly descending: boolean },
) {
  if (typeof value !== 'object' || value === null || !('by' in value)) return otherwise;
  if (!allowed.includes(value.by as By)) return otherwise;
  return { by: value.by as By, descending: 'descending' in value && value.descending === true };
}

function soundFilters(value: unknown): ChangeFilters {
  if (typeof value !== 'object' || value === null) return NO_FILTERS;
  const given = value as Partial<Record<keyof ChangeFilters, unknown>>;
  const words = (list: unknown) =>
    Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
  const day = (text: unknown) => (typeof text === 'string' && /^\d{4}-\d\d-\d\d$/.test(text) ? text : '');
  return {
    // The station checks these words; an unknown one would make it refuse every list.
    classes: words(given.classes).filter((word): word is ChangeClass => CLASS_WORDS.has(word)),
    states: words(given.states).filter((word): word is ChangeState => STATE_WORDS.has(word)),
    accepted: given.accepted === true,
    form: typeof given.form === 'string' ? given.form.slice(0, 200) : '',
    withPhoto: given.withPhoto === true,
    unusual: oneOf<ChangeFilters['unusual']>([...UNUSUAL_RULES, TWICE], given.unusual, ''),
    user: '',
    device: '',
    kinds: [],
    decision: '',
    from: day(given.from),
    to: day(given.to),
  };
}

let now: Preferences | undefined;
const listeners = new Set<() => void>();

export function preferences(): Preferences {
  now ??= read();
  return now;
}

export function prefer(change: Partial<Preferences>): void {
  now = { ...preferences(), ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(now));
  } catch {
    // Private browsing or a full disk: it is remembered until the window closes.
  }
  for (const listener of listeners) listener();
}

export function usePreferences(): Preferences {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, preferences);
}
