/** Jobs: work that takes time. It goes on when the screen is left, can be stopped, and ends in exactly one way. */
import { cleanText } from '../../shared/labels.ts';
import { randomUUID } from 'node:crypto';
import type { Job, JobEnd } from '../../shared/contract.ts';
import { StationError } from '../../shared/errors.ts';
import { SYSTEM_TIMERS, type Timers } from '../../shared/timers.ts';
import { describeFailure } from '../host/failures.ts';
import { Gate } from '../upload/gate.ts';

/** Progress is told at most about ten times a second for each job, here and nowhere else. */
const TELL_EVERY_MS = 100;
/** Ended jobs stay in the list for the window that looks later. */
const ENDED_KEPT = 50;

export interface JobHandle {
  readonly id: string;
  readonly signal: AbortSignal;
  /** What makes it wait; work that cannot wait does not look at it. */
  readonly gate: Gate;
  /** Changes what the job shows. `done` beyond `total` is cut off. */
  progress(
    change: Partial<Pick<Job, 'step' | 'done' | 'total' | 'unit' | 'counts' | 'subject' | 'paused'>>,
  ): void;
}

interface Entry {
  job: Job;
  readonly controller: AbortController;
  toldAt: number;
  /** Calls off what is to be told soon. */
  callOff: (() => void) | null;
  ended: Promise<void>;
}

export class Jobs {
  readonly #entries = new Map<string, Entry>();
  readonly #handles = new Map<string, JobHandle>();
  readonly #tell: (job: Job) => void;
  readonly #clock: () => number;
  readonly #log: (line: string) => void;
  readonly #timers: Timers;

  constructor(
    tell: (job: Job) => void,
    clock: () => number,
    log: (line: string) => void,
    timers: Timers = SYSTEM_TIMERS,
  ) {
    this.#tell = tell;
    this.#clock = clock;
    this.#log = log;
    this.#timers = timers;
  }

  list(): Job[] {
    return [...this.#entries.values()].map((entry) => entry.job);
  }

  isRunning(kind: Job['kind']): boolean {
    return this.list().some((job) => job.kind === kind && job.end === null);
  }

  /** Starts work. A failure becomes the job's end; it is never lost and never thrown at nobody. */
  start(
    kind: Job['kind'],
    subject: string,
    work: (handle: JobHandle) => Promise<JobEnd>,
    source: string | null = null,
  ): string {
    const id = randomUUID();
    const controller = new AbortController();
    const entry: Entry = {
      job: {
        job: id,
        kind,
        step: 'waiting',
        done: 0,
        total: null,
        unit: 'documents',
        counts: {},
        subject: cleanText(subject),
        ...(source === null ? {} : { source }),
        startedAt: new Date(this.#clock()).toISOString(),
        end: null,
      },
      controller,
      toldAt: -Infinity,
      callOff: null,
      ended: Promise.resolve(),
    };
    this.#entries.set(id, entry);
    const handle: JobHandle = {
      id,
      signal: controller.signal,
      gate: new Gate((paused) => handle.progress({ paused })),
      progress: (change) => {
        if (entry.job.end !== null) return;
        const job = { ...entry.job, ...change };
        entry.job = { ...job, done: job.total === null ? job.done : Math.min(job.done, job.total) };
        this.#tellSoon(entry);
      },
    };
    this.#handles.set(id, handle);
    entry.ended = this.#run(entry, handle, work);
    return id;
  }

  async #run(entry: Entry, handle: JobHandle, work: (handle: JobHandle) => Promise<JobEnd>): Promise<void> {
    let end: JobEnd;
    try {
      end = await work(handle);
    } catch (error) {
      end = this.#endOf(error, entry);
    }
    entry.callOff?.();
    this.#handles.delete(entry.job.job);
    entry.job = { ...entry.job, ...(entry.job.paused == null ? {} : { paused: null }), end };
    this.#tell(entry.job);
    this.#forgetOld();
  }

  #endOf(error: unknown, entry: Entry): JobEnd {
    if (!(error instanceof StationError)) {
      this.#log(`job ${entry.job.kind} failed: ${describeFailure(error)}`);
      return { kind: 'failed', code: 'internal' };
    }
    if (error.code === 'cancelled') return { kind: 'stopped' };
    this.#log(`job ${entry.job.kind} failed: ${error.code} ${describeFailure(error.cause)}`);
    return error.detail === undefined
      ? { kind: 'failed', code: error.code }
      : { kind: 'failed', code: error.code, detail: error.detail };
  }

  #tellSoon(entry: Entry): void {
    if (entry.callOff !== null || entry.job.end !== null) return;
    const wait = Math.max(0, entry.toldAt + TELL_EVERY_MS - this.#timers.now());
    entry.callOff = this.#timers.after(wait, () => {
      entry.callOff = null;
      entry.toldAt = this.#timers.now();
      if (entry.job.end === null) this.#tell(entry.job);
    });
  }

  #forgetOld(): void {
    const ended = [...this.#entries].filter(([, entry]) => entry.job.end !== null);
    for (const [id] of ended.slice(0, Math.max(0, ended.length - ENDED_KEPT))) this.#entries.delete(id);
  }

  /** Progress that another thread reports of a job. */
  progress(id: string, change: Partial<Pick<Job, 'done' | 'counts'>>): void {
    this.#handles.get(id)?.progress(change);
  }

  /** @throws StationError `not-found` */
  stop(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new StationError('not-found');
    entry.controller.abort();
  }

  /** @throws StationError `not-found`: it is over, or not work that can wait */
  pause(id: string): void {
    this.#gateOf(id).set('person', true);
  }

  /** Goes on after a pause, and on battery too. @throws StationError `not-found` */
  resume(id: string): void {
    this.#gateOf(id).resume();
  }

  #gateOf(id: string): Gate {
    const gate = this.#handles.get(id)?.gate;
    if (gate === undefined || !['upload', 'sync', 'prepare'].includes(this.#entries.get(id)?.job.kind ?? ''))
      throw new StationError('not-found');
    return gate;
  }

  /** Resolves when it has ended, however; at once for one that is not known any more. */
  ended(id: string): Promise<void> {
    return this.#entries.get(id)?.ended ?? Promise.resolve();
  }

  /** Stops everything because the station closes, and waits until it has stopped. */
  async stopAll(): Promise<void> {
    const entries = [...this.#entries.values()];
    // The reason tells a copy from a stick that its beginning is worth keeping.
    for (const entry of entries) entry.controller.abort(new StationError('devices-ended'));
    await Promise.all(entries.map((entry) => entry.ended));
  }
}
