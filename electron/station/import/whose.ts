/** Whose a dump is, and into which batch each of its records goes (docs/rules.md §9.3). */
import { isUserName } from '../../../shared/user-names.ts';
import type { Author } from '../../ledger/batches.ts';
import type { DumpRow } from '../../ledger/dumps.ts';
import type { Taken } from '../../workers/replica/calls.ts';

export interface Whose {
  readonly user: string | null;
  /** Who says so: the dump itself, the clerk, only the name of the file, or nobody. */
  readonly origin: 'dump' | 'typed' | 'file-name' | 'none';
  /** The contact document of this user. */
  readonly contact: string | null;
  /** A name in the dump that no user of CHT can have: no claim about anybody. */
  readonly odd: string | null;
}

type Said = Pick<Taken, 'claims' | 'settings' | 'named'>;

/**
 * The manifest of our own format or the user's own settings; else the tasks; else what the clerk typed; else what the
 * name of the file proposes.
 */
export function whoseDump({ typedUser }: Pick<DumpRow, 'typedUser'>, said: Said): Whose {
  const { claims, settings } = said;
  const only = settings.length === 1 ? settings[0]?.user : undefined;
  const [mostNamed] = [...said.named].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const names = [claims.user, ...settings.map(({ user }) => user), ...said.named.map(([user]) => user)];
  const odd = names.find((name) => name !== undefined && !isUserName(name)) ?? null;
  const own = [claims.user, only, mostNamed?.[0]].find((name) => name !== undefined && isUserName(name));
  const user = own ?? typedUser ?? claims.proposedUser ?? null;
  const origin =
    own !== undefined ? 'dump' : typedUser !== null ? 'typed' : user !== null ? 'file-name' : 'none';
  // The contact in a manifest is of the user in it.
  const claimed = claims.user === undefined || claims.user === user ? claims.userContactId : undefined;
  const contact = claimed ?? settings.find((person) => person.user === user)?.contactId ?? null;
  return { user, origin, contact, odd };
}

/** A batch beside the first, for somebody else who works on the phone. */
export interface OtherBatch {
  readonly batch: string;
  readonly person: Author;
}

/** Where the records of a dump go. */
export interface Sharing {
  readonly others: readonly OtherBatch[];
  /** What names nobody of them. */
  readonly rest: string;
  batchOf(author: { readonly user: string | null; readonly contact: string | null }): string | null;
}

/**
 * A document belongs to the person it names, where that is somebody else who works on this phone. A contact may name
 * anybody as its author, long gone ones too; only somebody whose settings or tasks are there counts. Where there are
 * more people than are told apart, only what names the first person is that person's.
 */
export function shareOut(main: string, whose: Whose, taken: Said & Pick<Taken, 'crowded'>): Sharing {
  const people = new Map(authorsIn(taken).map(({ user, contact }) => [user, contact] as const));
  const others = [...people]
    .filter(([user]) => user !== whose.user)
    .sort((a, b) => (a[0] < b[0] ? -1 : 1))
    .map(([user, contact], at) => ({ batch: `${main}.${at + 2}`, person: { user, contact } }));
  const users = new Map(others.map(({ batch, person }) => [person.user, batch]));
  const contacts = new Map(
    [...others]
      .reverse()
      .flatMap(({ batch, person: { contact } }) => (contact === null ? [] : [[contact, batch] as const])),
  );
  const isCrowded = taken.crowded && whose.user !== null;
  const rest = isCrowded ? `${main}.${others.length + 2}` : main;
  return {
    others,
    rest,
    batchOf: ({ user, contact }) => {
      if (whose.contact !== null && contact === whose.contact) return main;
      const named = user === null ? undefined : users.get(user);
      const other = named ?? (contact === null ? undefined : contacts.get(contact));
      return other ?? (isCrowded && user === whose.user ? main : null);
    },
  };
}

function authorsIn({ settings, named }: Said): Author[] {
  return [
    ...named.map(([user]) => ({ user, contact: null })),
    ...settings.map(({ user, contactId }) => ({ user, contact: contactId })),
  ].filter(({ user }) => isUserName(user));
}
