/** The computer does not fall asleep while the station works: a copy, a phone that is read, records on their way. */
import type { Job } from '../../shared/contract.ts';
import { runningOf, type RestoreState } from '../../shared/restore.ts';
import type { OpenStation } from '../station-api.ts';

/** Keeps the computer awake until the returned function is called. The screen may go dark. */
export type KeepAwake = () => () => void;

/** What is at work when a backup is restored at the first start, beside the ids of jobs: it is none. */
const RESTORE = Symbol('restore');

/**
 * Keeps it awake while at least one job runs, or a backup is restored at the first start. A job that is paused, by the
 * person or to save the battery, does not count. The returned function ends it.
 */
export function stayAwakeWhileWorking(
  station: Pick<OpenStation, 'ask' | 'on'>,
  keepAwake: KeepAwake,
): () => void {
  const working = new Set<string | symbol>();
  let letSleep: (() => void) | null = null;
  let isOver = false;
  const works = (what: string | symbol, does: boolean): void => {
    if (isOver) return;
    if (does) working.add(what);
    else working.delete(what);
    if (working.size > 0) letSleep ??= keepAwake();
    else {
      letSleep?.();
      letSleep = null;
    }
  };
  const heard = ({ job, end, paused }: Job): void => works(job, end === null && (paused ?? null) === null);
  const told = new Set<string>();
  const stops = [
    station.on('job', (job) => {
      told.add(job.job);
      heard(job);
    }),
    station.on('changed', ({ what }) => {
      if (what.includes('restore')) void lookAtRestore();
    }),
  ];
  // The answers may come in another order than they were asked for; the last question is about now.
  let questions = 0;
  const lookAtRestore = async (): Promise<void> => {
    const question = (questions += 1);
    const answer = await station.ask('restore.get', {});
    if (question === questions) works(RESTORE, answer.ok && runningOf(answer.value as RestoreState) !== null);
  };
  void lookAtRestore();
  // What began before anybody listened. What was told meanwhile is newer.
  void station.ask('jobs.list', {}).then((answer) => {
    if (!answer.ok) return;
    for (const job of (answer.value as { readonly jobs: readonly Job[] }).jobs)
      if (!told.has(job.job)) heard(job);
  });
  return () => {
    isOver = true;
    for (const stop of stops) stop();
    letSleep?.();
    letSleep = null;
  };
}
