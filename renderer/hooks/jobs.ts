/**
 * The jobs of the station, running and ended, as this window has heard of them. Work goes on when a place
 * is left, so this lives beside the places and not in them.
 */
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Job } from '../../shared/contract.ts';
import type { Client } from '../station.ts';

export interface JobStore {
  all(): readonly Job[];
  subscribe(listener: () => void): () => void;
  /** Called once for each job that ends while this window is open. */
  onEnd(listener: (job: Job) => void): () => void;
  /** It went on while this window was open: its result is news here. */
  isNews(job: string): boolean;
  /** What came of these is not shown any more: their source is gone. */
  forget(isGone: (job: Job) => boolean): void;
  /** Asks what runs now; done by itself at each connection. */
  refresh(): Promise<void>;
}

/** Ended jobs stay for their result sentence; more than these nobody reads. */
const KEPT = 50;

export function createJobStore(client: Client): JobStore {
  let jobs: readonly Job[] = [];
  const listeners = new Set<() => void>();
  const endListeners = new Set<(job: Job) => void>();
  /** Jobs an event spoke of since the list was asked for: the list is older than that. */
  let spokenOf = new Set<string>();

  const news = new Set<string>();

  const set = (next: readonly Job[]) => {
    const ended = next.filter((job) => job.end !== null);
    const old = new Set(ended.slice(0, Math.max(0, ended.length - KEPT)));
    jobs = next.filter((job) => !old.has(job));
    for (const job of jobs) if (job.end === null) news.add(job.job);
    for (const listener of listeners) listener();
  };

  client.on('job', (job) => {
    spokenOf.add(job.job);
    news.add(job.job);
    const before = jobs.find((other) => other.job === job.job);
    if (before !== undefined && before.end !== null) return;
    set(before === undefined ? [...jobs, job] : jobs.map((other) => (other.job === job.job ? job : other)));
    if (job.end !== null) for (const listener of endListeners) listener(job);
  });

  const refresh = async () => {
    spokenOf = new Set();
    try {
      const answer = await client.ask('jobs.list', {});
      const listed = new Map(answer.jobs.map((job) => [job.job, job]));
      const known = new Set(jobs.map((job) => job.job));
      set([
        // A job that ran and is in no list any more ended with the station that ran it.
        ...jobs
          .filter((job) => job.end !== null || listed.has(job.job) || spokenOf.has(job.job))
          .map((job) => (spokenOf.has(job.job) ? job : (listed.get(job.job) ?? job))),
        ...answer.jobs.filter((job) => !known.has(job.job)),
      ]);
    } catch {
      // The next connection asks again; what runs is also told by events.
    }
  };
  client.onConnection((connection) => {
    if (connection === 'connected') void refresh();
  });
  // A station that is locked tells nothing of jobs: whoever comes asks what became of them.
  client.on('changed', ({ what }) => {
    if (what.includes('desk')) void refresh();
  });
  void refresh();

  return {
    all: () => jobs,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onEnd(listener) {
      endListeners.add(listener);
      return () => void endListeners.delete(listener);
    },
    isNews: (job) => news.has(job),
    forget(isGone) {
      for (const job of jobs) if (job.end !== null && isGone(job)) news.delete(job.job);
    },
    refresh,
  };
}

const JobsContext = createContext<JobStore | null>(null);
export const JobsProvider = JobsContext.Provider;

export function useJobStore(): JobStore {
  const store = useContext(JobsContext);
  if (store === null) throw new Error('no jobs above this part');
  return store;
}

export function useJobs(): readonly Job[] {
  const store = useJobStore();
  return useSyncExternalStore(store.subscribe, store.all);
}

export const runs = (job: Job): boolean => job.end === null;
