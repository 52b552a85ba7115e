/** The order of requests and proofs, against a server in this process that is slow, or lies, where a test wants it to. */
import { expect, test } from 'vitest';
import { RetryPolicy } from '../../electron/upload/retry.ts';
import type { RevsDiff, RevsDiffEntry } from '../../electron/upload/revs-diff.ts';
import { sendAll } from '../../electron/upload/sender.ts';
import type { Sendable, Verdict } from '../../electron/upload/sender-parts.ts';
import { StationError } from '../../shared/errors.ts';
import type { WriteAnswer } from '../../electron/upload/writing.ts';
import { UPLOAD_PACE, type UploadPace } from '../../shared/upload-pace.ts';
import type { Timers } from '../../shared/timers.ts';
import { ManualTimers } from '../support/manual-timers.ts';
import { quiet, soon } from '../support/soon.ts';

const PACE = { ...UPLOAD_PACE, firstDocuments: 2, mostDocuments: 2, firstPauseMs: 1, longestPauseMs: 1 };
const REV = '1-0123456789abcdef0123456789abcdef';

/** Nobody has to wait for a second try. */
const rushed = (onPause: () => void): Timers => ({
  now: () => 0,
  after: (_ms, call) => (onPause(), setImmediate(call), () => {}),
});

const LARGE = 32 * 1024 * 1024;
const item = (id: string, ...needs: string[]): Sendable => ({ id, rev: REV, bytes: 100, needs });
const some = (count: number): Sendable[] => Array.from({ length: count }, (_, n) => item(`visit-${n}`));

class World {
  /** What came to pass, in its order. */
  readonly log: string[] = [];
  readonly stored = new Set<string>();
  readonly accepted = new Set<string>();
  readonly lapsed: string[] = [];
  /** Answered as if it were stored. */
  readonly lost = new Set<string>();
  /** The server fails on these, whatever comes with them. */
  readonly poison = new Set<string>();
  readonly failed = new Set<string>();
  /** Somebody decided otherwise after the verdict. */
  readonly held = new Set<string>();
  readonly stop = new AbortController();
  /** Waited for before each proof. */
  proofs: (question: RevsDiff) => Promise<void> = () => Promise.resolve();
  /** Waited for before each request. */
  ready: () => Promise<void> = () => Promise.resolve();
  /** What the server says to a request; nothing of it is stored unless it is taken. */
  answer: (ids: readonly string[]) => WriteAnswer | StationError = () => TAKEN;
  onRequest = (): void => {};
  /** How many were told to be done, and how many were proven at that moment. */
  readonly told: [done: number, proven: number][] = [];
  readonly timers = new ManualTimers();
  /** Milliseconds since 1970. */
  clock = 0;
  /** Bytes of each document. */
  bytes = 0;

  /** These fit into no request. */
  readonly large = new Set<string>();
  /** Each of these is larger than all others together, and fits into a request. */
  readonly heavy = new Set<string>();
  /** What was read into memory. */
  readonly loaded = new Set<string>();
  /** Before something was tried again. */
  pauses = 0;

  readonly pace: UploadPace;
  readonly retry: RetryPolicy;

  constructor(pace: UploadPace = PACE) {
    this.pace = pace;
    this.retry = new RetryPolicy({ pace, random: () => 0, timers: rushed(() => void (this.pauses += 1)) });
  }

  send(items: readonly Sendable[]) {
    return sendAll(items, {
      client: {
        pace: this.pace,
        retry: this.retry,
        ready: () => this.ready(),
        revsDiff: (question) => this.#revsDiff(question),
        bulkDocs: (documents) => this.#bulkDocs(documents),
      },
      signal: this.stop.signal,
      timers: this.timers,
      clock: () => this.clock,
      look: async (asked) => void this.log.push(`look ${names(asked)}`),
      verdicts: (asked) => asked.map((one) => this.#verdict(one)),
      load: (asked) =>
        Promise.resolve(
          asked.map(({ id }) => {
            this.loaded.add(id);
            const length = this.large.has(id) ? LARGE : this.heavy.has(id) ? 100_000 : this.bytes;
            return JSON.stringify({ _id: id, _rev: REV, note: 'x'.repeat(length) });
          }),
        ),
      measure: ({ id }) => Promise.resolve(this.large.has(id) ? LARGE : this.bytes),
      bodyIsGone: () => {},
      recordSent: (asked) => void this.log.push(`note ${names(asked)}`),
      recordAccepted: (asked) => {
        for (const { id } of asked) this.accepted.add(id);
        this.log.push(`proof ${names(asked)}`);
      },
      recordSameContent: () => {},
      recordRefused: ({ id }, reason) => {
        this.failed.add(id);
        this.log.push(`refused ${id}: ${reason}`);
      },
      recordFailed: (asked) => {
        for (const { id } of asked) this.failed.add(id);
      },
      recordLapsed: ({ id }) => void this.lapsed.push(id),
      onProgress: (_, done) => void this.told.push([done, this.accepted.size]),
    });
  }

  #verdict({ id, needs }: Sendable): Verdict {
    if (this.held.has(id)) return { kind: 'lapsed', reason: 'newer-arrived' };
    const waits = needs.some((need) => this.failed.has(need) || this.lapsed.includes(need));
    return waits ? { kind: 'waits', reason: 'needs-unsent' } : { kind: 'send' };
  }

