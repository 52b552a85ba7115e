/** The work that a place shows: what runs there, whoever started it, else what was started in this window. */
import { useSyncExternalStore } from 'react';
import type { Job } from '../../shared/contract.ts';
import { runs, useJobs } from './jobs.ts';

type Kind = Exclude<
  Job['kind'],
  'intake' | 'sync' | 'prepare' | 'apply' | 'confirm' | 'restore' | 'backup' | 'retention' | 'update'
>;

let own: Readonly<Record<Kind, string | null>> = { compare: null, 'dry-run': null, upload: null };
const listeners = new Set<() => void>();

export function ownJobStarted(kind: Kind, job: string | null): void {
  own = { ...own, [kind]: job };
  for (const listener of listeners) listener();
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
  return jobs.find((job) => job.kind === kind && runs(job)) ?? jobs.find((job) => job.job === started);
}
