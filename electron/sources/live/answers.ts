/**
 * What the script in the page answers, checked: the page may be another one than it says, and whoever runs it may
 * answer in its place. The dump itself is checked by the intake, like every other.
 */
import {
  CONFIRMED_HOW,
  WRITTEN_HOW,
  type AppReady,
  type AppState,
  type ConfirmedHow,
  type Cursor,
  type Leaves,
  type Look,
  type Opened,
  type Page,
  type ParcelBatch,
  type ParcelWritten,
  type PhoneUser,
  type Unfinished,
} from '../../../shared/web-view/protocol.ts';
import { StationError } from '../../../shared/errors.ts';
import { fieldAt, isObject, textAt } from '../../../shared/untrusted.ts';

const LONGEST = { text: 500, users: 200, id: 8192, done: 100_000 } as const;

export function checkedLook(value: unknown): Look {
  const kind = fieldAt(value, 'kind');
  if (kind === 'other-page' || kind === 'signed-out') return { kind };
  if (kind === 'keeps-nothing') return { kind, user: shortText(value, 'user') };
  if (kind !== 'app') throw odd('kind');
  const list = fieldAt(value, 'users');
  if (!Array.isArray(list) || list.length > LONGEST.users) throw odd('users');
  const users = (list as unknown[]).map((entry): PhoneUser => ({
    user: shortText(entry, 'user'),
    signedIn: fieldAt(entry, 'signedIn') === true,
  }));
  return { kind, server: shortText(value, 'server'), users };
}

export function checkedOpened(value: unknown): Opened {
  const app = fieldAt(value, 'app');
  return {
    user: shortText(value, 'user'),
    userContactId: shortOrNull(value, 'userContactId'),
    facilityId: shortOrNull(value, 'facilityId'),
    device: shortOrNull(value, 'device'),
    app: {
      cht: shortOrNull(app, 'cht'),
      android: shortOrNull(app, 'android'),
      pouchdb: shortOrNull(app, 'pouchdb'),
    },
    server: shortText(value, 'server'),
    database: shortText(value, 'database'),
    databaseId: shortOrNull(value, 'databaseId'),
    sequence: count(value, 'sequence'),
    documents: count(value, 'documents'),
    lastReplicatedSeq: shortOrNull(value, 'lastReplicatedSeq'),
    lastReplicatedAt: shortOrNull(value, 'lastReplicatedAt'),
    now: shortText(value, 'now'),
  };
}

export function checkedPage(value: unknown): Page {
  const lines = fieldAt(value, 'lines');
  if (typeof lines !== 'string' || (lines !== '' && !lines.endsWith('\n'))) throw odd('lines');
  const at = fieldAt(value, 'unfinishedAt');
  if (at !== null && at !== 'before' && !(isCount(at) && at < lines.length)) throw odd('unfinishedAt');
  return {
    lines,
    documents: count(value, 'documents'),
    attachments: count(value, 'attachments'),
    unfinishedAt: at,
    dropUnfinished: fieldAt(value, 'dropUnfinished') === true,
    notGiven: count(value, 'notGiven'),
    cursor: checkedCursor(fieldAt(value, 'cursor')),
    end: fieldAt(value, 'end') === true,
  };
}

const LEAVES = { documents: 5000, each: 10_000 } as const;

/** @param after where the list begins: one that leads nowhere would be asked for again for ever */
export function checkedLeaves(value: unknown, after: number): Leaves {
  const list = fieldAt(value, 'leaves');
  if (!Array.isArray(list) || list.length > LEAVES.documents) throw odd('leaves');
  const leaves = (list as unknown[]).map((entry): readonly string[] => {
    if (!Array.isArray(entry) || entry.length < 2 || entry.length > LEAVES.each) throw odd('leaves');
    if (!(entry as unknown[]).every((one) => typeof one === 'string' && one.length <= LONGEST.id))
      throw odd('leaves');
    return entry as string[];
  });
  const next = count(value, 'next');
  const end = fieldAt(value, 'end') === true;
  if (!end && next <= after) throw odd('next');
  return { leaves, next, end };
}

const READY: readonly unknown[] = [
  'ready',
  'other-person',
  'works-online',
  'other-database',
  'unfinished',
  'form-open',
] satisfies AppReady[];

export function checkedState(value: unknown): AppState {
  const kind = fieldAt(value, 'kind');
  if (!READY.includes(kind)) throw odd('kind');
  const room = fieldAt(value, 'room');
  return {
    kind: kind as AppReady,
    room: room === null ? null : count(value, 'room'),
    sequence: count(value, 'sequence'),
  };
}

/** @param batch what was written: nothing is said of other documents, and of each of these once */
export function checkedWritten(value: unknown, batch: Pick<ParcelBatch, 'docs' | 'deletes'>): ParcelWritten {
  const kind = fieldAt(value, 'kind');
  if (kind !== 'moved' && !READY.includes(kind)) throw odd('kind');
  const list = fieldAt(value, 'results');
  const most = kind === 'ready' ? batch.docs.length + batch.deletes.length : 0;
  if (!Array.isArray(list) || list.length !== most) throw odd('results');
  const results = new Map<string, ParcelWritten['results'][number]>();
  for (const entry of list as unknown[]) {
    const [id, how] = Array.isArray(entry) ? (entry as unknown[]) : [];
    const known = WRITTEN_HOW.find((one) => one === how);
    if (typeof id !== 'string' || id.length > LONGEST.id || known === undefined) throw odd('results');
    results.set(id, [id, known]);
  }
  if (results.size !== most) throw odd('results');
  return { kind: kind as ParcelWritten['kind'], results: [...results.values()] };
}

export function checkedConfirmed(value: unknown): ConfirmedHow {
  const how = CONFIRMED_HOW.find((one) => one === value);
  if (how === undefined) throw odd('confirmation');
  return how;
}

/** Also for a cursor that was kept in a file. @throws StationError `app-failed` */
export function checkedCursor(value: unknown): Cursor {
  const within = fieldAt(value, 'within');
  const unfinished = fieldAt(value, 'unfinished');
  return {
    since: count(value, 'since'),
    within: within === null ? null : checkedWithin(within),
    unfinished: unfinished === null ? null : checkedUnfinished(unfinished),
  };
}

function checkedWithin(value: unknown): NonNullable<Cursor['within']> {
  const id = textAt(value, 'id');
  const done = fieldAt(value, 'done');
  if (id === undefined || id.length > LONGEST.id) throw odd('id');
  if (!Array.isArray(done) || done.length > LONGEST.done) throw odd('done');
  return { id, done: (done as unknown[]).map((rev) => String(rev).slice(0, LONGEST.text)) };
}

function checkedUnfinished(value: unknown): Unfinished {
  return {
    rev: shortText(value, 'rev'),
    attachment: count(value, 'attachment'),
    part: Math.max(1, count(value, 'part')),
  };
}

function shortOrNull(value: unknown, name: string): string | null {
  const text = textAt(value, name);
  return text !== undefined && text.length <= LONGEST.text ? text : null;
}

function shortText(value: unknown, name: string): string {
  const text = shortOrNull(value, name);
  if (text === null) throw odd(name);
  return text;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function count(value: unknown, name: string): number {
  const found = isObject(value) ? fieldAt(value, name) : undefined;
  if (!isCount(found)) throw odd(name);
  return found;
}

function odd(what: string): StationError {
  return new StationError('app-failed', undefined, new Error(`the page answered an odd ${what}`));
}
