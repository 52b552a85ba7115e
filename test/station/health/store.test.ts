import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobEnd } from '../../../shared/contract.ts';
import { attachment, document, report } from '../../support/documents.ts';
import { allDocsDump, stationDump } from '../../support/dumps.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let temporary: ReturnType<typeof temporaryFolder>;
let station: TestStation | null = null;
beforeEach(() => {
  temporary = temporaryFolder();
});
afterEach(async () => {
  await station?.close();
  station = null;
  temporary.remove();
});

const dataDir = (): string => join(temporary.path, 'data');
const replica = (): string => join(dataDir(), 'replica');

function dumpOf(name: string, records: number): Buffer {
  return stationDump(
    Array.from({ length: records }, (_, n) =>
      n % 10 === 0
        ? document(
            `${name}${n}`,
            { type: 'data_record', form: 'visit', n },
            { attachments: { photo: attachment(`photo ${name}${n}`.repeat(300)) } },
          )
        : report(`${name}${n}`, { n, text: `of ${name}` }),
    ),
  );
}

async function open(): Promise<TestStation> {
  station = await openTestStation({ dataDir: dataDir() });
  return station;
}

async function close(): Promise<void> {
  await station?.close();
  station = null;
}

/** What every job that runs at the start came to. */
async function ends(of: TestStation): Promise<JobEnd[]> {
  const { jobs } = await of.ask('jobs.list', {});
  return Promise.all(jobs.map(({ job }) => of.wait(job)));
}

/** A station with two dumps, some of it approved and a conflict settled; closed. */
async function filled(): Promise<{ batches: string[] }> {
  const at = await open();
  const first = await at.take(dumpOf('a', 120), 'a.json');
  const second = await at.take(dumpOf('b', 60), 'b.json');
  await at.take(stationDump([report('a5', { n: 5, side: 'left' }, { history: 'al' })]));
  await at.take(stationDump([report('a5', { n: 5, side: 'right' }, { history: 'ar' })]));
  const { leaves } = await at.ask('conflict.get', { id: 'a5' });
  const ending = { id: 'a5', merged: { type: 'data_record', n: 5, side: 'both' } };
  const { losses } = await at.ask('conflict.losses', ending);
  await at.ask('conflict.resolve', {
    ...ending,
    seen: leaves.map(({ rev }) => rev),
    losing: losses.map(({ path }) => [...path]),
  });
  const batches = [first.batch ?? '', second.batch ?? ''];
  await at.ask('decide.approve', { batch: batches[0] ?? '' });
  await at.ask('decide.hold', { batch: batches[1] ?? '', ids: ['b1'], reason: 'ask her' });
  await close();
  return { batches };
}

/** Everything a person decided, and the content of everything, as the station shows it. */
async function image(of: TestStation): Promise<unknown> {
  const { rows } = await of.ask('changes.list', { limit: 1000, sort: 'id' });
  const shown = [];
  for (const { id, rev, state, class: kind } of rows)
    shown.push({ id, rev, state, kind, difference: await of.ask('difference.get', { id, rev }) });
  return shown;
}

const tables = (): string[] =>
  readdirSync(replica())
    .filter((name) => name.endsWith('.ldb'))
    .sort()
    .map((name) => join(replica(), name));

const DAMAGE: readonly (readonly [string, () => void])[] = [
  ['an empty CURRENT', () => writeFileSync(join(replica(), 'CURRENT'), '')],
  [
    'no MANIFEST',
    () => {
      for (const name of readdirSync(replica()))
        if (name.startsWith('MANIFEST')) rmSync(join(replica(), name));
    },
  ],
  ['a table of no bytes', () => truncateSync(tables()[0] ?? '', 0)],
  ['the newest table gone', () => rmSync(tables().at(-1) ?? '')],
  ['all tables gone', () => tables().forEach((file) => rmSync(file))],
  ['no folder', () => rmSync(replica(), { recursive: true })],
];

