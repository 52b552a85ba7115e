/**
 * What a settled conflict would lose: what one side alone wrote and the version that stays does not have. What both
 * sides changed is no loss; a person has seen both values and chose.
 */
import { canonicalValue } from './content.ts';
import { differenceOf } from './difference.ts';
import type { JoinedField, Path } from './three-way-merge.ts';
import { fieldAt, type Body } from './untrusted.ts';

export interface FieldLoss {
  /** An element of a list has the list's path. */
  readonly path: Path;
  /** The side that wrote it. */
  readonly of: string;
  /** Absent: that side had taken the field out, and it stays. */
  readonly value?: unknown;
}

/** One side of a conflict. `body`: with `_attachments` as stubs and `_deleted`, as CouchDB writes it. */
export interface SideOfConflict {
  readonly rev: string;
  readonly body: Body;
}

/**
 * Where the version that both sides went on from is known, so that it can be told who wrote what. `fields`: from
 * `joinVersions`; `sides`: the revision of each side.
 */
export function lossesOfJoin(
  result: Body,
  fields: readonly JoinedField[],
  sides: { readonly server: string; readonly phone: string },
): FieldLoss[] {
  return fields.flatMap(({ path, from, after }) => {
    if (from === 'both') return [];
    const names = path.filter((name) => typeof name === 'string');
    const now = fieldAt(result, ...names);
    const isElement = names.length < path.length;
    const isKept = isElement
      ? Array.isArray(now) && now.some((value) => isSame(value, after))
      : path[0] === '_attachments'
        ? isSame(digestOf(now), digestOf(after))
        : isSame(now, after);
    return isKept ? [] : [{ path: names, of: sides[from], ...(after === undefined ? {} : { value: after }) }];
  });
}

/** Where it is not known: whatever another side has and the result has not. A deleted side has nothing to lose. */
export function lossesWithoutJoin(result: Body, others: readonly SideOfConflict[]): FieldLoss[] {
  return others
    .filter(({ body }) => fieldAt(body, '_deleted') !== true)
    .flatMap(({ rev, body }) => {
      const found = new Map<string, FieldLoss>();
      for (const { path, ...sides } of differenceOf(result, body)) {
        if ('before' in sides || path[0] === '_deleted') continue;
        const names = path.filter((name) => typeof name === 'string');
        // Digest and type of an attachment are one thing.
        const [kind, name] = names;
        const place = kind === '_attachments' && name !== undefined ? [kind, name] : names;
        const value = kind === '_attachments' ? fieldAt(body, ...place) : sides.after;
        found.set(JSON.stringify([place, path.length > names.length ? path : 0]), {
          path: place,
          of: rev,
          value,
        });
      }
      return [...found.values()];
    });
}

function digestOf(file: unknown): unknown {
  return file === undefined ? undefined : (fieldAt(file, 'digest') ?? null);
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalValue(a) === canonicalValue(b);
}
