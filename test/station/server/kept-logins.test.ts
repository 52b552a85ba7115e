/** Logins that an administrator keeps: used without typing, shown to nobody, gone at the first doubt. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { signInAs } from '../../support/uploads.ts';
import { memorySecrets } from '../../support/machine.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let server: PracticeServer;
let station: TestStation;
let secrets: ReturnType<typeof memorySecrets>;
beforeEach(async () => {
  server = await startPracticeServer();
  secrets = memorySecrets();
  station = await openTestStation({ practice: server, secrets });
});
afterEach(async () => {
  await station.close();
  await server.close();
});

const keep = (user: string, account = false) =>
  station.ask('logins.keep', { ...signInAs(server, user), account });
const users = async () => (await station.ask('logins.list', {})).logins.map((login) => login.user);
const end = async (asked: Promise<{ readonly job: string }>) => station.wait((await asked).job);
const audited = async () =>
  (await station.ask('ledger.list', { limit: 1000 })).rows
    .filter(({ what }) => what.startsWith('login-'))
    .map(({ what, detail }) => [what, detail['user'], detail['why']]);

it('one that is kept needs no typing, is shown to nobody, and the ledger says that it was used', async () => {
  await keep('chw1');
  await keep('sup_online', true);
  const { mayKeep, logins } = await station.ask('logins.list', {});
  expect(mayKeep).toEqual({ kind: 'yes' });
  expect(logins.map(({ user, account }) => [user, account])).toEqual([
    ['chw1', false],
    ['sup_online', true],
  ]);
  expect(await end(station.ask('compare.start', { user: 'chw1' }))).toMatchObject({ kind: 'compared' });
  expect(await end(station.ask('dry-run.start', { user: 'sup_online', account: true }))).toMatchObject({
    kind: 'dry-run',
  });
  expect(await end(station.ask('upload.start', { user: 'chw1' }))).toMatchObject({ kind: 'uploaded' });
  const { rows } = await station.ask('ledger.list', { limit: 1000 });
  expect(rows.find(({ what }) => what === 'uploaded')?.detail).toMatchObject({ as: 'chw1', keptLogin: true });

  const { password } = signInAs(server, 'chw1');
  expect(JSON.stringify([logins, rows, station.log, station.told])).not.toContain(password);
  for (const file of ['ledger.sqlite', 'ledger.sqlite-wal'])
    expect(readFileSync(join(station.dataDir, file)).includes(password)).toBe(false);
});

it('one is tried before it is kept, and can be removed', async () => {
  await expect(
    station.ask('logins.keep', { user: 'chw1', password: 'Wrong-1', account: false }),
  ).rejects.toThrow('wrong-password');
  // A health worker's own login is no station account.
  await expect(keep('chw1', true)).rejects.toThrow('account-restricted');
  expect(secrets.kept.size).toBe(0);
  await keep('chw1');
  await station.ask('logins.forget', { user: 'chw1' });
  expect(secrets.kept.size).toBe(0);
  expect(await users()).toEqual([]);
  expect(await end(station.ask('upload.start', { user: 'chw1' }))).toEqual({
    kind: 'failed',
    code: 'no-kept-login',
  });
  expect(await audited()).toEqual([
    ['login-kept', 'chw1', undefined],
    ['login-removed', 'chw1', 'asked'],
  ]);
});

it('one that the server does not take any more is tried once and removed; what was typed removes nothing', async () => {
  await keep('chw1');
  await end(station.ask('compare.start', { user: 'chw1', password: 'Wrong-1' }));
  expect(await users()).toEqual(['chw1']);
  server.setPassword('chw1', 'Another-tree-99');
  const upload = () => end(station.ask('upload.start', { user: 'chw1' }));
  expect(await upload()).toEqual({ kind: 'failed', code: 'kept-login-wrong' });
  expect(await upload()).toEqual({ kind: 'failed', code: 'no-kept-login' });
  expect(secrets.kept.size).toBe(0);
  expect(await audited()).toContainEqual(['login-removed', 'chw1', 'wrong-password']);
});

it('a new password that is chosen here takes the place of the kept one', async () => {
  await keep('chw1');
  const { password } = signInAs(server, 'chw1');
  await station.ask('password.change', { user: 'chw1', password, newPassword: 'Sycamore-lake-42' });
  expect([...secrets.kept.values()]).toEqual(['Sycamore-lake-42']);
  expect(await end(station.ask('compare.start', { user: 'chw1' }))).toMatchObject({ kind: 'compared' });
});

it('another server gets none of them', async () => {
  const other = await startPracticeServer();
  try {
    await station.close();
    station = await openTestStation({ practice: server, secrets });
    await keep('chw1');
    await station.ask('server.set', { url: other.url });
    expect(secrets.kept.size).toBe(0);
    await station.ask('server.set', { url: server.url });
    expect(await users()).toEqual([]);
    expect(await audited()).toContainEqual(['login-removed', 'chw1', 'other-server']);
  } finally {
    await other.close();
  }
});

it('where there is no key store none is kept, and it is said why', async () => {
  secrets.may = false;
  expect((await station.ask('logins.list', {})).mayKeep).toEqual({ kind: 'no', why: 'no-keyring' });
  await expect(keep('chw1')).rejects.toThrow('no-keyring');
  await station.close();
  station = await openTestStation({ practice: server });
  expect((await station.ask('logins.list', {})).mayKeep).toEqual({ kind: 'no', why: 'not-in-this-mode' });
  await expect(keep('chw1')).rejects.toThrow('no-keyring');
});
