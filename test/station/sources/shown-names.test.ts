/** Names that a stick or a phone gives are cleaned wherever the station tells them. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { report } from '../../support/documents.ts';
import { androidDump, stationDump } from '../../support/dumps.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let station: TestStation;
beforeEach(async () => {
  station = await openTestStation();
});
afterEach(() => station.close());

/** A sign that turns the writing, one that cannot be seen, and one that ends the line. */
const HIDDEN = /[\u202e\u200b\u0085]/;

it('whatever the name of a file, the device or the person holds', async () => {
  const name = 'chw9\u202etxt\u200b.chtdump';
  const manifest = { user: 'chw1\u200b', device: 'pho\u202ene', server: 'http://\u202eelsewhere' };
  const { batch } = await station.take(stationDump([report('r1')], manifest), name);
  await station.take(androidDump([report('r2')]), 'chw1\u202e_20260102T0304.txt');
  // What stands beside others names who brought it: several contents of one version, and two versions.
  await station.take(
    stationDump(
      [{ ...report('r1'), fields: { other: true } }, report('r4', { n: 1 }, { history: 'a' })],
      manifest,
    ),
    name,
  );
  await station.take(stationDump([report('r4', { n: 2 }, { history: 'b' })], manifest), name);
  const answers = [
    await station.ask('sources.list', {}),
    await station.ask('jobs.list', {}),
    await station.ask('intake.list', {}),
    await station.ask('batches.list', {}),
    await station.ask('batch.get', { batch: batch ?? '' }),
    await station.ask('changes.list', {}),
    await station.ask('people.names', {}),
    await station.ask('outbox.owners', {}),
    await station.ask('receipt.get', { batch: batch ?? '', format: 'text' }),
    await station.ask('receipt.get', { batch: batch ?? '', format: 'json' }),
    await station.ask('ledger.list', { limit: 100 }),
    await station.ask('contradiction.get', { id: 'r1' }),
    await station.ask('conflicts.list', {}),
    await station.ask('conflict.get', { id: 'r4' }),
    await station.ask('change.get', {
      id: 'r4',
      rev: String(report('r4', { n: 1 }, { history: 'a' })['_rev']),
    }),
    await station.ask('decide.deletions', { batch: batch ?? '' }),
    await station.ask('uploads.list', {}),
    await station.ask('refusals.list', {}),
    await station.ask('health.get', {}),
    await station.ask('server.get', {}),
    await station.ask('station.status', {}),
  ];
  // What identifies a file on its source is no text of the screen.
  const shown = JSON.stringify(answers, (key, value: unknown) => (key === 'file' ? undefined : value));
  expect(shown).toContain('chw9txt.chtdump');
  expect(shown).not.toMatch(HIDDEN);
  await expect(
    station.take(stationDump([report('r3')]), 'x.chtdump', { user: 'chw1\u202e' }),
  ).rejects.toMatchObject({ code: 'bad-params' });
});
