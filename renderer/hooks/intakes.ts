/**
 * What the clerk told the window to take. The station takes one intake at a time, so several chosen files wait
 * here for their turn. Which job belongs to which source is kept as well, since a job's subject is for people
 * only; both last as long as the window, like the results on the cards.
 */
import { useSyncExternalStore } from 'react';
import { StationError } from '../../shared/errors.ts';
import type { Client } from '../station.ts';
import { runs, type JobStore } from './jobs.ts';

export interface Take {
  readonly source: string;
  readonly files: readonly string[];
  readonly user?: string;
  readonly device?: string;
}

/** A source has one result at a time: that of its newest intake. */
export type Intake =
  | { readonly kind: 'waiting'; readonly take: Take }
  | { readonly kind: 'started'; readonly take: Take; readonly job: string }
  | { readonly kind: 'failed'; readonly take: Take; readonly failure: unknown };

let intakes: readonly Intake[] = [];
let working = false;
const listeners = new Set<() => void>();

function set(next: readonly Intake[]): void {
  intakes = next;
  for (const listener of listeners) listener();
}

function become(take: Take, now: Intake): void {
  set(intakes.map((one) => (one.take === take ? now : one)));
}

/** Resolves when no intake runs any more. */
function untilFree(jobs: JobStore): Promise<void> {
  const isFree = () => !jobs.all().some((job) => job.kind === 'intake' && runs(job));
  if (isFree()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = jobs.subscribe(() => {
      if (!isFree()) return;
      stop();
      resolve();
    });
  });
}

/** Another window may be taking something, or the station may be finishing what an earlier run left. */
const ATTEMPTS = 5;

async function startOne(client: Client, jobs: JobStore, take: Take): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await untilFree(jobs);
    try {
      const { job } = await client.ask('intake.start', {
        source: take.source,
        files: [...take.files],
        ...(take.user === undefined || take.user === '' ? {} : { user: take.user }),
        ...(take.device === undefined || take.device === '' ? {} : { device: take.device }),
      });
      become(take, { kind: 'started', take, job });
      // Its first event may come later than the answer; until then the list of jobs does not know it.
      await jobs.refresh();
      return;
    } catch (failure) {
      await jobs.refresh();
      if (failure instanceof StationError && failure.code === 'busy' && attempt < ATTEMPTS) continue;
      become(take, { kind: 'failed', take, failure });
      return;
    }
  }
}

/** Takes these, one after the other. Each one tells by itself how it ended. */
export async function takeAll(client: Client, jobs: JobStore, takes: readonly Take[]): Promise<void> {
  const sources = new Set(takes.map((take) => take.source));
  set([
    ...intakes.filter((one) => !sources.has(one.take.source)),
    ...takes.map((take): Intake => ({ kind: 'waiting', take })),
  ]);
  if (working) return;
  working = true;
  for (;;) {
    const next = intakes.find((one) => one.kind === 'waiting');
    if (next === undefined) break;
    await startOne(client, jobs, next.take);
  }
  working = false;
}

/** Nothing of these sources waits any more. */
export function leave(sources: readonly string[]): void {
  set(intakes.filter((one) => !(one.kind === 'waiting' && sources.includes(one.take.source))));
}

export function useIntakes(): readonly Intake[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => intakes,
  );
}
