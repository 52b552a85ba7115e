/** Bodies of a phone's requests and answers, between the two ends of a real port, and from an end that breaks the rules. */
import { randomBytes } from 'node:crypto';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { StationError } from '../../../shared/errors.ts';
import { MessageBytes } from '../../../electron/sources/live/message-reader.ts';
import type { AppRequest } from '../../../electron/sources/live/paused-request.ts';
import type { SyncStation } from '../../../electron/sources/live/readings.ts';
import type { SentOn } from '../../../electron/sources/live/tunnel.ts';
import { Bodies, inParts } from '../../../electron/workers/devices/bodies.ts';
import type { DeviceNews } from '../../../electron/workers/devices/calls.ts';
import { connect, type Call } from '../../../electron/workers/rpc.ts';
import { soon } from '../../support/soon.ts';

const MB = 1024 * 1024;
const INTERNAL = { code: 'internal' };

type Station = (sync: string, request: AppRequest) => Promise<SentOn>;

const answer = (body: Uint8Array): SentOn => ({ kind: 'answer', answer: { status: 201, headers: [], body } });
const request = (body: MessageBytes | null): AppRequest<MessageBytes> => ({
  method: 'POST',
  path: '/medic/_bulk_docs',
  headers: [['Content-Type', 'application/json']],
  body,
  writes: 'records',
});

/** As the reader of the messages makes it: blocks of their own. */
function inBlocks(bytes: Buffer, block = 192 * 1024): MessageBytes {
  const blocks: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += block) {
    const some = Buffer.allocUnsafeSlow(Math.min(block, bytes.length - from));
    bytes.copy(some, 0, from);
    blocks.push(some);
  }
  return new MessageBytes(blocks);
}

const toClose: (() => void)[] = [];
afterEach(() => {
  for (const close of toClose.splice(0)) close();
});

/** What there is of the calls that this is about. */
type Told = Pick<DeviceNews, 'sendOn' | 'bodyPart' | 'answerPart' | 'bodiesDone'>;
type Never = { readonly never: { readonly params: null; readonly value: null } };

interface Ends {
  readonly sendOn: SyncStation['sendOn'];
  readonly call: Call<DeviceNews>;
  readonly bodies: Bodies;
  /** The names of the calls that came. */
  readonly asked: string[];
}

function open(station: Station): Ends {
  const { port1, port2 } = new MessageChannel();
  toClose.push(() => port1.close());
  const bodies = new Bodies();
  const asked: string[] = [];
  const noted =
    <Params, Value>(name: string, serve: (params: Params) => Value) =>
    (params: Params): Value => {
      asked.push(name);
      return serve(params);
    };
  connect<Told, Never>(port1, {
    sendOn: noted('sendOn', (params) => bodies.pass(params, station)),
    bodyPart: noted('bodyPart', (part) => bodies.came(part)),
    answerPart: noted('answerPart', (wanted) => bodies.part(wanted)),
    bodiesDone: noted('bodiesDone', ({ sync }) => bodies.letGo(sync)),
  });
  const { call } = connect<Never, DeviceNews>(port2, { never: () => null });
  return { sendOn: inParts(call), call, bodies, asked };
}

async function bytesOf(sent: Awaited<ReturnType<SyncStation['sendOn']>>): Promise<Buffer> {
  if (sent.kind !== 'answer') throw new Error(sent.kind);
  const { body } = sent.answer;
  if (body instanceof Uint8Array) return Buffer.from(body);
  const parts: Uint8Array[] = [];
  for await (const part of body.parts()) parts.push(part);
  expect(Buffer.concat(parts)).toHaveLength(body.bytes);
  return Buffer.concat(parts);
}

/** Around the length of a part. */
const LENGTHS = [0, 1, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 512 * 1024, 512 * 1024 + 1, 3 * MB + 5];

