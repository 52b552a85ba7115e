/** Joins two lists that were both made from a third one by adding elements. */
import { canonicalValue } from './content.ts';

export interface JoinedList {
  readonly joined: readonly unknown[];
  /** What the ancestor's list has not, by its index in the joined list. `both`: both sides added it. */
  readonly added: readonly { readonly index: number; readonly from: 'server' | 'phone' | 'both' }[];
}

/** A list with the text of each element, by which elements are equal. */
interface Side {
  readonly list: readonly unknown[];
  readonly texts: readonly string[];
  /** How often each element is there beyond those of the ancestor. */
  readonly added: ReadonlyMap<string, number>;
  /** Everything new stands behind what the ancestor has. */
  readonly onlyAppended: boolean;
}

/**
 * The ancestor's elements and what each side added, what both added once. `null`: a side took something out,
 * changed or moved it, or both put elements between those of the ancestor, so that the order cannot be told.
 *
 * One side may have additions between the ancestor's elements, if the other only appended: a phone that goes
 * on from its own version later meets a list on the server in which its additions stand between those of the
 * server. The list of that side stays as it is, what the other appended follows; where both only appended, the
 * server's additions come first.
 */
export function joinLists(
  ancestor: readonly unknown[],
  server: readonly unknown[],
  phone: readonly unknown[],
): JoinedList | null {
  const base = ancestor.map((value) => canonicalValue(value));
  const [there, here] = [sideOf(base, server), sideOf(base, phone)];
  if (there === null || here === null) return null;
  const joined = inOrder(there, here);
  return joined === null ? null : { joined, added: additionsOf(base, joined, there, here) };
}

function sideOf(base: readonly string[], list: readonly unknown[]): Side | null {
  const texts = list.map((value) => canonicalValue(value));
  if (!isWithin(base, texts)) return null;
  const onlyAppended = base.every((text, index) => text === texts[index]);
  return { list, texts, added: without(texts, base), onlyAppended };
}

function inOrder(server: Side, phone: Side): readonly unknown[] | null {
  if (holds(server, phone)) return server.list;
  if (holds(phone, server)) return phone.list;
  if (phone.onlyAppended) return [...server.list, ...newBeside(phone, server)];
  if (server.onlyAppended) return [...phone.list, ...newBeside(server, phone)];
  return null;
}

/** Whether `side` has everything that `other` has, in an order that contradicts nothing `other` says. */
function holds(side: Side, other: Side): boolean {
  const hasAll = [...other.added].every(([text, count]) => (side.added.get(text) ?? 0) >= count);
  return hasAll && (other.onlyAppended || isWithin(other.texts, side.texts));
}

/** What `side` appended and `other` has not added too. */
function newBeside(side: Side, other: Side): unknown[] {
  const known = new Map(other.added);
  const from = side.list.length - countOf(side.added);
  return side.list.slice(from).filter((_, offset) => !takeOne(known, side.texts[from + offset] ?? ''));
}

function additionsOf(
  base: readonly string[],
  joined: readonly unknown[],
  server: Side,
  phone: Side,
): JoinedList['added'] {
  const [old, there, here] = [counted(base), new Map(server.added), new Map(phone.added)];
  return joined.flatMap((value, index) => {
    const text = canonicalValue(value);
    if (takeOne(old, text)) return [];
    const [isThere, isHere] = [takeOne(there, text), takeOne(here, text)];
    const from = isThere && isHere ? 'both' : isThere ? 'server' : 'phone';
    return [{ index, from } as const];
  });
}

/** Whether the elements of `part` are all in `whole`, in the same order. */
function isWithin(part: readonly string[], whole: readonly string[]): boolean {
  let found = 0;
  for (const text of whole) if (text === part[found]) found += 1;
  return found >= part.length;
}

function counted(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

function without(texts: readonly string[], others: readonly string[]): Map<string, number> {
  const [counts, taken] = [new Map<string, number>(), counted(others)];
  for (const text of texts) if (!takeOne(taken, text)) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

function takeOne(counts: Map<string, number>, text: string): boolean {
  const left = counts.get(text) ?? 0;
  if (left > 0) counts.set(text, left - 1);
  return left > 0;
}

function countOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
