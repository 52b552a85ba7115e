/** Random histories of one document, for property tests. */
import fc from 'fast-check';
import type { Arrival } from './pouchdb.ts';

/** One edit: of which earlier one (`null`: a first version made anew), and whether it deletes. */
export interface Edit {
  readonly rev: string;
  readonly parent: Edit | null;
  readonly deleted: boolean;
  /** Equal numbers: equal content. */
  readonly content: number;
}

/**
 * What really happened to a document: up to `size` edits, each of any earlier one, so there are branches,
 * several first versions, deletions, and edits of deletions. Mostly an edit goes on from the last one, so
 * that lineages get long. Ids do not grow with time.
 */
export function edits(size: number): fc.Arbitrary<Edit[]> {
  const step = fc.record({
    parent: fc.nat(),
    goesOn: fc.integer({ min: 0, max: 9 }).map((dice) => dice < 6),
    isFirst: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
    deleted: fc.integer({ min: 0, max: 4 }).map((dice) => dice === 0),
    content: fc.nat({ max: 5 }),
    id: fc.nat({ max: 0xffff }),
  });
  return fc.array(step, { minLength: 1, maxLength: size, size: 'max' }).map((steps) => {
    const made: Edit[] = [];
    steps.forEach(({ parent, goesOn, isFirst, deleted, content, id }, index) => {
      const edited = isFirst ? null : (made.at(goesOn ? -1 : parent % made.length) ?? null);
      const generation = edited === null ? 1 : Number.parseInt(edited.rev, 10) + 1;
      made.push({ rev: `${generation}-${id.toString(16)}x${index}`, parent: edited, deleted, content });
    });
    return made;
  });
}

/** The whole lineage of an edit, newest first. */
export function lineageOfEdit(edit: Edit): string[] {
  const revs: string[] = [];
  for (let at: Edit | null = edit; at !== null; at = at.parent) revs.push(at.rev);
  return revs;
}

/** An edit as a dump may bring it: with its lineage, or only the newest part of it. */
export function arrivalOf(edit: Edit, cut: number | null): Arrival {
  const history = lineageOfEdit(edit);
  return {
    history: cut === null ? history : history.slice(0, 1 + (cut % history.length)),
    deleted: edit.deleted,
  };
}

/**
 * Dumps of one document in the order in which they come in; the same edit may come several times. With
 * `whole` every dump knows the whole history.
 */
export function arrivals(size = 12, whole = false): fc.Arbitrary<Arrival[]> {
  const cut = whole ? fc.constant(null) : fc.option(fc.nat({ max: 12 }), { freq: 2 });
  const choice = fc.array(fc.record({ which: fc.nat(), cut }), { minLength: 1, maxLength: 10, size: 'max' });
  return fc.tuple(edits(size), choice).map(([made, chosen]) => {
    return chosen.flatMap(({ which, cut: length }) => {
      const edit = made[which % made.length];
      return edit === undefined ? [] : [arrivalOf(edit, length)];
    });
  });
}
