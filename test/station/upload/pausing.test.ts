/** An upload that waits: because the person said so, to save the battery, or for the internet. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFaultProxy, type FaultProxy } from '../../faults/proxy.ts';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { document } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { leavesAt } from '../../support/edits.ts';
import { compareAs, signInAs } from '../../support/uploads.ts';
import { fakePower } from '../../support/machine.ts';
import { openTestStation, type TestStation, type TestStationOptions } from '../../support/station.ts';
import { ManualTimers } from '../../support/manual-timers.ts';
import { soon } from '../../support/soon.ts';

const PACE = { firstPauseMs: 1, longestPauseMs: 4, tries: 3 };

let server: PracticeServer;
let proxy: FaultProxy;
let station: TestStation;
let power: ReturnType<typeof fakePower>;
let sent: string[];
beforeEach(async () => {
  server = await startPracticeServer();
  proxy = await startFaultProxy({ target: server.url });
  power = fakePower();
});
afterEach(async () => {
  await station.close();
  await proxy.close();
  await server.close();
});

async function begin(options: Pick<TestStationOptions, 'carrier' | 'pace' | 'timers'> = {}): Promise<void> {
  station = await openTestStation({ practice: server, pace: PACE, power, ...options });
  await station.ask('server.set', { url: proxy.url });
  sent = ['one', 'two'];
  const visits = sent.map((id) =>
    document(id, {
      type: 'data_record',
      form: 'home_visit',
      contact: { _id: 'hc1-chw1' },
      fields: { patient_id: 'hc1-area-1-home-1-person-1' },
    }),
  );
  const { batch } = await station.take(stationDump(visits));
  await compareAs(station, server, 'chw1');
  await station.ask('decide.approve', { batch: batch ?? '' });
}

const upload = async (): Promise<string> => (await station.ask('upload.start', signInAs(server, 'chw1'))).job;
/** An upload that has signed in and waits to save the battery. */
async function waitingUpload(): Promise<string> {
  power.set(true);
  const job = await upload();
  await soon(async () => (await station.ask('uploads.list', {})).total).toBe(1);
  expect(await paused(job)).toBe('power');
  return job;
}
const paused = async (job: string) =>
  (await station.ask('jobs.list', {})).jobs.find((one) => one.job === job)?.paused ?? null;
const arrived = async (): Promise<number> =>
  (await Promise.all(sent.map((id) => leavesAt(server, id).catch(() => ({ live: [] }))))).filter(
    ({ live }) => live.length > 0,
  ).length;
async function accepted(job: string): Promise<number> {
  const end = await station.wait(job);
  if (end.kind !== 'uploaded') throw new Error(`it ended as ${end.kind}`);
  expect(end.upload).toMatchObject({ outcome: 'done', error: null });
  return end.upload.accepted;
}

/** What the station asked the server. */
const asked = () => proxy.seen.map((line) => line.split(' ')[1]).filter((path) => path !== OTHERS);
const OTHERS = '/api/info?others';
/** Somebody else asked over the same way, and got answers: the station could have been served meanwhile. */
async function othersWereServed(): Promise<void> {
  for (let count = 0; count < 10; count += 1) await (await fetch(`${proxy.url}${OTHERS}`)).text();
}

describe('on battery saver', () => {
  it('an upload signs in and waits, sends nothing, and goes on by itself', async () => {
    await begin();
    proxy.plan(new Map());
    const job = await waitingUpload();
    await othersWereServed();
    expect(asked()).toEqual(['/medic/login', '/_session']);
    expect(await arrived()).toBe(0);
    power.set(false);
    expect(await accepted(job)).toBe(2);
    expect(await arrived()).toBe(2);
    expect(await paused(job)).toBeNull();
    expect(power.listeners).toBe(0);
  });

  it('a person may send anyway, and is not held up again in this upload', async () => {
    await begin();
    const job = await waitingUpload();
    await station.ask('job.resume', { job });
    power.set(false);
    power.set(true);
    expect(await accepted(job)).toBe(2);
  });

  it('one that waits can be stopped: nothing was sent, everything is still approved', async () => {
    await begin();
    const job = await waitingUpload();
    await station.ask('job.stop', { job });
    const end = await station.wait(job);
    expect(end).toMatchObject({ kind: 'uploaded', upload: { outcome: 'stopped', sent: 0 } });
    expect((await station.ask('station.status', {})).outbox.waiting).toBe(2);
    expect(power.listeners).toBe(0);
  });
});

describe('when the person says so', () => {
  it('it waits until the person says otherwise, whatever the battery does', async () => {
    await begin();
    const job = await waitingUpload();
    await station.ask('job.pause', { job });
    await soon(() => paused(job)).toBe('person');
    power.set(false);
    const before = asked();
    await othersWereServed();
    expect(asked()).toEqual(before);
    expect(await arrived()).toBe(0);
    await station.ask('job.resume', { job });
    expect(await accepted(job)).toBe(2);
  });

  it('only an upload that runs can wait', async () => {
    await begin();
    const job = await upload();
    await station.wait(job);
    await expect(station.ask('job.pause', { job })).rejects.toThrow('not-found');
    const dump = await station.start(station.folder);
    await expect(station.ask('job.pause', { job: dump })).rejects.toThrow('not-found');
    await station.wait(dump);
  });
});

describe('without internet in the middle', () => {
  const cuts = (count: number) =>
    new Map(
      Array.from({ length: count }, (_, at) => [
        // After the sign-in and the question who it is.
        2 + at,
        { kind: 'cut-request', after: 0, reachesServer: false } as const,
      ]),
    );

  it('the window waits for as long as it takes, says so, and goes on', async () => {
    const timers = new ManualTimers();
    const pause = 10_000;
    await begin({
      carrier: 'browser',
      timers,
      pace: { ...PACE, firstPauseMs: pause, longestPauseMs: pause },
    });
    proxy.plan(cuts(4 * PACE.tries));
    const job = await upload();
    const asPausesPass = <Value>(look: () => Value | Promise<Value>) =>
      soon(async () => {
        await timers.pass(pause);
        return look();
      });
    await asPausesPass(() => paused(job)).toBe('offline');
    // Jobs are told a few times a second; until the next try there is time for that.
    await timers.pass(pause / 10);
    expect(station.told.some((one) => one.job === job && one.paused === 'offline')).toBe(true);
    let count: number | undefined;
    void accepted(job).then((all) => (count = all));
    await asPausesPass(() => count).toBe(2);
    expect(await paused(job)).toBeNull();
  });

  it('a script gets an end after some tries, and everything waits safely', async () => {
    await begin({ carrier: 'terminal' });
    proxy.plan(cuts(4 * PACE.tries));
    const end = await station.wait(await upload());
    expect(end).toMatchObject({ kind: 'uploaded', upload: { error: 'offline', accepted: 0 } });
    expect((await station.ask('station.status', {})).outbox.waiting).toBe(2);
  });
});
