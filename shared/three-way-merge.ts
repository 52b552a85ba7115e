/**
 * Joins two versions of a document that were both made from a third one, field by field. The **ancestor** is
 * the version that both sides know, the **server** and the **phone** went on from it. What only one side
 * changed is taken from that side; what both changed in the same way is no question; what both changed in
 * different ways is an **overlap**, which a person decides, while all the rest is joined already.
 *
 * How far fields are taken apart:
 * - Groups down to single values, except a group that names another document (it has an `_id`, as `parent` and
 *   `contact` of CHT): such a reference with its line of places is one value, because half of one and half of
 *   another would name a place that nobody meant.
 * - Arrays are one value, unless both sides only added to the ancestor's (`join-lists.ts`).
 * - An attachment is one value, told apart by its digest (`join-attachments.ts`).
 * - A deletion on one side and a change on the other overlap as a whole.
 * - What the server answered to a phone's muting is no change of its own (`join-muting.ts`).
 *
 * "Equal" means equal canonical content, as everywhere (`content.ts`). Of the names that begin with `_` at the
 * top only `_deleted` and `_attachments` count and are in the result; the caller gives it its id and revision.
 */
import { canonicalValue } from './content.ts';
import { joinAttachments, type DigestsOf } from './join-attachments.ts';
import { joinLists } from './join-lists.ts';
import { afterServersAnswer } from './join-muting.ts';
import { fieldAt, isObject, type Body } from './untrusted.ts';

export type Side = 'server' | 'phone';
export type Path = readonly (string | number)[];

/** One version of a document, as CouchDB writes it: fields, `_deleted`, and `_attachments` as stubs. */
export interface VersionToJoin {
  readonly body: Body;
  readonly digestsOf: DigestsOf;
}

export interface VersionsToJoin {
  readonly ancestor: VersionToJoin;
  readonly server: VersionToJoin;
  readonly phone: VersionToJoin;
}

/**
 * A difference of the joined document from the ancestor. `before` is absent where the ancestor has no such field,
 * `after` where it was taken out. An element that was added to a list has the list's path and its index in
 * the joined list, without `before`.
 */
export interface JoinedField {
  readonly path: Path;
  /** `both`: both sides made this same change. */
  readonly from: Side | 'both';
  readonly before?: unknown;
  readonly after?: unknown;
  /** `false`: an attachment whose digests cannot be compared; it may be the same as before. */
  readonly certain: boolean;
}

/** What both sides changed. A value is absent on a side that has no such field. */
export interface Overlap {
  /** Empty: the whole document, because one side deleted it. */
  readonly path: Path;
  /** `not-comparable`: attachments that may be equal, but whose digests cannot tell. */
  readonly why: 'both-changed' | 'not-comparable';
  readonly ancestor?: unknown;
  readonly server?: unknown;
  readonly phone?: unknown;
}

export interface Joined {
  /** The joined document. Where the sides overlap it has the value of the side that was chosen, or the server's. */
  readonly body: Body;
  /** Where the joined document differs from the ancestor and why, overlaps left out. In the order of `body`. */
  readonly fields: readonly JoinedField[];
  /** None: the document can go as it is. Also those that were chosen. */
  readonly overlaps: readonly Overlap[];
}

/** The key of a path in `choices`. */
export function pathKey(path: Path): string {
  return JSON.stringify(path);
}

/** A field in the three versions; `undefined`: it has no such field. */
interface Place {
  readonly path: Path;
  readonly ancestor: unknown;
  readonly server: unknown;
  readonly phone: unknown;
}

/** A group that is being joined, and how far. */
interface OpenGroup extends Place {
  readonly keys: readonly string[];
  next: number;
  readonly entries: [string, unknown][];
}

/** What was found so far. */
interface Findings {
  readonly fields: JoinedField[];
  readonly overlaps: Overlap[];
  readonly choices: ReadonlyMap<string, Side>;
}

/**
 * Joins the two sides. Takes documents of any depth: nothing here recurses.
 * @param choices which side's value to take where they overlap, by `pathKey`; the server's where nothing is
 *   chosen. Other keys have no effect.
 */
