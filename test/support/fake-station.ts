/** A station that answers from a table and says what it was asked. For the tests of the carriers. */
import type { Answer } from '../../shared/answer.ts';
import type { EventName, Events, Job } from '../../shared/contract.ts';
import type { Language } from '../../shared/languages.ts';
import type { RestoreState } from '../../shared/restore.ts';
import type { OpenStation } from '../../electron/station-api.ts';

export interface FakeStation extends OpenStation {
  readonly asked: { readonly name: unknown; readonly params: unknown }[];
  /** What `jobs.list` answers. */
  jobs: readonly Job[];
  /** What `restore.get` answers; without it nobody may ask. */
  restore?: RestoreState;
  /** The language that it is set to. */
  language: Language | null;
  closed: boolean;
  /** Tells all who listen. */
  tell<Name extends EventName>(name: Name, value: Events[Name]): void;
  listeners(): number;
}

export function fakeStation(): FakeStation {
  const listeners = new Set<{ readonly name: EventName; readonly tell: (value: never) => void }>();
  const station: FakeStation = {
    asked: [],
    jobs: [],
    language: null,
    closed: false,
    ask: async (name, params): Promise<Answer> => {
      station.asked.push({ name, params });
      if (name === 'jobs.list') return { ok: true, value: { jobs: station.jobs } };
      if (name === 'restore.get' && station.restore !== undefined)
        return { ok: true, value: station.restore };
      if (name === 'settings.get') return { ok: true, value: { language: station.language } };
      if (name === 'station.info') return { ok: true, value: { version: '1.2.3' } };
      return { ok: false, code: 'unknown-request' };
    },
    on: (name, listener) => {
      const entry = { name, tell: listener as (value: never) => void };
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    get inside() {
      return station;
    },
    settled: async () => {},
    addPath: async () => 'source',
    close: async () => {
      station.closed = true;
    },
    tell: (name, value) => {
      for (const listener of listeners) if (listener.name === name) listener.tell(value as never);
    },
    listeners: () => listeners.size,
  };
  return station;
}

/** A job that is going on; say what is different. */
export function job(different: Partial<Job>): Job {
  return {
    job: 'job-1',
    kind: 'upload',
    step: 'send',
    done: 0,
    total: null,
    unit: 'documents',
    counts: {},
    subject: 'chw1',
    startedAt: '2026-11-22T05:00:00.000Z',
    end: null,
    ...different,
  };
}
