/**
 * Whoever sits before the station tries every request of the contract, in every state that the desk has: what is let
 * through is exactly what the table of docs/security.md says, and what is refused leaves no trace.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { safeParse } from 'valibot';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CHECKS, type RequestName } from '../../shared/contract.ts';
import { report } from '../support/documents.ts';
import { stationDump } from '../support/dumps.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openTestStation, type TestStation, type TestStationOptions } from '../support/station.ts';
import { setUpStaff, STAFF } from '../support/staff.ts';
import { allowedTo, COLUMNS, REQUESTS, table, type Column } from './table.ts';
import { wellFormed, type Names } from './well-formed.ts';

let temporary: ReturnType<typeof temporaryFolder>;
let stations: TestStation[];
beforeEach(() => {
  temporary = temporaryFolder();
  stations = [];
});
afterEach(async () => {
  for (const station of stations) await station.close();
  temporary.remove();
});

const dataDir = (): string => join(temporary.path, 'data');

async function open(options: TestStationOptions = {}): Promise<TestStation> {
  const station = await openTestStation({ carrier: 'browser', dataDir: dataDir(), ...options });
  stations.push(station);
  await station.station.settled();
  return station;
}

async function opened(options: TestStationOptions = {}): Promise<TestStation> {
  await setUpStaff(dataDir());
  return open(options);
}

const signIn = (station: TestStation, role: keyof typeof STAFF) => station.ask('desk.sign-in', STAFF[role]);

/** What an attacker writes where a name or a secret is asked for: those of the administrator. */
const theAdmins = (): Names => ({
  name: STAFF.admin.name,
  user: STAFF.admin.name,
  secret: STAFF.admin.secret,
  unlock: STAFF.admin.secret,
  password: STAFF.admin.secret,
  to: join(temporary.path, 'stolen'),
  path: join(temporary.path, 'stolen'),
});

/** Nobody's parameters: whoever may ask hears that they are wrong, and nothing is done. */
const NOT_FILLED_IN = { 'no such parameter': true };

const ADMINS_OWN = { name: STAFF.admin.name, role: 'admin', by: 'secret' };
/** Who says with the request that it is somebody else's. */
const CLAIMS: readonly Readonly<Record<string, unknown>>[] = [
  { person: ADMINS_OWN },
  { asker: { state: 'in', person: ADMINS_OWN } },
  { person: STAFF.admin.name, role: 'admin', second: STAFF.admin },
  JSON.parse(
    `{"__proto__": ${JSON.stringify({ state: 'in', person: ADMINS_OWN, role: 'admin' })}}`,
  ) as Record<string, unknown>,
];

const REFUSALS: readonly string[] = ['not-allowed', 'sign-in-needed'];

async function codeOf(station: TestStation, name: RequestName, params: unknown): Promise<string> {
  const answer = await station.station.ask(name, params);
  return answer.ok ? 'answered' : answer.code;
}

/** All that the history and the folders of the station hold. */
function everything(): string {
  const hash = createHash('sha256');
  for (const name of ['ledger.sqlite', 'ledger.sqlite-wal'])
    if (existsSync(join(dataDir(), name))) hash.update(readFileSync(join(dataDir(), name)));
  for (const entry of readdirSync(dataDir(), { recursive: true }) as string[])
    if (!entry.startsWith('replica')) hash.update(`${entry}\n`);
  return hash.digest('hex');
}

/** Tries every request as whoever sits there now. */
async function check(station: TestStation, column: Column): Promise<void> {
  const past: RequestName[] = [];
  for (const name of REQUESTS)
    if (!REFUSALS.includes(await codeOf(station, name, NOT_FILLED_IN))) past.push(name);
  const allowed = allowedTo(column);
  expect(past).toEqual(allowed);

  const before = everything();
  const told: unknown[] = [];
  const stop = [
    station.station.on('job', (job) => told.push(job)),
    station.station.on('changed', (changed) => told.push(changed)),
  ];
  for (const name of REQUESTS.filter((one) => !allowed.includes(one))) {
    const least = wellFormed(name, theAdmins(), false);
    const full = wellFormed(name, theAdmins(), true);
    const attempts = [
      undefined,
      null,
      [],
      'x',
      least,
      full,
      ...CLAIMS.map((claim) => ({ ...full, ...claim })),
    ];
    for (const params of attempts)
      expect(REFUSALS, `${name} ${JSON.stringify(params)}`).toContain(await codeOf(station, name, params));
  }
  expect(told).toEqual([]);
  expect(everything()).toBe(before);
  for (const off of stop) off();
}

describe('the attempts', () => {
  test('are made by the page, which has a line for each request, and no other', () => {
    expect([...table().keys()].sort()).toEqual([...REQUESTS].sort());
    const cells = [...table().values()].flatMap((row) => COLUMNS.map((column) => row[column]));
    // A word that nobody tries here would be no promise.
    expect([...new Set(cells)].sort()).toEqual(['', 'yes', 'yes, not over a refusal of the server']);
  });

  test.each(REQUESTS)('are well formed: %s', (name) => {
    for (const isFull of [false, true])
      expect(safeParse(CHECKS[name], wellFormed(name, theAdmins(), isFull))).toMatchObject({ success: true });
  });
});

