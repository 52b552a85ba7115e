/** Sessions over real sockets: what passes is waited for, what ends is renewed, what is refused is not tried again. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChtClient } from '../../electron/upload/client.ts';
import { RetryPolicy } from '../../electron/upload/retry.ts';
import { RequestSize } from '../../electron/upload/request-size.ts';
import { changePassword } from '../../electron/upload/session.ts';
import { SignInThrottle } from '../../electron/upload/sign-in-throttle.ts';
import { StationError } from '../../shared/errors.ts';
import { UPLOAD_PACE } from '../../shared/upload-pace.ts';
import { startFaultProxy, type Fault, type FaultProxy } from '../faults/proxy.ts';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import { ManualTimers } from '../support/manual-timers.ts';
import { quiet } from '../support/soon.ts';

const PACE = {
  ...UPLOAD_PACE,
  firstPauseMs: 1,
  longestPauseMs: 4,
  signInWindowMs: 30,
};
const PASSWORD = 'Mango-tree-1';

let server: PracticeServer;
let proxy: FaultProxy;
beforeAll(async () => {
  server = await startPracticeServer();
  proxy = await startFaultProxy({ target: server.url });
});
afterAll(async () => {
  await proxy.close();
  await server.close();
});

const options = () => ({ url: proxy.url, fetch, pace: PACE, random: () => 0 });
const status = (code: number, form: 'json' | 'html' = 'json'): Fault => ({
  kind: 'status',
  status: code,
  form,
  stored: false,
});
const plan = (...faults: Fault[]): void => proxy.plan(new Map(faults.map((fault, at) => [at, fault])));
const signIn = (password = PASSWORD) => ChtClient.signIn('chw1', password, options());

test('a server in trouble, a login page in between and a lost line are waited for', async () => {
  plan(status(503));
  const client = await signIn();
  plan(status(502, 'html'), { kind: 'cut-answer', after: 10 }, status(429), status(200, 'html'));
  expect((await client.revsDiff({ hc1: ['9-ffff'] })).get('hc1')?.missing).toEqual(['9-ffff']);
  expect(proxy.seen).toHaveLength(5);
});

test('failures in a row end it, with the last of them', async () => {
  const client = await signIn();
  plan(...Array.from({ length: PACE.tries }, () => status(500)));
  await expect(client.revsDiff({ hc1: ['1-a'] })).rejects.toMatchObject({ code: 'server-error' });
  expect(proxy.seen).toHaveLength(PACE.tries);
});

test('a session that ends in the middle goes on; with another password it stops at the first 401', async () => {
  const client = await signIn();
  plan(status(401));
  await client.revsDiff({ hc1: ['1-a'] });
  expect(proxy.seen.map((line) => line.split(' ')[1])).toEqual([
    '/medic/_revs_diff',
    '/medic/login',
    '/medic/_revs_diff',
  ]);
  server.setPassword('chw1', 'Another-tree-99');
  plan();
  await expect(client.revsDiff({ hc1: ['1-a'] })).rejects.toMatchObject({ code: 'wrong-password' });
  expect(proxy.seen).toHaveLength(2);
  server.setPassword('chw1', PASSWORD);
});

test('no more than two requests are under way, and a session that ended for both is renewed once', async () => {
  const client = await signIn();
  plan(status(401), status(401));
  await Promise.all([client.document('hc1'), client.document('settings')]);
  expect(proxy.seen.filter((line) => line.endsWith('/medic/login'))).toHaveLength(1);
  expect(proxy.seen).toHaveLength(5);

  plan();
  let underWay = 0;
  let most = 0;
  const counted: typeof fetch = async (...asked) => {
    most = Math.max(most, (underWay += 1));
    const answer = await fetch(...asked);
    // A third one would come now.
    await quiet();
    underWay -= 1;
    return answer;
  };
  const other = await ChtClient.signIn('chw1', PASSWORD, { ...options(), fetch: counted });
  await Promise.all(Array.from({ length: 6 }, () => other.document('hc1')));
  expect(most).toBe(2);
});

test('a password that was changed meanwhile is tried once, however much is under way', async () => {
  plan();
  const client = await signIn();
  server.setPassword('chw1', 'Another-tree-99');
  plan();
  const asked = [client.document('hc1'), client.document('settings'), client.document('hc1')];
  for (const one of await Promise.allSettled([...asked, client.revsDiff({ hc1: ['1-a'] })]))
    expect(one).toMatchObject({ status: 'rejected', reason: { code: 'wrong-password' } });
  await expect(client.document('settings')).rejects.toMatchObject({ code: 'wrong-password' });
  expect(proxy.seen.filter((line) => line.endsWith('/medic/login'))).toHaveLength(1);
  server.setPassword('chw1', PASSWORD);
  server.forgetFailures();
});

test('a wrong password is tried once; a password that has to be changed is told apart and can be changed', async () => {
  plan();
  await expect(signIn('Wrong-1')).rejects.toMatchObject({ code: 'wrong-password' });
  expect(proxy.seen).toHaveLength(1);
  server.setPassword('chw1', PASSWORD, { mustChange: true });
  await expect(signIn()).rejects.toMatchObject({ code: 'password-change-required' });
  const change = (newPassword: string) =>
    changePassword({ user: 'chw1', password: PASSWORD, newPassword }, options());
  await expect(change('short')).rejects.toMatchObject({ code: 'password-not-taken' });
  await change('Sycamore-lake-42');
  await (await signIn('Sycamore-lake-42')).signOut();
  server.setPassword('chw1', PASSWORD);
});

test('sign-ins stay under half of the limit of the server', async () => {
  const timers = new ManualTimers();
  const throttle = new SignInThrottle(10_000, timers);
  for (let n = 0; n < 4; n += 1) throttle.failed();
  expect(throttle.waitMs()).toBe(0);
  await timers.pass(1000);
  throttle.failed();
  expect(throttle.waitMs()).toBe(9000);
  await timers.pass(9000);
  expect(throttle.waitMs()).toBe(0);
});

test('pauses grow, have chance in them and a bound', async () => {
  const waited: number[] = [];
  for (const random of [0, 1]) {
    const timers = new ManualTimers();
    const retry = new RetryPolicy({
      pace: { ...PACE, firstPauseMs: 8, longestPauseMs: 20, tries: 4 },
      random: () => random,
      timers,
    });
    for (let n = 0; n < 3; n += 1) {
      const pausing = retry.pauseAfter(new StationError('offline'));
      const [ms = NaN] = timers.pending;
      waited.push(ms);
      await timers.pass(ms);
      await pausing;
    }
    await expect(retry.pauseAfter(new StationError('offline'))).rejects.toMatchObject({ code: 'offline' });
    expect(timers.pending).toEqual([]);
  }
  expect(waited).toEqual([4, 8, 10, 8, 16, 20]);
  await expect(
    new RetryPolicy({ pace: PACE, random: () => 0 }).pauseAfter(new StationError('tls-failed')),
  ).rejects.toMatchObject({ code: 'tls-failed' });
});

test('the size of a request follows the server', () => {
  const size = new RequestSize(UPLOAD_PACE);
  expect(size.documents).toBe(100);
  size.took(40, 10);
  expect(size.documents).toBe(100);
  size.took(100, 1000);
  expect(size.documents).toBe(200);
  // In no time: larger at once.
  size.took(200, 10);
  expect(size.documents).toBe(500);
  size.took(500, 25_000);
  expect(size.documents).toBe(250);
  size.tooMuch(3);
  expect(size.documents).toBe(1);
});

test('somebody with single sign-on is told that there is no password, and no try is counted', async () => {
  const throttle = new SignInThrottle(30_000);
  const said = () =>
    Promise.resolve(Response.json({ error: 'Password Login Not Permitted For SSO Users' }, { status: 401 }));
  for (let n = 0; n < 6; n += 1)
    await expect(
      ChtClient.signIn('sso1', 'any', { ...options(), fetch: said, throttle }),
    ).rejects.toMatchObject({ code: 'no-password-login' });
  expect(throttle.waitMs()).toBe(0);
});

test('what the server lists as visible is asked once a session', async () => {
  const client = await signIn();
  plan();
  const first = await client.visibleIds();
  expect(first?.size).toBeGreaterThan(0);
  expect(await client.visibleIds()).toBe(first);
  expect(proxy.seen.filter((line) => line.includes('get-ids'))).toHaveLength(1);
});
