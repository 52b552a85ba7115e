/**
 * Harm that somebody could do to a server from the command line: each is tried in every way that it offers, and then the server
 * is read. Against the practice server, or with CHT_URL, CHT_ADMIN and CHT_ADMIN_PASSWORD a real one (`npm run test:server`).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Receipt } from '../../shared/receipt.ts';
import type { BatchRow, ConflictRow } from '../../shared/review.ts';
import { CLASSES } from '../../shared/states.ts';
import { UNUSUAL_RULES } from '../../shared/unusual.ts';
import type { UploadResult } from '../../shared/upload.ts';
import { asParent, contact } from '../../electron/practice/documents.ts';
import type { Doc } from '../../electron/practice/pouch.ts';
import { runJson } from '../support/cli.ts';
import { stationDump } from '../support/dumps.ts';
import { temporaryFolder } from '../support/folder.ts';
import { childOf, newRev, openSite, type Login, type Site } from './site.ts';

// Single requests to a real server took up to 13 s while its views caught up (docs/cht-exchanges.md §7).
vi.setConfig({ testTimeout: 480_000, hookTimeout: 480_000 });

type Held = Doc & { _rev: string };

let site: Site;
let folder: ReturnType<typeof temporaryFolder>;
let imported = 0;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());
beforeEach(async () => {
  folder = temporaryFolder();
  await run(['server', 'set', site.url]);
});
afterEach(() => folder.remove());

/** A command as a script runs it; how it ended is part of the answer. */
async function run(words: readonly string[], login?: Login): Promise<Record<string, unknown>> {
  const env = login === undefined ? {} : { STATION_PASSWORD: login.password };
  const { code, value } = await runJson([...words, '--data', join(folder.path, 'data')], { env });
  return { ...value, code };
}

/** Takes what a phone of this person holds. Answers the batch. */
async function taken(docs: readonly Doc[], user: string, userContactId: string): Promise<string> {
  const path = join(folder.path, `dump-${(imported += 1)}.chtdump`);
  const manifest = { user, userContactId, device: `phone of ${user}`, server: site.url };
  writeFileSync(path, stationDump(docs, manifest));
  const { imports } = (await run(['import', path])) as unknown as { imports: { batch: string }[] };
  return imports[0]?.batch ?? '';
}

const takenOfChw1 = (docs: readonly Doc[]): Promise<string> =>
  taken(docs, site.chw1.user, site.places.chw1._id);

const compared = (): Promise<unknown> =>
  run(['compare', '--as', site.supOnline.user], site.supOnline).then((end) =>
    expect(end).toMatchObject({ code: 0 }),
  );

/** Everything that approves: the ordinary, every class, every refusal, and all of it with every rule. */
async function approvedWhateverGoes(batch: string): Promise<void> {
  const all = ['--class', CLASSES.join()];
  const rules = ['--unusual', UNUSUAL_RULES.join()];
  for (const more of [[], all, ['--refused'], [...all, ...rules, '--refused']])
    await run(['approve', batch, ...more]);
}

/** What an upload can be told: all that waits, or batches by name; as a person, or as an account. Answers how each ended. */
async function sent(login: Login, batches: readonly string[]): Promise<Record<string, unknown>[]> {
  const ends: Record<string, unknown>[] = [];
  for (const named of [[], batches])
    for (const how of ['--as', '--account'])
      ends.push(await run(['upload', ...named, how, login.user], login));
  return ends;
}

const sum = (ends: readonly Record<string, unknown>[]): number =>
  ends.reduce((all, end) => all + ((end as Partial<UploadResult>).sent ?? 0), 0);

/** The versions of a document that are not deleted, and the one that the server shows. */
async function onServer(id: string): Promise<{ live: number; doc: Record<string, unknown> }> {
  const { status, body } = await site.ask({
    method: 'GET',
    path: `/medic/${id}?conflicts=true`,
    as: site.admin,
  });
  if (status === 404) return { live: 0, doc: {} };
  const doc = body as Record<string, unknown>;
  return { live: 1 + ((doc['_conflicts'] as unknown[] | undefined)?.length ?? 0), doc };
}

