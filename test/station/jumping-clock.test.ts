/** The clock of this computer jumps by hours and years at every look at it: nothing is lost, doubled or kept waiting. */
import { afterEach, expect, it } from 'vitest';
import { UNUSUAL_RULES } from '../../shared/unusual.ts';
import { document, type Json } from '../support/documents.ts';
import { stationDump } from '../support/dumps.ts';
import { checkReceipts } from '../support/receipts.ts';
import { openTestStation, type ServedStation } from '../support/station.ts';
import { compareAs, uploadAs } from '../support/uploads.ts';

const HOUR = 3_600_000;
/** Two hours back, a day on, years back (a flat battery), years on. */
const JUMPS = [0, -2 * HOUR, 24 * HOUR, -40 * 365 * 24 * HOUR, 30 * 365 * 24 * HOUR, 5 * HOUR] as const;

const visit = (id: string): Json =>
  document(id, {
    type: 'data_record',
    form: 'home_visit',
    reported_date: Date.now(),
    contact: { _id: 'hc1-chw1' },
    fields: { patient_id: 'hc1-area-1-home-1-person-1', danger: 'no' },
  });

let station: ServedStation | undefined;
afterEach(() => station?.close());

it('from the import to the receipt', async () => {
  let asked = 0;
  const clock = (): number => {
    asked += 1;
    return Date.now() + (JUMPS[asked % JUMPS.length] ?? 0);
  };
  const at = await openTestStation({ practice: true, clock });
  station = at;
  const ids = Array.from({ length: 6 }, (_, n) => `jump-${n}`);
  for (const id of ids) {
    const dump = stationDump([visit(id)], { device: `phone ${id}` });
    expect(await at.take(dump)).toMatchObject({ outcome: 'taken', documents: { new: 1 } });
    expect(await at.take(dump)).toMatchObject({ outcome: 'again', documents: { new: 0 } });
  }
  await compareAs(at, at.server, 'chw1');
  const { rows } = await at.ask('batches.list', {});
  expect(rows).toHaveLength(ids.length);
  for (const { batch } of rows)
    await at.ask('decide.approve', { batch, classes: ['new'], unusual: [...UNUSUAL_RULES] });
  const first = await uploadAs(at, at.server, 'chw1');
  const again = await uploadAs(at, at.server, 'chw1');
  expect([first.accepted, again.sent]).toEqual([ids.length, 0]);
  await checkReceipts(at);
  const { results } = await at.server.database().changes({});
  expect(results.map(({ id }) => id).filter((id) => id.startsWith('jump-'))).toHaveLength(ids.length);
  expect(asked).toBeGreaterThan(JUMPS.length * 5);
});
