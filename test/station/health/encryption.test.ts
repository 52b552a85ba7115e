/** An administrator may ask that the disk is encrypted before anything is taken in. */
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DiskEncryption } from '../../../shared/health.ts';
import { stationDump } from '../../support/dumps.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let told: Record<string, DiskEncryption>;
let asked: string[];
let station: TestStation;
const DUMP = stationDump([{ _id: 'a', _rev: `1-${'a'.repeat(32)}`, type: 'person', name: 'A' }]);

beforeEach(async () => {
  told = {};
  asked = [];
  station = await openTestStation({
    encryption: async (folder) => (asked.push(folder), told[folder] ?? told['any'] ?? 'unknown'),
  });
});
afterEach(() => station.close());

const ask = (encryption: 'required' | 'shown') => station.ask('health.set-rules', { encryption });
const disk = () => station.ask('health.protection', {});

it('is shown, and asked of nobody until an administrator does', async () => {
  for (const encryption of ['off', 'unknown', 'on'] as const) {
    told['any'] = encryption;
    expect(await disk()).toMatchObject({ encryption, refuses: false });
  }
  told['any'] = 'off';
  expect(await station.ask('health.rules', {})).toEqual({ encryption: 'shown' });
  expect(await station.take(DUMP, 'a.json')).toMatchObject({ outcome: 'taken' });
});

it.each([
  ['off', 'disk-not-encrypted'],
  ['unknown', 'disk-encryption-unknown'],
] as const)('nothing is written while it is %s', async (encryption, error) => {
  told['any'] = encryption;
  expect(await ask('required')).toEqual({ encryption: 'required' });
  expect(await disk()).toMatchObject({ encryption, refuses: true });
  expect(await station.take(DUMP, 'a.json')).toMatchObject({
    outcome: 'failed',
    problems: [{ code: error }],
  });
  await expect(station.ask('transfer.begin', { name: 'a.json', bytes: 9 })).rejects.toMatchObject({
    code: error,
  });
  for (const folder of ['dumps', 'incoming', 'parts', 'phones'])
    expect(await readdir(join(station.dataDir, folder))).toEqual([]);
  told['any'] = 'on';
  expect(await disk()).toMatchObject({ encryption: 'on', refuses: false });
  expect(await station.take(DUMP, 'a.json')).toMatchObject({ outcome: 'taken' });
  const { rows } = await station.ask('ledger.list', {});
  const set = rows.filter(({ what }) => what === 'disk-rules-set');
  expect(set.map(({ detail }) => detail)).toEqual([{ encryption: 'required' }]);
});

it('a store that lies elsewhere counts, and one on another computer does not', async () => {
  told['any'] = 'on';
  const replica = join(station.folder, 'elsewhere', 'replica');
  await mkdir(dirname(replica), { recursive: true });
  const encryption = async (folder: string): Promise<DiskEncryption> =>
    folder === dirname(replica) ? 'off' : 'on';
  const apart = await openTestStation({ replica, encryption });
  expect((await apart.ask('health.protection', {})).encryption).toBe('off');
  await apart.close();
  expect(await disk()).toMatchObject({ encryption: 'on' });
  expect(new Set(asked)).toEqual(new Set([station.dataDir]));
});