const live = async (docs: readonly Doc[]): Promise<number[]> =>
  Promise.all(docs.map(async ({ _id }) => (await onServer(_id)).live));

async function batchesNow(): Promise<readonly BatchRow[]> {
  return ((await run(['batches'])) as unknown as { batches: BatchRow[] }).batches;
}

async function inConflict(): Promise<string[]> {
  const { conflicts } = (await run(['conflicts'])) as unknown as { conflicts: ConflictRow[] };
  return conflicts.map(({ id }) => id);
}

/** A person of the health centre, as the server has it from the start. */
async function personOnServer(word: string): Promise<Held> {
  const doc = contact({
    id: site.id(word),
    type: 'person',
    name: word,
    parent: asParent(site.places.hc1),
    reportedAt: Date.UTC(2026, 8, 1),
  });
  const first = { ...doc, _rev: newRev(1) };
  await site.send(site.admin, [first]);
  return first;
}

describe('records of two people', () => {
  it('do not go under the name of a third, who could have sent them', async () => {
    const own = [1, 2, 3].map((n) => site.reportDoc(`own-${n}`));
    const colleague = site.id('colleague');
    const theirs = [1, 2, 3].map((n) => site.reportDoc(`theirs-${n}`));
    const batches = [await takenOfChw1(own), await taken(theirs, colleague, site.id('contact'))];
    await compared();
    for (const batch of batches) await approvedWhateverGoes(batch);
    const approved = (await batchesNow()).map((row) => row.decided.approved);
    expect(approved.reduce((all, n) => all + n, 0)).toBe(6);

    // The supervisor may write what belongs to the district.
    const ends = await sent(site.supOffline, batches);
    expect(sum(ends)).toBe(0);
    expect(ends.filter((end) => end['code'] === 0)).toEqual([]);
    expect(await live([...own, ...theirs])).toEqual([0, 0, 0, 0, 0, 0]);

    // One of the two sends the own ones, and nothing else.
    expect(sum(await sent(site.chw1, batches))).toBe(3);
    expect(await live([...own, ...theirs])).toEqual([1, 1, 1, 0, 0, 0]);
    for (const batch of batches) {
      const { stationAccounts, sentAs } = (await run(['receipt', batch])) as unknown as Receipt;
      expect({ stationAccounts, sentAs }).toEqual({ sentAs: batch === batches[0] ? [site.chw1.user] : [] });
    }
  });
});

describe('both sides of a conflict', () => {
  it('are approved in no way, whatever the order', async () => {
    const before = await personOnServer('two-phones');
    const sides = ['Blue', 'Green'].map((name) => childOf(before, { name }));
    const other = site.id('colleague');
    const batches = [
      await takenOfChw1(sides.slice(0, 1)),
      await taken(sides.slice(1), other, site.id('contact')),
    ];
    await compared();
    for (const batch of [...batches, ...batches.slice(0, 1)]) await approvedWhateverGoes(batch);
    for (const login of [site.chw1, site.supOnline]) expect(sum(await sent(login, batches))).toBe(0);
    expect(await onServer(before._id)).toMatchObject({ live: 1, doc: { name: 'two-phones' } });
    expect(await inConflict()).toEqual([before._id]);

    // One of them is kept: that one arrives, and no other.
    const [kept = before] = sides;
    expect(await run(['resolve', before._id, '--keep', kept._rev])).toMatchObject({ code: 0 });
    for (const batch of batches) await approvedWhateverGoes(batch);
    await sent(site.chw1, batches);
    expect(await onServer(before._id)).toMatchObject({ live: 1, doc: { name: 'Blue' } });
    expect(await inConflict()).toEqual([]);
  });
});

