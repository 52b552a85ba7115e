/** Receipts: what a health worker holds in their hand. Read, approved and accepted are counted apart. */
import { createHash } from 'node:crypto';
import { StationError } from '../../../shared/errors.ts';
import type { Language } from '../../../shared/languages.ts';
import type { Receipt, ReceiptFormat } from '../../../shared/receipt.ts';
import { OF_PERSON } from '../../../shared/ownership.ts';
import { receiptHtml, receiptText } from '../../../shared/receipt-text.ts';
import { receiptCounts } from '../../ledger/receipts.ts';
import { findBatch } from '../../ledger/batches.ts';
import { setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';

/** @throws StationError `not-found` */
export function receiptOf(core: Core, batch: string): Receipt {
  const row = findBatch(core.db, batch);
  if (row === undefined) throw new StationError('not-found');
  const counts = receiptCounts(core.db, batch, row.dump);
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
  };
}

export function receiptContent(
  core: Core,
  batch: string,
  format: ReceiptFormat,
  language?: Language,
): { format: string; content: string } {
  const receipt = receiptOf(core, batch);
  switch (format) {
    case 'json':
      return { format, content: JSON.stringify(receipt) };
    case 'text':
      return { format, content: receiptText(receipt, { language }) };
    case 'html':
      return { format, content: receiptHtml(receipt, { language }) };
  }
}
