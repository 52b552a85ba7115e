/**
 * What is unusual about a change. **Ordinary** is what one button may approve: a `new` record or an `update` with
 * nothing unusual about it (`isOrdinary`, docs/rules.md §9.1; as SQL in electron/ledger/states.ts). Everything here is well-formed and may be honest; a
 * person looks at it because the same could come from a grudge, a mistake, an old copy or a colleague's phone.
 *
 * There are rules about one record and rules about its batch; both stand in one table each. A rule is a pure
 * predicate that answers a number for its sentence (generations, records, times), or `null` where it does not
 * apply. The sentences stand with the other words, by the code of the rule.
 */
import type { DocumentKind } from './document-kinds.ts';
import type { ChangeClass } from './states.ts';
import { isUserName } from './user-names.ts';

/** From where on something is unusual. */
export const UNUSUAL_MARKS = {
  /** A phone that edits a record between two visits makes a few generations, never so many. */
  generations: 20,
  /** So many deletions in one batch are many, however much the person has … */
  deletions: 5,
  /** … and so are fewer that are more than this part of all that the person ever brought. */
  deletedPart: 0.05,
  /** So many contacts that got another name or another place in one batch are no corrections … */
  rewrittenContacts: 5,
  /** … nor are so many that were changed in any way. */
  changedContacts: 25,
  /** A batch with more than so many times the records of this person's usual one. */
  timesUsual: 10,
  /** A batch with fewer than this part of this person's usual one, where that is so many records at least … */
  partOfUsual: 0.1,
  usualRecords: 20,
  /** … and the last one came so many days ago: what is read again on the same day is a rest. */
  daysForUsual: 1,
  /** So many earlier batches tell what is usual. */
  batchesForUsual: 3,
  /** CHT and what came before it wrote no records before. Milliseconds since 1970. */
  firstDate: Date.UTC(2010, 0, 1),
} as const;

const DAY_MS = 24 * 60 * 60_000;

/** One change, as far as the rules look at it. */
export interface RecordFacts {
  readonly class: ChangeClass;
  readonly kind: DocumentKind;
  readonly deleted: boolean;
  readonly generation: number;
  /** The generation of the server's winner; `null`: the server has no such document, or was not asked. */
  readonly serverGeneration: number | null;
  /**
   * The generation of the newest revision in its history that was known here before this dump, from another dump
   * or from the server; `null`: nothing of the document was known.
   */
  readonly knownGeneration: number | null;
  /** The contact document of the author whom the record names. */
  readonly authorContact: string | null;
  /** The contact document of the person whose batch it is; `null`: not known. */
  readonly ownerContact: string | null;
  /** Milliseconds since 1970, from the document. */
  readonly reportedAt: number | null;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Other reports here of the same form, about the same person or place, made on the same day. */
  readonly sameReports: number;
  /** Other people here with a like name and the same birthday, in the same household. */
  readonly likePeople: number;
  /** What became of the form that it was filled in with; `null`: the server has it so, or nobody knows. */
  readonly formFate: 'retired' | 'replaced' | null;
  /** Files that its answers name and that did not come with it. */
  readonly filesMissing: number;
  /** The server makes a login for this person when it arrives. */
  readonly makesLogin: boolean;
}

/** One batch, as far as the rules look at it. */
export interface BatchFacts {
  readonly user: string | null;
  /** The dump names somebody who cannot be a user. */
  readonly oddName: boolean;
  /** The dump holds records of more people than are told apart. */
  readonly crowded: boolean;
  /** The server, an earlier delivery or a person here has said that there is such a user. */
  readonly userSeen: boolean;
  /** Deletions in this batch that the server does not have. */
  readonly deletions: number;
  /** Records that this person ever brought, this batch counted. */
  readonly everHad: number;
  /** Contacts in this batch that were known under another name or in another place. */
  readonly rewrittenContacts: number;
  /** Contacts in this batch that the server has with other content. */
  readonly changedContacts: number;
  /** Records of this batch that the server does not have. */
  readonly records: number;
  /** The same number of each earlier batch of this person, the newest first. */
  readonly earlierRecords: readonly number[];
  /** Since the last of these came; `null`: there is none. */
  readonly daysSinceLast: number | null;
}

const when = (applies: boolean, number = 1): number | null => (applies ? number : null);

/** What a health worker fills in, and people and places: these carry a date. */
const isDated = ({ kind }: RecordFacts): boolean => isFilledIn(kind) || kind === 'contact';

/** Every one of these has a date, in each of its versions; a contact may be older than the dates. */
const isFilledIn = (kind: DocumentKind): boolean => kind === 'report' || kind === 'message';

const isOthers = ({ authorContact, ownerContact }: RecordFacts): boolean =>
  authorContact !== null && ownerContact !== null && authorContact !== ownerContact;

