/** The computer does not fall asleep while the station works: a copy, a phone that is read, records on their way. */
import type { Job } from '../../shared/contract.ts';
import type { OpenStation } from '../station-api.ts';

/** Keeps the computer awake until the returned function is called. The screen may go dark. */
export type KeepAwake = () => () => void;

/**
 * Keeps it awake while at least one job runs. One that is paused, by the person or to save the battery, does not count.
 * The returned function ends it.
 */
export function stayAwakeWhileWorking(
  station: Pick<OpenStation, 'ask' | 'on'>,
  keepAwake: KeepAwake,
): () => void {
  const working = new Set<string>();
  let letSleep: (() => void) | null = null;
  let isOver = false;
  const heard = ({ job, end, paused }: Job): void => {
    if (isOver) return;
    if (end === null && (paused ?? null) === null) working.add(job);
    else working.delete(job);
    if (working.size > 0) letSleep ??= keepAwake();
    else {
      letSleep?.();
      letSleep = null;
    }
  };
  const told = new Set<string>();
  const stop = station.on('job', (job) => {
    told.add(job.job);
    heard(job);
  });
  // What began before anybody listened. What was told meanwhile is newer.
  void station.ask('jobs.list', {}).then((answer) => {
    if (!answer.ok) return;
    for (const job of (answer.value as { readonly jobs: readonly Job[] }).jobs)
      if (!told.has(job.job)) heard(job);
  });
  return () => {
    isOver = true;
    stop();
    letSleep?.();
    letSleep = null;
  };
}
