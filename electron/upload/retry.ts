/**
 * What to do when a request fails for a reason that may pass: wait a little, longer each time, with chance in
 * it so that many stations do not come back at the same moment; and give up after so many failures in a row.
 */
import { StationError, type ErrorCode } from '../../shared/errors.ts';
import type { UploadPace } from '../../shared/upload-pace.ts';
import { SYSTEM_TIMERS, wait, type Timers } from '../../shared/timers.ts';
import type { Gate } from './gate.ts';

const PASSING: readonly ErrorCode[] = [
  'offline',
  'server-slow',
  'server-error',
  'bad-answer',
  'too-many-attempts',
];

/** Whether the same request may succeed a little later. */
export function mayPass(error: unknown): error is StationError {
  return error instanceof StationError && PASSING.includes(error.code);
}

export interface RetryOptions {
  readonly pace: UploadPace;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly signal?: AbortSignal | undefined;
  readonly timers?: Timers | undefined;
  /** Shows that there is no internet. */
  readonly gate?: Gate | undefined;
  /** Without internet it waits for as long as it takes, instead of giving up. */
  readonly waitsForInternet?: boolean | undefined;
}

export class RetryPolicy {
  readonly #options: RetryOptions;
  #failures = 0;
  #offline = 0;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** Something worked: the next failure is a first one again. */
  succeeded(): void {
    this.#failures = 0;
    this.#offline = 0;
  }

  /** Whether a request that failed so often is given up although what was asked in between was answered. */
  isOver(error: StationError, failures: number): boolean {
    return !this.#waitsOut(error) && failures >= this.#options.pace.tries;
  }

  #waitsOut(error: StationError): boolean {
    return error.code === 'offline' && this.#options.waitsForInternet === true;
  }

  /** Waits after a failure that may pass. @throws the error itself when it may not, or too many came in a row; `cancelled` */
  async pauseAfter(error: unknown): Promise<void> {
    if (!mayPass(error)) throw error;
    const { pace, random, signal, gate, timers = SYSTEM_TIMERS } = this.#options;
    const waits = this.#waitsOut(error);
    if (waits) {
      this.#offline += 1;
      gate?.set('offline', true);
    } else {
      this.#failures += 1;
      if (this.#failures >= pace.tries) throw error;
    }
    const least = error.code === 'too-many-attempts' ? pace.signInWindowMs : 0;
    const longest = Math.min(
      pace.longestPauseMs,
      pace.firstPauseMs * 2 ** ((waits ? this.#offline : this.#failures) - 1),
    );
    // At least half of it, so that chance never makes a storm of retries.
    await wait(timers, least + longest * (0.5 + random() / 2), signal);
  }

  /** Does something that may be done twice, until it works. */
  async run<Value>(work: () => Promise<Value>): Promise<Value> {
    for (;;) {
      try {
        const value = await work();
        this.succeeded();
        return value;
      } catch (error) {
        await this.pauseAfter(error);
      }
    }
  }
}
