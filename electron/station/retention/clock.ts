/**
 * Whether this computer's clock may be believed when something is to go for good. A battery that is empty puts a clock years
 * back, a hand puts it years ahead; what was proven today would then look old.
 */
import { StationError } from '../../../shared/errors.ts';
import { setSetting, setting } from '../../ledger/settings.ts';
import { findServer } from '../../upload/find-server.ts';
import type { Core } from '../core.ts';

const DAY_MS = 24 * 60 * 60_000;
/** A clock that went on by no more than this since it was last believed was not set, or not by much. */
const STEADY_MS = 7 * DAY_MS;
/** Zones, summer time and a server that is slow to answer make less. */
const AGREES_MS = DAY_MS;

/** A clock that was believed lately and went on as clocks do is believed; that is noted. Asks nobody. */
export function isClockSteady({ db, clock, now }: Pick<Core, 'db' | 'clock' | 'now'>): boolean {
  const since = clock() - Date.parse(setting(db, 'clock.believedAt') ?? '');
  const isSteady = since >= -AGREES_MS && since <= STEADY_MS;
  if (isSteady) setSetting(db, 'clock.believedAt', now());
  return isSteady;
}

/**
 * As `isClockSteady`; one that was not believed lately is held against the server's (`Date` of its answer), which nobody needs to
 * sign in for. Out of reach of the server it is not believed.
 * @throws StationError `cancelled`
 */
export async function isClockRight(core: Core, signal: AbortSignal): Promise<boolean> {
  if (isClockSteady(core)) return true;
  const url = setting(core.db, 'server.url');
  if (url === null) return false;
  try {
    const { toldAt } = await findServer({ url, fetch: core.fetch, timers: core.timers, signal });
    if (toldAt === null || Math.abs(core.clock() - toldAt) > AGREES_MS) return false;
  } catch (error) {
    if (error instanceof StationError && error.code !== 'cancelled') return false;
    throw error;
  }
  setSetting(core.db, 'clock.believedAt', core.now());
  return true;
}