/** Rules about one record, in the order in which a reviewer wants to know them. */
export const RECORD_RULES = {
  /** One revision, two contents: one of them was altered on the way. */
  contradiction: (facts) => when(facts.class === 'contradiction'),
  deletion: (facts) => when(facts.deleted),
  /** It would outrank every later edit. Number: generations above the server's version. */
  'far-above-server': ({ generation, serverGeneration }) => {
    if (serverGeneration === null) return null;
    const above = generation - serverGeneration;
    return when(above > UNUSUAL_MARKS.generations, above);
  },
  /** Number: generations that one dump tells of a record that was known here before. */
  'unseen-history': ({ generation, knownGeneration, serverGeneration }) => {
    if (knownGeneration === null || serverGeneration !== null) return null;
    const unseen = generation - knownGeneration;
    return when(unseen > UNUSUAL_MARKS.generations, unseen);
  },
  /** Account and place of a user: the server keeps them. */
  'user-settings': ({ kind }) => when(kind === 'user-settings'),
  /**
   * A new record by somebody else than the person of the phone: a replaced health worker, or a colleague. Targets of
   * others are only looked at on a phone, so a change of one is as odd as a new one.
   */
  'other-author': (facts) =>
    when(isOthers(facts) && (facts.kind === 'target' || (facts.class === 'new' && isDated(facts)))),
  'dated-before-2010': ({ reportedAt }) => when(reportedAt !== null && reportedAt < UNUSUAL_MARKS.firstDate),
  'dated-in-future': ({ reportedAt, now }) => when(reportedAt !== null && reportedAt > now + DAY_MS),
  undated: (facts) =>
    when(
      facts.reportedAt === null &&
        !facts.deleted &&
        (isFilledIn(facts.kind) || (facts.kind === 'contact' && facts.class === 'new')),
    ),
  /** Number: how many others there are. */
  'possible-duplicate': ({ sameReports, ...facts }) =>
    when(isFirstSeen(facts) && sameReports > 0, sameReports),
  /** Number: how many others there are. */
  'like-person': ({ likePeople, ...facts }) => when(isFirstSeen(facts) && likePeople > 0, likePeople),
  /** The server has no such form any more: nobody there expects such reports. */
  'form-retired': ({ formFate }) => when(formFate === 'retired'),
  /** The server has a newer version of the form. */
  'form-replaced': ({ formFate }) => when(formFate === 'replaced'),
  /** Number: the files. */
  'files-missing': ({ filesMissing }) => when(filesMissing > 0, filesMissing),
  'makes-login': ({ makesLogin }) => when(makesLogin),
} as const satisfies Record<string, (facts: RecordFacts) => number | null>;

/** No server has any version of it, as far as is known. */
const isFirstSeen = ({ class: kind }: Pick<RecordFacts, 'class'>): boolean =>
  kind === 'new' || kind === 'unchecked' || kind === 'unplaced';

interface BatchRule {
  /** The number for its sentence, or `null` where the rule does not apply to the batch. */
  readonly applies: (facts: BatchFacts) => number | null;
  /** Which records of the batch it makes unusual. */
  readonly hits: (change: RuledChange) => boolean;
}

/** What a rule about a batch wants to know of a change. */
export interface RuledChange {
  readonly class: ChangeClass;
  readonly kind: DocumentKind;
  readonly deleted: boolean;
}

const all = (): boolean => true;

/** Rules about a whole batch. */
export const BATCH_RULES = {
  /** CHT gives no such name. */
  'odd-name': {
    applies: ({ user, oddName }) => when(oddName || (user !== null && !isUserName(user))),
    hits: all,
  },
  /** What is of the rest of them stands under nobody. */
  'too-many-people': { applies: ({ crowded }) => when(crowded), hits: all },
  /** Nobody but the dump says that there is such a person. */
  'person-unseen': {
    applies: ({ user, userSeen }) => when(user !== null && isUserName(user) && !userSeen),
    hits: all,
  },
  /** Number: the deletions of the batch. */
  'many-deletions': {
    applies: ({ deletions, everHad }) =>
      when(
        deletions >= UNUSUAL_MARKS.deletions || deletions > everHad * UNUSUAL_MARKS.deletedPart,
        deletions,
      ),
    hits: ({ deleted }) => deleted,
  },
  /** Number: the contacts of the batch that are changed. */
  'contacts-rewritten': {
    applies: ({ rewrittenContacts, changedContacts }) =>
      when(
        rewrittenContacts >= UNUSUAL_MARKS.rewrittenContacts ||
          changedContacts >= UNUSUAL_MARKS.changedContacts,
        Math.max(rewrittenContacts, changedContacts),
      ),
    hits: (change) => change.kind === 'contact' && change.class === 'update',
  },
  /** Number: how many times this person's usual batch. */
  'far-more-than-usual': {
    applies: ({ records, earlierRecords }) => {
      const usual = medianOf(earlierRecords);
      if (usual === null || usual === 0) return null;
      return when(records > usual * UNUSUAL_MARKS.timesUsual, Math.floor(records / usual));
    },
    hits: all,
  },
  /** Number: the records that came. The others may still be on the phone. */
  'far-fewer-than-usual': {
    applies: ({ records, earlierRecords, daysSinceLast }) => {
      const usual = medianOf(earlierRecords);
      if (usual === null || usual < UNUSUAL_MARKS.usualRecords || records === 0) return null;
      const isNewVisit = daysSinceLast !== null && daysSinceLast >= UNUSUAL_MARKS.daysForUsual;
      return when(isNewVisit && records < usual * UNUSUAL_MARKS.partOfUsual, records);
    },
    hits: all,
  },
} as const satisfies Record<string, BatchRule>;