  async #revsDiff(question: RevsDiff): Promise<ReadonlyMap<string, RevsDiffEntry>> {
    await this.proofs(question);
    const missing = Object.keys(question).filter((id) => !this.stored.has(id));
    return new Map(missing.map((id) => [id, { missing: question[id] ?? [], possibleAncestors: [] }]));
  }

  #bulkDocs(documents: readonly string[]): Promise<WriteAnswer> {
    const ids = documents.map((document) => (JSON.parse(document) as { _id: string })._id);
    this.log.push(`send ${ids.join(' ')}`);
    if (ids.some((id) => this.poison.has(id))) return Promise.reject(new StationError('server-error', '500'));
    const answer = this.answer(ids);
    if (answer === TAKEN) for (const id of ids) if (!this.lost.has(id)) this.stored.add(id);
    this.onRequest();
    return answer instanceof StationError ? Promise.reject(answer) : Promise.resolve(answer);
  }

  /** The requests that left, each with its documents. */
  get requests(): string[] {
    return this.log.filter((line) => line.startsWith('send ')).map((line) => line.slice('send '.length));
  }
}

const TAKEN: WriteAnswer = { failed: null, refused: [] };
const TOO_LARGE: WriteAnswer = { failed: { status: 413, reason: 'too large' }, refused: [] };
/** Later than everything that could be done meanwhile. */
const slowly = quiet;
const names = (items: readonly { readonly id: string }[]): string => items.map(({ id }) => id).join(' ');

test('the next request leaves while the last is being proven, and no more than two are unproven', async () => {
  const world = new World();
  let prove = (): void => {};
  const proofs = new Promise<void>((resolve) => (prove = resolve));
  world.proofs = () => proofs;
  const sent = world.send(some(10));
  await soon(() => world.requests).toHaveLength(3);
  await quiet();
  expect(world.requests).toHaveLength(3);
  expect(world.accepted.size).toBe(0);
  prove();
  expect(await sent).toEqual([]);
  expect(world.accepted.size).toBe(10);
});

test('no more is told to be done than is proven, and in the end all of it is', async () => {
  const world = new World();
  world.proofs = slowly;
  await world.send(some(12));
  expect(world.told.filter(([done, proven]) => done > proven)).toEqual([]);
  expect(world.told.at(-1)).toEqual([12, 12]);
});

test('a report does not leave before its patient is proven, whatever the server answered', async () => {
  const world = new World();
  world.proofs = slowly;
  world.lost.add('patient');
  const items = [item('patient'), item('a'), item('report', 'patient'), item('b')];
  const waiting = await world.send(items);
  expect(waiting.map((one) => one.item.id)).toEqual(['report']);
  expect(world.requests).toEqual(['patient a', 'b']);

  const honest = new World();
  expect(await honest.send(items)).toEqual([]);
  expect(honest.log.indexOf('proof patient a')).toBeLessThan(honest.log.indexOf('send report b'));
});

test('what somebody decides on after the verdict does not leave', async () => {
  const world = new World();
  world.onRequest = () => void world.held.add('visit-4');
  await world.send(some(6));
  expect(world.lapsed).toEqual(['visit-4']);
  expect([...world.stored]).toEqual(['visit-0', 'visit-1', 'visit-2', 'visit-3', 'visit-5']);
});

test('two leaves of one document are never under way at the same time', async () => {
  const world = new World();
  const other = { ...item('visit-1'), rev: '2-0123456789abcdef0123456789abcdef' };
  await world.send([...some(4), other]);
  const second = world.log.lastIndexOf('look visit-1');
  expect(second).toBeGreaterThan(world.log.indexOf('proof visit-0 visit-1'));
});

