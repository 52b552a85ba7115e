/** What a person waits for goes first: giving up stops for it where it stands, and goes on with a later look. */
import type { JobEnd } from '../../../shared/contract.ts';
import { unlessStopped } from '../../../shared/stopping.ts';
import { forgetSettings } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';
import type { JobHandle } from '../jobs.ts';

type Giving = Pick<Core, 'db' | 'jobs'>;

/** Resolves when nothing is being given up any more; at once where nothing is. */
export async function stopGivingUp({ db, jobs }: Giving): Promise<void> {
  const running = jobs.list().find(({ kind, end }) => kind === 'retention' && end === null);
  if (running === undefined) return;
  jobs.stop(running.job);
  // The next look is not of the next day.
  forgetSettings(db, ['retention.lookedAt']);
  await jobs.ended(running.job);
}

/** The work, once nothing is being given up any more; until then it says that it waits. */
export function beforeGivingUp(
  core: Giving,
  work: (job: JobHandle) => Promise<JobEnd>,
): (job: JobHandle) => Promise<JobEnd> {
  return async (job) => {
    await unlessStopped(stopGivingUp(core), job.signal);
    return work(job);
  };
}
