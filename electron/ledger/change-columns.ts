/** The columns of a change, listed once: what is selected, how a row is read, and the types come from here. */
import type { DocumentKind } from '../../shared/documents.ts';
import type { NewChange } from '../../shared/intake.ts';
import type { ChangeClass, ChangeState } from '../../shared/review.ts';
import type { RecordRule, Unusual } from '../../shared/unusual.ts';
import { json, number, text, textOrNull, type Row } from './database.ts';

interface Column<Value> {
  readonly name: string;
  read(row: Row): Value;
}

/** A column that holds a text which only this ledger writes, so that its type is known. */
const words = <Value extends string = string>(name: string): Column<Value> => ({
  name,
  read: (row) => text(row, name) as Value,
});
const wordsOrNull = <Value extends string = string>(name: string): Column<Value | null> => ({
  name,
  read: (row) => textOrNull(row, name) as Value | null,
});
const count = (name: string): Column<number> => ({ name, read: (row) => number(row, name) });
const countOrNull = (name: string): Column<number | null> => ({
  name,
  read: (row) => (row[name] === null ? null : number(row, name)),
});
const flag = (name: string): Column<boolean> => ({ name, read: (row) => row[name] === 1 });
const stored = <Value>(name: string): Column<Value> => ({ name, read: (row) => json<Value>(row, name) });
const list = (name: string): Column<readonly string[]> => stored(name);
const listOrNull = (name: string): Column<readonly string[] | null> => ({
  name,
  read: (row) => (row[name] === null ? null : json<string[]>(row, name)),
});

const COLUMNS = {
  id: words('id'),
  rev: words('rev'),
  ordinal: countOrNull('ordinal'),
  origin: words<NewChange['origin']>('origin'),
  history: list('history'),
  madeHere: flag('made_here'),
  deleted: flag('deleted'),
  neverSent: wordsOrNull('never_sent'),
  kind: words<DocumentKind>('kind'),
  label: words('label'),
  form: wordsOrNull('form'),
  reportedAt: countOrNull('reported_at'),
  /** Whom it is about, by id or short code; of a contact the place that it is in. */
  about: wordsOrNull('about'),
  formVersion: countOrNull('form_version'),
  filesMissing: count('files_missing'),
  makesLogin: flag('makes_login'),
  born: wordsOrNull('born'),
  authorUser: wordsOrNull('author_user'),
  authorContact: wordsOrNull('author_contact'),
  needs: list('needs'),
  code: wordsOrNull('code'),
  content: words('content'),
  bytes: count('bytes'),
  attachments: count('attachments'),
  batch: wordsOrNull('batch'),
  dump: wordsOrNull('dump'),
  class: words<ChangeClass>('class'),
  reason: wordsOrNull('reason'),
  state: words<ChangeState>('state'),
  approvedClass: wordsOrNull<ChangeClass>('approved_class'),
  /** A settled conflict: what one decision settled shares it. */
  resolution: wordsOrNull('resolution'),
  /** The revision that stays of a settled conflict. */
  keeps: wordsOrNull('keeps'),
  /** The leaves that the person looked at. */
  seen: listOrNull('seen'),
  /** The server's word, or the reason the station worked out. */
  refused: wordsOrNull('refused'),
  /** Somebody approved it although it is refused. */
  refusalApproved: flag('refusal_approved'),
  /** What is unusual about the record itself; what is about its batch stands with the batch. */
  unusual: stored<readonly Unusual<RecordRule>[]>('unusual'),
  /** The rules of `unusual` that applied when it was approved. */
  approvedUnusual: stored<readonly RecordRule[]>('approved_unusual'),
} as const;

type Columns = typeof COLUMNS;

/** A change as its row stands, for the stages that decide and send. */
export type Change = { readonly [Name in keyof Columns]: ReturnType<Columns[Name]['read']> };

/** Some columns of a change: how they are selected from `c`, and how a row with them is read. */
export interface Reader<Name extends keyof Change> {
  readonly select: string;
  readonly of: (row: Row) => Pick<Change, Name>;
}

/** A reader of these columns, for statements that call the table of changes `c`. */
export function columns<Name extends keyof Change>(...names: readonly Name[]): Reader<Name> {
  return {
    select: names.map((name) => `c.${COLUMNS[name].name}`).join(', '),
    of: (row) => {
      const found: Partial<Record<Name, unknown>> = {};
      for (const name of names) found[name] = COLUMNS[name].read(row);
      return found as Pick<Change, Name>;
    },
  };
}

/** What a dump says of a revision, as its row holds it. */
const SAID: Readonly<Record<string, (change: NewChange) => string | number | null>> = {
  history: ({ history }) => JSON.stringify(history),
  made_here: ({ madeHere }) => Number(madeHere),
  deleted: ({ deleted }) => Number(deleted),
  never_sent: ({ neverSent }) => neverSent,
  kind: ({ kind }) => kind,
  label: ({ label }) => label,
  form: ({ form }) => form,
  reported_at: ({ reportedAt }) => reportedAt,
  author_user: ({ authorUser }) => authorUser,
  author_contact: ({ authorContact }) => authorContact,
  needs: ({ needs }) => JSON.stringify(needs),
  code: ({ code }) => code ?? null,
  about: ({ finds }) => finds?.about ?? null,
  about_name: ({ finds }) => finds?.aboutName ?? null,
  title_key: ({ finds }) => finds?.titleKey ?? null,
  phones: ({ finds }) => finds?.phones ?? null,
  form_version: ({ odd }) => odd?.formVersion ?? null,
  files_missing: ({ odd }) => odd?.filesMissing ?? 0,
  makes_login: ({ odd }) => Number(odd?.makesLogin ?? false),
  born: ({ odd }) => odd?.born ?? null,
  content: ({ content }) => content,
  bytes: ({ bytes }) => bytes,
  attachments: ({ attachments }) => attachments,
};

/** The names of these columns; `saidOf` gives their values in the same order. */
export const SAID_COLUMNS: readonly string[] = Object.keys(SAID);

export function saidOf(change: NewChange): (string | number | null)[] {
  return Object.values(SAID).map((value) => value(change));
}

/** All of them. */
export const WHOLE = columns(...(Object.keys(COLUMNS) as (keyof Change)[]));
