/** What phones do to documents of the practice server, without a phone: edits with the server's own history. */
import { historyFrom } from '../../shared/revisions.ts';
import type { Json } from './documents.ts';
import { revisionTree, type StoredDoc } from '../../electron/practice/pouch.ts';
import { leavesOf } from '../../electron/practice/revision-tree.ts';
import type { PracticeServer } from '../../electron/practice/server.ts';
import { rev, revisions } from './revisions.ts';

/** A document of the server with its history, newest first. */
export async function onServer(
  server: PracticeServer,
  id: string,
): Promise<{ doc: StoredDoc; history: readonly string[] }> {
  const doc = await server.database().get(id, { revs: true });
  const { start, ids } = doc['_revisions'] as { start: number; ids: string[] };
  return { doc, history: historyFrom(start, ids) };
}

export interface Edit {
  /** A readable name for the new revision. */
  readonly name: string;
  readonly fields?: Json;
  readonly deleted?: boolean;
  readonly attachments?: Json;
  /** An edit on top of another edit; without it on top of what the server has. */
  readonly on?: Json;
}

/** The document as a phone holds it after an edit that the server does not know. */
export async function edited(server: PracticeServer, id: string, edit: Edit): Promise<Json> {
  const below = edit.on ?? (await onServer(server, id)).doc;
  const { start, ids } = below['_revisions'] as { start: number; ids: string[] };
  const history = historyFrom(start, ids);
  const next = rev(start + 1, edit.name);
  const { _conflicts: _, ...fields } = below;
  return {
    ...fields,
    ...edit.fields,
    _id: id,
    _rev: next,
    _revisions: revisionsBelow(next, history),
    ...(edit.deleted === true ? { _deleted: true } : {}),
    ...(edit.attachments === undefined ? {} : { _attachments: edit.attachments }),
  };
}

function revisionsBelow(next: string, history: readonly string[]): Json {
  return revisions([next, ...history]);
}

/** Somebody edits a document at the server itself. Answers its revision. */
export async function editOnServer(server: PracticeServer, id: string, fields: Json): Promise<string> {
  const { rev: next } = await server
    .database()
    .put({ ...(await server.database().get(id)), ...fields, _id: id });
  return next;
}

/** The leaves that the server has of a document: those that are not deleted, and those that are. */
export async function leavesAt(
  server: PracticeServer,
  id: string,
): Promise<{ live: string[]; deleted: string[] }> {
  const leaves = leavesOf(await revisionTree(server.database(), id));
  return {
    live: leaves.filter((leaf) => !leaf.deleted).map((leaf) => leaf.rev),
    deleted: leaves.filter((leaf) => leaf.deleted).map((leaf) => leaf.rev),
  };
}
