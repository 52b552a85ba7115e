/**
 * Where the person is in the window. The place is remembered; what was open in it lasts as long as the window. Each step
 * is one of the browser's history, so that Back leads where somebody was; the history itself holds numbers only, because
 * a browser writes it to the disk and a search may be somebody's name.
 */
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import type { AuditAction } from '../../shared/audit.ts';
import type { HelpPage } from '../../shared/help.ts';
import type { BOXES } from '../../shared/upload.ts';
import { prefer, preferences, type ChangeFilters, type Place } from './preferences.ts';

export type Box = (typeof BOXES)[number];

/** What the history is narrowed down to; empty: not by that. */
export interface HistoryFilters {
  readonly text: string;
  readonly person: string;
  readonly what: readonly AuditAction[];
  readonly user: string;
  /** Days of this computer's calendar, as YYYY-MM-DD. */
  readonly from: string;
  readonly to: string;
}

export const WHOLE_HISTORY: HistoryFilters = { text: '', person: '', what: [], user: '', from: '', to: '' };

/** What is looked for in all batches. */
export interface Finding {
  readonly text: string;
  readonly filters: ChangeFilters;
}

export interface Where {
  readonly place: Place;
  /** The batch that is open in Review. */
  readonly batch: string | null;
  /** The document that is open in that batch. */
  readonly change: string | null;
  /** In Review: what is looked for in all batches; `null`: nothing. */
  readonly find: Finding | null;
  /** The document that is open in Conflicts. */
  readonly conflict: string | null;
  /** The health worker who is open in Health workers. */
  readonly person: string | null;
  readonly history: HistoryFilters;
  readonly box: Box;
  /** In the outbox: the server is to be asked what it refuses, as this person; empty: nobody is known. `null`: not now. */
  readonly check: string | null;
  /** The page that is open in Help. */
  readonly help: HelpPage;
}

export interface WhereAndGo {
  readonly where: Where;
  readonly go: (to: Partial<Where>) => void;
}

const WhereContext = createContext<WhereAndGo | null>(null);
export const WhereProvider = WhereContext.Provider;

/** Whether going there is a step of its own; what only changes within a list is not. */
export function isStep(from: Where, to: Where): boolean {
  return (
    from.place !== to.place ||
    from.batch !== to.batch ||
    from.conflict !== to.conflict ||
    (from.find === null) !== (to.find === null) ||
    (from.find !== null && to.find !== null && from.find.filters !== to.find.filters)
  );
}

export function useWhereState(): WhereAndGo {
  const [where, setWhere] = useState<Where>(() => ({
    place: preferences().place,
    batch: null,
    change: null,
    find: null,
    conflict: null,
    person: null,
    history: WHOLE_HISTORY,
    box: 'waiting',
    check: null,
    help: 'stick',
  }));
  const steps = useRef<Where[]>([where]);
  const at = useRef(0);
  useEffect(() => {
    history.replaceState({ step: 0 }, '');
    const moved = ({ state }: PopStateEvent) => {
      const step = typeof state === 'object' && state !== null && 'step' in state ? Number(state.step) : NaN;
      const there = steps.current[step];
      if (there === undefined) return;
      at.current = step;
      prefer({ place: there.place });
      setWhere(there);
    };
    addEventListener('popstate', moved);
    return () => removeEventListener('popstate', moved);
  }, []);
  const go = useCallback((to: Partial<Where>) => {
    if (to.place !== undefined) prefer({ place: to.place });
    const from = steps.current[at.current];
    if (from === undefined) return;
    const next = { ...from, ...to };
    if (isStep(from, next)) {
      at.current += 1;
      steps.current = [...steps.current.slice(0, at.current), next];
      history.pushState({ step: at.current }, '');
    } else steps.current[at.current] = next;
    setWhere(next);
  }, []);
  return useMemo(() => ({ where, go }), [where, go]);
}

/** What is open in a place, as closed. */
const CLOSED: Readonly<Partial<Record<Place, Partial<Where>>>> = {
  review: { batch: null, change: null, find: null },
  conflicts: { conflict: null },
  workers: { person: null },
  history: { history: WHOLE_HISTORY },
};

/** Going to a place comes back to what was open there; going where one is already closes it, and nothing elsewhere. */
export function toPlace(where: Where, place: Place): Partial<Where> {
  return where.place === place ? { place, ...CLOSED[place] } : { place };
}

export function useWhere(): WhereAndGo {
  const state = useContext(WhereContext);
  if (state === null) throw new Error('no place above this part');
  return state;
}
