/**
 * A version made of several: one leaf is the **base**, single fields come from other leaves. Fields inside lists
 * follow the base, since the same place in two lists need not be the same thing.
 */
import type { ConflictDetail } from '../../../shared/review.ts';

type Body = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

export interface FieldPick {
  readonly path: Path;
  /** Index of the leaf the field comes from. */
  readonly leaf: number;
}

export const pathKey = (path: Path): string => JSON.stringify(path);

/** A field can be chosen by itself where its path has a meaning in every leaf. */
export function canBePicked(path: Path): boolean {
  return path.length > 0 && path.every((name) => typeof name === 'string');
}

/** A leaf that can give fields: its content is known, and it is not deleted. */
export function canGive(conflict: Pick<ConflictDetail, 'bodies' | 'leaves'>, leaf: number): boolean {
  return conflict.bodies[leaf] != null && conflict.leaves[leaf]?.deleted === false;
}

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueAt(body: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, name) => (isBody(at) && Object.hasOwn(at, name) ? at[name] : undefined),
    body,
  );
}

/** A copy with one field set, or taken out where the value is `undefined`. */
function withValue(body: Body, path: Path, value: unknown): Body {
  const [name, ...rest] = path;
  if (name === undefined) return body;
  const others = Object.entries(body).filter(([field]) => field !== name);
  if (rest.length === 0) return Object.fromEntries(value === undefined ? others : [...others, [name, value]]);
  const inner = Object.hasOwn(body, name) ? body[name] : undefined;
  // Where there is no group to take the field out of, nothing is left to do.
  if (value === undefined && !isBody(inner)) return body;
  return Object.fromEntries([...others, [name, withValue(isBody(inner) ? inner : {}, rest, value)]]);
}

/** The base with the picked fields of the other leaves. The bodies themselves stay as they are. */
export function mixOf(bodies: ConflictDetail['bodies'], base: number, picks: readonly FieldPick[]): Body {
  return picks.reduce<Body>(
    (mixed, { path, leaf }) => (leaf === base ? mixed : withValue(mixed, path, valueAt(bodies[leaf], path))),
    bodies[base] ?? {},
  );
}
