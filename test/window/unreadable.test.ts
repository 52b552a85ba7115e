/** What lies on a damaged part of a stick or disk: it is named on the card, with what to do, and the rest is imported. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { ErrorCode } from '../../shared/errors.ts';
import { sentenceOf } from '../../shared/words/index.ts';
import { report } from '../support/documents.ts';
import { docsDump } from '../support/dumps.ts';
import { stick } from '../sources/simulator.ts';
import { faultsOf } from './faults.ts';
import { settings } from './settings.ts';

const openSetting = settings();
afterEach(() => {
  delete process.env['BAD_FILE'];
  delete process.env['BAD_FOLDER'];
});

test.runIf(process.platform === 'linux').each(['stick', 'folder'] as const)('of a %s', async (kind) => {
  await import('../support/bad-sector.ts');
  const setting = await openSetting({ plugged: false, stick: async () => {} });
  const { page, simulator, station } = setting;
  const folder = simulator.filesOf('damaged');
  mkdirSync(join(folder, 'cht_data'), { recursive: true });
  for (const name of ['bad.json', 'good.json', 'cht_data/inside.json'])
    writeFileSync(join(folder, name), docsDump([report(name)]));
  process.env['BAD_FILE'] = join(folder, 'bad.json');
  process.env['BAD_FOLDER'] = join(folder, 'cht_data');
  if (kind === 'stick') simulator.plug('damaged', stick({ name: 'Damaged' }));
  else await station.station.addPath(folder);
  const card = page.getByRole('region', { name: kind === 'stick' ? 'Damaged' : basename(folder) });
  const says = async (code: ErrorCode, name: string) => {
    const { sentence, action } = sentenceOf(code);
    const line = card.getByRole('listitem').filter({ hasText: name });
    expect(await line.innerText()).toContain(sentence);
    expect(await line.innerText()).toContain(action);
  };
  await card.getByRole('list', { name: 'Files that cannot be used' }).waitFor();
  await says('bad-sector', 'bad.json');
  await says('bad-sector', 'cht_data');
  await card.getByRole('button', { name: 'Import 1 export' }).click();
  await card.getByText(/1 new/).waitFor();
  await says('bad-sector', 'bad.json');
  const { rows } = await setting.ask('changes.list', { sort: 'id' });
  expect(rows.map(({ id }) => id)).toEqual(['good.json']);
  expect(await faultsOf(page)).toEqual([]);
});
