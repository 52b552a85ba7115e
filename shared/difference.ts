/** Two or more versions of one document, field by field. Plain values, for a screen to show as text. */
import { alignArrays } from './align-arrays.ts';
import { canonicalValue } from './content.ts';
import type { FieldDifference } from './review.ts';
import { fieldAt, isObject, type Body } from './untrusted.ts';

/** More differences than this are summed up in one last entry. */
export const MAX_FIELDS = 2_000;

type Path = readonly (string | number)[];

/** A place where two versions may differ; `undefined`: the field does not exist on that side. */
interface Place {
  readonly path: Path;
  readonly before: unknown;
  readonly after: unknown;
  /** Not taken apart: an element that was put into an array or taken out of it. */
  readonly whole?: boolean;
}

/**
 * Every field in which two versions differ, in the order of the newer document. `before` is `null` where
 * there is nothing to compare with: everything is new. Fields are compared down to single values; a group
 * that exists on one side only is taken apart too, so that each lost value is seen. Elements of arrays are
 * matched by content; an entry without `after` carries the index in the older array, any other the index in
 * the newer one.
 *
 * Of the names that begin with `_` only `_deleted` and `_attachments` (name, digest and type) count, so
 * there is no difference exactly when the canonical content is equal.
 *
 * At most `MAX_FIELDS` entries; if there are more, one last entry with an empty path follows, whose `after`
 * is the number of those left out.
 */
export function differenceOf(before: Body | null, after: Body): FieldDifference[] {
  const differences: FieldDifference[] = [];
  let leftOut = 0;
  const open: Place[] = [
    { path: [], before: before === null ? undefined : comparable(before), after: comparable(after) },
  ];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const parts = partsOf(place);
    if (parts !== null) for (const part of parts.reverse()) open.push(part);
    else if (isEqual(place.before, place.after)) continue;
    else if (differences.length < MAX_FIELDS) differences.push(entryOf(place));
    else leftOut += 1;
  }
  return leftOut === 0 ? differences : [...differences, { path: [], after: leftOut }];
}

/** The fields that count, without those that CouchDB keeps for itself. */
function comparable(body: Body): Body {
  const fields = Object.entries(body).filter(([key]) => !key.startsWith('_'));
  const attachments = fieldAt(body, '_attachments');
  const files = Object.entries(isObject(attachments) ? attachments : {}).map(([name, file]) => {
    return [
      name,
      { digest: fieldAt(file, 'digest') ?? null, content_type: fieldAt(file, 'content_type') ?? null },
    ];
  });
  return Object.fromEntries([
    ...(fieldAt(body, '_deleted') === true ? [['_deleted', true]] : []),
    ...fields,
    ...(files.length > 0 ? [['_attachments', Object.fromEntries(files)]] : []),
  ]) as Body;
}

/** The places within a place, or `null` where the two sides are to be shown as they are. */
function partsOf({ path, before, after, whole }: Place): Place[] | null {
  if (whole === true) return null;
  if (Array.isArray(before) && Array.isArray(after)) {
    return alignArrays(before, after).map(({ index, change, ...sides }) => {
      return { path: [...path, index], ...sides, whole: change !== 'changed' };
    });
  }
  const isRoot = path.length === 0;
  if (!isGroup(before, isRoot) || !isGroup(after, isRoot) || (before === undefined && after === undefined))
    return null;
  const lost = Object.keys(before ?? {}).filter((key) => fieldAt(after, key) === undefined);
  return [...Object.keys(after ?? {}), ...lost].map((key) => {
    return { path: [...path, key], before: fieldAt(before, key), after: fieldAt(after, key) };
  });
}

/**
 * Whether one side may be taken apart: an object, or nothing at all. An empty object has no parts by which
 * a reader could tell it from a missing one, so it is shown as it is.
 */
function isGroup(value: unknown, isRoot: boolean): value is Body | undefined {
  return value === undefined || (isObject(value) && (isRoot || hasFields(value)));
}

function hasFields(group: Body): boolean {
  return Object.values(group).some((value) => value !== undefined);
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalValue(a) === canonicalValue(b);
}

function entryOf({ path, before, after }: Place): FieldDifference {
  return { path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** One field of several versions, with its value in each; `undefined` where it does not exist. */
export interface FieldOfVersions {
  readonly path: readonly (string | number)[];
  readonly values: readonly unknown[];
}

/**
 * Every field in which at least two of the versions differ. `null`: a version that cannot be seen; its
 * values are `undefined` and count for nothing. Groups are taken apart where every version that can be seen
 * has them, arrays where all are of one length; otherwise a field is shown, and chosen, whole. The same names
 * count as in `differenceOf`.
 *
 * At most `MAX_FIELDS` entries; if there are more, one last entry with an empty path follows, in which
 * each value is the number of those left out.
 */
export function fieldsThatDiffer(bodies: readonly (Body | null)[]): FieldOfVersions[] {
  const seen = bodies.map((body) => body !== null);
  const fields: FieldOfVersions[] = [];
  let leftOut = 0;
  const open: FieldOfVersions[] = [
    { path: [], values: bodies.map((body) => (body === null ? undefined : comparable(body))) },
  ];
  for (let field = open.pop(); field !== undefined; field = open.pop()) {
    const visible = field.values.filter((_, index) => seen[index]);
    const keys = commonKeys(visible, field.path.length === 0);
    if (keys !== null) {
      for (const key of keys.reverse()) open.push(partOf(field, key));
    } else if (visible.every((value) => isEqual(value, visible[0]))) continue;
    else if (fields.length < MAX_FIELDS) fields.push(field);
    else leftOut += 1;
  }
  return leftOut === 0 ? fields : [...fields, { path: [], values: bodies.map(() => leftOut) }];
}

/** Names or indexes by which all the values can be taken apart, or `null` where they cannot. */
function commonKeys(values: readonly unknown[], isRoot: boolean): (string | number)[] | null {
  const [first] = values;
  if (Array.isArray(first)) {
    const { length } = first;
    const isAlike = values.every((value) => Array.isArray(value) && value.length === length);
    return isAlike && length > 0 ? [...first.keys()] : null;
  }
  const areGroups = values.every((value) => isObject(value) && (isRoot || hasFields(value)));
  return areGroups ? [...new Set(values.flatMap((value) => Object.keys(value as Body)))] : null;
}

function partOf({ path, values }: FieldOfVersions, key: string | number): FieldOfVersions {
  const part = (value: unknown): unknown =>
    typeof key === 'string' ? fieldAt(value, key) : ((value as unknown[] | undefined)?.[key] ?? null);
  return {
    path: [...path, key],
    values: values.map((value) => (value === undefined ? undefined : part(value))),
  };
}