test('after a stop nothing is sent any more, and what was sent is still proven', async () => {
  const world = new World();
  world.onRequest = () => world.stop.abort();
  await expect(world.send(some(10))).rejects.toMatchObject({ code: 'cancelled' });
  const lines = world.log.length;
  expect([...world.stored]).toEqual(['visit-0', 'visit-1']);
  expect(world.accepted).toEqual(world.stored);
  await quiet();
  expect(world.log).toHaveLength(lines);
});

test('what somebody holds takes along what needs it, also out of the same request', async () => {
  const world = new World();
  const items = [item('a'), item('b'), item('patient'), item('report', 'patient')];
  // The patient and the report were both judged when this happens.
  world.onRequest = () => void world.held.add('patient');
  const waiting = await world.send(items);
  expect(world.lapsed).toEqual(['patient']);
  expect(waiting).toEqual([{ item: items[3], reason: 'needs-unsent' }]);
  expect([...world.stored]).toEqual(['a', 'b']);
  expect(world.log).not.toContain('note patient report');
});

test('a report does not overtake its patient where one piece is cut into several requests', async () => {
  const items = [item('patient'), item('report', 'patient')];
  const lying = new World();
  lying.proofs = slowly;
  lying.bytes = 5 * 1024 * 1024;
  lying.lost.add('patient');
  expect((await lying.send(items)).map((one) => one.item.id)).toEqual(['report']);
  expect(lying.requests).toEqual(['patient']);

  const honest = new World();
  honest.proofs = slowly;
  honest.bytes = 5 * 1024 * 1024;
  expect(await honest.send(items)).toEqual([]);
  expect(honest.log.indexOf('proof patient')).toBeLessThan(honest.log.indexOf('send report'));
});

test('a report does not overtake its patient in the halves of a request that was too large', async () => {
  const world = new World();
  world.answer = (ids) => (ids.length > 1 ? TOO_LARGE : TAKEN);
  world.lost.add('patient');
  const items = [item('patient'), item('report', 'patient'), item('a')];
  expect((await world.send(items)).map((one) => one.item.id)).toEqual(['report']);
  expect(world.requests).toEqual(['patient report', 'patient', 'a']);
});

test('once a proof has failed nothing is asked any more, and every answer that is still out is heard', async () => {
  const world = new World();
  let answered = 0;
  world.proofs = async (question) => {
    if (Object.hasOwn(question, 'visit-0')) {
      await quiet();
      throw new StationError('signed-out');
    }
    for (let turn = 0; turn < 5; turn += 1) await quiet();
    answered += 1;
  };
  await expect(world.send(some(10))).rejects.toMatchObject({ code: 'signed-out' });
  const asked = world.requests.length - 1;
  expect(asked).toBeGreaterThan(0);
  expect(answered).toBe(asked);
  const lines = world.log.length;
  await quiet();
  expect(world.log).toHaveLength(lines);
});

test('a server that never takes a request and answers every proof ends the session', async () => {
  const world = new World();
  world.proofs = () => Promise.resolve(world.retry.succeeded());
  world.answer = () => new StationError('server-error', '500');
  await expect(world.send(some(20))).rejects.toMatchObject({ code: 'server-error' });
  // Two, three documents by themselves, and the fourth, which is one too many.
  expect(world.failed.size).toBe(3);
  expect(world.accepted.size).toBe(0);
  expect(world.requests).toHaveLength(2 + 2 * PACE.tries + 2 + 2 * PACE.tries);
});

test.each([
  ['a long pause', (world: World) => world.timers.pass(3_600_000)],
  // Timers stand still while a computer sleeps.
  ['a long sleep', async (world: World) => void (world.clock += 3_600_000)],
  ['the clock was put back', async (world: World) => void (world.clock -= 3_600_000)],
])('after %s the server is asked again before something leaves', async (_what, happens) => {
  const world = new World();
  world.ready = async () => {
    if (world.requests.length === 1) await happens(world);
  };
  await world.send(some(4));
  const again = world.log.lastIndexOf('look visit-2 visit-3');
  expect(world.log.indexOf('look visit-2 visit-3')).toBeLessThan(again);
  expect(again).toBeLessThan(world.log.indexOf('send visit-2 visit-3'));
  expect(world.log.filter((line) => line === 'look visit-0 visit-1')).toHaveLength(1);
});

