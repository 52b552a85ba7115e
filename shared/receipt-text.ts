/** A receipt as text and as a page of its own. Pure: the same receipt gives the same words. */
import type { Language } from './languages.ts';
import type { Receipt } from './receipt.ts';
import { refusalInWords } from './record-size.ts';
import { WORDS, type Words } from './words/index.ts';
import { cleanText } from './labels.ts';

/** How a receipt is written; `timeZone` is an IANA name, the computer's own unless a test says otherwise. */
export interface ReceiptStyle {
  readonly language?: Language | undefined;
  readonly timeZone?: string | undefined;
}

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', fr: 'fr' };

/** "1 March 2026 at 13:00 GMT+3": the zone stands there, because a receipt is carried away. */
function moment(at: string, { language = 'en', timeZone }: ReceiptStyle): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  return new Intl.DateTimeFormat(LOCALES[language], {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(date);
}

/** Rows of the receipt (each fit for one line, whatever a dump or a server put into it), in the order in which a person reads them. */
function rows(receipt: Receipt, style: ReceiptStyle): readonly (readonly [label: string, value: string])[] {
  const words = WORDS[style.language ?? 'en'].receipts;
  const optional = (label: string, count: number): [string, string][] =>
    count > 0 ? [[label, String(count)]] : [];
  const table: readonly (readonly [label: string, value: string])[] = [
    [words.healthWorker, receipt.user ?? words.notKnown],
    [words.device, receipt.device ?? words.notKnown],
    [words.received, moment(receipt.takenAt, style)],
    [words.read, String(receipt.read)],
    ...optional(words.alreadyHere, receipt.alreadyHere),
    [words.serverHadIt, String(receipt.serverHadIt)],
    [words.approved, String(receipt.approved)],
    [words.accepted, String(receipt.accepted)],
    ...optional(words.sentByPhone, receipt.sentByPhone ?? 0),
    ...optional(words.open, receipt.open - receipt.refused.length),
    ...optional(words.held, receipt.held),
    ...optional(words.superseded, receipt.superseded),
    ...optional(words.settled, receipt.settled),
    ...optional(words.notSent, receipt.notSent),
    ...optional(words.refused, receipt.refused.length),
    ...optional(words.broken, receipt.broken),
    ...authorRows(receipt, words),
    ...(receipt.sentAs.length > 0
      ? [[words.sentAs, receipt.sentAs.map((user) => sender(receipt, user, words)).join(', ')] as const]
      : []),
    [words.server, receipt.server ?? words.notSet],
    [words.station, receipt.station],
    [words.printed, moment(receipt.printedAt, style)],
    [words.code, receipt.code],
  ];
  return table.map(([label, value]) => [label, cleanText(value)]);
}

/** Each author apart, "7 (5 accepted)": what the receipt says of a phone on which several people wrote. */
function authorRows({ authors = [], user }: Receipt, words: Words['receipts']): [string, string][] {
  return authors.map(({ contact, name, is, records, accepted }) => {
    const who = name ?? (contact === null ? user : contact) ?? words.notKnown;
    const marked = is === 'replaced' || is === 'successor' ? `${who} (${words[is]})` : who;
    const of = words.ofThem.replace('{{count}}', String(accepted));
    return [`${words.by} ${cleanText(marked)}`, `${records} (${of})`];
  });
}

/** What the server did not take, with the reason, a line each. */
function refusals(receipt: Receipt, { language }: ReceiptStyle): readonly string[] {
  return receipt.refused.map(
    (record) => `${cleanText(record.label ?? record.id)}: ${cleanText(refusalInWords(record, language))}`,
  );
}

function sender({ stationAccounts = [] }: Receipt, user: string, words: Words['receipts']): string {
  return stationAccounts.includes(user) ? `${user} (${words.stationAccount})` : user;
}

export function receiptText(receipt: Receipt, style: ReceiptStyle = {}): string {
  const words = WORDS[style.language ?? 'en'].receipts;
  const table = rows(receipt, style);
  const width = Math.max(...table.map(([label]) => label.length));
  const lines = table.map(([label, value]) => `${label.padEnd(width)}  ${value}`);
  const refused = refusals(receipt, style).map((line) => `  - ${line}`);
  const { title, refusedList } = words;
  return `${[title, '='.repeat(title.length), ...lines, ...(refused.length > 0 ? ['', `${refusedList}:`, ...refused] : [])].join('\n')}\n`;
}

export function receiptHtml(receipt: Receipt, style: ReceiptStyle = {}): string {
  const { language = 'en' } = style;
  const { title, refusedList } = WORDS[language].receipts;
  const table = rows(receipt, style).map(
    ([label, value]) => `<tr><th scope="row">${escape(label)}</th><td>${escape(value)}</td></tr>`,
  );
  const refused = refusals(receipt, style).map((line) => `<li>${escape(line)}</li>`);
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>${title} ${escape(receipt.code)}</title></head><body><h1>${title}</h1><table>${table.join('')}</table>${refused.length > 0 ? `<h2>${refusedList}</h2><ul>${refused.join('')}</ul>` : ''}</body></html>`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
