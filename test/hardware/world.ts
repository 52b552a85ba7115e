/** What every case does: wait for a card, take what it carries, and compare. */
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { SourceSeen, Taken } from './guest/words.ts';
import type { Dump } from './images.ts';
import type { Machine } from './machine.ts';

/** A source that has come to this state, as a clerk would wait for it. */
export async function sourceThat(
  machine: Machine,
  fits: (source: SourceSeen) => boolean,
  timeoutMs = 60_000,
): Promise<SourceSeen> {
  let seen: readonly SourceSeen[] = [];
  for (const until = performance.now() + timeoutMs; performance.now() < until;) {
    seen = await machine.ask('sources', {});
    const found = seen.find(fits);
    if (found !== undefined) return found;
    await wait(300);
  }
  throw new Error(`no such source; there are ${JSON.stringify(seen)}\n${machine.console()}`);
}

export const isReady =
  (kind: string) =>
  (source: SourceSeen): boolean =>
    source.kind === kind && source.state.kind === 'ready';

export async function noSources(machine: Machine, timeoutMs = 60_000): Promise<void> {
  for (const until = performance.now() + timeoutMs; performance.now() < until;) {
    if ((await machine.ask('sources', {})).length === 0) return;
    await wait(300);
  }
  throw new Error('a card stays for a device that is gone');
}

/** The file of a source that has this name at the end. */
export function fileNamed(source: SourceSeen, name: string): string {
  const found = source.files.find((file) => file.name.endsWith(`/${name}`));
  if (found === undefined) throw new Error(`${name} is not on it: ${JSON.stringify(source.files)}`);
  return found.file;
}

/** The dump is in the replica: every byte came, and every document is there. */
export function expectTaken(taken: Taken, dump: Dump): void {
  expect(taken).toMatchObject({ failed: null, dump: dump.sha256 });
  const { documents } = taken;
  expect(documents).not.toBeNull();
  expect((documents?.new ?? 0) + (documents?.known ?? 0)).toBe(dump.documents);
  expect(documents?.broken).toBe(0);
  console.log(
    `  ${dump.bytes} bytes, sha256 equal (${dump.sha256.slice(0, 12)}…), ${dump.documents} documents; ` +
      `copied in ${taken.copySeconds} s, taken in ${taken.takeSeconds} s`,
  );
}