test.each(LENGTHS)('a body of %i bytes comes as it was, and so does such an answer', async (length) => {
  const [there, back] = [randomBytes(length), randomBytes(length)];
  let came: AppRequest | null = null;
  const { sendOn, asked } = open((_sync, made) => {
    came = made;
    return Promise.resolve(answer(back));
  });
  const given = inBlocks(there);
  const sent = await sendOn('S1', request(given));
  expect(came).toEqual({ ...request(null), body: expect.any(Uint8Array) as Uint8Array });
  expect(there.equals((came as AppRequest | null)?.body ?? Buffer.of(1, 2, 3))).toBe(true);
  expect(back.equals(await bytesOf(sent))).toBe(true);
  const isLarge = length > 256 * 1024;
  expect(asked.includes('bodyPart')).toBe(isLarge);
  expect(asked.includes('answerPart')).toBe(isLarge);
  // What has crossed is held here no more.
  expect(given.blocks.every(({ byteLength }) => byteLength === 0)).toBe(isLarge || length === 0);
});

test('a request without a body has none, and what is no answer is told as it is', async () => {
  const came: unknown[] = [];
  const { sendOn } = open((sync, made) => {
    came.push([sync, made.body]);
    return Promise.resolve({ kind: 'failed' });
  });
  expect(await sendOn('S1', request(null))).toEqual({ kind: 'failed' });
  expect(await sendOn('S1', request(inBlocks(randomBytes(MB))))).toEqual({ kind: 'failed' });
  expect(came).toEqual([
    ['S1', null],
    ['S1', expect.any(Uint8Array)],
  ]);
});

test('two bodies at once, of two syncs with the same numbers, do not mix', async () => {
  const bodies = [2 * MB, 3 * MB, MB, 2 * MB].map((length) => randomBytes(length));
  const { call, sendOn } = open((_sync, made) => Promise.resolve(answer(Buffer.from(made.body ?? []))));
  const other = inParts(call);
  const sent = await Promise.all(
    bodies.map((body, at) => (at < 2 ? sendOn : other)(at < 2 ? 'S1' : 'S2', request(inBlocks(body)))),
  );
  // Asked for in turns too.
  const back = await Promise.all(sent.map(bytesOf));
  expect(back.map((bytes, at) => bytes.equals(bodies[at] ?? Buffer.of()))).toEqual([true, true, true, true]);
});

const part = (bytes: number, length: number, body = 1, sync = 'S1'): DeviceNews['bodyPart']['params'] => ({
  sync,
  body,
  bytes,
  part: Buffer.alloc(length, 'x'),
});
const wanted = (body: number, sync = 'S1'): DeviceNews['sendOn']['params'] => ({
  sync,
  request: { ...request(null), body: null },
  body,
});

test.each<[string, DeviceNews['bodyPart']['params'][]]>([
  ['none of it came', []],
  ['a part is missing', [part(9, 4), part(9, 4)]],
  ['another one came', [part(9, 9, 2)]],
  ['it came for another sync', [part(9, 9, 1, 'S2')]],
])('a body leaves only whole: %s', async (_what, parts) => {
  const left: unknown[] = [];
  const { call } = open((...made) => {
    left.push(made);
    return Promise.resolve({ kind: 'failed' });
  });
  for (const one of parts) await call('bodyPart', one);
  await expect(call('sendOn', wanted(1))).rejects.toMatchObject(INTERNAL);
  // What was there of it counts no more.
  await expect(call('sendOn', wanted(1))).rejects.toMatchObject(INTERNAL);
  expect(left).toEqual([]);
});

type Part = DeviceNews['bodyPart']['params'];
test.each<[string, Part[], Part]>([
  ['a part too many', [part(9, 9)], part(9, 1)],
  ['a part that is too long', [part(9, 4)], part(9, 6)],
  ['another length than before', [part(9, 4)], part(8, 4)],
  ['more than any server takes', [], part(33 * MB + 1, 4)],
  ['more bodies than are under way', [1, 2, 3, 4].map((body) => part(9, 1, body)), part(9, 1, 5)],
])('what the other end never sends is refused: %s', async (_what, before, last) => {
  const { call } = open(() => Promise.resolve({ kind: 'failed' }));
  for (const one of before) await call('bodyPart', one);
  await expect(call('bodyPart', last)).rejects.toMatchObject(INTERNAL);
});

