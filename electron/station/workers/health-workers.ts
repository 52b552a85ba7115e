/** The list of health workers: who came, who has not, what is still to be done for each, and how to reach them. */
import type { Page, Requests } from '../../../shared/contract.ts';
import { StationError } from '../../../shared/errors.ts';
import {
  daysSince,
  owedBy,
  type HealthWorkerRow,
  type OutboxPerson,
  type WorkerSort,
} from '../../../shared/health-workers.ts';
import { cleanText } from '../../../shared/labels.ts';
import { textAt } from '../../../shared/untrusted.ts';
import { contactNamed } from '../../ledger/contact-names.ts';
import { bodyOnServer, knownWorkers, type KnownWorker } from '../../ledger/health-workers.ts';
import type { Core } from '../core.ts';

type Query = Requests['workers.list']['params'];
type Named = KnownWorker & { readonly name: string | null; readonly rev: string | null };

/** A page of the people; those of the page are looked up in the store of records for their telephone. */
export async function listHealthWorkers(
  core: Core,
  query: Query,
): Promise<Page<HealthWorkerRow> & { known: number; nobodys: number }> {
  const { workers, nobodys } = knownWorkers(core.db);
  const now = core.clock();
  const wanted = query.text === undefined ? '' : plain(query.text.trim());
  const found = workers
    .map((worker) => named(core, worker))
    .filter(
      (one) =>
        (query.absentDays === undefined ||
          one.lastVisit === null ||
          daysSince(one.lastVisit, now) >= query.absentDays) &&
        (!query.owing || owedBy(one.records) > 0) &&
        (!query.refused || one.records.refused > 0) &&
        (wanted === '' || plain(`${one.name ?? ''} ${one.user}`).includes(wanted)),
    )
    .sort(orderOf(query.sort, query.descending));
  const page = found.slice(query.offset, query.offset + query.limit);
  const rows = await Promise.all(page.map((one) => withPhone(core, one)));
  return { rows, total: found.length, known: workers.length, nobodys: nobodys.onlyHere };
}

/** @throws StationError `not-found`: nothing here names such a person */
export function healthWorker(core: Core, user: string): Promise<HealthWorkerRow> {
  const worker = knownWorkers(core.db).workers.find((one) => one.user === user);
  if (worker === undefined) throw new StationError('not-found');
  return withPhone(core, named(core, worker));
}

/** Whose records came here, by user name. */
export function peopleWhoCame(core: Core): { user: string; name: string | null }[] {
  return knownWorkers(core.db)
    .workers.filter(({ visits }) => visits > 0)
    .map((worker) => named(core, worker))
    .map(({ user, name }) => ({ user, name }));
}

/**
 * Whoever brought records, from the phone to the receipt: who has something to send first, then who came last. What is of
 * nobody stands at the end, where something is to be done about it.
 */
export function outboxPeople(
  core: Core,
  { offset, limit }: Requests['outbox.people']['params'],
): Page<OutboxPerson> {
  const { workers, nobodys } = knownWorkers(core.db);
  const people = workers
    .filter(({ batch }) => batch !== null)
    .map((worker) => named(core, worker))
    .sort(
      (one, other) =>
        Number(other.records.toSend > 0) - Number(one.records.toSend > 0) ||
        (other.lastVisit ?? '').localeCompare(one.lastVisit ?? '') ||
        byUser(one, other),
    )
    .map(({ user, name, signsIn, lastVisit, batch, records }): OutboxPerson => ({
      user,
      name,
      signsIn,
      lastVisit,
      batch,
      records,
    }));
  const nobody = { user: null, name: null, signsIn: null, lastVisit: null, batch: null, records: nobodys };
  const rows = owedBy(nobodys) + nobodys.refused > 0 ? [...people, nobody] : people;
  return { rows: rows.slice(offset, offset + limit), total: rows.length };
}

/** As people search: without capitals and accents. */
function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

function named({ db }: Core, worker: KnownWorker): Named {
  const contact = worker.contact === null ? undefined : contactNamed(db, worker.contact, worker.dump);
  return { ...worker, name: contact?.name ?? worker.accountName, rev: contact?.rev ?? null };
}

/** The number in the person's contact, as the server has it, else as it came here; else that of the account. */
async function withPhone(core: Core, worker: Named): Promise<HealthWorkerRow> {
  const { contact, rev, dump: _, batch: __, accountName: ___, accountPhone, ...row } = worker;
  const onServer = contact === null ? null : bodyOnServer(core.db, contact);
  const here =
    contact === null || rev === null || phoneIn(onServer) !== null
      ? null
      : await core.replica.call('read', { id: contact, rev, attachments: 'none' }).catch(noBody);
  const phone = phoneIn(onServer) ?? textAt(here?.body, 'phone') ?? accountPhone;
  return { ...row, phone: phone === null ? null : cleanText(phone) || null };
}

function phoneIn(body: string | null): string | null {
  return body === null ? null : (textAt(JSON.parse(body) as unknown, 'phone') ?? null);
}

/** The list can be read while the store of records cannot: then it is a list without those numbers. */
function noBody(error: unknown): null {
  if (error instanceof StationError) return null;
  throw error;
}

const byUser = (one: Named, other: Named): number => (one.user < other.user ? -1 : 1);

/** Ascending; by a moment who never came or never synchronised stands at the end either way. */
function orderOf(sort: WorkerSort, descending: boolean): (one: Named, other: Named) => number {
  const sign = descending ? -1 : 1;
  switch (sort) {
    case 'user':
      return (one, other) => sign * byUser(one, other);
    case 'owed':
      return (one, other) => sign * (owedBy(one.records) - owedBy(other.records)) || byUser(one, other);
    case 'refused':
      return (one, other) => sign * (one.records.refused - other.records.refused) || byUser(one, other);
    case 'lastVisit':
    case 'syncedAt':
      return (one, other) => {
        const [at, then] = [one[sort], other[sort]];
        if (at === null || then === null)
          return Number(at === null) - Number(then === null) || byUser(one, other);
        return sign * (Date.parse(at) - Date.parse(then)) || byUser(one, other);
      };
  }
}