export function joinVersions(
  versions: VersionsToJoin,
  choices: ReadonlyMap<string, Side> = new Map(),
): Joined {
  const { ancestor, server, phone } = versions;
  const found: Findings = { fields: [], overlaps: [], choices };
  const deleted = deletionOf(versions, found);
  const answered = afterServersAnswer(ancestor.body, server.body, phone.body);
  const entries = joinFields(fieldsOf(answered), fieldsOf(server.body), fieldsOf(phone.body), found);
  if (deleted.is) entries.push(['_deleted', true]);
  const files = joinFiles(versions, found);
  if (files.length > 0) entries.push(['_attachments', Object.fromEntries(files)]);

  const othersWork = found.overlaps.length > 0 || found.fields.some(({ from }) => from !== deleted.by);
  if (deleted.by !== null && othersWork) return undecidedDeletion(versions, choices);
  return { body: Object.fromEntries(entries), fields: found.fields, overlaps: found.overlaps };
}

/** Whether the joined document is deleted, and by which side alone that was changed. */
function deletionOf(
  { ancestor, server, phone }: VersionsToJoin,
  { fields }: Findings,
): { readonly is: boolean; readonly by: Side | null } {
  const [was, there, here] = [isDeleted(ancestor.body), isDeleted(server.body), isDeleted(phone.body)];
  const by = there === here ? null : there === was ? 'phone' : 'server';
  const is = by === 'phone' ? here : there;
  if (is !== was) {
    const sides = { ...(was ? { before: true } : {}), ...(is ? { after: true } : {}) };
    fields.push({ path: ['_deleted'], from: by ?? 'both', ...sides, certain: true });
  }
  return { is, by };
}

/** One side deleted (or brought back) what the other went on with: only a person can say what is right. */
function undecidedDeletion(
  { ancestor, server, phone }: VersionsToJoin,
  choices: ReadonlyMap<string, Side>,
): Joined {
  const [was, there, here] = [ancestor, server, phone].map(({ body }) => wholeOf(body));
  return {
    body: (choices.get(pathKey([])) === 'phone' ? here : there) ?? {},
    fields: [],
    overlaps: [{ path: [], why: 'both-changed', ancestor: was, server: there, phone: here }],
  };
}

function joinFields(ancestor: Body, server: Body, phone: Body, found: Findings): [string, unknown][] {
  const root = opened({ path: [], ancestor, server, phone });
  const open = [root];
  for (let group = open.at(-1); group !== undefined; group = open.at(-1)) {
    const key = group.keys[group.next];
    if (key === undefined) {
      open.pop();
      const parent = open.at(-1);
      parent?.entries.push([String(group.path.at(-1)), Object.fromEntries(group.entries)]);
      continue;
    }
    group.next += 1;
    const place = {
      path: [...group.path, key],
      ancestor: fieldAt(group.ancestor, key),
      server: fieldAt(group.server, key),
      phone: fieldAt(group.phone, key),
    };
    if (canBeTakenApart(place)) {
      open.push(opened(place));
    } else {
      const value = joinValue(place, found);
      if (value !== undefined) group.entries.push([key, value]);
    }
  }
  return root.entries;
}

function opened(place: Place): OpenGroup {
  const keys = [...Object.keys(place.server as Body), ...Object.keys(place.phone as Body)];
  const lost = Object.keys(place.ancestor ?? {});
  return { ...place, keys: [...new Set([...keys, ...lost])], next: 0, entries: [] };
}

/** A group on both sides, one that the ancestor had as a group or not at all, and no reference. */
function canBeTakenApart({ ancestor, server, phone }: Place): boolean {
  if (!isObject(server) || !isObject(phone)) return false;
  if (ancestor !== undefined && !isObject(ancestor)) return false;
  const groups = [server, phone, ...(ancestor === undefined ? [] : [ancestor])];
  const isEmpty = groups.every((group) => Object.keys(group).length === 0);
  return !isEmpty && !groups.some((group) => Object.hasOwn(group, '_id'));
}

