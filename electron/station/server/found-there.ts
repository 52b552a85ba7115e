/**
 * Approved records that came to the server by another way than this station: by the phone's own internet, above all. As soon
 * as that is seen they are not to be sent any more.
 */
import { recordFoundThere } from '../../ledger/found-there.ts';
import type { Core } from '../core.ts';

/** Call right after the look at the server. An upload that is under way finds out by itself, and counts it. */
export function settleFoundThere(core: Core, ids: readonly string[]): number {
  if (core.jobs.isRunning('upload')) return 0;
  const found = recordFoundThere(core.db, ids, { person: core.person, at: core.now() });
  if (found > 0) core.changed('outbox', 'batches');
  return found;
}
