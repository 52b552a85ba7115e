/** Stations whose replica and ledger are damaged at random; `node test/faults/run-damage.ts --seeds 500` plays more. */
import { expect, it } from 'vitest';
import { damageStations } from './run-damage.ts';

it('a damaged station has the same records, decisions and proofs again, or says what is missing', async () => {
  const { failed } = await damageStations(20, 1);
  expect([...failed]).toEqual([]);
});
