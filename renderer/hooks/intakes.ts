/**
 * What the clerk told the window to take. The station takes one intake after the other; of many chosen files,
 * each a source of its own, the window asks for one at a time, so that not a hundred of them wait there. What was
 * told and what came of it last as long as the window, like the results on the cards.
 */
import { useSyncExternalStore } from 'react';
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
const listeners = new Set<() => void>();

function set(next: readonly Intake[]): void {
  intakes = next;
  for (const listener of listeners) listener();
}

function become(take: Take, now: Intake): void {
  set(intakes.map((one) => (one.take === take ? now : one)));
}

/** Resolves when this job has ended, or is in no list any more. */
function untilEnded(jobs: JobStore, id: string): Promise<void> {
  const isOver = () => !jobs.all().some((job) => job.job === id && runs(job));
  if (isOver()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = jobs.subscribe(() => {
      if (!isOver()) return;
      stop();
      resolve();
    });
  });
}

async function startOne(client: Client, jobs: JobStore, take: Take): Promise<void> {
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
    await untilEnded(jobs, job);
  } catch (failure) {
    become(take, { kind: 'failed', take, failure });
  }
}

/** Takes these, one after the other. Each one tells by itself how it ended. */
export async function takeAll(client: Client, jobs: JobStore, takes: readonly Take[]): Promise<void> {
  const sources = new Set(takes.map((take) => take.source));
  set([
    ...intakes.filter((one) => !sources.has(one.take.source)),
    ...takes.map((take): Intake => ({ kind: 'waiting', take })),
  ]);
  for (const take of takes) {
    // It may have been left meanwhile.
    if (intakes.some((one) => one.kind === 'waiting' && one.take === take))
      await startOne(client, jobs, take);
  }
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
