/** The order of requests and proofs, against a server in this process that is slow, or lies, where a test wants it to. */
import { expect, test } from 'vitest';
import type { WriteAnswer } from '../../electron/upload/client.ts';
import { Patience } from '../../electron/upload/patience.ts';
import type { RevsDiff, RevsDiffEntry } from '../../electron/upload/revs-diff.ts';
import { sendAll, type Sendable, type Verdict } from '../../electron/upload/sender.ts';
import { UPLOAD_PACE } from '../../shared/upload-pace.ts';

const PACE = { ...UPLOAD_PACE, firstDocuments: 2, mostDocuments: 2, firstPauseMs: 1, longestPauseMs: 1 };
const REV = '1-0123456789abcdef0123456789abcdef';

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
  readonly failed = new Set<string>();
  /** Somebody decided otherwise after the verdict. */
  readonly held = new Set<string>();
  readonly stop = new AbortController();
  /** Waited for before each proof. */
  proofs: Promise<void> = Promise.resolve();
  onRequest = (): void => {};

  send(items: readonly Sendable[]) {
    const patience = new Patience({ pace: PACE, random: () => 0 });
    return sendAll(items, {
      client: {
        pace: PACE,
        patience,
        revsDiff: (question) => this.#revsDiff(question),
        bulkDocs: (documents) => this.#bulkDocs(documents),
        putDocument: () => Promise.reject(new Error('nothing here is that large')),
      },
      signal: this.stop.signal,
      look: async (asked) => void this.log.push(`look ${names(asked)}`),
      verdicts: (asked) => asked.map((one) => this.#verdict(one)),
      load: (asked) => Promise.resolve(asked.map(({ id }) => JSON.stringify({ _id: id, _rev: REV }))),
      noteSent: (asked) => asked.filter(({ id }) => this.held.has(id)),
      noteAccepted: (asked) => {
        for (const { id } of asked) this.accepted.add(id);
        this.log.push(`proof ${names(asked)}`);
      },
      noteSameContent: () => {},
      noteRefused: () => {},
      noteFailed: (asked) => {
        for (const { id } of asked) this.failed.add(id);
      },
      noteLapsed: ({ id }) => void this.lapsed.push(id),
      onProgress: () => {},
    });
  }

  #verdict({ needs }: Sendable): Verdict {
    const waits = needs.some((need) => this.failed.has(need));
    return waits ? { kind: 'waits', reason: 'needs-unsent' } : { kind: 'send' };
  }

  async #revsDiff(question: RevsDiff): Promise<ReadonlyMap<string, RevsDiffEntry>> {
    await this.proofs;
    const missing = Object.keys(question).filter((id) => !this.stored.has(id));
    return new Map(missing.map((id) => [id, { missing: question[id] ?? [], possibleAncestors: [] }]));
  }

  #bulkDocs(documents: readonly string[]): Promise<WriteAnswer> {
    const ids = documents.map((document) => (JSON.parse(document) as { _id: string })._id);
    this.log.push(`send ${ids.join(' ')}`);
    for (const id of ids) if (!this.lost.has(id)) this.stored.add(id);
    this.onRequest();
    return Promise.resolve({ failed: null, refused: [] });
  }
}

const names = (items: readonly { readonly id: string }[]): string => items.map(({ id }) => id).join(' ');

test('the next request leaves while the last is being proven, and no more than two are unproven', async () => {
  const world = new World();
  let prove = (): void => {};
  world.proofs = new Promise((resolve) => (prove = resolve));
  const sent = world.send(some(10));
  const requests = () => world.log.filter((line) => line.startsWith('send'));
  await expect.poll(requests).toHaveLength(3);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(requests()).toHaveLength(3);
  expect(world.accepted.size).toBe(0);
  prove();
  expect(await sent).toEqual([]);
  expect(world.accepted.size).toBe(10);
});

test('a report does not leave before its patient is proven, whatever the server answered', async () => {
  const world = new World();
  world.lost.add('patient');
  const items = [item('patient'), item('a'), item('report', 'patient'), item('b')];
  const waiting = await world.send(items);
  expect(waiting.map((one) => one.item.id)).toEqual(['report']);
  expect(world.log.filter((line) => line.startsWith('send'))).toEqual(['send patient a', 'send b']);

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
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(world.log).toHaveLength(lines);
});
