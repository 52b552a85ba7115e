/** People whom no password signs in: known before anybody types, from dump to receipt. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Phone } from '../../../electron/practice/phone.ts';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { document } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { compareAs, signInAs } from '../../support/uploads.ts';
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

const end = async (asked: Promise<{ readonly job: string }>) => station.wait((await asked).job);

/** What this person's phone exports after one visit without the server. */
async function visited(user: 'chw_link' | 'chw_sso'): Promise<string> {
  const phone = new Phone({ user, device: `phone-${user}`, server });
  try {
    await phone.firstSync();
    await phone.put({
      _id: `visit-of-${user}`,
      type: 'data_record',
      form: 'home_visit',
      reported_date: Date.now(),
      contact: { _id: `hc4-${user.replace('_', '-')}` },
      fields: { patient_id: 'hc4-area-1-home-1-person-1' },
    });
    const { name, bytes } = await phone.exportStation();
    return (await station.take(bytes, name)).batch ?? '';
  } finally {
    await phone.destroy();
  }
}

const settingsOf = (user: string, history: string, fields: Record<string, unknown> = {}) =>
  document(
    `org.couchdb.user:${user}`,
    { type: 'user-settings', name: user, contact_id: `hc1-${user}`, ...fields },
    { history },
  );

/** What an administrator changes on the server; `undefined` takes it back. */
async function singleSignOn(user: string, name: string | undefined): Promise<void> {
  const { user: admin, password } = server.admin;
  const headers = {
    accept: 'application/json',
    authorization: `Basic ${Buffer.from(`${admin}:${password}`).toString('base64')}`,
    'content-type': 'application/json',
  };
  const url = `${server.url}/_users/org.couchdb.user:${user}`;
  const { oidc_username: _, ...account } = (await (await fetch(url, { headers })).json()) as Record<
    string,
    unknown
  >;
  const body = JSON.stringify({ ...account, ...(name === undefined ? {} : { oidc_username: name }) });
  const answer = await fetch(url, { method: 'PUT', headers, body });
  if (!answer.ok) throw new Error(await answer.text());
}

const waysOf = async () =>
  (await station.ask('batches.list', {})).rows.map(({ user, signsIn }) => [user, signsIn]);

describe.each([
  ['chw_link', 'link', 'link-login'],
  ['chw_sso', 'sso', 'no-password-login'],
] as const)('%s', (user, way, code) => {
  it('is known from the dump, is told so, and goes with a station account to a receipt', async () => {
    const batch = await visited(user);
    expect((await station.ask('batch.get', { batch })).signsIn).toBe(way);
    // Neither the right password nor a wrong one is taken for a mistake in typing.
    const typed = way === 'sso' ? signInAs(server, user) : { user, password: 'Wrong-1' };
    expect(await end(station.ask('compare.start', typed))).toEqual({ kind: 'failed', code });

    await compareAs(station, server, 'sup_online');
    await station.ask('decide.approve', { batch });
    expect(await station.ask('outbox.owners', {})).toEqual({
      owners: [{ user, records: 1, signsIn: way }],
    });
    expect(await end(station.ask('upload.start', typed))).toEqual({ kind: 'failed', code });
    const sent = await end(station.ask('upload.start', { ...signInAs(server, 'sup_online'), account: true }));
    expect(sent).toMatchObject({ kind: 'uploaded', upload: { outcome: 'done', accepted: 1 } });
    const { content } = await station.ask('receipt.get', { batch });
    expect(JSON.parse(content)).toMatchObject({
      accepted: 1,
      refused: [],
      sentAs: ['sup_online'],
      stationAccounts: ['sup_online'],
    });
  });
});

it('single sign-on answered to a password is remembered, and uses up none of the tries', async () => {
  const batch = await visited('chw_sso');
  await server.addUser({
    user: 'later_sso',
    password: 'Walnut-tree-9',
    roles: ['chw'],
    oidcUsername: 'later',
  });
  await station.take(stationDump([document('x', { type: 'data_record', form: 'f' })], { user: 'later_sso' }));
  expect(await waysOf()).toContainEqual(['later_sso', null]);
  // More often than the station would try a wrong password without waiting.
  for (let tries = 0; tries < 6; tries += 1)
    expect(await end(station.ask('compare.start', signInAs(server, 'later_sso')))).toMatchObject({
      code: 'no-password-login',
    });
  expect(await waysOf()).toContainEqual(['later_sso', 'sso']);
  await compareAs(station, server, 'sup_online');
  expect((await station.ask('batch.get', { batch })).signsIn).toBe('sso');
});

describe('a kept login', () => {
  it('of somebody who got single sign-on since is not sent and not removed; an administrator can renew it', async () => {
    const login = signInAs(server, 'chw1');
    await station.ask('logins.keep', { ...login, account: false });
    await station.take(stationDump([settingsOf('chw1', 'a')]));
    await singleSignOn('chw1', 'chw1@example.org');
    const tried = async () => {
      expect(await end(station.ask('compare.start', { user: 'chw1' }))).toEqual({
        kind: 'failed',
        code: 'no-password-login',
      });
      return server.requests.length;
    };
    // Once known, the server is not even asked.
    expect(await tried()).toBe(await tried());
    expect(secrets.kept.size).toBe(1);
    expect(await waysOf()).toEqual([['chw1', 'sso']]);
    await singleSignOn('chw1', undefined);
    await station.ask('logins.keep', { ...login, account: false });
    expect(await waysOf()).toEqual([['chw1', 'password']]);
    expect(await end(station.ask('compare.start', { user: 'chw1' }))).toMatchObject({ kind: 'compared' });
    expect((await station.ask('logins.list', {})).logins).toHaveLength(1);
  });
});

describe('which word counts', () => {
  it('later settings of a dump count more than earlier ones, in whatever order they come', async () => {
    await station.take(stationDump([settingsOf('chw1', 'abc', { token_login: { active: false } })]));
    await station.take(stationDump([settingsOf('chw1', 'ab')], { device: 'other' }));
    expect((await waysOf()).map(([, way]) => way)).toEqual(['link', 'link']);
    await station.take(stationDump([settingsOf('chw1', 'abcd')], { device: 'third' }));
    expect((await waysOf()).map(([, way]) => way)).toEqual(['password', 'password', 'password']);
  });

  it('the server counts more than any dump', async () => {
    await station.take(stationDump([settingsOf('chw1', 'abcdef', { oidc_login: true })]));
    expect(await waysOf()).toEqual([['chw1', 'sso']]);
    await compareAs(station, server, 'sup_online');
    expect(await waysOf()).toEqual([['chw1', 'password']]);
  });
});
