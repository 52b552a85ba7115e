/**
 * The lesson of the phone without internet, with a whole station: the practice phone is read and reviewed, its records are
 * sent, its own app synchronises over the cable, and then it holds what the server has for its person.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writePhoneScript } from '../../build/phone-script.mjs';
import { LESSON, startPracticePhone, type PracticePhone } from '../../electron/practice/app/lesson.ts';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import type { JobEnd } from '../../shared/contract.ts';
import { CONFIGURATION_NAMES } from '../../electron/practice/configurations/index.ts';
import { practised } from '../support/practised.ts';
import { openTestStation, type TestStation } from '../support/station.ts';
import { compareAs, uploadAs } from '../support/uploads.ts';

let folder: string;
let server: PracticeServer;
let phone: PracticePhone;
let station: TestStation;

async function begin(configuration: (typeof CONFIGURATION_NAMES)[number] = 'default'): Promise<void> {
  server = await startPracticeServer({ configuration });
  phone = await startPracticePhone(server);
  const script = join(folder, 'phone.js');
  await writePhoneScript(script);
  station = await openTestStation({
    practice: server,
    stick: practised(server, folder, phone),
    live: {
      script: pathToFileURL(script),
      usb: true,
      sync: { watchMs: 50, idleMs: 300, quietMs: 600_000 },
    },
  });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'station-lesson-'));
});
afterEach(async () => {
  await station.close();
  await phone.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function the() {
  const { phones } = await station.ask('phones.list', {});
  const [only] = phones;
  const [app] = only?.apps ?? [];
  if (only === undefined || app === undefined || phones.length > 1) throw new Error(JSON.stringify(phones));
  return { ...only, app };
}

async function read(): Promise<JobEnd> {
  const { phone: key, app } = await the();
  const { job } = await station.ask('phones.read', {
    phone: key,
    app: app.app,
    user: LESSON.user,
    whole: false,
  });
  return station.wait(job);
}

async function sync(agreed?: string) {
  const { phone: key, app } = await the();
  const request = { phone: key, app: app.app, user: LESSON.user };
  const { job } = await station.ask('phones.sync', {
    ...request,
    ...(agreed === undefined ? {} : { agreed }),
  });
  const end = await station.wait(job);
  if (end.kind !== 'synced') throw new Error(JSON.stringify(end));
  return end.sync;
}

interface Leaf {
  readonly id: string;
  readonly revs: readonly string[];
}

/** Documents with the revisions at the ends of their branches, without those that were only dropped here. */
async function leavesOf(database: 'phone' | 'server', ids?: readonly string[]): Promise<Leaf[]> {
  const ask = 'changes({ style: "all_docs" })';
  const { results } =
    database === 'phone'
      ? ((await phone.page.evaluate(`get().${ask}`)) as {
          results: { id: string; changes: { rev: string }[] }[];
        })
      : await server.database().changes({ style: 'all_docs' });
  return results
    .filter(({ id }) => ids?.includes(id) ?? true)
    .map(({ id, changes }) => ({ id, revs: changes.map(({ rev }) => rev).sort() }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

const bodyOnPhone = (id: string) => phone.page.evaluate(`get().get(${JSON.stringify(id)})`);

test.each(CONFIGURATION_NAMES)('the whole lesson, with the deployment %s', async (configuration) => {
  await begin(configuration);
  const { app } = await the();
  expect(app.people).toEqual([{ user: LESSON.user, signedIn: true }]);
  await expect(bodyOnPhone(LESSON.household.id)).rejects.toThrow('missing');

  const end = await read();
  expect(end).toMatchObject({ kind: 'imported', reading: { user: LESSON.user, why: 'first' } });
  const [batch] = (await station.ask('batches.list', { show: 'to-do' })).rows;
  expect(batch?.user).toBe(LESSON.user);
  const { receivedAt, takenAt } = await station.ask('batch.get', { batch: batch?.batch ?? '' });
  // The phone says when it last had internet.
  expect(Date.parse(takenAt) - Date.parse(receivedAt ?? '')).toBeGreaterThan(20 * 86_400_000);

  await compareAs(station, server, LESSON.user);
  await station.ask('decide.approve', { batch: batch?.batch ?? '' });
  expect((await uploadAs(station, server, LESSON.user)).accepted).toBe(LESSON.reports.length + 1);

  const before = (await leavesOf('phone')).length;
  const done = await sync();
  expect(done).toMatchObject({ outcome: 'done', sent: 0, compared: true, left: 0, lacking: 0 });
  const names = done.arrived.rows.map(({ label }) => label);
  expect(names).toContain(LESSON.household.name);
  expect(names).toContain(LESSON.person.name);
  expect(done.arrived.records).toBe(done.received);
  expect((await leavesOf('phone')).length).toBeGreaterThan(before);
  expect(await bodyOnPhone(LESSON.household.id)).toMatchObject({ name: LESSON.household.name });
  expect(await bodyOnPhone(`form:${LESSON.form}`)).toHaveProperty('xmlVersion.time');

  const onPhone = await leavesOf('phone');
  expect(
    await leavesOf(
      'server',
      onPhone.map(({ id }) => id),
    ),
  ).toEqual(onPhone);

  // The second round moves nothing.
  phone.page.evaluate('localStorage.removeItem(DATE)');
  const written = server.audit.length;
  expect(await sync()).toMatchObject({ outcome: 'done', sent: 0, received: 0, compared: true });
  expect(server.audit.length).toBe(written);
  expect(await leavesOf('phone')).toEqual(onPhone);
});

test('what nobody reviewed is asked about, and goes as it is once somebody agreed', async () => {
  await begin();
  const asks = await sync();
  expect(asks.outcome).toBe('asks');
  expect(asks.plan.counts.open).toBe(LESSON.reports.length + 1);
  const done = await sync(asks.plan.digest);
  expect(done).toMatchObject({ outcome: 'done', sent: LESSON.reports.length + 1, left: 0, lacking: 0 });
  const [, second] = LESSON.reports;
  expect(await server.database().get(second)).toMatchObject({ form: LESSON.form });
});
