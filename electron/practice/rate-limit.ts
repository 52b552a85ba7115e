/**
 * The brake on wrong passwords (docs/cht.md §1.3, docs/cht-exchanges.md §1).
 *
 * Each 401 or 429 answer takes one of ten points from the address, the user name and the password of its
 * request. A key without points refuses every request that carries a password, right or wrong, until ten
 * seconds after the first failure that was counted. Cookies are never refused.
 */
const POINTS = 10;
const WINDOW = 10_000;

export interface RateLimit {
  /** Is one of these keys out of points? */
  refuses(keys: readonly string[]): boolean;
  /** Counts one failure against each of these keys. */
  failed(keys: readonly string[]): void;
  /** Forgets every failure, as a restart of the server would. */
  forget(): void;
}

export function createRateLimit(clock: () => number): RateLimit {
  const failures = new Map<string, { since: number; count: number }>();
  const current = (key: string) => {
    const entry = failures.get(key);
    return entry && clock() - entry.since < WINDOW ? entry : undefined;
  };
  return {
    refuses: (keys) => keys.some((key) => (current(key)?.count ?? 0) >= POINTS),
    failed(keys) {
      for (const key of keys) {
        const entry = current(key);
        if (entry) entry.count += 1;
        else failures.set(key, { since: clock(), count: 1 });
      }
    },
    forget: () => failures.clear(),
  };
}
