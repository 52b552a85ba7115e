/** The page for the day on which the computer is lost says what lies here, and whose passwords are here. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { report } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { memorySecrets } from '../../support/machine.ts';
import { openTestStation, type ServedStation } from '../../support/station.ts';

const NOW = Date.parse('2026-03-01T08:00:00.000Z');

let now: number;
let station: ServedStation;

beforeEach(async () => {
  now = NOW;
  station = await openTestStation({
    practice: true,
    clock: () => now,
    secrets: memorySecrets(),
    encryption: async () => 'off',
  });
});
afterEach(() => station.close());

const lost = () => station.ask('lost.get', {});

it('says nothing of what is not here', async () => {
  expect(await lost()).toMatchObject({
    since: null,
    copies: 0,
    records: 0,
    onlyHere: null,
    people: [],
    logins: [],
    phones: [],
    encryption: 'off',
  });
});

it('counts each record once, since the first export, and names whose they are', async () => {
  const of = (user: string) => ({ user, userContactId: `hc1-${user}` });
  await station.take(stationDump([report('a'), report('b')], of('chw1')), 'first.json');
  now += 86_400_000;
  await station.take(stationDump([report('b'), report('c')], of('chw3')), 'second.json');
  const { history, ...told } = await lost();
  expect(told).toMatchObject({ since: new Date(NOW).toISOString(), copies: 2, records: 3, onlyHere: null });
  expect(told.people.map(({ user }) => user)).toEqual(['chw1', 'chw3']);
  // The head of the history, as a receipt has it.
  const [receipt] = (await station.ask('batches.list', {})).rows;
  const { content } = await station.ask('receipt.get', { batch: receipt?.batch ?? '', format: 'json' });
  expect(history).toBe((JSON.parse(content) as { history: { code: string } }).history.code);
});

it('names each login that is kept, also for a server of before, and never a password', async () => {
  const { user, password } = station.server.users.find((one) => one.user === 'chw1') ?? {
    user: '',
    password: '',
  };
  await station.ask('logins.keep', { user, password });
  const server = station.server.url;
  expect((await lost()).logins).toEqual([{ server: new URL(server).origin, user, account: false }]);
  expect(JSON.stringify(await lost())).not.toContain(password);
});
