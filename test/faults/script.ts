/** A random script, the same for the same seed: what is brought, what goes wrong, what people do meanwhile. */
import { pick, randomNumbers } from '../../electron/practice/documents.ts';
import type { Fault } from './proxy.ts';

/** A fault that a script names; putting the server back is the world's to do. */
export type ScriptFault = Exclude<Fault, { kind: 'first' }> | { readonly kind: 'restore' };

/** One upload of the script, with the faults of its requests by number. */
export interface Session {
  readonly faults: ReadonlyMap<number, ScriptFault>;
  /** Milliseconds by which the clock jumps before it. */
  readonly clockJump: number;
  /** The person stops it after so many requests; `null`: nobody does. */
  readonly stopAt: number | null;
  /** The station is closed and opened again after it. */
  readonly reopen: boolean;
  /** Something is edited on the server before it. */
  readonly serverEdit: boolean;
  /** The password is changed on the server during it, so that the session ends for good. */
  readonly newPassword: boolean;
}

export interface Script {
  readonly seed: number;
  readonly reports: number;
  readonly persons: number;
  readonly edits: number;
  readonly deletions: number;
  readonly photos: number;
  /** About a patient of another area: refused. */
  readonly strangers: number;
  /** One of the new persons is held back. */
  readonly holds: boolean;
  readonly sessions: readonly Session[];
  readonly random: () => number;
}

const STATUSES = [401, 403, 409, 412, 413, 429, 500, 502, 503, 504];

export function makeScript(seed: number): Script {
  const random = randomNumbers(seed * 7919 + 13);
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  const often = (share: number): boolean => random() < share;
  const fault = (): ScriptFault => {
    switch (upTo(9)) {
      case 0:
        return { kind: 'cut-request', after: upTo(4000), reachesServer: often(0.5) };
      case 1:
        return { kind: 'cut-answer', after: upTo(600) };
      case 2:
        return often(0.2) ? { kind: 'half-open', stored: often(0.7) } : { kind: 'cut-answer', after: 0 };
      case 3:
        return { kind: 'delay', ms: upTo(20) };
      case 4:
        return often(0.4) ? { kind: 'slow-line', bytesPerSecond: 30 } : { kind: 'drops', ms: upTo(8) };
      case 5:
        return { kind: 'twice' };
      case 6:
        return often(0.3) ? { kind: 'restore' } : { kind: 'twice' };
      default:
        return {
          kind: 'status',
          status: pick(random, STATUSES),
          form: pick(random, ['json', 'html', 'empty'] as const),
          stored: often(0.5),
        };
    }
  };
  const sessions = Array.from({ length: 1 + upTo(2) }, (): Session => {
    const faults = new Map<number, ScriptFault>();
    for (let n = upTo(4); n > 0; n -= 1) faults.set(upTo(14), fault());
    return {
      faults,
      clockJump: often(0.2) ? (random() - 0.5) * 400 * 86_400_000 : 0,
      stopAt: often(0.1) ? upTo(8) : null,
      reopen: often(0.04),
      serverEdit: often(0.15),
      newPassword: often(0.03),
    };
  });
  return {
    seed,
    reports: 1 + upTo(7),
    persons: upTo(2),
    edits: upTo(2),
    deletions: upTo(1),
    photos: often(0.3) ? 1 : 0,
    strangers: often(0.3) ? 1 : 0,
    holds: often(0.15),
    sessions,
    random,
  };
}
