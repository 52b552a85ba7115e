/**
 * What of an app's sync is seen from outside: when it asked for something the last time, whether something is under way,
 * and whether what it asked for came to nothing. That it has come to its end the app says itself; that it will not,
 * nobody says: it only asks for nothing any more.
 */
import type { Timers } from '../../../shared/timers.ts';
import type { AppRequest } from './paused-request.ts';

/**
 * - `syncs`: it asks, or has just asked
 * - `quiet`: it has asked for nothing for a long time
 * - `unended`: the same, or for a shorter time, after requests of its last try came to nothing
 */
export type Standing = 'syncs' | 'quiet' | 'unended';

/** In milliseconds. */
export interface WatchPace {
  /** Nothing was asked for so long: the app may be done. */
  readonly idleMs: number;
  /** Nothing was asked for so long after requests came to nothing: this try is over. */
  readonly failedMs: number;
  /** Nothing was asked for so long: the person should look at the app. */
  readonly quietMs: number;
  /** So long it stands still, or tries in vain, before it is left alone. An app tries again by itself every five minutes. */
  readonly giveUpMs: number;
}

export class SyncWatch {
  readonly #pace: WatchPace;
  readonly #timers: Timers;
  readonly #tell: (standing: Standing) => void;
  #standing: Standing = 'syncs';
  #lastAsked: number;
  #underWay = 0;
  #failures = 0;
  /** Since when nothing came of it. */
  #stuckSince: number | null = null;

  constructor(pace: WatchPace, timers: Timers, tell: (standing: Standing) => void) {
    this.#pace = pace;
    this.#timers = timers;
    this.#tell = tell;
    this.#lastAsked = timers.now();
  }

  /** The app asks for something. */
  asked(): void {
    // A new try: what failed before does not count for it.
    if (this.#standing === 'unended') this.#failures = 0;
    if (this.#standing === 'quiet') this.#stuckSince = null;
    this.#underWay += 1;
    this.#lastAsked = this.#timers.now();
    this.#stand('syncs');
  }

  /** Nothing is under way any more of what it asked for. */
  answered(): void {
    this.#underWay -= 1;
    this.#lastAsked = this.#timers.now();
  }

  /** Something that it asked for came to nothing: its sync cannot come to its end with that. */
  failed(): void {
    this.#failures += 1;
  }

  /** Nothing is under way, and was not for some time: the app may be done. */
  get isIdle(): boolean {
    return this.#underWay === 0 && this.#silence() >= this.#pace.idleMs;
  }

  /**
   * Tells how it stands. Answers whether it is left alone.
   * @param seen the app was seen just now not to be done
   */
  look(seen: boolean): boolean {
    if (this.#underWay > 0) return false;
    const { failedMs, quietMs, giveUpMs } = this.#pace;
    const hasFailed = this.#failures > 0;
    if (this.#silence() < (hasFailed && seen ? failedMs : quietMs)) return false;
    this.#stuckSince ??= this.#lastAsked;
    this.#stand(hasFailed ? 'unended' : 'quiet');
    return this.#timers.now() - this.#stuckSince >= giveUpMs;
  }

  #silence(): number {
    return this.#timers.now() - this.#lastAsked;
  }

  #stand(standing: Standing): void {
    if (standing === this.#standing) return;
    this.#standing = standing;
    this.#tell(standing);
  }
}

/** Of what belongs to a sync; a page asks for other things beside it. */
const OF_SYNC = /^\/(?:medic|api\/v1\/replication)(?:[/?]|$)/;

/**
 * Whether an app's sync cannot come to its end because of what came of this request.
 * @param status of the answer; `null`: none came
 */
export function failsSync(
  { method, path }: Pick<AppRequest, 'method' | 'path'>,
  status: number | null,
): boolean {
  if (!OF_SYNC.test(path)) return false;
  if (status === null) return true;
  // A checkpoint that nobody has written yet, and one that was written meanwhile: PouchDB goes on.
  const goesOn = path.startsWith('/medic/') && (status === 404 || status === 409) && method !== 'POST';
  return status >= 400 && !goesOn;
}
