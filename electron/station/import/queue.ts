/**
 * Intakes wait for each other: one dump after the other is copied and read, whoever asked for it. A source is in
 * use from the moment it was asked for until the last of its files is copied; what is read then lies here.
 */
import type { Job, JobEnd } from '../../../shared/contract.ts';
import { unlessStopped } from '../../../shared/stopping.ts';
import type { JobHandle, Jobs } from '../jobs.ts';

export interface IntakeHandle extends JobHandle {
  /** All files are copied: the source is not needed any more. */
  copied(): void;
}

type Queued =
  'intake' | 'sync' | 'prepare' | 'apply' | 'confirm' | 'restore' | 'backup' | 'retention' | 'update';

/** Somebody stands at the computer and waits, with a stick or a phone. */
const WAITED_FOR: ReadonlySet<Queued> = new Set<Queued>([
  'intake',
  'sync',
  'prepare',
  'apply',
  'confirm',
  'update',
]);

interface Use {
  readonly source: string;
  readonly done: Promise<void>;
}

export class Intakes {
  readonly #jobs: Jobs;
  readonly #changed: () => void;
  readonly #giveWay: () => void;
  readonly #uses = new Set<Use>();
  #last: Promise<unknown> = Promise.resolve();

  /** @param changed what is in use has changed. @param giveWay stops what goes on by itself and can go on later */
  constructor(jobs: Jobs, changed: () => void, giveWay: () => void) {
    this.#jobs = jobs;
    this.#changed = changed;
    this.#giveWay = giveWay;
  }

  /** @param source `null` where no source is needed: the dumps lie here already */
  start(
    source: string | null,
    subject: string,
    work: (handle: IntakeHandle) => Promise<JobEnd>,
    kind: Queued = 'intake',
  ): Job['job'] {
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const use = source === null ? null : { source, done };
    if (use !== null) this.#uses.add(use);
    const copied = (): void => {
      if (use === null || !this.#uses.delete(use)) return;
      resolve();
      this.#changed();
    };
    if (WAITED_FOR.has(kind)) this.#giveWay();
    const before = this.#last;
    const job = this.#jobs.start(
      kind,
      subject,
      async (handle) => {
        try {
          await unlessStopped(before, handle.signal);
          return await work({ ...handle, copied });
        } finally {
          copied();
        }
      },
      source,
    );
    this.#last = this.#jobs.ended(job);
    this.#changed();
    return job;
  }

  isInUse(source: string): boolean {
    return [...this.#uses].some((use) => use.source === source);
  }

  /** Resolves when nothing of the source is being copied, or waits for that. */
  async untilCopied(source: string): Promise<void> {
    for (;;) {
      const use = [...this.#uses].find((one) => one.source === source);
      if (use === undefined) return;
      await use.done;
    }
  }
}
