/** Receipts: what a health worker holds in their hand. Read, approved and accepted are counted apart. */
import { createHash } from 'node:crypto';
import { StationError } from '../../../shared/errors.ts';
import type { Language } from '../../../shared/languages.ts';
import type { Receipt, ReceiptAuthor, ReceiptFormat } from '../../../shared/receipt.ts';
import { OF_PERSON } from '../../../shared/ownership.ts';
import { receiptHtml, receiptText } from '../../../shared/receipt-text.ts';
import { textAt } from '../../../shared/untrusted.ts';
import { ownerContact } from '../../ledger/people.ts';
import { contactHere, receiptCounts, recordsByAuthor } from '../../ledger/receipts.ts';
import { findBatch } from '../../ledger/batches.ts';
import { setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';

/** @throws StationError `not-found` */
export async function receiptOf(core: Core, batch: string): Promise<Receipt> {
  const row = findBatch(core.db, batch);
  if (row === undefined) throw new StationError('not-found');
  const counts = receiptCounts(core.db, batch, row.dump);
  const authors = await authorsOf(core, batch, row.user);
  // Where the name is what somebody here said, a paper with another name is another receipt.
  const said = row.flags.some((flag) => OF_PERSON.includes(flag)) ? [row.user] : [];
  const code = createHash('sha256')
    .update(
      JSON.stringify([batch, counts.read, counts.approved, counts.accepted, counts.refused.length, ...said]),
    )
    .digest('hex')
    .slice(0, 8)
    .toUpperCase();
  return {
    code: `${code.slice(0, 4)}-${code.slice(4)}`,
    batch,
    user: row.user,
    device: row.device,
    dump: row.dump,
    takenAt: row.takenAt,
    printedAt: core.now(),
    station: setting(core.db, 'station.name') ?? '',
    server: setting(core.db, 'server.url'),
    ...counts,
    ...(authors === null ? {} : { authors }),
  };
}

/** The authors of a batch apart; `null`: nobody else than its person is named. */
async function authorsOf(core: Core, batch: string, user: string | null): Promise<ReceiptAuthor[] | null> {
  const { db } = core;
  const owner = ownerContact(db, batch);
  const found = recordsByAuthor(db, batch, owner);
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
  batch: string,
  format: ReceiptFormat,
  language?: Language,
): Promise<{ format: string; content: string }> {
  const receipt = await receiptOf(core, batch);
  switch (format) {
    case 'json':
      return { format, content: JSON.stringify(receipt) };
    case 'text':
      return { format, content: receiptText(receipt, { language }) };
    case 'html':
      return { format, content: receiptHtml(receipt, { language }) };
  }
}