test('several phones synchronise at once, each with as many bodies as one has', async () => {
  const { call } = open((_sync, made) => Promise.resolve(answer(made.body ?? Buffer.of())));
  const syncs = ['S1', 'S2', 'S3', 'S4'];
  for (const sync of syncs) for (const body of [1, 2]) await call('bodyPart', part(2, 2, body, sync));
  for (const sync of syncs) expect(await call('sendOn', wanted(2, sync))).toMatchObject({ kind: 'answer' });
});

test('a sync that ends in the middle of a body keeps nothing, and the rest of it never leaves', async () => {
  const left: unknown[] = [];
  const { call, sendOn, bodies, asked } = open((...made) => {
    left.push(made);
    return Promise.resolve({ kind: 'failed' });
  });
  const sending = sendOn('S1', request(inBlocks(randomBytes(8 * MB))));
  const both = Promise.allSettled([sending]);
  await soon(() => asked.length).toBeGreaterThan(3);
  bodies.letGo('S1');
  expect(await both).toMatchObject([{ status: 'rejected', reason: INTERNAL }]);
  expect(left).toEqual([]);
  // Another one is not touched by it.
  await call('bodyPart', part(2, 2, 1, 'S2'));
  bodies.letGo('S1');
  expect(await call('sendOn', wanted(1, 'S2'))).toEqual({ kind: 'failed' });
  await call('bodyPart', part(2, 2, 1, 'S2'));
  bodies.letGo(null);
  await expect(call('sendOn', wanted(1, 'S2'))).rejects.toMatchObject(INTERNAL);
});

test('an answer that nobody asked for to its end is let go with its sync', async () => {
  const { call, sendOn } = open(() => Promise.resolve(answer(randomBytes(MB))));
  const sent = await sendOn('S1', request(null));
  await call('bodiesDone', { sync: 'S1' });
  await expect(bytesOf(sent)).rejects.toMatchObject(INTERNAL);
});

test('an answer that comes after the end of its sync is not kept', async () => {
  const late = Promise.withResolvers<SentOn>();
  const { call, asked } = open(() => late.promise);
  const sending = call('sendOn', { ...wanted(1), body: null });
  await soon(() => asked).toEqual(['sendOn']);
  await call('bodiesDone', { sync: 'S1' });
  late.resolve(answer(randomBytes(MB)));
  const sent = await sending;
  const number = sent.kind === 'answer' && 'answer' in sent.answer.body ? sent.answer.body.answer : -1;
  expect(number).toBeGreaterThan(0);
  await expect(call('answerPart', { sync: 'S1', answer: number, from: 0 })).rejects.toMatchObject(INTERNAL);
});

test('a part of an answer is asked for where there is one, and only of its own sync', async () => {
  const { call } = open(() => Promise.resolve(answer(Buffer.alloc(300 * 1024, 'x'))));
  const sent = await call('sendOn', { ...wanted(1), body: null });
  const number = sent.kind === 'answer' && 'answer' in sent.answer.body ? sent.answer.body.answer : -1;
  const ask = (sync: string, from: number): Promise<Uint8Array> =>
    call('answerPart', { sync, answer: number, from });
  await expect(ask('S2', 0)).rejects.toMatchObject(INTERNAL);
  await expect(ask('S1', 300 * 1024)).rejects.toMatchObject(INTERNAL);
  expect(await ask('S1', 256 * 1024)).toHaveLength(44 * 1024);
  // It was the last one: nothing of it is kept.
  await expect(ask('S1', 0)).rejects.toMatchObject(INTERNAL);
});

test('a failure of the station is one here', async () => {
  const { sendOn } = open(() => Promise.reject(new StationError('sync-altered', 'content')));
  await expect(sendOn('S1', request(inBlocks(randomBytes(MB))))).rejects.toMatchObject({
    code: 'sync-altered',
  });
});
