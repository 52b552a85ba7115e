/** Signing in, being slowed, locking, and in whose name things are done. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LedgerEntry } from '../../../shared/contract.ts';
import { Database } from '../../../electron/ledger/database.ts';
import { hasStaff } from '../../../electron/ledger/staff.ts';
import { signsTyped } from '../../../shared/signs.ts';
import { report } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { ManualTimers } from '../../support/manual-timers.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';
import { STAFF, staffed, type Staffed } from '../../support/staff.ts';

let now = Date.UTC(2026, 10, 1);
let timers: ManualTimers;
let staff: Staffed;
let station: TestStation;

beforeEach(async () => {
  now = Date.UTC(2026, 10, 1);
  timers = new ManualTimers();
  staff = await staffed({ carrier: 'browser', clock: () => now, timers });
  station = staff.station;
});
afterEach(() => staff.close());

const state = async (of = station): Promise<string> => (await of.ask('desk.get', {})).state;
const history = async (of = station): Promise<readonly LedgerEntry[]> =>
  (await of.ask('ledger.list', { limit: 1000 })).rows;
const tryPin = (secret: string, name = STAFF.clerk.name) => station.ask('desk.sign-in', { name, secret });

test('a name is found however it is typed, and shown as it was set up', async () => {
  const desk = await tryPin(STAFF.clerk.secret, '  JOSEPH ');
  expect(desk).toMatchObject({ state: 'in', person: { name: 'Joseph', role: 'clerk', by: 'secret' } });
});

test('wrong tries make it slow, never shut, and a right one makes it quick again', async () => {
  for (let wrong = 0; wrong < 3; wrong += 1)
    await expect(tryPin('000001')).rejects.toMatchObject({ code: 'wrong-secret' });
  await expect(tryPin(STAFF.clerk.secret)).rejects.toMatchObject({ code: 'try-later', detail: '5' });
  now += 5000;
  await expect(tryPin('000001')).rejects.toMatchObject({ code: 'wrong-secret' });
  await expect(tryPin(STAFF.clerk.secret)).rejects.toMatchObject({ code: 'try-later', detail: '10' });
  for (let wrong = 0; wrong < 10; wrong += 1) {
    now += 5 * 60_000;
    await expect(tryPin('000001')).rejects.toMatchObject({ code: 'wrong-secret' });
  }
  await expect(tryPin(STAFF.clerk.secret)).rejects.toMatchObject({ code: 'try-later', detail: '300' });
  // A clock that is set back a year does not shut anybody out for a year.
  now -= 365 * 24 * 60 * 60_000;
  await expect(tryPin(STAFF.clerk.secret)).rejects.toMatchObject({ code: 'try-later', detail: '300' });
  now += 366 * 24 * 60 * 60_000;
  await tryPin(STAFF.clerk.secret);
  await expect(tryPin('000001')).rejects.toMatchObject({ code: 'wrong-secret' });
});

test('a hundred tries at once are a hundred tries', async () => {
  const codes = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const answer = await station.station.ask('desk.sign-in', {
        name: STAFF.clerk.name,
        secret: `10${1000 + n}`,
      });
      return answer.ok ? 'in' : answer.code;
    }),
  );
  expect(codes.filter((code) => code === 'wrong-secret')).toHaveLength(3);
  expect(codes.filter((code) => code === 'try-later')).toHaveLength(17);
});

test('a restart makes nothing quick again, and nobody’s name is told', async () => {
  for (let wrong = 0; wrong < 3; wrong += 1)
    await expect(tryPin('000001')).rejects.toMatchObject({ code: 'wrong-secret' });
  await expect(tryPin('000001', 'Nobody')).rejects.toMatchObject({ code: 'wrong-secret' });
  const { dataDir } = station;
  await station.close();
  const again = await openTestStation({ dataDir, carrier: 'browser', clock: () => now });
  try {
    const { name, secret } = STAFF.clerk;
    await expect(again.ask('desk.sign-in', { name, secret })).rejects.toMatchObject({ code: 'try-later' });
  } finally {
    await again.close();
  }
});

test('it locks by itself when nobody is there, not before, and shows no name', async () => {
  const told: string[] = [];
  await staff.signIn('clerk');
  station.station.on('changed', ({ what }) => told.push(...what));
  await timers.pass(4 * 60_000);
  await station.ask('desk.here', {});
  await timers.pass(4 * 60_000);
  expect(await state()).toBe('in');
  await timers.pass(60_000);
  expect(await station.ask('desk.get', {})).toEqual({ state: 'locked', person: null, lockMinutes: 5 });
  await timers.pass(1000);
  expect(told).toContain('desk');
  // What the window tells of a dead person's hand does not open it.
  await station.ask('desk.here', {});
  expect(await state()).toBe('locked');
  await expect(station.ask('desk.unlock', { secret: STAFF.admin.secret })).rejects.toMatchObject({
    code: 'wrong-secret',
  });
  expect(await station.ask('desk.unlock', { secret: STAFF.clerk.secret })).toMatchObject({
    state: 'in',
    person: { name: 'Joseph' },
  });
});

test('a computer that slept finds it locked, also where its timers stood still', async () => {
  await staff.signIn('clerk');
  now += 4 * 60_000;
  await station.ask('desk.here', {});
  now += 4 * 60_000;
  expect(await state()).toBe('in');
  const refused = { ok: false, code: 'sign-in-needed' };
  now += 60_000;
  expect(await station.station.ask('batches.list', {})).toEqual(refused);
  await station.ask('desk.unlock', { secret: STAFF.clerk.secret });
  now += 6 * 60_000;
  // The first key after the sleep does not open it.
  await station.ask('desk.here', {});
  expect(await station.station.ask('batches.list', {})).toEqual(refused);
  await station.ask('desk.unlock', { secret: STAFF.clerk.secret });
  // A clock that is set back keeps nothing open: the timer goes on.
  now -= 24 * 60 * 60_000;
  await timers.pass(5 * 60_000);
  expect(await state()).toBe('locked');
});

test('an administrator sets how soon it locks', async () => {
  await staff.signIn('admin');
  await station.ask('rules.set', { lockMinutes: 1 });
  await timers.pass(59_000);
  expect(await state()).toBe('in');
  await timers.pass(1000);
  expect(await state()).toBe('locked');
});

test('no job is told to a locked station, and the program itself still knows of it', async () => {
  await staff.signIn('clerk');
  const outside: string[] = [];
  const inside: string[] = [];
  station.station.on('job', ({ job }) => outside.push(job));
  station.station.inside.on('job', ({ job }) => inside.push(job));
  const path = await station.station.addPath(import.meta.filename);
  const { job } = await station.ask('intake.start', { source: path });
  await station.ask('desk.lock', {});
  while (!inside.includes(job)) await new Promise((resolve) => setImmediate(resolve));
  expect(outside).toEqual([]);
  expect(await station.station.ask('jobs.list', {})).toEqual({ ok: false, code: 'sign-in-needed' });
  expect(await station.station.inside.ask('jobs.list', {})).toMatchObject({ ok: true });
  expect(await station.station.inside.ask('batches.list', {})).toEqual({ ok: false, code: 'not-allowed' });
});

test('a job is its starter’s to the end, whoever sits down meanwhile, and so is each decision', async () => {
  await staff.signIn('clerk');
  const dump = stationDump([report('visit', { danger: 'yes' })]);
  const taking = station.take(dump);
  await staff.signIn('admin');
  const { batch } = await taking;
  await station.ask('decide.approve', { batch: batch ?? '', classes: ['new', 'unchecked'] });
  await staff.signIn('clerk');
  await station.ask('decide.hold', { batch: batch ?? '', ids: ['visit'], reason: 'asks again' });
  const entries = await history();
  const by = (what: string): string[] =>
    entries.filter((one) => one.what === what).map(({ person }) => person);
  expect(by('imported')).toEqual([STAFF.clerk.name]);
  expect(by('held')).toEqual([STAFF.clerk.name]);
  expect(by('signed-in')).toEqual([STAFF.clerk.name, STAFF.admin.name, STAFF.clerk.name]);
  expect(await station.ask('ledger.verify', {})).toMatchObject({ brokenAt: null });
});

test('a terminal works for the computer’s account until somebody is set up, and for whom it stands from then on', async () => {
  const first = await openTestStation({ clock: () => now });
  const { account = '' } = { account: (await first.ask('desk.get', {})).person?.name };
  try {
    expect(account).toMatch(/^computer:./);
    await first.take(stationDump([report('visit', {})]));
    expect((await history(first)).map(({ person }) => person)).toEqual(expect.arrayContaining([account]));
    await expect(
      first.ask('staff.add', { name: 'Joseph', role: 'clerk', secret: '493817' }),
    ).rejects.toMatchObject({ code: 'first-is-admin' });
    await first.ask('staff.add', { ...STAFF.admin, role: 'admin' });
    expect(await state(first)).toBe('signed-out');
    await first.ask('desk.sign-in', STAFF.admin);
    await first.ask('staff.add', {
      ...STAFF.service,
      role: 'service',
      computer: account.slice('computer:'.length),
    });
    await first.ask('desk.sign-out', {});
    expect(await first.ask('desk.get', {})).toMatchObject({
      person: { name: 'nightly', role: 'service', by: 'computer' },
    });
  } finally {
    await first.close();
  }
});

test('PINs that are guessed first, names with hidden signs and the last administrator are refused', async () => {
  await staff.signIn('admin');
  const add = (name: string, secret: string, role: 'clerk' | 'admin' = 'clerk') =>
    station.ask('staff.add', { name, secret, role });
  for (const secret of ['12345', '000000', '121212', '123123', '123456', '987654', '890123', '210987'])
    await expect(add('Neema', secret)).rejects.toMatchObject({ code: 'weak-secret' });
  for (const secret of ['74926518', '1234567890', 'abcabcabcabc'])
    await expect(add('Neema', secret, 'admin')).rejects.toMatchObject({ code: 'weak-secret' });
  for (const name of ['Nee\u202ema', 'station', 'Practice', 'computer:root', 'a\u200bb', '<b>', ' '])
    await expect(add(name, '749265')).rejects.toMatchObject({ code: 'bad-name' });
  await expect(add('JOSEPH', '749265')).rejects.toMatchObject({ code: 'name-taken' });
  const { name } = STAFF.admin;
  await expect(station.ask('staff.change', { name, left: true })).rejects.toMatchObject({
    code: 'last-admin',
  });
  await expect(station.ask('staff.change', { name, role: 'clerk' })).rejects.toMatchObject({
    code: 'last-admin',
  });
  await expect(station.ask('staff.change', { name: STAFF.clerk.name, role: 'admin' })).rejects.toMatchObject({
    code: 'reset-first',
  });
});

test('the recovery code lets one administrator in once, where nobody else is left who could', async () => {
  const fresh = await openTestStation({ carrier: 'browser', clock: () => now, first: true });
  const { name, secret } = STAFF.admin;
  const next = 'a wholly new passphrase';
  const recover = (code: string, of = name) => fresh.ask('desk.recover', { name: of, code, next });
  try {
    const asked = { language: null, station: 'Mbale', place: '', name, secret };
    const { recovery } = await fresh.ask('desk.set-up', asked);
    expect(recovery).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$/);
    await fresh.ask('staff.add', { ...STAFF.clerk, role: 'clerk' });
    await fresh.ask('desk.sign-out', {});
    await expect(recover(recovery.replace(/.$/, (sign) => (sign === '0' ? '1' : '0')))).rejects.toMatchObject(
      {
        code: 'wrong-code',
      },
    );
    // A clerk does not become an administrator by it, and nobody is made.
    for (const other of [STAFF.clerk.name, 'Nobody'])
      await expect(recover(recovery, other)).rejects.toMatchObject({ code: 'wrong-code' });
    await expect(
      fresh.ask('desk.recover', { name, code: recovery, next: '1234567890' }),
    ).rejects.toMatchObject({ code: 'weak-secret' });
    const typed = recovery.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o');
    expect(await recover(typed)).toMatchObject({ state: 'in', person: { name, role: 'admin' } });
    await expect(recover(recovery)).rejects.toMatchObject({ code: 'wrong-code' });
    await expect(fresh.ask('desk.sign-in', { name, secret })).rejects.toMatchObject({ code: 'wrong-secret' });
    await fresh.ask('desk.sign-in', { name, secret: next });
    expect(await fresh.ask('staff.list', {})).toMatchObject({ hasRecoveryCode: false });
    const { recovery: second } = await fresh.ask('staff.recovery', {});
    expect(await fresh.ask('staff.list', {})).toMatchObject({ hasRecoveryCode: true });
    await fresh.ask('desk.recover', { name, code: second, next: 'another new passphrase' });
    const entries = await history(fresh);
    expect(entries.filter(({ what }) => what === 'recovered').map(({ person }) => person)).toEqual([
      name,
      name,
    ]);
    const all = JSON.stringify([entries, fresh.log]);
    for (const code of [recovery, second, signsTyped(recovery)]) expect(all).not.toContain(code);
  } finally {
    await fresh.close();
  }
});

test('no PIN and no passphrase stands in the ledger, the answers or the log', async () => {
  await staff.signIn('admin');
  const { people } = await station.ask('staff.list', {});
  expect(JSON.stringify(people)).not.toMatch(/scrypt|hash/);
  await expect(tryPin('777123')).rejects.toThrow('wrong-secret');
  const { dataDir } = station;
  await station.close();
  const db = Database.open(join(dataDir, 'ledger.sqlite'));
  try {
    expect(hasStaff(db)).toBe(true);
    const all = JSON.stringify([db.all('SELECT * FROM staff'), db.all('SELECT * FROM audit'), station.log]);
    for (const secret of [STAFF.admin.secret, STAFF.clerk.secret, '777123'])
      expect(all).not.toContain(secret);
  } finally {
    db.close();
  }
});
