/** A phone that somebody else took over: said with what it needs, and not said any more once the phone synchronised itself. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HealthWorker, visit, PATIENT } from '../../support/health-worker.ts';

const CONTACT = 'hc1-chw1';
const CODE = 'user_for_contact';
let worker: HealthWorker;
beforeEach(async () => {
  worker = await HealthWorker.begin();
});
afterEach(() => worker.close());

/** What the app writes when a phone is handed over, and after its own synchronisation. */
const handOver = (status: 'PENDING' | 'READY') =>
  worker.phone.edit(CONTACT, () => ({
    [CODE]: { replace: { chw1: { status, replacement_contact_id: PATIENT } } },
  }));

const flagsOf = async (batch: string) => (await worker.station.ask('batch.get', { batch })).flags;
const statusAtServer = async () =>
  (await worker.station.server.database().get(CONTACT))[CODE] as { replace: { chw1: { status: string } } };

it('waits for the phone, which is said before and after it was delivered from here', async () => {
  const { server } = worker.station;
  await handOver('PENDING');
  const batch = await worker.take();
  expect(await flagsOf(batch)).toContain('handed-over');
  expect((await worker.station.ask('change.get', { id: CONTACT })).notes).toEqual(['handover-waits']);
  await worker.compare();
  await worker.station.ask('decide.approve', { batch, ids: [CONTACT] });
  expect(await worker.upload()).toMatchObject({ accepted: 1 });
  await server.sentinel.settle();
  expect(await statusAtServer()).toMatchObject({ replace: { chw1: { status: 'PENDING' } } });

  // The next export of the same phone still waits, whatever else it brings.
  await worker.phone.put(visit('next-visit', PATIENT));
  expect(await flagsOf(await worker.take())).toContain('handed-over');

  // The phone synchronised itself: the server does its part, and nothing waits.
  await handOver('READY');
  await worker.phone.sync();
  await server.sentinel.settle();
  expect(await statusAtServer()).toMatchObject({ replace: { chw1: { status: 'COMPLETE' } } });
  await worker.phone.put(visit('last-visit', PATIENT));
  const { name, bytes } = await worker.phone.exportStation();
  const { batch: last } = await worker.station.take(bytes, name);
  expect(await flagsOf(last ?? '')).not.toContain('handed-over');
});

it('of others is not said of who brings their contact, and a deleted contact hands nothing over', async () => {
  await worker.phone.edit(CONTACT, () => ({
    [CODE]: { replace: { chw2: { status: 'PENDING', replacement_contact_id: PATIENT } } },
  }));
  expect(await flagsOf(await worker.take())).not.toContain('handed-over');
  await worker.phone.edit(CONTACT, () => ({
    _deleted: true,
    [CODE]: { replace: { chw1: { status: 'PENDING', replacement_contact_id: PATIENT } } },
  }));
  expect(await flagsOf(await worker.take())).not.toContain('handed-over');
});

it('a contact that makes a login says so', async () => {
  await worker.phone.edit(PATIENT, () => ({ [CODE]: { create: 'true' } }));
  await worker.take();
  await worker.compare();
  expect((await worker.station.ask('change.get', { id: PATIENT })).unusual).toEqual([
    { rule: 'makes-login', number: 1 },
  ]);
});
