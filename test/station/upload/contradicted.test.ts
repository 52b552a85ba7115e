/**
 * A second content of a revision comes after the first was given to the server, and before there was proof: nothing is
 * called delivered that the server does not hold, and nothing goes that nobody chose.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startFaultProxy, type FaultProxy } from '../../faults/proxy.ts';
import { document, type Json } from '../../support/documents.ts';
import { allDocsDump, stationDump } from '../../support/dumps.ts';
import { leavesAt } from '../../support/edits.ts';
import { compareAs, signInAs, uploadAs } from '../../support/uploads.ts';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

const PACE = { firstDocuments: 2, mostDocuments: 2, firstPauseMs: 1, longestPauseMs: 4, tries: 2 };

let server: PracticeServer;
let proxy: FaultProxy;
let station: TestStation;
beforeEach(async () => {
  server = await startPracticeServer();
  proxy = await startFaultProxy({ target: server.url });
  station = await openTestStation({ practice: server, pace: PACE });
  await station.ask('server.set', { url: proxy.url });
});
afterEach(async () => {
  await station.close();
  await proxy.close();
  await server.close();
});

const visit = (danger: string): Json => ({
  ...document('visit', {
    type: 'data_record',
    form: 'home_visit',
    reported_date: Date.now(),
    contact: { _id: 'hc1-chw1' },
    fields: { patient_id: 'hc1-area-1-home-1-person-1', danger: 'yes' },
  }),
  fields: { patient_id: 'hc1-area-1-home-1-person-1', danger },
});

/** The line goes with the first request that carries records, before (`arrives: false`) or after the server has it. */
async function sendWithoutProof(arrives: boolean): Promise<void> {
  let isGone = false;
  const what = async (n: number): Promise<void> => {
    await Promise.resolve();
    const isFirst = !isGone && proxy.seen[n]?.includes('_bulk_docs') === true;
    isGone ||= isFirst;
    if (isGone && !(isFirst && arrives)) throw new Error('the line is gone');
  };
  proxy.plan(new Map(Array.from({ length: 500 }, (_, n) => [n, { kind: 'first', what: () => what(n) }])));
  const { job } = await station.ask('upload.start', signInAs(server, 'chw1'));
  await station.wait(job);
  proxy.clear();
}

/** The honest content is sent without proof, then another one comes. Answers the contents of both. */
async function contradictedAfterSending(arrives: boolean): Promise<{ honest: string; other: string }> {
  const { batch } = await station.take(stationDump([visit('yes')], { device: 'phone of chw1' }));
  await compareAs(station, server, 'chw1');
  await station.ask('decide.approve', { batch: batch ?? '' });
  await sendWithoutProof(arrives);
  await station.take(allDocsDump([visit('no')]), 'chw1-list.json', { user: 'chw1' });
  const { sides } = await station.ask('contradiction.get', { id: 'visit' });
  const of = (danger: string): string =>
    sides.find(({ body }) => (body?.['fields'] as Json | undefined)?.['danger'] === danger)?.content ?? '';
  return { honest: of('yes'), other: of('no') };
}

/** Class and state of each content. */
async function rows(): Promise<Record<string, string>> {
  const found = await station.ask('changes.list', { text: 'visit', revisions: true });
  const named = found.rows.filter(({ id }) => id === 'visit');
  const entries = await Promise.all(
    named.map(async ({ id, rev, class: kind, state }) => {
      const { raw } = await station.ask('change.get', { id, rev });
      return [String((raw['fields'] as Json)['danger']), `${kind} ${state}`] as const;
    }),
  );
  return Object.fromEntries(entries);
}

const choose = async (content: string) => {
  const { sides } = await station.ask('contradiction.get', { id: 'visit' });
  return station.ask('decide.choose', { id: 'visit', content, seen: sides.map((side) => side.content) });
};

it.each([true, false])(
  'nothing is chosen before it is known whether it arrived (it did: %s)',
  async (arrives) => {
    const { honest, other } = await contradictedAfterSending(arrives);
    expect(await rows()).toEqual({ yes: 'contradiction sent', no: 'contradiction open' });
    const { sides } = await station.ask('contradiction.get', { id: 'visit' });
    expect(sides.map(({ unproven }) => unproven).toSorted()).toEqual([false, true]);
    for (const content of [honest, other])
      await expect(choose(content)).rejects.toMatchObject({ code: 'content-unproven' });
    expect(await rows()).toEqual({ yes: 'contradiction sent', no: 'contradiction open' });
  },
);

it('what arrived is proven with the next upload, and the other content can still be put on top of it', async () => {
  const { other } = await contradictedAfterSending(true);
  expect(await uploadAs(station, server, 'chw1')).toMatchObject({ outcome: 'done', lapsed: [] });
  expect((await rows())['yes']).toMatch(/ accepted$/);
  expect(await server.database().get('visit')).toMatchObject({ fields: { danger: 'yes' } });
  const { rev } = await choose(other);
  expect(rev).not.toBeNull();
  for (const { batch } of (await station.ask('batches.list', {})).rows)
    await station.ask('decide.approve', { batch });
  await uploadAs(station, server, 'chw1');
  expect(await server.database().get('visit')).toMatchObject({ _rev: rev, fields: { danger: 'no' } });
  expect((await leavesAt(server, 'visit')).live).toEqual([rev]);
});

it('what did not arrive is not sent again before a person chose', async () => {
  const { honest } = await contradictedAfterSending(false);
  const result = await uploadAs(station, server, 'chw1');
  expect(result.lapsed).toMatchObject([{ id: 'visit', reason: 'contradicted' }]);
  expect(await rows()).toEqual({ yes: 'contradiction open', no: 'contradiction open' });
  await expect(server.database().get('visit')).rejects.toThrow('missing');
  expect(await choose(honest)).toMatchObject({ rev: visit('yes')['_rev'], closed: 1 });
});

it('is not called delivered where the server got another content under the revision meanwhile', async () => {
  await contradictedAfterSending(false);
  await server.database().bulkDocs([visit('no')] as never, { new_edits: false });
  const result = await uploadAs(station, server, 'chw1');
  expect(result).toMatchObject({ accepted: 0, lapsed: [{ id: 'visit', reason: 'contradicted' }] });
  expect((await rows())['yes']).toBe('contradiction open');
  expect(await server.database().get('visit')).toMatchObject({ fields: { danger: 'no' } });
});

it('a look at the server is enough to see that it did not arrive', async () => {
  await contradictedAfterSending(false);
  await server.database().bulkDocs([visit('no')] as never, { new_edits: false });
  await compareAs(station, server, 'chw1');
  expect((await rows())['yes']).toBe('contradiction open');
});
