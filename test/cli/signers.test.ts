/** Who signs in on the command line: what is deleted is told first, with the login that it turns out to be. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import { runCli, runJson } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { deletionsOf, liveAt, phoneOf, visit } from '../support/harms.ts';
import { openTestStation } from '../support/station.ts';
import { compareAs, signInAs } from '../support/uploads.ts';

let server: PracticeServer;
let folder: ReturnType<typeof temporaryFolder>;
let data: string;
beforeEach(async () => {
  server = await startPracticeServer();
  folder = temporaryFolder();
  data = join(folder.path, 'data');
  const station = await openTestStation({ practice: server, dataDir: data });
  try {
    const dumps = [await deletionsOf(server, ['gone']), phoneOf('chw1', [visit('beside')])];
    const batches: string[] = [];
    for (const [at, dump] of dumps.entries())
      batches.push((await station.take(dump, `${at}.chtdump`)).batch ?? '');
    await compareAs(station, server, 'sup_online');
    for (const batch of batches)
      await station.ask('decide.approve', { batch, ids: ['gone', 'beside'], deleting: 1 });
  } finally {
    await station.close();
  }
});
afterEach(async () => {
  await server.close();
  folder.remove();
});

const upload = (user: string, ...more: string[]): string[] => [
  'upload',
  '--as',
  user,
  '--data',
  data,
  ...more,
];
const as = (user: string) => ({ env: { STATION_PASSWORD: signInAs(server, user).password } });
const held = async (): Promise<number[]> => [
  (await liveAt(server, 'gone')).length,
  (await liveAt(server, 'beside')).length,
];
const IS_ACCOUNT = 'sup_online is a station account';

it('a station account that was given as a health worker is told what it would delete before anything goes', async () => {
  const asked = await runJson(upload('sup_online'), as('sup_online'));
  expect(asked).toMatchObject({ code: 1, value: { error: { code: 'would-delete' } } });
  expect(asked.stderr).toContain(IS_ACCOUNT);
  expect(asked.stderr).toContain('1 record would be deleted on the server');
  expect(await held()).toEqual([1, 0]);

  const agreed = await runJson(upload('sup_online', '--yes'), as('sup_online'));
  expect(agreed).toMatchObject({ code: 0, value: { account: true, accepted: 2 } });
  expect(await held()).toEqual([0, 1]);
});

it('a health worker who does not agree is not taken for a station account', async () => {
  const { code, stderr } = await runCli(upload('chw1'), as('chw1'));
  expect(code).toBe(1);
  expect(stderr).toContain('1 record would be deleted on the server');
  expect(stderr).not.toContain('station account');
  expect(await held()).toEqual([1, 0]);
});
