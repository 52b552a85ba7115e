/**
 * A version made of several: one leaf is the **base**, single fields come from other leaves. Fields inside lists
 * follow the base, since the same place in two lists need not be the same thing.
 */
import type { ConflictDetail } from '../../../shared/review.ts';
import { isObject, type Body } from '../../../shared/untrusted.ts';
import { withValue } from '../../../shared/with-value.ts';

type Path = readonly (string | number)[];

/** Where a field comes from: the index of a leaf, or what a person typed because no version is right. */
export type From = number | string;

export interface FieldPick {
  readonly path: Path;
  readonly from: From;
}

export const pathKey = (path: Path): string => JSON.stringify(path);

/** A field can be chosen by itself where its path has a meaning in every leaf. */
export function canBePicked(path: Path): boolean {
  return path.length > 0 && path.every((name) => typeof name === 'string');
}

/** A text can be typed where each version has a text and the form gives no choices. */
export function canBeTyped({ path, values, said }: ConflictDetail['fields'][number]): boolean {
  const isText = (value: unknown) => value === undefined || typeof value === 'string';
  const isFree = said?.every((one) => one === null || one.is === 'text') ?? true;
  return canBePicked(path) && isFree && values.every(isText) && values.some((one) => one !== undefined);
}

/** A leaf that can give fields: its content is known, and it is not deleted. */
export function canGive(conflict: Pick<ConflictDetail, 'bodies' | 'leaves'>, leaf: number): boolean {
  return conflict.bodies[leaf] != null && conflict.leaves[leaf]?.deleted === false;
}

function valueAt(body: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, name) => (isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined),
    body,
  );
}

/** The base with the picked fields of the other leaves. The bodies themselves stay as they are. */
export function mixOf(bodies: ConflictDetail['bodies'], base: number, picks: readonly FieldPick[]): Body {
  return picks.reduce<Body>(
    (mixed, { path, from }) =>
      from === base
        ? mixed
        : withValue(mixed, path, typeof from === 'string' ? from : valueAt(bodies[from], path)),
    bodies[base] ?? {},
  );
}
