/** The rules of Review that need no screen: selection, filters, decisions and their way back. */
import { describe, expect, test } from 'vitest';
import { NO_FILTERS } from '../../renderer/hooks/preferences.ts';
import { approveOrdinary, approveThese, chooseThis } from '../../renderer/screens/review/decisions.ts';
import { edgeOfDay, isFiltered, NOBODY, paramsOf } from '../../renderer/screens/review/filters.ts';
import {
  NOTHING,
  clear,
  extend,
  idsIn,
  moveTo,
  staysOf,
  toggle,
} from '../../renderer/screens/review/selection.ts';
import { scriptedClient } from './client.ts';

const PLAIN = { label: '', deleted: false, unusual: false, unplaced: false, stays: null };
const item = (n: number) => ({ ...PLAIN, key: `doc${n}@1-a`, id: `doc${n}` });

describe('selection', () => {
  test('a row is put in and taken out', () => {
    const one = toggle(NOTHING, 4, item(4));
    expect(idsIn(one)).toEqual(['doc4']);
    expect(idsIn(toggle(one, 4, item(4)))).toEqual([]);
  });
  test('a range grows from where it began, and keeps what was there', () => {
    const begun = toggle(NOTHING, 2, item(2));
    const down = extend(begun, 4, [item(2), item(3), item(4)]);
    expect([down.anchor, down.active]).toEqual([2, 4]);
    expect(idsIn(down)).toEqual(['doc2', 'doc3', 'doc4']);
  });
  test('two leaves of one document are one document to decide on', () => {
    const both = toggle(toggle(NOTHING, 0, { ...PLAIN, key: 'd@1-a', id: 'd' }), 1, {
      ...PLAIN,
      key: 'd@1-b',
      id: 'd',
    });
    expect([both.chosen.size, idsIn(both)]).toEqual([2, ['d']]);
  });
  test('moving stays inside the list and keeps the selection', () => {
    const chosen = toggle(NOTHING, 1, item(1));
    expect(moveTo(chosen, 99, 10).active).toBe(9);
    expect(moveTo(chosen, -5, 10).active).toBe(0);
    expect(moveTo(chosen, 3, 0).active).toBe(0);
    expect(idsIn(moveTo(chosen, 5, 10))).toEqual(['doc1']);
    expect(idsIn(clear(chosen))).toEqual([]);
  });
  test('what approving many leaves as it is is known with its reason', () => {
    const open = { class: 'new', state: 'open', refusal: null, refusalApproved: false } as const;
    expect(staysOf(open)).toBe(null);
    expect(staysOf({ ...open, class: 'deletion' })).toBe(null);
    expect(staysOf({ ...open, class: 'conflict' })).toBe('conflict');
    expect(staysOf({ ...open, class: 'contradiction' })).toBe('contradiction');
    expect(staysOf({ ...open, class: 'conflict', refusal: 'no-access' })).toBe('conflict');
    expect(staysOf({ ...open, refusal: 'no-access' })).toBe('refused');
    expect(staysOf({ ...open, state: 'approved', refusal: 'no-access' })).toBe('refused');
    for (const state of ['approved', 'held', 'accepted'] as const)
      expect(staysOf({ ...open, state })).toBe('decided');
    expect(staysOf({ ...open, class: 'same' })).toBe('decided');
  });
});

describe('filters', () => {
  test('nothing chosen asks for everything', () => {
    expect(paramsOf(NO_FILTERS, '  ')).toEqual({});
    expect(isFiltered(NO_FILTERS, '')).toBe(false);
  });
  test('a day is taken from its first to its last millisecond', () => {
    const first = edgeOfDay('2026-03-29', 'first') ?? 0;
    const last = edgeOfDay('2026-03-29', 'last') ?? 0;
    expect(new Date(first).getHours()).toBe(0);
    expect(new Date(last + 1).getDate()).toBe(30);
    expect(edgeOfDay('', 'first')).toBeUndefined();
    expect(edgeOfDay('2026-99-99', 'last')).toBeUndefined();
  });
  test('"to decide" alone leaves out what nobody has to decide on', () => {
    const open = paramsOf({ ...NO_FILTERS, states: ['open'] }, '');
    expect(open.classes).toContain('conflict');
    expect(open.classes).not.toContain('same');
    expect(paramsOf({ ...NO_FILTERS, states: ['open'], classes: ['same'] }, '').classes).toEqual(['same']);
    expect(paramsOf({ ...NO_FILTERS, states: ['open', 'held'] }, '').classes).toBeUndefined();
  });
  test('a person or a device that is not known can be asked for, and words find', () => {
    expect(paramsOf({ ...NO_FILTERS, user: NOBODY, device: 'phone-1' }, ' amina ')).toEqual({
      user: null,
      device: 'phone-1',
      find: 'amina',
    });
    expect(paramsOf({ ...NO_FILTERS, unusual: 'undated', kinds: ['contact'] }, '')).toEqual({
      unusual: 'undated',
      kinds: ['contact'],
    });
  });
  test('forms carry attachments too, and are no photos', () => {
    expect(paramsOf({ ...NO_FILTERS, withPhoto: true }, '').classes).not.toContain('never-sent');
  });
});

describe('decisions', () => {
  const undone = { undone: 1, later: 1, lapsed: 0 };

  test('one is undone by its id, as the station says, whatever its size', async () => {
    const client = scriptedClient({
      'decide.approve': () => ({ changed: 10_000, decision: '7' }),
      'decide.undo': () => undone,
    });
    const { changed, undo } = await approveOrdinary(client, 'batch');
    expect(changed).toBe(10_000);
    expect(await undo?.()).toEqual(undone);
    expect(client.asked.map(({ name, params }) => [name, params])).toEqual([
      ['decide.approve', { batch: 'batch' }],
      ['decide.undo', { decision: '7' }],
    ]);
  });

  test('where nothing was touched there is nothing to undo', async () => {
    const client = scriptedClient({ 'decide.approve': () => ({ changed: 0, decision: null }) });
    expect((await approveOrdinary(client, 'batch')).undo).toBeNull();
  });

  test('a content is chosen among all that were looked at, and the choice has its way back', async () => {
    const back = { undone: 2, later: 0, lapsed: 0 };
    const client = scriptedClient({
      'decide.choose': () => ({ rev: '1-a', closed: 1, decision: '9' }),
      'decide.undo': () => back,
    });
    const choice = { id: 'x', rev: '1-a', content: 'one', seen: ['one', 'two'] };
    const { undo } = await chooseThis(client, choice);
    expect(await undo?.()).toEqual(back);
    expect(client.asked.map(({ name, params }) => [name, params])).toEqual([
      ['decide.choose', choice],
      ['decide.undo', { decision: '9' }],
    ]);
  });

  test('where the content of the server was chosen, nothing is said to be approved', async () => {
    const client = scriptedClient({ 'decide.choose': () => ({ rev: null, closed: 2, decision: '9' }) });
    const chosen = await chooseThis(client, { id: 'x', rev: '1-a', content: 'one', seen: ['one', 'two'] });
    expect(chosen).toMatchObject({ rev: null, done: 'choseServer' });
  });

  test('named ones are approved whatever their class', async () => {
    const client = scriptedClient({ 'decide.approve': () => ({ changed: 1, decision: '1' }) });
    await approveThese(client, 'b', ['x']);
    expect(client.asked[0]?.params).toEqual({
      batch: 'b',
      ids: ['x'],
      refused: false,
      deleting: 0,
      unplaced: 0,
    });
  });
});
