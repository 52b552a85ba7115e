/** The compare or upload that a place shows: the one that runs, else the one that was started in this window. */
import { useSyncExternalStore } from 'react';
import type { Job } from '../../shared/contract.ts';
import { runs, useJobs } from './jobs.ts';

type Kind = 'compare' | 'upload';

let own: Readonly<Record<Kind, string | null>> = { compare: null, upload: null };
const listeners = new Set<() => void>();

export function ownJobStarted(kind: Kind, job: string | null): void {
  own = { ...own, [kind]: job };
  for (const listener of listeners) listener();
}

export function useOwnJob(kind: Kind): Job | undefined {
  const jobs = useJobs().filter((job) => job.kind === kind);
  const started = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => own[kind],
  );
  return jobs.find(runs) ?? jobs.find((job) => job.job === started);
}
