/** Which jobs are readings that were started in this window; they go on when the dialog is closed. */
import { useSyncExternalStore } from 'react';
import type { Job } from '../../../../shared/contract.ts';
import { useJobs } from '../../../hooks/jobs.ts';

let last: string | null = null;
const listeners = new Set<() => void>();

export function readingStarted(job: string | null): void {
  last = job;
  for (const listener of listeners) listener();
}

/** The newest reading, running or ended. */
export function useReading(): Job | undefined {
  const job = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => last,
  );
  return useJobs().find((one) => one.job === job);
}
