import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOCUMENT_KINDS, orderForSending, type DocumentKind, type Sendable } from '../../shared/documents.ts';

function item(id: string, kind: DocumentKind, needs: readonly string[] = [], deleted = false): Sendable {
  return { id, kind, needs, deleted };
}

const idsOf = (items: readonly Sendable[]): string[] => orderForSending(items).map(({ id }) => id);

describe('the order for sending', () => {
  it('is by kind, contacts first', () => {
    const kinds: DocumentKind[] = [
      'user-settings',
      'other',
      'target',
      'task',
      'message',
      'report',
      'contact',
    ];
    expect(idsOf(kinds.map((kind) => item(kind, kind)))).toEqual([
      'contact',
      'report',
      'message',
      'task',
      'target',
      'user-settings',
      'other',
    ]);
  });

  it('puts parents before children', () => {
    const items = [
      item('report', 'report', ['person', 'chw']),
      item('person', 'contact', ['household', 'area']),
      item('household', 'contact', ['area']),
      item('area', 'contact', ['not-here']),
    ];
    expect(idsOf(items)).toEqual(['area', 'household', 'person', 'report']);
  });

  it('keeps the order of what no rule orders', () => {
    const items = ['c', 'a', 'b'].map((id) => item(id, 'contact', ['none']));
    expect(idsOf(items)).toEqual(['c', 'a', 'b']);
    expect(orderForSending([])).toEqual([]);
  });

  it('deletes after everything that stays, children before parents', () => {
    const items = [
      item('area', 'contact', [], true),
      item('person', 'contact', ['area'], true),
      item('old', 'report', ['person'], true),
      item('new', 'report', ['person']),
      item('mother', 'contact', ['area']),
    ];
    expect(idsOf(items)).toEqual(['mother', 'new', 'old', 'person', 'area']);
  });

  it('takes circles as they come', () => {
    const items = [
      item('a', 'contact', ['b']),
      item('b', 'contact', ['c']),
      item('c', 'contact', ['a', 'c']),
    ];
    expect(idsOf(items)).toEqual(['c', 'b', 'a']);
  });

  it('puts every leaf of a parent before the child', () => {
    const items = [
      item('child', 'contact', ['p']),
      item('p', 'contact', ['q']),
      item('p', 'contact'),
      item('q', 'contact'),
    ];
    expect(idsOf(items)).toEqual(['q', 'p', 'p', 'child']);
  });

  it('asks for nothing but id, kind and needs, and gives the items back', () => {
    const items = [{ id: 'a', kind: 'contact', needs: [], rev: '1-a' }] as const;
    expect(orderForSending(items)[0]).toBe(items[0]);
  });

  it('takes a line of 100,000 parents', () => {
    const items = Array.from({ length: 100_000 }, (_, level) =>
      item(`p${level}`, 'contact', [`p${level + 1}`]),
    );
    expect(idsOf(items).at(0)).toBe('p99999');
  });

  it('takes 20,000 leaves of one document that 20,000 others need', () => {
    const items = Array.from({ length: 40_000 }, (_, count) =>
      count % 2 === 0 ? item(`c${count}`, 'contact', ['p']) : item('p', 'contact'),
    );
    expect(idsOf(items).indexOf('c0')).toBe(20_000);
  });

  it('never puts anything before what it needs, and loses nothing', () => {
    const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    // An item needs only ids after its own, so there is no circle.
    const items = fc
      .array(
        fc.record({
          id: fc.nat({ max: IDS.length - 1 }),
          kind: fc.constantFrom(...DOCUMENT_KINDS),
          needs: fc.array(fc.nat({ max: IDS.length }), { maxLength: 4 }),
          deleted: fc.boolean(),
        }),
        { maxLength: 12, size: 'max' },
      )
      .map((list) =>
        list.map(({ id, kind, needs, deleted }) => {
          const later = needs.flatMap((need) => IDS.slice(id + 1)[need] ?? []);
          return item(IDS[id] ?? '', kind, later, deleted);
        }),
      );
    fc.assert(
      fc.property(items, (all) => {
        const ordered = orderForSending(all);
        expect(new Set(ordered)).toEqual(new Set(all));
        expect(ordered).toHaveLength(all.length);
        const outOfOrder = ordered.flatMap((one, at) =>
          ordered.filter(
            (other, index) =>
              one.kind === other.kind &&
              one.needs.includes(other.id) &&
              one.deleted === other.deleted &&
              index < at !== (one.deleted !== true),
          ),
        );
        expect(outOfOrder).toEqual([]);
        const firstDeletion = ordered.findIndex(({ deleted }) => deleted === true);
        const stayingAfter = ordered.slice(firstDeletion).filter(({ deleted }) => deleted !== true);
        expect(firstDeletion === -1 ? [] : stayingAfter).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });
});