describe('a replica that is damaged between two runs', () => {
  it.each(DAMAGE)('%s: everything is there again, and every decision', async (_what, damage) => {
    await filled();
    const before = await image(await open());
    await close();
    damage();
    const after = await open();
    for (const end of await ends(after)) expect(end).toMatchObject({ kind: 'restored', gone: 0 });
    expect(await image(after)).toEqual(before);
    // Nothing is left beside it once all is well.
    expect(readdirSync(dataDir()).filter((name) => name.startsWith('replica-'))).toEqual([]);
    await close();
    // And the next start finds nothing to do.
    expect(await ends(await open())).toEqual([]);
  });

  it('is written anew again when that was broken off', async () => {
    await filled();
    const before = await image(await open());
    await close();
    rmSync(replica(), { recursive: true });
    const cut = await open();
    // Closed at once: what runs is stopped.
    void cut;
    await close();
    const after = await open();
    await ends(after);
    expect(await image(after)).toEqual(before);
  });

  it('is looked through at the next start where that was broken off', async () => {
    await filled();
    const before = await image(await open());
    await close();
    // Found damaged, and closed before the look through it came to its end.
    truncateSync(tables()[0] ?? '', 0);
    await open();
    await close();
    const after = await open();
    expect((await ends(after)).length).toBeGreaterThan(0);
    expect(await image(after)).toEqual(before);
    await close();
    expect(await ends(await open())).toEqual([]);
  });

  it('what no safe copy has is called gone, stays decided, and is whole when it is brought again', async () => {
    await filled();
    const before = await image(await open());
    await close();
    const copies = readdirSync(join(dataDir(), 'dumps')).filter((name) => name.endsWith('.dump'));
    for (const name of copies) rmSync(join(dataDir(), 'dumps', name));
    rmSync(replica(), { recursive: true });
    const without = await open();
    expect(await ends(without)).toMatchObject([
      { kind: 'restored', restored: expect.any(Number), gone: expect.any(Number) },
    ]);
    const gone = await without.station.ask('difference.get', { id: 'b1' });
    expect(gone).toMatchObject({ ok: false, code: 'body-gone' });
    expect(await without.ask('station.status', {})).toMatchObject({ bodiesGone: 180 });
    // The two dumps are brought again: known, and whole.
    for (const [bytes, name] of [
      [dumpOf('a', 120), 'a.json'],
      [dumpOf('b', 60), 'b.json'],
    ] as const)
      expect(await without.take(bytes, name)).toMatchObject({ outcome: 'again', documents: { new: 0 } });
    await without.take(stationDump([report('a5', { n: 5, side: 'left' }, { history: 'al' })]));
    await without.take(stationDump([report('a5', { n: 5, side: 'right' }, { history: 'ar' })]));
    expect(await without.ask('station.status', {})).toMatchObject({ bodiesGone: 0 });
    expect(await image(without)).toEqual(before);
  });
});

describe('another content of a version whose body is gone', () => {
  const first = report('seen', { danger: 'yes' });
  const honest = stationDump([first]);

  /** The dangers that are shown, each through its own row. */
  async function dangers(of: TestStation): Promise<unknown[]> {
    const { rows } = await of.ask('changes.list', { text: 'seen', revisions: true });
    const raws = await Promise.all(rows.map(({ id, rev }) => of.ask('change.get', { id, rev })));
    return raws.map(({ raw }) => (raw['fields'] as Record<string, unknown>)['danger']).toSorted();
  }

  it('stands beside it, and both are whole once it was brought again', async () => {
    await (await open()).take(honest, 'honest.json');
    await close();
    for (const name of readdirSync(join(dataDir(), 'dumps')))
      if (name.endsWith('.dump')) rmSync(join(dataDir(), 'dumps', name));
    rmSync(replica(), { recursive: true });
    const without = await open();
    expect(await ends(without)).toMatchObject([{ kind: 'restored', gone: 1 }]);
    // The store has no body of it, so it takes this one.
    await without.take(allDocsDump([{ ...first, fields: { danger: 'no' } }]), 'list.json');
    expect((await without.ask('contradiction.get', { id: 'seen' })).sides).toHaveLength(2);
    await without.take(honest, 'honest.json');
    expect(await without.ask('station.status', {})).toMatchObject({ bodiesGone: 0 });
    expect(await dangers(without)).toEqual(['no', 'yes']);
    await close();
    // Written anew from the safe copies, in whatever order, it is so again.
    rmSync(replica(), { recursive: true });
    const again = await open();
    for (const end of await ends(again)) expect(end).toMatchObject({ kind: 'restored', gone: 0 });
    expect(await dangers(again)).toEqual(['no', 'yes']);
  });
});

describe('a replica worker that dies', () => {
  it('is started again, and what it was asked is asked again', async () => {
    const worker = new URL('../import/failing-worker.ts', import.meta.url);
    station = await openTestStation({ dataDir: dataDir(), replicaWorker: worker });
    const deadly = await station.take(stationDump([report('r1')]), 'deadly.json');
    expect(deadly).toMatchObject({ outcome: 'failed', problems: [{ code: 'reader-died' }] });
    // In the same run everything else goes on.
    expect(await station.take(stationDump([report('r2', { n: 2 })]), 'good.json')).toMatchObject({
      outcome: 'taken',
      documents: { new: 1 },
    });
    expect(await station.ask('difference.get', { id: 'r2' })).toMatchObject({ id: 'r2' });
    // Dies once over it, as of memory that something else took: nobody notices.
    expect(await station.take(stationDump([report('r3', { n: 3 })]), 'deadly-once.json')).toMatchObject({
      outcome: 'taken',
      documents: { new: 1 },
    });
  });
});
