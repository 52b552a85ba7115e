/** What stands on a receipt and in which order, in the words of a language: for paper, a page, and a terminal alike. Pure. */
import type { Language } from './languages.ts';
import type { Receipt, ReceiptRecord } from './receipt.ts';
import { refusalInWords } from './record-size.ts';
import { actorInWords } from './words/actor.ts';
import { WORDS, type Words } from './words/index.ts';
import { cleanText } from './labels.ts';

/** How a receipt is written; `timeZone` is an IANA name, the computer's own unless a test says otherwise. */
export interface ReceiptStyle {
  readonly language?: Language | undefined;
  readonly timeZone?: string | undefined;
}

/** Each fit for one line, whatever a dump or a server put into it. */
export type Line = readonly [label: string, value: string];

export interface ReceiptLayout {
  readonly title: string;
  readonly code: string;
  /** "Code", as it stands before the code. */
  readonly codeWord: string;
  /** Who, where and when. */
  readonly facts: readonly Line[];
  /** All records that were read. */
  readonly read: Line;
  /** Where they stand, each in one place: together they are `read`. */
  readonly parts: readonly Line[];
  /** What is said of some of them besides. */
  readonly besides: readonly Line[];
  /** Who sent and printed it. */
  readonly end: readonly Line[];
  /** Records one by one, with the reason. */
  readonly lists: readonly { readonly heading: string; readonly entries: readonly string[] }[];
}

const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', fr: 'fr', sw: 'sw' };

export function layoutOf(receipt: Receipt, style: ReceiptStyle = {}): ReceiptLayout {
  const words = WORDS[style.language ?? 'en'].receipts;
  const clean = (lines: readonly Line[]): Line[] => lines.map(([label, value]) => [label, cleanText(value)]);
  const some = (label: string, count: number): Line[] => (count > 0 ? [[label, String(count)]] : []);
  return {
    title: words.title,
    code: cleanText(receipt.code),
    codeWord: words.code,
    facts: clean([
      ...(receipt.facility === null ? [] : [[words.facility, receipt.facility] as const]),
      [words.healthWorker, whose(receipt) ?? words.notKnown],
      [words.device, receipt.device ?? words.notKnown],
      [words.received, moment(receipt.takenAt, style)],
      ...(receipt.period === null ? [] : [[words.period, span(receipt.period, style)] as const]),
    ]),
    read: [words.read, String(receipt.read)],
    parts: [
      ...some(words.alreadyHere, receipt.alreadyHere),
      [words.serverHadIt, String(receipt.serverHadIt)],
      [words.approved, String(receipt.approved)],
      [words.accepted, String(receipt.accepted)],
      ...some(words.open, receipt.open - receipt.refused.length),
      ...some(words.held, receipt.held),
      ...some(words.superseded, receipt.superseded),
      ...some(words.settled, receipt.settled),
      ...some(words.notSent, receipt.notSent),
      ...some(words.refused, receipt.refused.length),
      ...some(words.broken, receipt.broken),
    ],
    besides: [...some(words.sentByPhone, receipt.sentByPhone ?? 0), ...authorLines(receipt, words)],
    end: clean([
      ...(receipt.approvedBy.length > 0
        ? [[words.approvedBy, approvers(receipt, words, style.language ?? 'en')] as const]
        : []),
      ...(receipt.sentAs.length > 0
        ? [[words.sentAs, receipt.sentAs.map((user) => sender(receipt, user, words)).join(', ')] as const]
        : []),
      [words.server, receipt.server ?? words.notSet],
      [words.station, receipt.station],
      [words.clerk, actorInWords(receipt.clerk, style.language ?? 'en')],
      [words.printed, moment(receipt.printedAt, style)],
      ...(receipt.history === null
        ? []
        : [[words.history, `${receipt.history.code} (${receipt.history.entries})`] as const]),
    ]),
    lists: listsOf(receipt, style, words),
  };
}

function whose({ name, user }: Receipt): string | null {
  return name === null || user === null || name === user ? (user ?? name) : `${name} (${user})`;
}

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

function dayFormat({ language = 'en', timeZone }: ReceiptStyle): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(LOCALES[language], {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    ...(timeZone === undefined ? {} : { timeZone }),
  });
}

/** "3–28 November 2026". */
function span({ from, to }: { readonly from: number; readonly to: number }, style: ReceiptStyle): string {
  return dayFormat(style).formatRange(from, to);
}

/** Each author apart, "7 (5 accepted)": what the receipt says of a phone on which several people wrote. */
function authorLines({ authors = [], user }: Receipt, words: Words['receipts']): Line[] {
  return authors.map(({ contact, name, is, records, accepted }) => {
    const who = name ?? (contact === null ? user : contact) ?? words.notKnown;
    const marked = is === 'replaced' || is === 'successor' ? `${who} (${words[is]})` : who;
    const of = words.ofThem.replace('{{count}}', String(accepted));
    return [`${words.by} ${cleanText(marked)}`, `${records} (${of})`];
  });
}

/** What the server did not take and what somebody held back, with the reason, a line each. */
function listsOf(
  receipt: Receipt,
  style: ReceiptStyle,
  words: Words['receipts'],
): { heading: string; entries: string[] }[] {
  const named = ({ label, id, about, reportedAt }: Partial<ReceiptRecord> & { id: string }): string =>
    [
      cleanText(label ?? id),
      ...(about == null ? [] : [cleanText(about)]),
      ...(reportedAt == null ? [] : [dayFormat(style).format(reportedAt)]),
    ].join(', ');
  const refused = receipt.refused.map(
    (record) => `${named(record)}: ${cleanText(refusalInWords(record, style.language))}`,
  );
  const held = receipt.heldRecords.map((record) =>
    record.reason === '' ? named(record) : `${named(record)}: ${cleanText(record.reason)}`,
  );
  const more = receipt.held - held.length;
  if (more > 0) held.push(words.more.replace('{{count}}', String(more)));
  return [
    { heading: words.refusedList, entries: refused },
    { heading: words.heldList, entries: held },
  ].filter(({ entries }) => entries.length > 0);
}

/** "Amina, Joseph with Neema". */
function approvers({ approvedBy }: Receipt, words: Words['receipts'], language: Language): string {
  const named = (name: string): string => actorInWords(name, language);
  return approvedBy
    .map(({ person, second }) =>
      second === null
        ? named(person)
        : words.together.replace('{{person}}', named(person)).replace('{{second}}', named(second)),
    )
    .join(', ');
}

function sender({ stationAccounts = [] }: Receipt, user: string, words: Words['receipts']): string {
  return stationAccounts.includes(user) ? `${user} (${words.stationAccount})` : user;
}
