/** Tells the station that somebody is there: a key, a click or a move. Without it the station locks. */
import { useEffect } from 'react';
import { useClient } from '../hooks/use-query.ts';

/** Often enough for a lock after one minute. */
const EVERY_MS = 15_000;
const SIGNS_OF_LIFE = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const;

export function useHere(active: boolean): void {
  const client = useClient();
  useEffect(() => {
    if (!active) return;
    let toldAt = -Infinity;
    const tell = (event: Event) => {
      if (!event.isTrusted || performance.now() - toldAt < EVERY_MS) return;
      toldAt = performance.now();
      // Where it cannot be told, the station locks, which is what it should do then.
      client.ask('desk.here', {}).catch(() => {});
    };
    for (const sign of SIGNS_OF_LIFE) document.addEventListener(sign, tell, { capture: true, passive: true });
    return () => {
      for (const sign of SIGNS_OF_LIFE) document.removeEventListener(sign, tell, { capture: true });
    };
  }, [active, client]);
}
