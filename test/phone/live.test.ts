/** The whole way: plug in, read, replica, review, approve, upload, and the server is what the phone was. */
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { imageOf } from '../replica/builders.ts';
import { compareAs, uploadAs } from '../support/edits.ts';
import { imported, openPhoneBench, type PhoneBench } from './bench/bench.ts';
import { workOffline, WORK } from './bench/offline-work.ts';
import { firstSync, leavesOnPhone, type PhoneDoc } from './bench/web-phone.ts';

let bench: PhoneBench;
afterEach(async () => {
  await bench.close();
});

type Leaves = Record<string, PhoneDoc[]>;

/** What must be equal: everything but positions that PouchDB counts for itself (`revpos`). */
function comparable(leaves: Leaves): Leaves {
  const plain = JSON.parse(
    JSON.stringify(leaves, (key, value: unknown) => (key === 'revpos' ? undefined : value)),
  ) as Leaves;
  for (const docs of Object.values(plain)) docs.sort((a, b) => (a._rev < b._rev ? -1 : 1));
  return plain;
}

function withoutPurges(leaves: Leaves): Leaves {
  const isPurge = (doc: PhoneDoc) => doc['purged'] === true && doc['_deleted'] === true;
  return Object.fromEntries(Object.entries(leaves).filter(([, docs]) => !docs.every(isPurge)));
}

async function replicaOf(one: PhoneBench): Promise<Leaves> {
  const { leaves } = (await imageOf(join(one.station.dataDir, 'replica'))) as { leaves: Leaves };
  return leaves;
}

describe.each(['9', '7'] as const)('a phone with PouchDB %s', (pouch) => {
  test('is read leaf by leaf, and what it brought reaches the server', async () => {
    // In a process of its own, as in the product.
    bench = await openPhoneBench({ ownProcess: true });
    const { station, practice, phone } = bench;
    const page = await phone.open('chw1', 'app', pouch);
    await firstSync(page, practice, 'chw1', 'device-1');
    await workOffline(page);
    const before = await leavesOnPhone(page);

    expect(await bench.look()).toMatchObject({
      name: 'Double One',
      trouble: null,
      apps: [{ server: bench.app.url, people: [{ user: 'chw1', signedIn: true }] }],
    });
    const end = imported(await bench.read('chw1'));
    expect(end).toMatchObject({
      reading: { user: 'chw1', device: 'device-1', why: 'first' },
      imports: [{ user: 'chw1', device: 'device-1', outcome: 'taken', problems: [], format: 'station' }],
    });
    expect(end.imports[0]?.documents).toMatchObject({ skipped: 1, broken: 0, known: 0 });
    // Reading changed nothing on the phone.
    expect(comparable(await leavesOnPhone(page))).toEqual(comparable(before));

    await compareAs(station, practice, 'sup_online');
    const [batch = ''] = end.imports[0]?.batches ?? [];
    await station.ask('decide.approve', { batch });
    const sent = await uploadAs(station, practice, 'chw1', [batch]);
    expect(sent).toMatchObject({ refused: [], failed: [] });
    const settled = [...WORK.reports, WORK.edited, WORK.deleted, WORK.withPhotos, WORK.withLargePhoto];
    for (const id of settled) {
      expect(comparable({ [id]: await leavesOnServer(bench, id) }), id).toEqual(
        comparable({ [id]: before[id] ?? [] }),
      );
    }
    // What the phone only dropped to save space is not deleted on the server.
    expect(await practice.database().get(WORK.purged)).toMatchObject({ type: 'data_record' });

    await station.station.close();
    expect(comparable(await replicaOf(bench))).toEqual(comparable(withoutPurges(before)));
  });
});

async function leavesOnServer({ practice }: PhoneBench, id: string): Promise<PhoneDoc[]> {
  const found = await practice.database().get(id, { open_revs: 'all', revs: true, attachments: true });
  return (found as unknown as { ok: PhoneDoc }[]).map(({ ok }) => ok);
}
