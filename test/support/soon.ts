/** Waiting for what is to come: it may come late on a busy computer, and what never comes is a hang. */
import { expect, vi } from 'vitest';

/** What has not come by then never comes. */
export const HANGS_MS = 120_000;

/** Looks again and again until an assertion about what it sees holds: `await soon(look).toBe(1)`. */
export function soon<Value>(look: () => Value | Promise<Value>) {
  return expect.poll(look, { timeout: HANGS_MS, interval: 20 });
}

/** Tries the assertions again and again until none of them throws; answers what they answer. */
export function eventually<Value>(check: () => Value | Promise<Value>): Promise<Value> {
  return vi.waitFor(check, { timeout: HANGS_MS, interval: 20 });
}

/** Lets everything happen in this process that needs nothing but promises: for "and then nothing happened". */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
}
