/** The language is a setting of the station: what it hands on follows it, in the window and elsewhere. And where it keeps its data. */
import { isAbsolute } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { report } from '../support/documents.ts';
import { docsDump } from '../support/dumps.ts';
import { openTestStation, type TestStation } from '../support/station.ts';

let station: TestStation;
beforeEach(async () => {
  station = await openTestStation();
});
afterEach(() => station.close());

it('is what the computer says until somebody sets it, is written into the history, and can be unset', async () => {
  const told: string[] = [];
  station.station.on('changed', ({ what }) => told.push(...what));
  expect(await station.ask('settings.get', {})).toEqual({ language: null });
  expect(await station.ask('settings.set', { language: 'fr' })).toEqual({ language: 'fr' });
  expect(await station.ask('settings.get', {})).toEqual({ language: 'fr' });
  await expect.poll(() => told).toContain('settings');
  expect(await station.ask('settings.set', { language: null })).toEqual({ language: null });
  const { rows } = await station.ask('ledger.list', {});
  expect(rows.filter(({ what }) => what === 'language-set').map(({ detail }) => detail)).toEqual([
    { language: 'fr' },
    { language: null },
  ]);
  await expect(station.ask('settings.set', { language: 'xx' as 'fr' })).rejects.toMatchObject({
    code: 'bad-params',
  });
});

it('where the data lies is told, as a whole path', async () => {
  const { dataFolder } = await station.ask('station.info', {});
  expect(dataFolder).toBe(station.dataDir);
  expect(isAbsolute(dataFolder)).toBe(true);
});

it('is the language of receipts and lists, unless another one is asked for', async () => {
  const { batch } = await station.take(docsDump([report('r1')]), 'export.json', { user: 'chw1' });
  if (batch === null) throw new Error('nothing was imported');
  const receipt = async (language?: 'en') =>
    (await station.ask('receipt.get', { batch, format: 'text', ...(language ? { language } : {}) })).content;
  expect(await receipt()).toContain('Health worker');
  await station.ask('settings.set', { language: 'fr' });
  expect(await receipt()).toContain('Agent de santé');
  expect(await receipt('en')).toContain('Health worker');
  expect((await station.ask('refusals.csv', {})).content).toMatch(/^"?agent de santé/);
});