test('a document on which the server fails is left behind, and the others go', async () => {
  const world = new World();
  world.poison.add('visit-3');
  world.proofs = () => Promise.resolve(world.retry.succeeded());
  expect(await world.send(some(8))).toEqual([]);
  expect([...world.failed]).toEqual(['visit-3']);
  expect(world.log).toContain('refused visit-3: unreadable-for-server');
  expect(world.accepted.size).toBe(7);
  // Twice together, twice alone: the server takes the others. Nothing else was sent again and again.
  expect(world.log.filter((line) => /^send .*visit-3/.test(line))).toHaveLength(2 + 2);
});

test('two documents among 300 on which the server fails are found by halving, with few pauses', async () => {
  const world = new World({ ...PACE, firstDocuments: 300, mostDocuments: 300 });
  world.poison.add('visit-100').add('visit-200');
  world.proofs = () => Promise.resolve(world.retry.succeeded());
  expect(await world.send(some(300))).toEqual([]);
  expect([...world.failed]).toEqual(['visit-100', 'visit-200']);
  expect(world.log.filter((line) => line.startsWith('refused'))).toEqual([
    'refused visit-100: unreadable-for-server',
    'refused visit-200: unreadable-for-server',
  ]);
  expect(world.accepted.size).toBe(298);
  // Two before it is halved, one for each; not one for each half.
  expect(world.pauses).toBe(4);
  expect(world.requests.length).toBeLessThan(45);
});

test('a server that falls sick in the middle is not blamed on the records', async () => {
  const world = new World();
  world.proofs = () => Promise.resolve(world.retry.succeeded());
  // It takes one of the first half, and then nothing any more.
  world.answer = (ids) =>
    ids.length === 1 && ids[0] === 'visit-0' ? TAKEN : new StationError('server-error', '500');
  await expect(world.send(some(8))).rejects.toMatchObject({ code: 'server-error' });
  expect([...world.accepted]).toEqual(['visit-0']);
  expect(world.failed.size).toBeGreaterThan(0);
  expect(world.log.filter((line) => line.startsWith('refused'))).toEqual([]);
});

test('what stands before the server and answers for it says nothing about the records', async () => {
  const world = new World();
  world.proofs = () => Promise.resolve(world.retry.succeeded());
  world.answer = (ids) => (ids.includes('visit-3') ? new StationError('server-error', '502') : TAKEN);
  await world.send(some(8));
  expect([...world.failed]).toEqual(['visit-3']);
  expect(world.log.filter((line) => line.startsWith('refused'))).toEqual([]);
});

test('a document that the server cannot read is refused with the words of the server', async () => {
  const world = new World();
  world.answer = (ids) =>
    ids.includes('visit-1') ? { failed: { status: 400, reason: 'Bad special field' }, refused: [] } : TAKEN;
  await world.send(some(4));
  expect(world.log).toContain('refused visit-1: Bad special field');
  expect(world.requests.filter((line) => line === 'visit-1')).toHaveLength(1);
  expect(world.accepted.size).toBe(3);
});

test('a document that fits into no request is refused without being sent, the others go', async () => {
  const world = new World();
  world.large.add('visit-1');
  await world.send(some(4));
  expect(world.log).toContain('refused visit-1: too-large-for-server');
  expect(world.log.filter((line) => /^(send|note) .*visit-1/.test(line))).toEqual([]);
  expect(world.accepted.size).toBe(3);
});

test('one document that makes a request too large goes by itself, and is not sent in half after half', async () => {
  const world = new World({ ...PACE, firstDocuments: 64, mostDocuments: 64 });
  world.heavy.add('visit-40');
  world.answer = (ids) => (ids.includes('visit-40') ? TOO_LARGE : TAKEN);
  await world.send(some(64));
  expect(world.log).toContain('refused visit-40: too-large-for-server');
  expect(world.accepted.size).toBe(63);
  expect(world.requests.map((line) => line.split(' ').length)).toEqual([64, 40, 1, 23]);
});

test('a document whose size is known to be too large is not even read', async () => {
  const world = new World();
  world.large.add('visit-1');
  const items = some(3).map((one) => (one.id === 'visit-1' ? { ...one, bytes: LARGE } : one));
  await world.send(items);
  expect(world.log).toContain('refused visit-1: too-large-for-server');
  expect(world.loaded).toEqual(new Set(['visit-0', 'visit-2']));
  expect(world.accepted.size).toBe(2);
});

test('a single document that is too large for what stands before the server is sent once', async () => {
  const world = new World();
  world.answer = (ids) => (ids.includes('visit-1') ? TOO_LARGE : TAKEN);
  await world.send(some(4));
  expect(world.log).toContain('refused visit-1: too-large-for-server');
  expect(world.requests.filter((line) => line === 'visit-1')).toHaveLength(1);
});
