/**
 * What the station asks for before it does something: the PIN of whoever sits here once more, or a second person. The
 * request waits meanwhile, and goes again with what was typed; whoever made it hears only what came of it.
 */
import { StationError } from '../shared/errors.ts';

const NEEDED = { 'unlock-needed': 'unlock', 'second-needed': 'second' } as const;
type Code = keyof typeof NEEDED;

/** After these the same is asked once more. */
const MISTYPED: readonly string[] = [
  'wrong-secret',
  'try-later',
  'second-is-same',
  'second-is-service',
  'choose-first',
];

export interface Given {
  readonly unlock?: string;
  readonly second?: { readonly name: string; readonly secret: string };
}

export interface Agreement {
  readonly needed: (typeof NEEDED)[Code];
  /** What it is about, where that was told. */
  readonly records: number;
  /** Answers what was wrong with it; `undefined`: it was taken, or the request ended in another way. */
  readonly give: (given: Given) => Promise<unknown>;
  readonly giveUp: () => void;
}

export interface Agreements {
  /** What is being asked for now. */
  current(): Agreement | null;
  onChange(listener: () => void): () => void;
  /** Asks, and asks the person as often as the station wants something of them. */
  carry<Value>(ask: (given: Given) => Promise<Value>): Promise<Value>;
}

const isNeeded = (failure: unknown): failure is StationError & { readonly code: Code } =>
  failure instanceof StationError && Object.hasOwn(NEEDED, failure.code);

export function createAgreements(): Agreements {
  let current: Agreement | null = null;
  const listeners = new Set<() => void>();
  const show = (next: Agreement | null): void => {
    current = next;
    for (const listener of listeners) listener();
  };

  const askFor = <Value>(
    failure: StationError & { readonly code: Code },
    ask: (given: Given) => Promise<Value>,
    before: Given,
  ): Promise<Value> => {
    // One question at a time: what it was asked for before is not done.
    current?.giveUp();
    return new Promise((resolve, reject) => {
      const give = async (given: Given): Promise<unknown> => {
        const all = { ...before, ...given };
        try {
          resolve(await ask(all));
        } catch (next) {
          if (next instanceof StationError && MISTYPED.includes(next.code)) return next;
          if (current === asked) show(null);
          if (isNeeded(next) && next.code !== failure.code) askFor(next, ask, all).then(resolve, reject);
          else reject(next instanceof Error ? next : new Error(String(next)));
          return undefined;
        }
        if (current === asked) show(null);
        return undefined;
      };
      const giveUp = (): void => {
        if (current === asked) show(null);
        reject(failure);
      };
      const asked = { needed: NEEDED[failure.code], records: Number(failure.detail ?? 0), give, giveUp };
      show(asked);
    });
  };

  return {
    current: () => current,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    carry: async (ask) => {
      try {
        return await ask({});
      } catch (failure) {
        if (!isNeeded(failure)) throw failure;
        return askFor(failure, ask, {});
      }
    },
  };
}
