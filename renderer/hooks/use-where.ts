/** Where the person is in the window. The place is remembered; what was open in it lasts as long as the window. */
import { createContext, useCallback, useContext, useMemo, useState } from 'react';
import type { BOXES } from '../../shared/upload.ts';
import { prefer, preferences, type Place } from './preferences.ts';

export type Box = (typeof BOXES)[number];

export interface Where {
  readonly place: Place;
  /** The batch that is open in Review. */
  readonly batch: string | null;
  /** The document that is open in that batch. */
  readonly change: string | null;
  /** The document that is open in Conflicts. */
  readonly conflict: string | null;
  /** The health worker who is open in Health workers. */
  readonly person: string | null;
  readonly box: Box;
  /** In the outbox: the server is to be asked what it refuses, as this person; empty: nobody is known. `null`: not now. */
  readonly check: string | null;
}

export interface WhereAndGo {
  readonly where: Where;
  readonly go: (to: Partial<Where>) => void;
}

const WhereContext = createContext<WhereAndGo | null>(null);
export const WhereProvider = WhereContext.Provider;

export function useWhereState(): WhereAndGo {
  const [where, setWhere] = useState<Where>(() => ({
    place: preferences().place,
    batch: null,
    change: null,
    conflict: null,
    person: null,
    box: 'waiting',
    check: null,
  }));
  const go = useCallback((to: Partial<Where>) => {
    if (to.place !== undefined) prefer({ place: to.place });
    setWhere((old) => ({ ...old, ...to }));
  }, []);
  return useMemo(() => ({ where, go }), [where, go]);
}

/** What is open in a place, as closed. */
const CLOSED: Readonly<Partial<Record<Place, Partial<Where>>>> = {
  review: { batch: null, change: null },
  conflicts: { conflict: null },
  workers: { person: null },
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
