/** The work that a place shows: what runs there, else what was started in this window. */
import { useSyncExternalStore } from 'react';
import type { Job } from '../../shared/contract.ts';
import { runs, useJobs } from './jobs.ts';

/** `check`: a dry run. To the station it is a comparison like others; only this window knows what it was started for. */
type Kind = 'compare' | 'upload' | 'check';

let own: Readonly<Record<Kind, string | null>> = { compare: null, upload: null, check: null };
const listeners = new Set<() => void>();

export function ownJobStarted(kind: Kind, job: string | null): void {
  own = { ...own, [kind]: job };
  for (const listener of listeners) listener();
}

export function isDryRun(job: Job): boolean {
  return job.job === own.check;
}

export function useOwnJob(kind: Kind): Job | undefined {
  const jobs = useJobs();
  const started = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => own[kind],
  );
  const mine = jobs.find((job) => job.job === started);
  if (kind === 'check') return mine;
  return jobs.find((job) => job.kind === kind && !isDryRun(job) && runs(job)) ?? mine;
}
