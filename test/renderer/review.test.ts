/** The rules of Review that need no screen: selection, filters, decisions and their way back. */
import { describe, expect, test } from 'vitest';
import { NO_FILTERS } from '../../renderer/hooks/preferences.ts';
import { MOST_IDS, approveOrdinary, approveThese, idsOf } from '../../renderer/screens/review/decisions.ts';
import { edgeOfDay, isFiltered, paramsOf } from '../../renderer/screens/review/filters.ts';
import { NOTHING, clear, extend, idsIn, moveTo, toggle } from '../../renderer/screens/review/selection.ts';
import { scriptedClient } from './client.ts';

const PLAIN = { label: '', deleted: false, unusual: false };
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
  test('forms carry attachments too, and are no photos', () => {
    expect(paramsOf({ ...NO_FILTERS, withPhoto: true }, '').classes).not.toContain('never-sent');
  });
});

describe('decisions', () => {
  const page = (ids: readonly string[], total = ids.length) => ({ rows: ids.map((id) => ({ id })), total });

  test('the ordinary ones are approved as they were seen, and only they are taken back', async () => {
    const client = scriptedClient({
      'changes.list': () => page(['a', 'b']),
      'decide.approve': () => ({ changed: 2 }),
      'decide.release': () => ({ changed: 1 }),
    });
    const { changed, undo } = await approveOrdinary(client, 'batch');
    expect(changed).toBe(2);
    expect(client.asked.at(-1)?.params).toEqual({ batch: 'batch' });
    // One of the two was sent meanwhile: the undo says how many it took back.
    expect(await undo?.()).toBe(1);
    expect(client.asked.at(-1)?.params).toEqual({ batch: 'batch', ids: ['a', 'b'] });
  });

  test('too many to name: an undo only where nothing was decided before', async () => {
    const before = { total: 3 };
    const client = scriptedClient({
      'changes.list': (params) =>
        'ordinary' in (params as object) ? page([], MOST_IDS + 1) : { rows: [], total: before.total },
      'decide.approve': () => ({ changed: MOST_IDS + 1 }),
    });
    expect((await approveOrdinary(client, 'batch')).undo).toBeNull();
    before.total = 0;
    expect((await approveOrdinary(client, 'batch')).undo).not.toBeNull();
    expect(client.asked.at(-1)?.params).toEqual({ batch: 'batch' });
  });

  test('ids are gathered over pages, each once', async () => {
    const all = Array.from({ length: 2_400 }, (_, n) => `doc${n % 2_399}`);
    const client = scriptedClient({
      'changes.list': (params) => {
        const { offset, limit } = params as { offset: number; limit: number };
        return page(all.slice(offset, offset + limit), all.length);
      },
    });
    expect(await idsOf(client, { batch: 'b' })).toHaveLength(2_399);
  });

  test('named ones are approved whatever their class', async () => {
    const client = scriptedClient({ 'decide.approve': () => ({ changed: 1 }) });
    await approveThese(client, 'b', ['x']);
    expect(client.asked[0]?.params).toEqual({ batch: 'b', ids: ['x'], refused: false });
  });
});
