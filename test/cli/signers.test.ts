/** Who signs in on the command line: what is deleted is told first, with the login that it turns out to be. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import { runCli, runJson } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { deletionsOf, liveAt, phoneOf, visit } from '../support/harms.ts';
import { openTestStation, type TestStation } from '../support/station.ts';
import { compareAs, signInAs } from '../support/uploads.ts';

let server: PracticeServer;
let folder: ReturnType<typeof temporaryFolder>;
let data: string;
beforeEach(async () => {
  server = await startPracticeServer();
  folder = temporaryFolder();
  data = join(folder.path, 'data');
});
afterEach(async () => {
  await server.close();
  folder.remove();
});

/** A station that has taken these dumps and compared them, while somebody decides; answers its batches. */
async function brought(
  dumps: readonly Buffer[],
  decide: (station: TestStation, batches: readonly string[]) => Promise<void>,
): Promise<readonly string[]> {
  const station = await openTestStation({ practice: server, dataDir: data });
  try {
    const batches: string[] = [];
    for (const [at, dump] of dumps.entries())
      batches.push((await station.take(dump, `${at}.chtdump`)).batch ?? '');
    await compareAs(station, server, 'sup_online');
    await decide(station, batches);
    return batches;
  } finally {
    await station.close();
  }
}

/** A deletion and a new visit of chw1, both approved. */
async function oneDeleted(): Promise<void> {
  const dumps = [await deletionsOf(server, ['gone']), phoneOf('chw1', [visit('beside')])];
  await brought(dumps, async (station, batches) => {
    for (const batch of batches)
      await station.ask('decide.approve', { batch, ids: ['gone', 'beside'], deleting: 1 });
  });
}

const upload = (user: string, ...more: string[]): string[] => [
  'upload',
  '--as',
  user,
  '--data',
  data,
  ...more,
];
const account = (...more: string[]): string[] => [
  'upload',
  '--account',
  'sup_online',
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

it('a station account that was given as a health worker sends nothing, and is told whose records it would send', async () => {
  await oneDeleted();
  // To agree to deletions is not to agree to that.
  for (const more of [[], ['--yes']]) {
    const asked = await runJson(upload('sup_online', ...more), as('sup_online'));
    expect(asked).toMatchObject({ code: 1, value: { error: { code: 'is-account' } } });
    expect(asked.stderr).toContain(IS_ACCOUNT);
    expect(asked.stderr).toContain('  chw1: 2 records');
    expect(asked.stderr).toContain('with --account instead of --as everybody’s approved records are sent');
    expect(await held()).toEqual([1, 0]);
  }
  const asked = await runJson(account(), as('sup_online'));
  expect(asked).toMatchObject({ code: 1, value: { error: { code: 'would-delete' } } });
  expect(asked.stderr).toContain('1 record would be deleted on the server');
  expect(await held()).toEqual([1, 0]);

  const agreed = await runJson(account('--yes'), as('sup_online'));
  expect(agreed).toMatchObject({ code: 0, value: { account: true, accepted: 2 } });
  expect(await held()).toEqual([0, 1]);
});

it('a health worker who does not agree is not taken for a station account', async () => {
  await oneDeleted();
  const { code, stderr } = await runCli(upload('chw1'), as('chw1'));
  expect(code).toBe(1);
  expect(stderr).toContain('1 record would be deleted on the server');
  expect(stderr).not.toContain('station account');
  expect(await held()).toEqual([1, 0]);
});

it('what is tried goes under its author’s name only, and what else went is counted apart', async () => {
  const visits = [visit('near', 'hc1-chw3'), visit('far', 'hc1-chw3', 'hc2-area-1-home-1-person-1')];
  const [batch = ''] = await brought([phoneOf('chw3', visits)], async (station, [only = '']) => {
    await station.ask('decide.approve', { batch: only, ids: ['near'] });
    await station.wait((await station.ask('dry-run.start', signInAs(server, 'chw3'))).job);
  });
  const tryAs = (user: string) => runJson(['try', batch, '--as', user, '--data', data], as(user));
  const outbox = async () => (await runJson(['status', '--data', data])).value['outbox'];
  const untouched = await outbox();
  expect(untouched).toMatchObject({ waiting: 1, refused: 1 });

  expect(await tryAs('sup_online')).toMatchObject({ code: 1, value: { error: { code: 'is-account' } } });
  expect(await outbox()).toEqual(untouched);
  expect(await tryAs('chw1')).toMatchObject({ code: 3, value: { tried: [], accepted: 0, also: 0 } });
  expect(await outbox()).toEqual(untouched);
  for (const id of ['near', 'far']) expect(await liveAt(server, id)).toEqual([]);

  expect(await tryAs('chw3')).toMatchObject({
    code: 3,
    value: { tried: ['far'], accepted: 0, also: 1, refused: [{ id: 'far' }] },
  });
  expect([await liveAt(server, 'near'), await liveAt(server, 'far')]).toMatchObject([{ length: 1 }, []]);
});