/** The value of a place that is not taken apart; `undefined`: there is none. */
function joinValue(place: Place, found: Findings): unknown {
  const { ancestor, server, phone } = place;
  if (isEqual(server, phone)) return taken(place, 'server', 'both', found);
  if (isEqual(ancestor, phone)) return taken(place, 'server', 'server', found);
  if (isEqual(ancestor, server)) return taken(place, 'phone', 'phone', found);
  if (!Array.isArray(ancestor) || !Array.isArray(server) || !Array.isArray(phone))
    return overlapping(place, 'both-changed', found);
  const list = joinLists(ancestor, server, phone);
  if (list === null) return overlapping(place, 'both-changed', found);
  for (const { index, from } of list.added)
    found.fields.push({ path: [...place.path, index], from, after: list.joined[index], certain: true });
  return list.joined;
}

function joinFiles({ ancestor, server, phone }: VersionsToJoin, found: Findings): [string, unknown][] {
  const files = joinAttachments({
    ancestor: { files: filesOf(ancestor.body), digestsOf: ancestor.digestsOf },
    server: { files: filesOf(server.body), digestsOf: server.digestsOf },
    phone: { files: filesOf(phone.body), digestsOf: phone.digestsOf },
  });
  return files.flatMap(({ name, verdict, ...versionsOfIt }): [string, unknown][] => {
    const place = { path: ['_attachments', name], ...versionsOfIt };
    let value: unknown;
    if (verdict.kind === 'overlap') value = overlapping(place, verdict.why, found);
    else {
      value = place[verdict.take];
      const { changedBy, certain } = verdict;
      if (changedBy !== null)
        found.fields.push(changeOf(place.path, changedBy, place.ancestor, value, certain));
    }
    return value === undefined ? [] : [[name, value]];
  });
}

/** Takes the value of one side, and notes each single value in which it differs from the ancestor. */
function taken(place: Place, side: Side, from: Side | 'both', { fields }: Findings): unknown {
  const open = [{ path: place.path, before: place.ancestor, after: place[side] }];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const { path, before, after } = part;
    if (isGroup(before) && isGroup(after) && (before !== undefined || after !== undefined)) {
      const keys = new Set([...Object.keys(after ?? {}), ...Object.keys(before ?? {})]);
      for (const key of [...keys].reverse())
        open.push({ path: [...path, key], before: fieldAt(before, key), after: fieldAt(after, key) });
    } else if (!isEqual(before, after)) fields.push(changeOf(path, from, before, after, true));
  }
  return place[side];
}

function overlapping(place: Place, why: Overlap['why'], { overlaps, choices }: Findings): unknown {
  const { path, ancestor, server, phone } = place;
  overlaps.push({
    path,
    why,
    ...(ancestor === undefined ? {} : { ancestor }),
    ...(server === undefined ? {} : { server }),
    ...(phone === undefined ? {} : { phone }),
  });
  return choices.get(pathKey(path)) === 'phone' ? phone : server;
}

function changeOf(
  path: Path,
  from: Side | 'both',
  before: unknown,
  after: unknown,
  certain: boolean,
): JoinedField {
  return {
    path,
    from,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    certain,
  };
}

/** Can be listed part by part: a group with parts, or nothing at all. */
function isGroup(value: unknown): value is Body | undefined {
  return value === undefined || (isObject(value) && Object.keys(value).length > 0);
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalValue(a) === canonicalValue(b);
}

/** The fields without those that CouchDB keeps for itself. */
function fieldsOf(body: Body): Body {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !key.startsWith('_')));
}

function filesOf(body: Body): Body {
  const files = fieldAt(body, '_attachments');
  return isObject(files) ? files : {};
}

function isDeleted(body: Body): boolean {
  return fieldAt(body, '_deleted') === true;
}

/** One version with all that counts. */
function wholeOf(body: Body): Body {
  const files = filesOf(body);
  return Object.fromEntries([
    ...Object.entries(fieldsOf(body)),
    ...(isDeleted(body) ? [['_deleted', true]] : []),
    ...(Object.keys(files).length > 0 ? [['_attachments', files]] : []),
  ]) as Body;
}
