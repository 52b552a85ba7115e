/** Who may agree that a phone sends what nobody approved is set once for the station, and written into the history. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ROLES } from '../../../shared/people.ts';
import { mayAgree } from '../../../shared/phone-sync.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let station: TestStation;
beforeEach(async () => {
  station = await openTestStation();
});
afterEach(() => station.close());

it('everybody, until it is set otherwise', async () => {
  expect(await station.ask('phones.rules', {})).toEqual({ agreeing: 'everybody' });
  expect(await station.ask('phones.set-rules', { agreeing: 'admin' })).toEqual({ agreeing: 'admin' });
  expect(await station.ask('phones.rules', {})).toEqual({ agreeing: 'admin' });
  const { rows } = await station.ask('ledger.list', {});
  expect(rows.filter(({ what }) => what === 'phone-rules-set').map(({ detail }) => detail)).toEqual([
    { agreeing: 'admin' },
  ]);
  const may = (agreeing: 'everybody' | 'admin') => ROLES.filter((role) => mayAgree({ agreeing }, role));
  expect([may('admin'), may('everybody')]).toEqual([['admin'], ROLES]);
});
