/** What stands out against other records, and rules that an administrator turns on and off, at a real server. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HealthWorker, HOME, PATIENT, visit } from '../../support/health-worker.ts';

let worker: HealthWorker;
beforeEach(async () => {
  worker = await HealthWorker.begin();
});
afterEach(() => worker.close());

const DAY = Date.UTC(2026, 8, 10, 8);
const HOUR = 60 * 60_000;

const oddOf = async (id: string) => (await worker.station.ask('change.get', { id })).unusual;
const ordinary = async (batch: string) => (await worker.station.ask('batch.get', { batch })).ordinary;
const turnOff = (...off: readonly string[]) =>
  worker.station.ask('unusual.set-rules', { off: off as 'possible-duplicate'[] });

it('the same report once more is looked at where that is asked for, whichever batch brought the other one', async () => {
  await turnOff();
  await worker.phone.put(visit('first', PATIENT, { reportedAt: DAY }));
  await worker.take();
  await worker.compare();
  expect(await oddOf('first')).toEqual([]);
  await worker.phone.put(visit('second', PATIENT, { reportedAt: DAY + HOUR }));
  await worker.phone.put(visit('next-day', PATIENT, { reportedAt: DAY + 24 * HOUR }));
  await worker.phone.put(visit('of-the-house', HOME, { reportedAt: DAY }));
  const batch = await worker.take();
  await worker.compare();
  const one = [{ rule: 'possible-duplicate', number: 1 }];
  expect([await oddOf('first'), await oddOf('second')]).toEqual([one, one]);
  expect([await oddOf('next-day'), await oddOf('of-the-house')]).toEqual([[], []]);
  const { rows } = await worker.station.ask('changes.list', { unusual: 'possible-duplicate' });
  expect(rows.map(({ id }) => id).sort()).toEqual(['first', 'second']);
  const { approved } = await worker.station.ask('decide.approve', { batch });
  expect(approved).toBe(2);
});

it('somebody of a household who was registered before under a like name', async () => {
  const child = (id: string, name: string) => {
    const of = { type: 'person', reported_date: DAY, date_of_birth: '2024-02-01', parent: { _id: HOME } };
    return worker.phone.put({ _id: id, name, ...of });
  };
  await child('asha', 'Asha Mwangi');
  await child('aisha', 'mwangi Aisha');
  await child('twin', 'Baraka Mwangi');
  await worker.take();
  await worker.compare();
  const one = [{ rule: 'like-person', number: 1 }];
  expect([await oddOf('asha'), await oddOf('aisha'), await oddOf('twin')]).toEqual([one, one, []]);
});

it('a rule that is turned off applies to nothing, and to everything again when it is turned on', async () => {
  for (const id of ['first', 'second']) await worker.phone.put(visit(id, PATIENT, { reportedAt: DAY }));
  const batch = await worker.take();
  await worker.compare();
  expect([await ordinary(batch), (await oddOf('first')).length]).toEqual([2, 0]);
  await turnOff();
  expect([await ordinary(batch), (await oddOf('first')).length]).toEqual([0, 1]);
  await turnOff('possible-duplicate');
  expect([await ordinary(batch), (await oddOf('first')).length]).toEqual([2, 0]);
  const { rows } = await worker.station.ask('ledger.list', {});
  expect(rows.filter(({ what }) => what === 'unusual-rules-set').map(({ detail }) => detail)).toEqual([
    { turnedOn: ['possible-duplicate', 'form-replaced'] },
    { turnedOff: ['possible-duplicate'] },
  ]);
});

it('what guards against loss stays on, whoever asks', async () => {
  await worker.phone.edit(PATIENT, () => ({ _deleted: true }));
  await worker.take();
  await turnOff('deletion', 'many-deletions', 'contradiction');
  await worker.compare();
  expect((await oddOf(PATIENT)).map(({ rule }) => rule)).toContain('deletion');
  const { rules } = await worker.station.ask('unusual.rules', {});
  expect(rules.filter(({ on }) => !on)).toEqual([]);
});

it('of a form, whether the server has it no more, and where that is asked for, has a newer one', async () => {
  await worker.phone.put({
    ...visit('old', PATIENT, { reportedAt: DAY }),
    form_version: { time: 1000, sha256: 'a' },
  });
  await worker.take();
  const database = worker.station.server.database();
  const form = await database.get('form:home_visit');
  await database.put({ ...form, xmlVersion: { time: 2000, sha256: 'b' } });
  await worker.compare();
  expect(await oddOf('old')).toEqual([]);
  await turnOff();
  expect(await oddOf('old')).toEqual([{ rule: 'form-replaced', number: 1 }]);
  await database.put({ ...(await database.get('form:home_visit')), _deleted: true });
  await worker.compare();
  expect(await oddOf('old')).toEqual([{ rule: 'form-retired', number: 1 }]);
});
