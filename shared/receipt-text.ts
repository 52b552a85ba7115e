/** A receipt as text and as a page of its own. Pure: the same receipt gives the same words. */
import type { Receipt } from './receipt.ts';
import { reasonInWords } from './refusals.ts';
import { cleanText } from './labels.ts';

/** Rows of the receipt (each fit for one line, whatever a dump or a server put into it), in the order in which a person reads them. */
function rows(receipt: Receipt): readonly (readonly [label: string, value: string])[] {
  const optional = (label: string, count: number): [string, string][] =>
    count > 0 ? [[label, String(count)]] : [];
  const table: readonly (readonly [label: string, value: string])[] = [
    ['Health worker', receipt.user ?? 'not known'],
    ['Device', receipt.device ?? 'not known'],
    ['Received', receipt.takenAt],
    ['Records read', String(receipt.read)],
    ...optional('Already at the station', receipt.alreadyHere),
    ['Already on the server', String(receipt.serverHadIt)],
    ['Approved, not yet delivered', String(receipt.approved)],
    ['Accepted by the server', String(receipt.accepted)],
    ...optional('Not yet decided', receipt.open - receipt.refused.length),
    ...optional('Held back', receipt.held),
    ...optional('Replaced by something newer', receipt.superseded),
    ...optional('Settled with another version', receipt.settled),
    ...optional('Not meant for the server', receipt.notSent),
    ...optional('Not accepted by the server', receipt.refused.length),
    ...optional('Could not be read', receipt.broken),
    ...(receipt.sentAs.length > 0
      ? [['Sent as', receipt.sentAs.map((user) => sender(receipt, user)).join(', ')] as const]
      : []),
    ['Server', receipt.server ?? 'not set'],
    ['Station', receipt.station],
    ['Printed', receipt.printedAt],
    ['Code', receipt.code],
  ];
  return table.map(([label, value]) => [label, cleanText(value)]);
}

/** What the server did not take, with the reason, a line each. */
function refusals(receipt: Receipt): readonly string[] {
  return receipt.refused.map(
    (record) => `${cleanText(record.label ?? record.id)}: ${cleanText(reasonInWords(record.reason))}`,
  );
}

function sender({ stationAccounts = [] }: Receipt, user: string): string {
  return stationAccounts.includes(user) ? `${user} (station account)` : user;
}

export function receiptText(receipt: Receipt): string {
  const table = rows(receipt);
  const width = Math.max(...table.map(([label]) => label.length));
  const lines = table.map(([label, value]) => `${label.padEnd(width)}  ${value}`);
  const refused = refusals(receipt).map((line) => `  - ${line}`);
  const heading = 'Receipt';
  return `${[heading, '='.repeat(heading.length), ...lines, ...(refused.length > 0 ? ['', 'Not accepted:', ...refused] : [])].join('\n')}\n`;
}

export function receiptHtml(receipt: Receipt): string {
  const table = rows(receipt).map(
    ([label, value]) => `<tr><th scope="row">${escape(label)}</th><td>${escape(value)}</td></tr>`,
  );
  const refused = refusals(receipt).map((line) => `<li>${escape(line)}</li>`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Receipt ${escape(receipt.code)}</title></head><body><h1>Receipt</h1><table>${table.join('')}</table>${refused.length > 0 ? `<h2>Not accepted</h2><ul>${refused.join('')}</ul>` : ''}</body></html>`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
