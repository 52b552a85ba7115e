/** Sealed bundles: each may be the only copy of somebody's records, so each pair is kept, whatever its envelope says. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImportResult } from '../../../shared/intake.ts';
import { sealedBundle } from '../../support/dumps.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let station: TestStation;
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(async () => {
  station = await openTestStation();
  folder = temporaryFolder();
});
afterEach(async () => {
  await station.close();
  folder.remove();
});

type Pair = ReturnType<typeof sealedBundle>;
const chw7 = { user: 'chw7', device: 'phone-7', number: 12 };

async function take(name: string, pair: Partial<Pair>): Promise<ImportResult> {
  const place = join(folder.path, name);
  mkdirSync(place);
  if (pair.sealed !== undefined) writeFileSync(join(place, 'x.bundle'), pair.sealed);
  if (pair.envelope !== undefined) writeFileSync(join(place, 'x.json'), pair.envelope);
  return station.take(join(place, 'x.bundle'));
}

/** The pairs that lie in the station's folder. */
function kept(): readonly { readonly sealed: string; readonly envelope: string }[] {
  const dumps = join(station.dataDir, 'dumps');
  return readdirSync(dumps)
    .filter((name) => name.endsWith('.dump'))
    .map((name) => ({
      sealed: readFileSync(join(dumps, name), 'latin1'),
      envelope: readFileSync(join(dumps, `${name}.json`), 'latin1'),
    }));
}
const textOf = ({ sealed, envelope }: Pair) => ({
  sealed: sealed.toString('latin1'),
  envelope: envelope.toString('latin1'),
});

describe('one sealed half with two envelopes', () => {
  it.each([
    ['signed again', sealedBundle({ ...chw7, signature: 'YWdhaW4' })],
    ['under another number', sealedBundle({ ...chw7, more: { bundle_seq: 13 } })],
    ['by another person', sealedBundle({ ...chw7, more: { user: 'chw8' } })],
  ])('%s: both are kept, each byte for byte', async (_, second) => {
    const first = sealedBundle(chw7);
    expect(second.sealed).toEqual(first.sealed);
    const results = [await take('a', first), await take('b', second)];
    expect(results.map((result) => result.outcome)).toEqual(['taken', 'taken']);
    expect(new Set(results.map((result) => result.dump)).size).toBe(2);
    expect(kept()).toHaveLength(2);
    expect(kept()).toEqual(expect.arrayContaining([textOf(first), textOf(second)]));
    expect((await station.ask('station.status', {})).sealed).toBe(2);
  });
});

it('is one bundle when it comes twice', async () => {
  const pair = sealedBundle(chw7);
  expect((await take('a', pair)).outcome).toBe('taken');
  expect((await take('b', pair)).outcome).toBe('again');
  expect(kept()).toEqual([textOf(pair)]);
  expect((await station.ask('station.status', {})).sealed).toBe(1);
});

it.each([
  ['no hash of the header', { payload_header_sha256: undefined }, null],
  ['no sender', { user: undefined, device_id: undefined }, true],
  ['a sender that nobody can be', { user: 'A B', device_id: 7 }, true],
  ['the hash of another header', { payload_header_sha256: 'AAAA' }, false],
])('with %s it is kept', async (_, more, matches) => {
  const pair = sealedBundle({ ...chw7, more });
  expect(await take('a', pair)).toMatchObject({ outcome: 'taken', bundle: { number: 12, matches } });
  expect(kept()).toEqual([textOf(pair)]);
});

it('without its envelope it is named as a half, and counted as taken nowhere', async () => {
  const { sealed } = sealedBundle(chw7);
  expect(await take('a', { sealed })).toMatchObject({
    outcome: 'failed',
    problems: [{ code: 'bundle-half' }],
  });
  expect((await station.ask('station.status', {})).sealed).toBe(0);
  // The envelope comes later: now it is whole.
  expect((await take('b', sealedBundle(chw7))).outcome).toBe('taken');
  expect((await station.ask('station.status', {})).sealed).toBe(1);
});