describe('let through is what the table says, and what is refused leaves no trace', () => {
  test('where nobody was set up', async () => {
    await check(await open({ first: true }), 'nobody set up');
  });

  test('where nobody has signed in, somebody has signed out, and somebody did not get in', async () => {
    const station = await opened();
    await check(station, 'signed out, locked');
    await signIn(station, 'clerk');
    await station.ask('desk.sign-out', {});
    await expect(
      station.ask('desk.sign-in', { name: STAFF.admin.name, secret: STAFF.clerk.secret }),
    ).rejects.toMatchObject({ code: 'wrong-secret' });
    await check(station, 'signed out, locked');
  });

  test('where it is locked: by hand, and by a sleep of the computer', async () => {
    let now = Date.UTC(2026, 10, 1);
    const station = await opened({ clock: () => now });
    await signIn(station, 'admin');
    await station.ask('desk.lock', {});
    await check(station, 'signed out, locked');
    await station.ask('desk.unlock', { secret: STAFF.admin.secret });
    now += 6 * 60_000;
    await check(station, 'signed out, locked');
  });

  test('to a clerk', async () => {
    const station = await opened();
    await signIn(station, 'clerk');
    await check(station, 'clerk');
  });

  test('to an administrator', async () => {
    const station = await opened();
    await signIn(station, 'admin');
    await check(station, 'administrator');
  });

  test('to a script, which has no window: not even one that sat there as an administrator', async () => {
    const station = await opened();
    await signIn(station, 'admin');
    await station.ask('staff.add', { name: 'Other', role: 'admin', secret: 'blue mango tree' });
    await station.ask('staff.change', { name: STAFF.admin.name, role: 'service' });
    await check(station, 'signed out, locked');
    await station.close();
    const terminal = await open({ carrier: 'terminal' });
    await signIn(terminal, 'service');
    await check(terminal, 'service');
  });

  test('to whoever was let go, was given another role or another PIN while sitting there', async () => {
    const station = await opened();
    await signIn(station, 'admin');
    await station.ask('staff.add', { name: 'Other', role: 'admin', secret: 'blue mango tree' });
    await station.ask('staff.change', { name: STAFF.admin.name, role: 'clerk' });
    await check(station, 'clerk');
    await station.ask('desk.sign-in', { name: 'Other', secret: 'blue mango tree' });
    // A PIN that two know opens nothing but the choice of another.
    await check(station, 'signed out, locked');
    await station.ask('desk.choose', { old: 'blue mango tree', next: 'red mango tree' });
    await station.ask('staff.reset', { name: STAFF.admin.name, role: 'admin', secret: 'yellow mango tree' });
    await station.ask('staff.reset', { name: 'Other', secret: 'white mango tree' });
    await check(station, 'signed out, locked');
    await station.ask('desk.choose', { old: 'white mango tree', next: 'black mango tree' });
    await station.ask('staff.change', { name: 'Other', left: true });
    await check(station, 'signed out, locked');
    const secret = 'black mango tree';
    expect(await codeOf(station, 'desk.unlock', { secret })).toBe('wrong-secret');
    expect(await codeOf(station, 'desk.choose', { old: secret, next: 'a mango tree again' })).not.toBe(
      'answered',
    );
    expect(await station.ask('desk.get', {})).toMatchObject({ state: 'signed-out', person: null });
  });

  test('while the history can only be read from its backup', async () => {
    const station = await opened();
    await signIn(station, 'admin');
    await station.take(stationDump([report('r1')]), 'first.json', { user: 'chw1' });
    await station.close();
    const ledger = join(dataDir(), 'ledger.sqlite');
    writeFileSync(ledger, readFileSync(ledger).fill(0, 4096));
    const troubled = await open();
    await check(troubled, 'signed out, locked');
    await signIn(troubled, 'clerk');
    expect(await codeOf(troubled, 'settings.get', {})).toBe('answered');
    expect(await codeOf(troubled, 'decide.approve', { batch: 'x' })).toBe('ledger-damaged');
    await check(troubled, 'clerk');
  });
});

test('what is only for an administrator of a request that clerks may ask is refused to a clerk', async () => {
  const restricted = [...table()].filter(([, row]) => row.clerk.includes('not over a refusal of the server'));
  expect(restricted.map(([name]) => name)).toEqual(['decide.approve']);
  const station = await opened();
  await signIn(station, 'clerk');
  const full = wellFormed('decide.approve', theAdmins(), true);
  const before = everything();
  for (const params of [full, { batch: 'x', refused: true }, { ...full, second: STAFF.admin }]) {
    expect(params).toMatchObject({ refused: true });
    expect(await codeOf(station, 'decide.approve', params)).toBe('not-allowed');
  }
  expect(everything()).toBe(before);
});

test.each(['admin', 'clerk'] as const)(
  'whoever may ask is not held up behind the gate: every request that the table gives the %s',
  async (role) => {
    const station = await opened();
    for (const name of allowedTo(role === 'admin' ? 'administrator' : 'clerk')) {
      await signIn(station, role);
      const params = wellFormed(name, { name: 'Somebody' }, false);
      expect([...REFUSALS, 'unknown-request', 'internal'], name).not.toContain(
        await codeOf(station, name, params),
      );
    }
  },
);
