/** Phones that lie: each ends in a failure of its own, soon, and with the phone given free. */
import { assert as check, asyncProperty as property, constantFrom, nat, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StationError } from '../../../shared/errors.ts';
import { OPERATION } from '../../../electron/sources/mtp/codes.ts';
import { DatasetReader, momentOf } from '../../../electron/sources/mtp/packing.ts';
import { openFiles } from './open.ts';
import { InMemoryPhone, type Tamper } from '../../support/mtp-phone.ts';

const never = new AbortController().signal;
const TOP = [{ name: 'Download', children: [{ name: 'a.json', content: new Uint8Array(2000) }] }];

const change = (container: Uint8Array, write: (view: DataView) => void): Uint8Array => {
  const copy = container.slice();
  write(new DataView(copy.buffer));
  return copy;
};
const isData = (container: Uint8Array) => container[4] === 2;

/** Lies about the data of one operation, and otherwise behaves. */
const lies: readonly (readonly [what: string, tamper: Tamper])[] = [
  [
    'a length of more than was asked for',
    (one) => (isData(one) ? change(one, (view) => view.setUint32(0, 0x7fffffff, true)) : one),
  ],
  [
    'no known length',
    (one) => (isData(one) ? change(one, (view) => view.setUint32(0, 0xffffffff, true)) : one),
  ],
  [
    'a length shorter than the header',
    (one) => (isData(one) ? change(one, (view) => view.setUint32(0, 3, true)) : one),
  ],
  [
    'a length of more than comes',
    (one) => (isData(one) ? change(one, (view) => view.setUint32(0, one.length + 100, true)) : one),
  ],
  ['another transaction', (one) => change(one, (view) => view.setUint32(8, 0xfff0, true))],
  [
    'old transactions for ever',
    (one) => Array.from({ length: 200 }, () => change(one, (view) => view.setUint32(8, 1, true))),
  ],
  ['data twice', (one) => (isData(one) ? [one, one] : one)],
  ['a command', (one) => change(one, (view) => view.setUint16(4, 1, true))],
  ['an event', (one) => change(one, (view) => view.setUint16(4, 4, true))],
  ['a long response', (one) => (isData(one) ? one : change(one, (view) => view.setUint32(0, 4000, true)))],
  ['empty packets for ever', () => Array.from({ length: 100 }, () => new Uint8Array(0))],
  ['nothing', () => null],
  ['half a header', (one) => one.slice(0, 5)],
  ['noise', () => new Uint8Array(600).fill(0xa5)],
];

describe.each(lies)('a phone that sends %s', (_what, lie) => {
  test.each(Object.entries({ info: OPERATION.getObjectInfo, read: OPERATION.getPartialObject64 }))(
    'when asked for %s',
    async (_name, operation) => {
      const phone = new InMemoryPhone(TOP);
      const files = await openFiles(phone);
      phone.tamper = (container, asked) => (asked === operation ? lie(container, asked) : container);
      const all = async () => {
        const opened = await files.open('2');
        await opened.read(0, 2000);
      };
      await expect(all()).rejects.toMatchObject({ code: 'device-stuck' });
      // Nothing more is asked of it: nobody can tell what its next bytes mean.
      await expect(files.list({ files: 10, depth: 2 }, never)).rejects.toMatchObject({
        code: 'device-stuck',
      });
      await files.close();
      expect(phone.isClosed).toBe(true);
    },
  );

  test('at the beginning', async () => {
    const phone = new InMemoryPhone(TOP);
    phone.tamper = lie;
    await expect(openFiles(phone)).rejects.toMatchObject({ code: 'device-stuck' });
    expect(phone.isClosed).toBe(true);
  });
});

test('bytes that went wrong anywhere end in an answer or a failure with a name, and with the phone given free', async () => {
  await check(
    property(
      record({
        at: nat(14),
        how: constantFrom('flip', 'cut', 'twice', 'more'),
        where: nat(),
        bits: nat(255),
      }),
      async ({ at, how, where, bits }) => {
        const phone = new InMemoryPhone(TOP);
        let sent = -1;
        phone.tamper = (container) => {
          sent += 1;
          if (sent !== at) return container;
          const place = where % container.length;
          if (how === 'cut') return container.slice(0, place);
          if (how === 'twice') return [container, container];
          if (how === 'more') return Buffer.concat([container, Buffer.alloc(1 + place, bits)]);
          const changed = container.slice();
          changed[place] = (changed[place] ?? 0) ^ bits;
          return changed;
        };
        try {
          const files = await openFiles(phone);
          try {
            for (const { file } of (await files.list({ files: 100, depth: 4 }, never)).files)
              expect((await (await files.open(file)).read(0, 2000)).length).toBeLessThanOrEqual(2000);
          } finally {
            await files.close();
          }
        } catch (error) {
          if (!(error instanceof StationError) || error.code === 'internal') throw error;
        }
        expect(phone.isClosed).toBe(true);
      },
    ),
    { numRuns: 150 },
  );
});

test('a phone that never stops sending is left', async () => {
  const phone = new InMemoryPhone(TOP);
  const megabyte = new Uint8Array(2 ** 20).fill(0xff);
  phone.tamper = () => Array.from({ length: 100 }, () => megabyte);
  await expect(openFiles(phone)).rejects.toMatchObject({ code: 'device-stuck' });
});

test('an array that claims four thousand million entries', async () => {
  const phone = new InMemoryPhone(TOP);
  phone.tamper = (container, asked) =>
    asked === OPERATION.getStorageIds && isData(container)
      ? change(container, (view) => view.setUint32(12, 0xffffffff, true))
      : container;
  await expect(openFiles(phone)).rejects.toMatchObject({ code: 'device-stuck' });
});

test('datasets end where they end', () => {
  expect(() => new DatasetReader(new Uint8Array(3)).u32()).toThrow('too early');
  expect(() => new DatasetReader(new Uint8Array([200, 65, 0])).text()).toThrow('too early');
  expect(new DatasetReader(new Uint8Array([2, 65, 0, 66, 0])).text()).toBe('AB');
  expect(new DatasetReader(new Uint8Array([3, 65, 0, 0, 0, 66, 0])).text()).toBe('A');
});

test.each([
  ['20260102T030405Z', Date.UTC(2026, 0, 2, 3, 4, 5)],
  ['20260102T030405.7+0545', Date.UTC(2026, 0, 1, 21, 19, 5)],
  ['20260102T030405', new Date(2026, 0, 2, 3, 4, 5).getTime()],
  ['20261399T999999', null],
  ['', null],
  ['yesterday', null],
])('the moment %j', (text, moment) => {
  expect(momentOf(text)).toBe(moment);
});
