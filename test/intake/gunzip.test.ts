/** What could be unpacked before the end or the damage is never lost, however slowly it is taken. */
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { gunzip } from '../../electron/intake/formats/gunzip.ts';
import { randomNumbers } from '../../electron/practice/documents.ts';

/** Text that packs to about half. */
function text(length: number): Buffer {
  const random = randomNumbers(7);
  return Buffer.from(Array.from({ length }, () => 97 + Math.floor(random() * 16)));
}

async function unpack(packed: Buffer, pause: () => Promise<unknown>) {
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < packed.length; at += 100_000) yield packed.subarray(at, at + 100_000);
  }
  const parts: Buffer[] = [];
  const unpacking = gunzip(chunks);
  for (;;) {
    const step = await unpacking.next();
    if (step.done === true) return { end: step.value, bytes: Buffer.concat(parts) };
    parts.push(step.value.bytes);
    await pause();
  }
}

const PAUSES = {
  'at once': () => Promise.resolve(),
  slowly: async () => {
    for (let turn = 0; turn < 30; turn += 1) await setImmediate();
  },
};

const ENDS = {
  damaged: (packed: Buffer) => {
    packed.writeUInt32LE(1, packed.length - 8);
    return packed;
  },
  cut: (packed: Buffer) => packed.subarray(0, packed.length - 8),
  whole: (packed: Buffer) => packed,
};
const CASES = Object.entries(ENDS).flatMap(([end, make]) =>
  Object.entries(PAUSES).map(([how, pause]) => ({ end, make, how, pause })),
);

test.each(CASES)(
  'every byte of a packed file that is $end comes, taken $how',
  async ({ end, make, pause }) => {
    for (const length of [3_000, 30_000, 300_000]) {
      const plain = text(length);
      const found = await unpack(make(gzipSync(plain)), pause);
      expect(found.end).toBe(end);
      expect(found.bytes.equals(plain), `${found.bytes.length} of ${length}`).toBe(true);
    }
  },
);