function medianOf(numbers: readonly number[]): number | null {
  if (numbers.length < UNUSUAL_MARKS.batchesForUsual) return null;
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? null;
}

export type RecordRule = keyof typeof RECORD_RULES;
export type BatchRuleName = keyof typeof BATCH_RULES;
export type UnusualRule = RecordRule | BatchRuleName;
const RECORD_RULE_NAMES = Object.keys(RECORD_RULES) as RecordRule[];
export const BATCH_RULE_NAMES = Object.keys(BATCH_RULES) as BatchRuleName[];
export const UNUSUAL_RULES: readonly UnusualRule[] = [...BATCH_RULE_NAMES, ...RECORD_RULE_NAMES];

/**
 * Rules that nobody turns off: they stand between a grudge, a damaged dump or a stranger's export and what may be lost
 * by it.
 */
export const FIXED_RULES: readonly UnusualRule[] = [
  'contradiction',
  'deletion',
  'many-deletions',
  'contacts-rewritten',
  'far-above-server',
  'unseen-history',
  'user-settings',
  'odd-name',
  'too-many-people',
  'person-unseen',
];

/**
 * Rules that apply only where an administrator turned them on. A phone without internet has older forms for weeks, and a
 * deployment may have forms that are rightly filled in several times a day; a filter shows what is alike without the rule.
 */
const OFF_AT_FIRST: readonly UnusualRule[] = ['form-replaced', 'possible-duplicate'];

/** The rules that do not apply here. @param chosen what an administrator chose; `null`: nothing yet */
export function rulesOff(chosen: readonly string[] | null): ReadonlySet<UnusualRule> {
  const off = chosen ?? OFF_AT_FIRST;
  return new Set(UNUSUAL_RULES.filter((rule) => off.includes(rule) && !FIXED_RULES.includes(rule)));
}

export function isBatchRule(rule: UnusualRule): rule is BatchRuleName {
  return Object.hasOwn(BATCH_RULES, rule);
}

/** Which rule applies, and the number for its sentence. */
export interface Unusual<Rule extends UnusualRule = UnusualRule> {
  readonly rule: Rule;
  readonly number: number;
}

/** Classes in which nothing is left to be sent, so nothing about them has to be looked at. */
export const SETTLED_CLASSES: readonly ChangeClass[] = ['same', 'older', 'never-sent', 'broken'];

const NONE: ReadonlySet<UnusualRule> = new Set();

/** The rules that apply to one record; none where nothing of it would be sent. @param off do not apply here */
export function unusualRecord(facts: RecordFacts, off = NONE): Unusual<RecordRule>[] {
  if (SETTLED_CLASSES.includes(facts.class)) return [];
  return RECORD_RULE_NAMES.flatMap((rule) => {
    if (off.has(rule)) return [];
    const number = RECORD_RULES[rule](facts);
    return number === null ? [] : [{ rule, number }];
  });
}

/** The rules that apply to a batch. @param off do not apply here */
export function unusualBatch(facts: BatchFacts, off = NONE): Unusual<BatchRuleName>[] {
  return BATCH_RULE_NAMES.flatMap((rule) => {
    if (off.has(rule)) return [];
    const number = BATCH_RULES[rule].applies(facts);
    return number === null ? [] : [{ rule, number }];
  });
}

/** Everything unusual about a change: the rules of its batch that hit it, and its own. */
export function unusualOf(
  change: RuledChange,
  own: readonly Unusual[],
  batch: readonly Unusual<BatchRuleName>[],
): Unusual[] {
  if (SETTLED_CLASSES.includes(change.class)) return [];
  return [...batch.filter(({ rule }) => BATCH_RULES[rule].hits(change)), ...own];
}

/** Classes that one button may approve where nothing about the change is unusual. */
export const ORDINARY_CLASSES: readonly ChangeClass[] = ['new', 'update'];

/** Whether one button may approve a change among others. `refused`: the server will not take it from this person. */
export function isOrdinary(change: {
  readonly class: ChangeClass;
  readonly refused: boolean;
  readonly unusual: readonly Unusual[];
}): boolean {
  return ORDINARY_CLASSES.includes(change.class) && !change.refused && change.unusual.length === 0;
}
