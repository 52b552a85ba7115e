/**
 * What a contact asks of the server beside being stored (`user_for_contact`, docs/cht.md §3): a login for a new health worker, or
 * another login in place of that of somebody who handed the phone over.
 */
import { fieldAt, isObject, textAt, type Body } from './untrusted.ts';

/** Users of one contact; more are of nobody who works. */
const USERS = 100;

/** The phone sets another status only after a full synchronisation of its own. */
const WAITS = 'PENDING';

/** The users whose phone was handed over, each with whether that still waits for the phone's own synchronisation. */
export function handovers(body: Body): { readonly user: string; readonly waits: boolean }[] {
  const replaced = fieldAt(body, 'user_for_contact', 'replace');
  if (!isObject(replaced)) return [];
  return Object.keys(replaced)
    .slice(0, USERS)
    .map((user) => ({ user, waits: textAt(replaced, user, 'status') === WAITS }));
}

/** What the server does when a record arrives, or does not do, that whoever approves it should know. */
export const RECORD_NOTES = ['handover-waits'] as const;
export type RecordNote = (typeof RECORD_NOTES)[number];

export function notesOn(body: Body): RecordNote[] {
  return handovers(body).some(({ waits }) => waits) ? ['handover-waits'] : [];
}

/** Whether the server makes a login for this person when the contact arrives. */
export function makesLogin(body: Body): boolean {
  const create = fieldAt(body, 'user_for_contact', 'create');
  return create === true || create === 'true';
}
