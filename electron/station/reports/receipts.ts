/** Receipts: what a health worker holds in their hand. Read, approved and accepted are counted apart. */
import { StationError } from '../../../shared/errors.ts';
import { headCode } from '../../../shared/chain-head.ts';
import type { Language } from '../../../shared/languages.ts';
import type { Receipt, ReceiptAuthor, ReceiptFormat, ReceiptRecord } from '../../../shared/receipt.ts';
import { OF_PERSON } from '../../../shared/ownership.ts';
import { receiptPage } from '../../../shared/receipt-page.ts';
import { receiptText } from '../../../shared/receipt-text.ts';
import { textAt } from '../../../shared/untrusted.ts';
import { ownerContact } from '../../ledger/people.ts';
import { contactNamed } from '../../ledger/contact-names.ts';
import { placeOf } from '../../ledger/health-workers.ts';
import {
  type BatchOfDump,
  contactHere,
  datesOf,
  receiptCounts,
  recordsByAuthor,
} from '../../ledger/receipts.ts';
import { everyBatch } from '../../ledger/visits.ts';
import { findBatch } from '../../ledger/batches.ts';
import { chainHead } from '../../ledger/chain.ts';
import { setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';
import { readCode, receiptCode, visitPart } from './receipt-code.ts';
import { visitOf } from './visits.ts';

/**
 * The receipt of a batch, or of the whole visit in which it came.
 * @throws StationError `not-found`
 */
export async function receiptOf(core: Core, batch: string, wholeVisit: boolean): Promise<Receipt> {
  const { db } = core;
  const row = findBatch(db, batch);
  if (row === undefined) throw new StationError('not-found');
  const batches = wholeVisit ? visitOf(db, batch) : [{ ...row, device: row.device }];
  const [first] = batches;
  if (first === undefined) throw new StationError('not-found');
  const counts = receiptCounts(db, batches);
  const authors = await authorsOf(core, batches, row.user);
  const contact = ownerContact(db, batch);
  const named = (id: string | null): string | null =>
    id === null ? null : (contactNamed(db, id, row.dump)?.name ?? null);
  const withNames = <Listed extends ReceiptRecord>(record: Listed): Listed => ({
    ...record,
    about: named(record.about) ?? record.about,
  });
  const head = chainHead(db);
  const devices = [...new Set(batches.map(({ device }) => device))].filter((device) => device !== null);
  const partial = {
    batch: first.batch,
    batches: batches.map((one) => one.batch),
    user: row.user,
    name: named(contact),
    facility: named(contact === null ? null : placeOf(db, contact)),
    device: devices.length === 0 ? null : devices.join(', '),
    dump: batches.at(-1)?.dump ?? row.dump,
    takenAt: batches.at(-1)?.takenAt ?? row.takenAt,
    printedAt: core.now(),
    clerk: core.person,
    station: setting(db, 'station.name') ?? '',
    server: setting(db, 'server.url'),
    period: datesOf(db, batches, core.clock()),
    history: head === null ? null : { entries: head.entries, code: headCode(head.hash) },
    ...counts,
    refused: counts.refused.map(withNames),
    heldRecords: counts.heldRecords.map(withNames),
  };
  // Where the name is what somebody here said, a paper with another name is another receipt.
  const isSaid = row.flags.some((flag) => OF_PERSON.includes(flag));
  return {
    code: receiptCode(partial, isSaid ? row.user : undefined),
    ...partial,
    ...(authors === null ? {} : { authors }),
  };
}

/** The authors of batches of one person apart; `null`: nobody else than their person is named. */
async function authorsOf(
  core: Core,
  batches: readonly BatchOfDump[],
  user: string | null,
): Promise<ReceiptAuthor[] | null> {
  const { db } = core;
  const owner = ownerContact(db, batches.at(-1)?.batch ?? '');
  const found = recordsByAuthor(db, batches, owner);
  if (found.every(({ contact }) => contact === null)) return null;
  const successor = await successorOf(core, owner, user);
  return found.map(({ contact, ...counts }) => {
    const id = contact ?? owner;
    const own = successor === null ? 'own' : 'replaced';
    return {
      contact,
      name: id === null ? null : (contactHere(db, id)?.label ?? null),
      is: contact === null ? own : contact === successor ? 'successor' : 'other',
      ...counts,
    };
  });
}

/**
 * The contact to whom a person handed the phone on: the person's own contact says so
 * (`user_for_contact.replace`, docs/cht.md). `null`: nobody.
 */
async function successorOf(core: Core, owner: string | null, user: string | null): Promise<string | null> {
  const here = owner === null ? undefined : contactHere(core.db, owner);
  if (owner === null || user === null || here === undefined) return null;
  const stored = await core.replica
    .call('read', { id: owner, rev: here.rev, attachments: 'none' })
    .catch(noBody);
  return textAt(stored?.body, 'user_for_contact', 'replace', user, 'replacement_contact_id') ?? null;
}

/** A receipt stays readable while the records are not: then nobody knows of a successor, who counts as another author. */
function noBody(error: unknown): null {
  if (error instanceof StationError) return null;
  throw error;
}

export async function receiptContent(
  core: Core,
  {
    batch,
    visit,
    format,
  }: { readonly batch: string; readonly visit: boolean; readonly format: ReceiptFormat },
  language?: Language,
): Promise<{ format: string; content: string }> {
  const receipt = await receiptOf(core, batch, visit);
  switch (format) {
    case 'json':
      return { format, content: JSON.stringify(receipt) };
    case 'text':
      return { format, content: receiptText(receipt, { language }) };
    case 'html':
      return { format, content: receiptPage(receipt, { language }) };
  }
}

/**
 * What a code on paper leads to, however it is typed. `isCurrent`: with these counts it would be printed again; `null`:
 * only the part for the visit was typed.
 * @throws StationError `not-found`
 */
export async function findReceipt(
  core: Core,
  code: string,
): Promise<{ batch: string; isCurrent: boolean | null }> {
  const typed = readCode(code);
  const batch =
    typed === null ? undefined : everyBatch(core.db).find((one) => visitPart(one) === typed.visit);
  if (typed === null || batch === undefined) throw new StationError('not-found');
  if (typed.counts === '') return { batch, isCurrent: null };
  for (const wholeVisit of [true, false]) {
    const receipt = await receiptOf(core, batch, wholeVisit);
    if (receipt.code.endsWith(`-${typed.counts}`)) return { batch, isCurrent: true };
  }
  return { batch, isCurrent: false };
}