describe('many deletions', () => {
  it('go only when they are asked for as what they are, and can be brought back', async () => {
    const visits = Array.from({ length: 12 }, (_, n) => site.reportDoc(`visit-${n}`));
    await site.send(site.chw1, visits);
    const deletions = visits.map((visit) => childOf(visit, { _deleted: true }));
    const batch = await takenOfChw1(deletions);
    await compared();
    const counts = { deletion: 12 };
    expect(await batchesNow()).toMatchObject([{ batch, ordinary: 0, counts }]);
    const all = CLASSES.filter((name) => name !== 'deletion');
    const unasked = [[], ['--class', all.join()], ['--class', 'deletion'], ['--class', CLASSES.join()]];
    const rules = UNUSUAL_RULES.filter((rule) => rule !== 'many-deletions').join();
    for (const more of [...unasked, ['--refused'], ['--class', CLASSES.join(), '--unusual', rules]])
      for (const agreed of [[], ['--yes']])
        expect(await run(['approve', batch, ...more, ...agreed])).toMatchObject({ changed: 0, code: 3 });
    for (const login of [site.chw1, site.supOnline]) expect(sum(await sent(login, [batch]))).toBe(0);
    expect(await live(visits)).toEqual(visits.map(() => 1));

    const asked = ['--class', 'deletion', '--unusual', 'many-deletions'];
    const unagreed = { code: 1, error: { code: 'would-delete' } };
    expect(await run(['approve', batch, ...asked])).toMatchObject(unagreed);
    expect(await run(['approve', batch, ...asked, '--yes'])).toMatchObject({ changed: 12 });
    expect(sum(await sent(site.chw1, [batch]))).toBe(0);
    expect(await live(visits)).toEqual(visits.map(() => 1));
    expect(await run(['upload', '--as', site.chw1.user, '--yes'], site.chw1)).toMatchObject({ sent: 12 });
    expect(await live(visits)).toEqual(visits.map(() => 0));
    expect(await run(['bring-back', batch])).toMatchObject({ changed: 12, code: 0 });
    await approvedWhateverGoes(batch);
    await sent(site.chw1, [batch]);
    expect(await live(visits)).toEqual(visits.map(() => 1));
  });
});

describe('one revision with two contents', () => {
  it('is approved in no way, and neither of them leaves', async () => {
    const one = site.reportDoc('two-contents');
    const other = { ...one, fields: { patient_id: site.places.patient1._id, note: 'altered' } };
    const colleague = site.id('colleague');
    const batches = [await takenOfChw1([one]), await taken([other], colleague, site.id('contact'))];
    await compared();
    for (const batch of [...batches, ...batches.slice(0, 1)]) await approvedWhateverGoes(batch);
    for (const login of [site.chw1, site.supOnline]) expect(sum(await sent(login, batches))).toBe(0);
    expect(await live([one])).toEqual([0]);
    const rows = await batchesNow();
    expect(rows.reduce((all, { counts }) => all + (counts.contradiction ?? 0), 0)).toBeGreaterThan(0);
    expect(rows.map(({ decided }) => decided.approved)).toEqual([0, 0]);
  });
});

describe('a conflict under a refusal', () => {
  it('is decided by no approval over the refusal', async () => {
    const before = await personOnServer('moved');
    const ours = childOf(before, { name: 'Blue' });
    // Meanwhile this person has moved to a place of which the health worker has no part, under another name.
    const moved = childOf(before, { name: 'Green', parent: asParent(site.places.hc2) });
    await site.send(site.admin, [moved]);
    const batch = await takenOfChw1([ours]);
    await compared();
    await run(['upload', '--dry-run', '--as', site.chw1.user], site.chw1);
    await approvedWhateverGoes(batch);
    for (const login of [site.chw1, site.supOffline, site.supOnline]) {
      expect(sum(await sent(login, [batch]))).toBe(0);
      await run(['approve', batch, '--class', CLASSES.join(), '--refused']);
    }
    expect(await inConflict()).toEqual([before._id]);
    expect(await onServer(before._id)).toMatchObject({
      live: 1,
      doc: { name: 'Green', parent: { _id: site.places.hc2._id } },
    });
    expect(await site.has(ours._id, ours._rev)).toBe(false);
  });
});
