/** Which jobs are readings that were started in this window; they go on when the dialog is closed. */
import { useSyncExternalStore } from 'react';
import type { Wanted } from './phone-list.tsx';
import type { Job } from '../../../../shared/contract.ts';
import { useJobs } from '../../../hooks/jobs.ts';

let last: string | null = null;
let lastOf: Wanted | null = null;
const listeners = new Set<() => void>();

/** @param of whose phone it is, where it synchronises: what it would send may still be agreed to */
export function readingStarted(job: string | null, of: Wanted | null = null): void {
  last = job;
  lastOf = of;
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

/** Whose phone the newest one lets synchronise; `null`: it is a reading. */
export function whoseSync(): Wanted | null {
  return lastOf;
}
