/**
 * Tells the app that the server has what it holds, by the two values that the app notes after its own push (CHT's
 * `db-sync.service.ts`; docs/cht.md §2.6). They have no person in them. The app's push does not go by them, but bundles
 * begin after the sequence: a wrong one makes a phone leave out work. So whatever speaks against it is looked for here, too.
 */
import { isAlone, type PhoneDatabase } from './database.ts';
import { signedInUser } from './facts.ts';
import { isComplete } from './parcel.ts';
import type { Confirmation, ConfirmedHow } from './protocol.ts';

const SEQUENCE = 'medic-last-replicated-seq';
const DATE = 'medic-last-replicated-date';

/** @param database the one that was read */
export async function confirm(database: PhoneDatabase, asked: Confirmation): Promise<ConfirmedHow> {
  const { user, databaseId, sequence, at, write } = asked;
  if (typeof database.id !== 'function' || (await database.id()) !== databaseId) return 'other-database';
  const { update_seq: latest } = await database.info();
  if (!(await isComplete(database, user))) return 'unfinished';
  if (!(await isAlone(user))) return 'several-people';
  // From here on nothing else runs in the page until both values stand.
  if (signedInUser() !== user) return 'other-person';
  const present = sequenceOf(localStorage.getItem(SEQUENCE));
  if (present === null || !isSequence(sequence)) return 'odd-value';
  // Of a database that is not there any more.
  if (Math.max(present, sequence) > latest) return 'odd-value';
  if (present >= sequence) return 'already';
  if (write) {
    localStorage.setItem(SEQUENCE, String(sequence));
    localStorage.setItem(DATE, String(at));
  }
  return 'ready';
}

/** As the app writes it; 0 where it has never pushed. `null`: it is none. */
function sequenceOf(value: string | null): number | null {
  if (value === null) return 0;
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  return isSequence(number) ? number : null;
}

function isSequence(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
