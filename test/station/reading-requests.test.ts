/** What is said to read only writes nothing, and all of it is answered. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EFFECTS } from '../../electron/station/reading-requests.ts';
import type { Receipt } from '../../shared/receipt.ts';
import { CHECKS, type RequestName, type Requests } from '../../shared/contract.ts';
import { attachment, report, type Json } from '../support/documents.ts';
import { allDocsDump, stationDump } from '../support/dumps.ts';
import { edited } from '../support/edits.ts';
import { compareAs } from '../support/uploads.ts';
import { openTestStation, type ServedStation } from '../support/station.ts';

type Params = { readonly [Name in RequestName]?: Requests[Name]['input'] };

const ID = 'hc1-area-1-home-1-person-1';
const PNG = Buffer.from('iVBORw0KGgo=', 'base64');

let station: ServedStation;
/** One request of every kind that reads, about something that is there. */
let asked: Params;
beforeAll(async () => {
  station = await openTestStation({ practice: true });
  const { server } = station;
  const visit = (danger: string): Json => report('visit', { danger });
  const picture = report('wound', {}, { attachments: { photo: attachment(PNG, 'image/png') } });
  // An update and a visit with a picture; a second content of the visit; an edit that conflicts with the update.
  const update = await edited(server, ID, { name: 'One', fields: { phone: '1' } });
  const rival = await edited(server, ID, { name: 'Two', fields: { phone: '2' } });
  const { batch } = await station.take(stationDump([update, visit('yes'), picture]));
  await station.take(stationDump([rival], { user: 'chw3', userContactId: 'hc1-chw3' }));
  await station.take(allDocsDump([visit('no')]), 'again.json', { user: 'chw1' });
  await compareAs(station, server, 'chw1');
  const named = { batch: batch ?? '' };
  const receipt = JSON.parse((await station.ask('receipt.get', named)).content) as Receipt;
  const keep = String(update['_rev']);
  asked = {
    'desk.get': {},
    'staff.list': {},
    'rules.get': {},
    'backup.get': {},
    'station.info': {},
    'station.status': {},
    'health.get': {},
    'health.protection': {},
    'health.surroundings': {},
    'health.rules': {},
    'lost.get': {},
    'settings.get': {},
    'sources.list': {},
    'intake.settings': {},
    'intake.list': {},
    'jobs.list': {},
    'batches.list': {},
    'batch.get': named,
    'people.names': {},
    'workers.list': {},
    'worker.get': { user: 'chw1' },
    'unusual.rules': {},
    'changes.list': named,
    'changes.counts': { ...named, by: 'class' },
    'find.meant': { find: 'visit' },
    'change.get': { id: ID, rev: keep },
    'difference.get': { id: ID, rev: keep },
    'attachment.get': { id: 'wound', rev: String(picture['_rev']), name: 'photo' },
    'decide.deletions': named,
    'decide.unplaced': named,
    'contradiction.get': { id: 'visit' },
    'conflicts.list': {},
    'conflict.get': { id: ID },
    'conflict.losses': { id: ID, keep },
    'server.get': {},
    'outbox.deletions': { user: 'chw1' },
    'outbox.owners': {},
    'outbox.people': {},
    'phones.rules': {},
    'parcels.list': {},
    'logins.list': {},
    'refusals.list': {},
    'refusals.count': {},
    'refusals.csv': {},
    'update.get': {},
    'uploads.list': {},
    'receipt.get': { ...named, format: 'text' },
    'receipt.find': { code: receipt.code },
    'visits.list': {},
    'history.list': {},
    'history.counts': { by: 'what' },
    'history.records': { act: 1 },
    'ledger.list': {},
    'ledger.export': { format: 'csv' },
    'ledger.verify': {},
  };
});
afterAll(() => station.close());

it('every request of the contract has its place', () => {
  expect(Object.keys(EFFECTS).sort()).toEqual(Object.keys(CHECKS).sort());
  const reading = Object.keys(EFFECTS).filter((name) => EFFECTS[name as RequestName] === 'reads');
  expect(Object.keys(asked).sort()).toEqual(reading.sort());
});

it('what reads is answered and writes nothing to the ledger', async () => {
  // The ledger locks its file for itself, so it is looked at from outside: whatever is written comes to the log beside it first.
  const written = () =>
    ['ledger.sqlite', 'ledger.sqlite-wal'].map((name) =>
      createHash('sha256')
        .update(readFileSync(join(station.dataDir, name)))
        .digest('hex'),
    );
  const wrote: string[] = [];
  for (const [name, params] of Object.entries(asked)) {
    const before = written();
    expect(await station.station.ask(name, params), name).toMatchObject({ ok: true });
    if (!isDeepStrictEqual(written(), before)) wrote.push(name);
  }
  expect(wrote).toEqual([]);
  const before = written();
  await station.ask('settings.set', { language: 'fr' });
  expect(written()).not.toEqual(before);
});
