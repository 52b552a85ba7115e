/**
 * The contract: what a window, a terminal or a script may ask of the station, and what the station tells.
 * `Requests` gives the shapes, `CHECKS` checks what arrives (a missing check is a type error), `Events`
 * is what the station says by itself. Ids are opaque. No secret ever crosses to the window, and of paths only those
 * that a person is to know: the data folder, and the folders that somebody chose.
 */
import * as v from 'valibot';
import { RETENTION_DAYS, type GivenUp, type Retention } from './retention.ts';
import type { BackupState } from './backup.ts';
import type { RestoreState } from './restore.ts';
import type { HandedOver, UpdateState } from './updates.ts';
import type {
  BatchDetail,
  BatchRow,
  BroughtBack,
  ChangeDetail,
  ChangeRow,
  ConflictDetail,
  ListedConflict,
  Difference,
} from './review.ts';
import type { Deletions } from './deletions.ts';
import type { ContentChosen, ContradictionDetail } from './contradictions.ts';
import type { FieldLoss } from './losses.ts';
import { CLASSES, STATES } from './review.ts';
import type { ErrorCode } from './errors.ts';
import { HISTORY_COUNTED, type Act, type ActRecord } from './history.ts';
import { AUDIT_ACTIONS } from './audit.ts';
import { WORKER_SORTS, type HealthWorkerRow, type OutboxPerson } from './health-workers.ts';
import type { LostComputer } from './lost-computer.ts';
import {
  ENCRYPTION_RULES,
  type DiskProtection,
  type DiskRules,
  type Health,
  type HealthRepair,
} from './health.ts';
import type { ImportResult } from './intake.ts';
import type { DeviceLayer, SourceInfo, PartialCopy, WatchedFolderInfo } from './sources.ts';
import type { KnownPhone, ParcelApplied, ParcelInfo, ParcelPrepared } from './parcel.ts';
import type { PhoneConfirmed } from './phone-confirmation.ts';
import { ROLES, type Desk, type PeopleRules, type Person, type StaffMember } from './people.ts';
import { AGREEING, type PhoneRules, type SyncResult } from './phone-sync.ts';
import type { PhoneInfo, PhoneReading } from './phones.ts';
import type { MayKeepLogins, Surroundings } from './surroundings.ts';
import type { RefusalCount, RefusalRow } from './refusals.ts';
import { LANGUAGES, type Language } from './languages.ts';
import { DOCUMENT_KINDS } from './document-kinds.ts';
import { COUNTED_BY, type FilterCount, type Meant } from './filter-counts.ts';
import { isTimeZone } from './time-zone.ts';
import type { RecordView } from './record-view.ts';
import { UNUSUAL_RULES, type UnusualRule } from './unusual.ts';
import { RECEIPT_FORMATS, type VisitRow } from './receipt.ts';
import {
  COUNTED,
  type OthersWork,
  type OutboxCounts,
  type PauseReason,
  type UploadResult,
} from './upload.ts';

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** How many rows the filter matches altogether. */
  readonly total: number;
}

export interface Decided {
  readonly approved: number;
  readonly held: number;
  readonly open: number;
  /** How many records this decision touched. */
  readonly changed: number;
  /** Of an approval: records of which it left a version as it is, because another one is approved. */
  readonly otherVersion?: number;
  /** By which it can be undone; `null`: it touched nothing. */
  readonly decision: string | null;
}

/** What came of undoing a decision. */
export interface Undone {
  /** Records that are again what they were before. */
  readonly undone: number;
  /** Decided on again since: the later decision stays. */
  readonly later: number;
  /** What became something else by itself since: a newer version came, or the server's side moved. */
  readonly lapsed: number;
}

export interface ServerInfo {
  readonly url: string | null;
  /** Further addresses of it, as somebody here said. */
  readonly otherNames: readonly string[];
  readonly version: string | null;
  /** What came of the last try; `null`: it was not tried yet. */
  readonly reachable: boolean | null;
  /** Why not, where `reachable` is false. */
  readonly error: ErrorCode | null;
  /** When it was last tried, whatever came of it. */
  readonly checkedAt: string | null;
  /** When the server was last asked about the records here. */
  readonly comparedAt: string | null;
}

export interface StationInfo {
  readonly version: string;
  readonly station: string;
  /** Where it stands, as the administrator says. */
  readonly place: string;
  readonly carrier: 'electron' | 'browser' | 'terminal';
  readonly person: Person;
  /** Where the records, the safe copies and the history lie on this computer: what is to be backed up. */
  readonly dataFolder: string;
  /** The shell can open the system's own dialog to choose a file or folder. */
  readonly canChoose: boolean;
  /** Set in practice mode: what a newcomer types to sign in. Practice accounts only. */
  readonly practice: {
    readonly users: readonly { readonly user: string; readonly password: string }[];
    /** Whose the practice phone is on which the app runs, and the household that it lacks; `null`: there is none. */
    readonly phone: { readonly user: string; readonly household: string } | null;
  } | null;
}

/** The standing line at the foot of the window, and the `status` command. */
export interface StationStatus {
  /**
   * Records with a version that no server is known to hold (open, approved, held, sent without proof); `null`: nothing
   * was compared yet, so nobody knows.
   */
  readonly onlyHere: number | null;
  /** Sealed bundles that lie here. What is in them cannot be seen, and none was delivered yet. */
  readonly sealed: number;
  readonly toReview: number;
  readonly conflicts: number;
  readonly outbox: OutboxCounts;
  readonly dumps: number;
  /** Records whose content neither the replica nor a safe copy has any more. */
  readonly bodiesGone: number;
  /** Dumps that were copied but not yet read to their end. */
  readonly unfinished: number;
  readonly lastUploadAt: string | null;
  readonly comparedAt: string | null;
  /** When the last backup was made that is whole; `null`: none was. */
  readonly backedUpAt: string | null;
  /**
   * The station was restored from a backup of this time, and not everybody has compared with the server since: what
   * happened after it is not known here, and who has not compared sends nothing.
   */
  readonly behindSince: string | null;
  /** Of whom something may still be sent, and who has not compared since. */
  readonly notCaughtUp: readonly string[];
}

/** Work that takes time: it goes on when the screen is left, can be stopped, and ends in exactly one way. */
export interface Job {
  readonly job: string;
  readonly kind:
    | 'intake'
    | 'compare'
    | 'dry-run'
    | 'upload'
    | 'sync'
    | 'prepare'
    | 'apply'
    | 'confirm'
    | 'restore'
    | 'backup'
    | 'retention'
    | 'update';
  /**
   * The step it is at; `phone` (live reading), `copy` and `read` belong to an intake. `quiet`: the app does nothing;
   * `unended`: the same, after requests of it came to nothing; `level`: phone and server are compared.
   */
  readonly step:
    | 'waiting'
    | 'phone'
    | 'copy'
    | 'read'
    | 'class'
    | 'sign-in'
    | 'ask'
    | 'send'
    | 'sync'
    | 'quiet'
    | 'unended'
    | 'fetch'
    | 'write'
    | 'prove'
    | 'level'
    | 'freeze'
    | 'check'
    | 'restore'
    | 'give-up'
    | 'clear'
    | 'space';
  /** In the unit of the step. `total` is `null` while it is not known; `done` never exceeds it. */
  readonly done: number;
  readonly total: number | null;
  readonly unit: 'bytes' | 'documents' | 'files';
  /** Counts that grow while it runs, for the sentence under the bar. */
  readonly counts: Readonly<Record<string, number>>;
  readonly subject: string;
  /** Of an intake: the source it takes from. */
  readonly source?: string;
  readonly startedAt: string;
  /** Of an upload that waits: why. */
  readonly paused?: PauseReason | null;
  readonly end: JobEnd | null;
}

export type JobEnd =
  /** `reading`: it was a phone that was read directly; without imports nothing on it was new. */
  | {
      readonly kind: 'imported';
      readonly imports: readonly ImportResult[];
      readonly reading?: PhoneReading;
    }
  /** `lost`: records that were accepted and that the server does not have any more. */
  | {
      readonly kind: 'compared';
      readonly checked: number;
      readonly hidden: number;
      readonly lost?: number;
    }
  | {
      readonly kind: 'dry-run';
      readonly checked: number;
      readonly hidden: number;
      readonly dryRun: DryRun;
    }
  /**
   * `asked`: of a station account: what was held back before sending, because somebody has to be asked about it.
   * `others`: approved records that wait for the people whose they are.
   */
  | {
      readonly kind: 'uploaded';
      readonly upload: UploadResult;
      readonly others: readonly OthersWork[];
      readonly asked?: Pick<DryRun, 'foreseen' | 'notTold'>;
    }
  /**
   * The replica was looked through and, where something was missing, written anew from the safe copies. `gone`: no
   * safe copy has them any more.
   */
  | {
      readonly kind: 'restored';
      readonly checked: number;
      readonly restored: number;
      readonly gone: number;
    }
  /** `isShared`: the records are in a replica that several stations share, and not in the backup. */
  | {
      readonly kind: 'backed-up';
      readonly name: string;
      readonly files: number;
      readonly bytes: number;
      readonly isShared: boolean;
    }
  /** A newer version of the program lies on this computer, whole and verified. */
  | { readonly kind: 'update-copied'; readonly version: string }
  /** It was given to the system's installer, after a backup. */
  | { readonly kind: 'update-handed-over'; readonly version: string; readonly how: HandedOver }
  /** What the server is proven to hold was given up here. */
  | ({ readonly kind: 'given-up' } & GivenUp)
  /** A phone's app synchronised through the station, or somebody has to agree first. */
  | { readonly kind: 'synced'; readonly sync: SyncResult }
  /** A return parcel was made for a person's phone, or written to it. */
  | { readonly kind: 'prepared'; readonly prepared: ParcelPrepared }
  | { readonly kind: 'applied'; readonly applied: ParcelApplied }
  /** A phone's app was told that the server has what it holds, or why not. */
  | { readonly kind: 'confirmed'; readonly confirmed: PhoneConfirmed }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly detail?: string };

/** What a dry run found. It looks at what Send would take along with the same sign-in, and at what nobody has approved yet. */
export interface DryRun {
  /**
   * Approved records that go with this sign-in, or would if the server did not refuse them. `refused`: of these, and they
   * stay here; `overruled`: of these, and they go, because they were approved although the server refuses them.
   */
  readonly toSend: { readonly records: number; readonly refused: number; readonly overruled: number };
  /** Approved, and they wait for other people's own sign-in. */
  readonly others: readonly OthersWork[];
  /** Of all that was looked at, what the server will not take. */
  readonly refused: number;
  /** Of these: not known before. */
  readonly foreseen: number;
  /** Refused before, and nothing speaks against them any more. */
  readonly lifted: number;
  /** People of whom the server does not tell what they may send: nothing could be foreseen for them. */
  readonly notTold: readonly string[];
}

/** A login that an administrator keeps here; its password is never shown. */
export interface KeptLogin {
  readonly user: string;
  /** A station account, not a health worker. */
  readonly account: boolean;
  readonly keptAt: string;
}

/** What came of saying whose a batch is. */
export interface Assigned {
  readonly user: string | null;
  /** Whose it was before; the way back. */
  readonly from: string | null;
  /** Refusals that held for the earlier person and were lifted. */
  readonly lifted: number;
}

/** Which rules about what is unusual apply at this station. */
export interface UnusualRules {
  /** `fixed`: nobody turns it off. */
  readonly rules: readonly { readonly rule: UnusualRule; readonly on: boolean; readonly fixed: boolean }[];
}

/** What holds for everybody who works with this station. */
export interface StationSettings {
  /** Of the window, receipts, lists, the closing question and the terminal; `null`: what the computer says. */
  readonly language: Language | null;
}

/** How dumps come in: the administrator's part. */
export interface IntakeSettings {
  readonly auto: boolean;
  readonly folders: readonly WatchedFolderInfo[];
}

/** What following the hashes of the audit trail found. */
export interface ChainReport {
  readonly entries: number;
  /** The hash of the last entry; keep it elsewhere to prove later that nothing was taken off the end. */
  readonly head: string | null;
  /** The number of the first entry that is not as it was written; `null`: all are. */
  readonly brokenAt: number | null;
}

export interface LedgerEntry {
  readonly at: string;
  readonly person: string;
  /** One of `AUDIT_ACTIONS`, or an action of a newer station. */
  readonly what: string;
  readonly batch: string | null;
  readonly id: string | null;
  readonly rev: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

const text = (max: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(max));
const id = text(4096);
const rev = text(128);
const short = text(200);
/** A PIN or passphrase of a person of the station. */
const secret = text(200);
/** Of a content. */
const digest = text(128);
/** A name as a person types it: no sign that cannot be seen. */
const userName = v.pipe(v.string(), v.trim(), v.regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u));
const count = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(max));
const list = <S extends v.GenericSchema>(item: S, max: number) => v.pipe(v.array(item), v.maxLength(max));
/** Of what is printed or handed on; the station's own unless said otherwise. */
const language = v.optional(v.picklist(LANGUAGES));
/** An IANA name: in whose calendar a day is meant. Without it that of the station's computer. */
const timeZone = v.optional(v.pipe(short, v.check(isTimeZone)));
const classes = list(v.picklist(CLASSES), CLASSES.length);
/** How many deletions the person was told of, with their names, and agreed to; with more it is refused (`would-delete`). */
const deleting = v.optional(count(1e9), 0);
/**
 * Of how many records the person was told that nobody knows which version is newer, so that the server may have two, and
 * agreed to; with more it is refused (`would-conflict`). Whoever names the class means them.
 */
const unplaced = v.optional(count(1e9), 0);
/**
 * A second person of the station, who agrees with the own PIN to what needs two; without one it is refused
 * (`second-needed`, electron/ledger/four-eyes.ts).
 */
const second = v.optional(v.strictObject({ name: short, secret }));
const found = v.pipe(v.string(), v.maxLength(200));
/** Which records a list, a count or a decision is about. */
const recordFilter = {
  batch: v.optional(short),
  batches: v.optional(list(short, 10_000)),
  /** `null`: of nobody. */
  user: v.optional(v.nullable(short)),
  device: v.optional(v.nullable(short)),
  kinds: v.optional(list(v.picklist(DOCUMENT_KINDS), DOCUMENT_KINDS.length)),
  classes: v.optional(classes),
  /** Only records that the server has accepted, or only the others. */
  accepted: v.optional(v.boolean()),
  /** Only what the server refuses, or only what it does not. */
  refused: v.optional(v.boolean()),
  /** Only what one button may approve. */
  ordinary: v.optional(v.boolean(), false),
  /** Only what this rule makes unusual. */
  unusual: v.optional(v.picklist(UNUSUAL_RULES)),
  states: v.optional(list(v.picklist(STATES), STATES.length)),
  /** Only the records that this number counts. */
  box: v.optional(v.picklist(COUNTED)),
  /** A row for each revision, those that decisions made included. Without it: one for each record. */
  revisions: v.optional(v.boolean(), false),
  form: v.optional(short),
  withAttachments: v.optional(v.boolean()),
  /** Part of a label or id, as it stands there. */
  text: v.optional(v.pipe(v.string(), v.maxLength(200))),
  /** Parts of a name in any order, a phone number, a short code, an id: of the record, or of whom it is about. */
  find: v.optional(found),
  /** Only reports of one form about one person that were made on one day, with their like. */
  twice: v.optional(v.boolean()),
  /** Only what this decision touched, by its number in the history. */
  decision: v.optional(count(Number.MAX_SAFE_INTEGER)),
  /** Milliseconds since 1970, both ends included. */
  from: v.optional(v.number()),
  to: v.optional(v.number()),
};
/** Of a decision: in a batch, or all that a list with this filter shows. Exactly one of both. */
const scope = { batch: v.optional(short), filter: v.optional(v.strictObject(recordFilter)) };
const approval = {
  ...scope,
  classes: v.optional(classes),
  ids: v.optional(list(id, 100_000)),
  except: v.optional(list(id, 100_000)),
  unusual: v.optional(list(v.picklist(UNUSUAL_RULES), UNUSUAL_RULES.length)),
  refused: v.optional(v.boolean(), false),
};
/** Names and indexes from the top of a document. */
const path = list(v.union([v.pipe(v.string(), v.maxLength(10_000)), count(1e9)]), 1000);
/** How a conflict ends; exactly one of them. `choices`: whose value of each overlap of `join`. */
const outcome = {
  keep: v.optional(rev),
  merged: v.optional(v.record(v.string(), v.unknown())),
  /** `typed`: what stands there instead, where neither side is right. */
  choices: v.optional(
    list(
      v.strictObject({
        path,
        take: v.picklist(['server', 'phone']),
        typed: v.optional(v.pipe(v.string(), v.maxLength(10_000))),
      }),
      10_000,
    ),
  ),
};
const paging = {
  offset: v.optional(count(100_000_000), 0),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)), 100),
  descending: v.optional(v.boolean(), false),
};

/** A part of a list that has an order of its own. */
const part = { offset: paging.offset, limit: paging.limit };

/** Which acts of the history are meant. */
const actFilter = {
  person: v.optional(short),
  what: v.optional(list(v.picklist(AUDIT_ACTIONS), AUDIT_ACTIONS.length)),
  /** The health worker whose batch it was about. */
  user: v.optional(short),
  /** ISO 8601, both ends included. */
  from: v.optional(short),
  to: v.optional(short),
  /** Words of a record that it was about, or of the person who did it or whom it was about. */
  find: v.optional(found),
};

/** The shape of every request's parameters. */
export const CHECKS = {
  /** Who sits before the station, as far as anybody may see. */
  'desk.get': v.strictObject({}),
  /** The first start; only while nobody was set up. Whoever does it is the first administrator, and signed in. */
  'desk.set-up': v.strictObject({
    language: v.nullable(v.picklist(LANGUAGES)),
    station: text(100),
    place: v.pipe(v.string(), v.maxLength(100)),
    name: short,
    secret,
  }),
  /** Somebody signs in, or takes the place of another. */
  'desk.sign-in': v.strictObject({ name: short, secret }),
  /** Whoever sits at a locked station is back. */
  'desk.unlock': v.strictObject({ secret }),
  /** No administrator can sign in: one comes in with the recovery code, and chooses a new passphrase. */
  'desk.recover': v.strictObject({ name: short, code: text(100), next: secret }),
  /** The person who sits here chooses another PIN or passphrase. */
  'desk.choose': v.strictObject({ old: secret, next: secret }),
  /** There was a key, a click or a move in the window: it does not lock yet. */
  'desk.here': v.strictObject({}),
  'desk.lock': v.strictObject({}),
  'desk.sign-out': v.strictObject({}),
  'staff.list': v.strictObject({}),
  /** `secret`: the first PIN or passphrase, which the person changes at once. `computer`: their account of the computer. */
  'staff.add': v.strictObject({
    name: short,
    role: v.picklist(ROLES),
    secret,
    computer: v.optional(v.nullable(short)),
  }),
  'staff.change': v.strictObject({
    name: short,
    role: v.optional(v.picklist(ROLES)),
    left: v.optional(v.boolean()),
    computer: v.optional(v.nullable(short)),
  }),
  /** A forgotten PIN; with `role` the person gets that at the same time. */
  'staff.reset': v.strictObject({ name: short, secret, role: v.optional(v.picklist(ROLES)) }),
  /** Another recovery code, in place of the one that was lost or used. */
  'staff.recovery': v.strictObject({}),
  'rules.get': v.strictObject({}),
  'rules.set': v.strictObject({
    lockMinutes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(120))),
    fourEyes: v.optional(v.boolean()),
  }),

  'station.info': v.strictObject({}),
  'station.status': v.strictObject({}),
  /** How the disk, the store, the history, its backups and the safe copies are. */
  'health.get': v.strictObject({}),
  /**
   * Repairs what can be repaired: puts the history back from its last whole backup, takes in safe copies that it does not
   * know, looks the store through and writes it anew where that is needed.
   */
  'health.repair': v.strictObject({}),
  /** What lay here, for the day on which this computer is lost. */
  'lost.get': v.strictObject({}),
  /** Whether the disk is encrypted. Some systems take seconds to tell. */
  'health.protection': v.strictObject({}),
  /** What the station needs around it. Asks the server, so it takes as long as that takes. */
  'health.surroundings': v.strictObject({}),
  /** What an administrator asks of the computer. */
  'health.rules': v.strictObject({}),
  'health.set-rules': v.strictObject({ encryption: v.picklist(ENCRYPTION_RULES) }),

  /** Where backups go, when the last one was made, and whether one is made after each day. */
  'backup.get': v.strictObject({}),
  /** The system's dialog asks for the folder or stick; where there is none (not `canChoose`), `path` is what a person typed. */
  'backup.place': v.strictObject({ path: v.optional(text(4096)) }),
  /** Whether one is made after each day. `passphrase`: for all of them, kept in the system's key store. */
  'backup.configure': v.strictObject({ daily: v.boolean(), passphrase: v.optional(text(1000)) }),
  /**
   * The whole station as one sealed file. `to`: a folder, or a file that ends in `.chtbackup`; without it where backups go.
   * Without `passphrase` the one that is kept.
   */
  'backup.make': v.strictObject({ to: v.optional(text(4096)), passphrase: v.optional(text(1000)) }),

  /** Of the first start: which backup was chosen, and how far restoring it is. */
  'restore.get': v.strictObject({}),
  /** The system's dialog asks for the backup; where there is none (not `canChoose`), `path` is what a person typed. */
  'restore.choose': v.strictObject({ path: v.optional(text(4096)) }),
  /** The station becomes the one that is in the backup. Answers when it has begun. */
  'restore.start': v.strictObject({ passphrase: text(1000) }),
  /** Answers when it has stopped, and nothing of it is left. */
  'restore.stop': v.strictObject({}),

  /** Which version runs, which newer ones are on what is plugged in, and which is ready to be installed. */
  'update.get': v.strictObject({}),
  /** Copies a newer version to this computer. `source`, `file`: as `update.get` names them. */
  'update.copy': v.strictObject({ source: id, file: id }),
  /** Backs the station up (`to` and `passphrase` as in `backup.make`), then hands what is ready to the system's installer. */
  'update.install': v.strictObject({ to: v.optional(text(4096)), passphrase: v.optional(text(1000)) }),

  /** How long records stay that the server is proven to hold, and what would go now. */
  'retention.get': v.strictObject({}),
  /** `days: null`: everything stays. */
  'retention.set': v.strictObject({
    days: v.nullable(
      v.pipe(v.number(), v.integer(), v.minValue(RETENTION_DAYS.least), v.maxValue(RETENTION_DAYS.most)),
    ),
  }),
  /** Gives up now what would go. */
  'retention.apply': v.strictObject({}),

  'settings.get': v.strictObject({}),
  /** `language: null`: what each computer says. */
  'settings.set': v.strictObject({ language: v.nullable(v.picklist(LANGUAGES)) }),

  'sources.list': v.strictObject({}),
  /** Opens the system's dialog; the answer is `null` when the person closes it. Only where `canChoose`. */
  'sources.choose': v.strictObject({ what: v.picklist(['file', 'folder']) }),
  /** Forgets a chosen file or folder. */
  'sources.forget': v.strictObject({ source: short }),
  /** Looks again what is on it; without `source` at everything that is plugged in. */
  'sources.look': v.strictObject({ source: v.optional(short) }),
  /** Waits until nothing is copied from it any more; answers when it may be unplugged. */
  'sources.eject': v.strictObject({ source: short }),
  /** The rest of what was pulled out is not waited for any more. */
  'sources.discard': v.strictObject({ id: short }),
  'intake.settings': v.strictObject({}),
  /** `auto`: what is plugged in is taken without a click. */
  'intake.configure': v.strictObject({ auto: v.boolean() }),
  /** The system's dialog asks for the folder; where there is none (not `canChoose`), `path` is what a person typed. */
  'folders.watch': v.strictObject({ path: v.optional(text(4096)) }),
  'folders.unwatch': v.strictObject({ folder: short }),
  /** A file dropped on the window comes in parts: begin, any number of parts in order, end. */
  'transfer.begin': v.strictObject({ name: text(255), bytes: count(1e12) }),
  'transfer.part': v.strictObject({
    transfer: short,
    offset: count(1e12),
    data: v.pipe(v.string(), v.maxLength(1_500_000)),
  }),
  'transfer.end': v.strictObject({ transfer: short }),
  'transfer.cancel': v.strictObject({ transfer: short }),

  /** `files`: only these of the source; without it every dump found. `user`, `device`: typed by the clerk. */
  'intake.start': v.strictObject({
    source: short,
    files: v.optional(list(short, 10_000)),
    user: v.optional(userName),
    device: v.optional(short),
  }),
  'intake.list': v.strictObject({ ...paging, since: v.optional(short) }),
  /** A dump that was given up, because the reading worker died over it, is read once more. */
  'intake.again': v.strictObject({ dump: short }),
  /** … or taken out of the list. Its copy stays. */
  'intake.dismiss': v.strictObject({ dump: short }),

  /** Phones that allow debugging, and the CHT apps open on them. Takes seconds: it looks at each phone. */
  'phones.list': v.strictObject({}),
  /** Reads a person's records of a phone. `whole`: all of them, not only what is new since the last time. */
  'phones.read': v.strictObject({
    phone: text(500),
    app: text(500),
    user: text(500),
    whole: v.optional(v.boolean(), false),
  }),
  /**
   * Lets the app on a phone synchronise with the server through the station, after it was read. `agreed`: the `digest`
   * of the plan to which somebody agreed; without it nothing goes that needs an agreement.
   */
  'phones.sync': v.strictObject({
    phone: text(500),
    app: text(500),
    user: text(500),
    agreed: v.optional(short),
  }),

  /** What the administrator set about phones. */
  'phones.rules': v.strictObject({}),
  'phones.set-rules': v.strictObject({ agreeing: v.picklist(AGREEING) }),

  /**
   * Fetches what the server has for a person that the person's phone lacks, as it was last read. Without a password: with
   * the login that is kept. `by`: with the session of the person's phone itself, which is plugged in and read first.
   */
  'phones.prepare': v.strictObject({
    user: userName,
    password: v.optional(text(1000)),
    by: v.optional(v.strictObject({ phone: text(500), app: text(500) })),
  }),
  /** Writes the parcel that lies here for this person's phone to the phone, after it was read. */
  'phones.apply': v.strictObject({ phone: text(500), app: text(500), user: text(500) }),
  /**
   * Tells the app on a phone that the server has what it holds, where that is proven just now of everything; the phone is
   * read before.
   */
  'phones.confirm': v.strictObject({ phone: text(500), app: text(500), user: text(500) }),
  /** The parcels that lie here, the newest first; and the phones for which one can be fetched, whether they are there or not. */
  'parcels.list': v.strictObject({}),

  'jobs.list': v.strictObject({}),
  'job.stop': v.strictObject({ job: short }),
  /** Only an upload can wait. It goes on with `job.resume`: on battery too, when the person says so. */
  'job.pause': v.strictObject({ job: short }),
  'job.resume': v.strictObject({ job: short }),

  'batches.list': v.strictObject({
    ...paging,
    user: v.optional(short),
    device: v.optional(short),
    /** `to-do`: something open; `done`: nothing open. */
    show: v.optional(v.picklist(['all', 'to-do', 'done']), 'all'),
    sort: v.optional(v.picklist(['takenAt', 'user', 'device', 'open']), 'takenAt'),
  }),
  'batch.get': v.strictObject({ batch: short }),
  /** Says whose a batch is that does not say it itself; `null`: it is not known after all. */
  'batch.assign': v.strictObject({ batch: short, user: v.nullable(userName) }),
  /** Puts a batch that is set aside (`aside`) out of sight, or back. */
  'batch.dismiss': v.strictObject({ batch: short, dismissed: v.boolean() }),
  /** User names of people who came here, to choose from. */
  'people.names': v.strictObject({}),
  /**
   * Health workers: whoever came, whom an export names, and whom the server shows to a station account. Without `sort`:
   * who has not come for longest first, whoever never came at the end.
   */
  'workers.list': v.strictObject({
    ...paging,
    /** Only who has not come for so many whole days; who never came is among them. */
    absentDays: v.optional(count(100_000)),
    /** Only of whom something is to be decided, sent or held. */
    owing: v.optional(v.boolean(), false),
    /** Only of whom the server refuses something. */
    refused: v.optional(v.boolean(), false),
    /** A part of the name, user name or telephone. */
    text: v.optional(v.pipe(v.string(), v.maxLength(200))),
    sort: v.optional(v.picklist(WORKER_SORTS), 'lastVisit'),
  }),
  'worker.get': v.strictObject({ user: short }),
  'unusual.rules': v.strictObject({}),
  /** `off`: those that do not apply. Answers when all records were looked at again. */
  'unusual.set-rules': v.strictObject({ off: list(v.picklist(UNUSUAL_RULES), UNUSUAL_RULES.length) }),
  /** With `language` the rows say what they are called now in it (`title`, `about`, `place`). */
  'changes.list': v.strictObject({
    ...paging,
    ...recordFilter,
    /** With `after`, rows that follow this document id in `id` order (for scripts). */
    after: v.optional(v.pipe(v.string(), v.maxLength(4096))),
    sort: v.optional(v.picklist(['odd', 'label', 'reportedAt', 'kind', 'class', 'state', 'id']), 'odd'),
    language,
  }),
  /** What a filter offers: each value of `by` among these records, with its number. The filter by it is left out. */
  'changes.counts': v.strictObject({ ...recordFilter, by: v.picklist(COUNTED_BY), language, timeZone }),
  /** What else than records the words may mean: forms, people, devices, a day. */
  'find.meant': v.strictObject({ find: found, language, timeZone }),
  /** `language`: in which the record is shown; without it, that of the station. */
  'change.get': v.strictObject({ id, rev: v.optional(rev), language }),
  'difference.get': v.strictObject({ id, rev: v.optional(rev), language }),
  /** Bytes as base64, only for pictures the window can show, up to `LIMITS.pictureBytes`. */
  'attachment.get': v.strictObject({ id, rev, name: text(1024) }),

  /**
   * Without `classes` and `ids`: the ordinary ones (docs/rules.md §9.1). `unusual`: with classes, also what these rules
   * speak of. `refused`: also what the server refuses, to be sent all the same.
   */
  'decide.approve': v.strictObject({ ...approval, deleting, unplaced, second }),
  /** The deletions that such an approval would approve. Approves nothing. */
  'decide.deletions': v.strictObject(approval),
  /** The records of unknown order that such an approval would approve. Approves nothing. */
  'decide.unplaced': v.strictObject(approval),
  'decide.hold': v.strictObject({ ...scope, ids: v.optional(list(id, 100_000)), reason: text(500) }),
  'decide.release': v.strictObject({ ...scope, ids: v.optional(list(id, 100_000)) }),
  /** An `unplaced` change becomes a new edit on the server's version. `rev`: the change; `on`: the server's revision that was looked at. */
  'decide.rebase': v.strictObject({ id, rev, on: rev, deleting, second }),
  /** A new version of every record that this batch deleted on the server, with its content from before, to be approved. */
  'decide.bring-back': v.strictObject({ batch: short }),
  /** Takes a decision back as a whole, until something of it was sent. */
  'decide.undo': v.strictObject({ decision: v.pipe(v.string(), v.regex(/^\d{1,15}$/)) }),

  /** The contents of a revision that came with several. Without `rev`: of the first such revision of the document. */
  'contradiction.get': v.strictObject({ id, rev: v.optional(rev) }),
  /** `content`: the one that is true, by its digest; `seen`: all that the person looked at, refused when another one came. */
  'decide.choose': v.strictObject({ id, rev: v.optional(rev), content: digest, seen: list(digest, 100) }),

  /** With `language` the rows say what has to be decided. */
  'conflicts.list': v.strictObject({ ...paging, language }),
  'conflict.get': v.strictObject({ id, language }),
  /** What settling it so would lose of what one side alone wrote, and the record as it would be. Settles nothing. */
  'conflict.losses': v.strictObject({ id, ...outcome, language }),
  /**
   * `seen`: the leaves the person looked at; refused when something newer came. `losing`: what would be lost, as
   * `conflict.losses` told it and the person agreed to; refused (`would-lose`) where that is not all. `deleting`: 1 where
   * the version that is kept is a deletion.
   */
  'conflict.resolve': v.strictObject({
    id,
    seen: list(rev, 1000),
    ...outcome,
    losing: v.optional(list(path, 10_000), []),
    deleting,
    second,
  }),

  'server.get': v.strictObject({}),
  'server.set': v.strictObject({ url: text(2000) }),
  /** An address that dumps name is another one of the same server; `same: false`: it is not, after all. */
  'server.name': v.strictObject({ address: short, same: v.boolean() }),
  'server.check': v.strictObject({}),
  'compare.start': v.strictObject({ user: v.optional(short), password: v.optional(text(1000)) }),
  /**
   * The password is used for this session and kept nowhere; without one, the login that is kept for the user.
   * `account`: the user is a station account with full view, not the author. Without `batches`: the
   * user's own; of an account, all. `deleting`: where there are more deletions, all of them wait (`deletion-unasked`). A
   * login that the server shows to be a station account, and that was not named as one, ends with `is-account` before
   * anything is sent: as an account it would send everybody's approved records. `unlock`: the PIN of whoever sits here,
   * asked for anew where a kept login or a station account sends (`unlock-needed`).
   */
  'upload.start': v.strictObject({
    user: short,
    password: v.optional(text(1000)),
    account: v.optional(v.boolean()),
    batches: v.optional(list(short, 10_000)),
    deleting,
    second,
    unlock: v.optional(secret),
  }),
  /** What such an upload would delete on the server. */
  'outbox.deletions': v.strictObject({
    user: short,
    account: v.optional(v.boolean(), false),
    batches: v.optional(list(short, 10_000)),
  }),
  /** For a person whom the server wants to choose a new password, or who wants one. */
  'password.change': v.strictObject({ user: short, password: text(1000), newPassword: text(1000) }),
  /** Whose approved records wait to be sent, and how many. */
  'outbox.owners': v.strictObject({}),
  /** Whoever brought records, from the phone to the receipt: who has something to send first, then who came last. */
  'outbox.people': v.strictObject({ ...part }),
  'logins.list': v.strictObject({}),
  /** The server is asked whether it takes it; then it is kept in the system's key store. */
  'logins.keep': v.strictObject({
    user: short,
    password: text(1000),
    account: v.optional(v.boolean(), false),
  }),
  'logins.forget': v.strictObject({ user: short }),
  /**
   * The dry run: which records the server will not take, before anything is sent. As the health worker, or
   * with a station account (`account`) for all whose records wait, or one of them (`of`).
   */
  'dry-run.start': v.strictObject({
    user: short,
    password: v.optional(text(1000)),
    account: v.optional(v.boolean()),
    of: v.optional(short),
    batches: v.optional(list(short, 10_000)),
  }),
  'refusals.list': v.strictObject({ ...paging, user: v.optional(short), batch: v.optional(short) }),
  /** By person, form, month and reason. */
  'refusals.count': v.strictObject({ user: v.optional(short), batch: v.optional(short) }),
  'refusals.csv': v.strictObject({ user: v.optional(short), batch: v.optional(short), language }),
  'uploads.list': v.strictObject({ ...paging }),

  /** `visit`: one receipt of all that came with it, from the same person on the same day. */
  'receipt.get': v.strictObject({
    batch: short,
    visit: v.optional(v.boolean(), false),
    format: v.optional(v.picklist(RECEIPT_FORMATS), 'json'),
    language,
  }),
  /** By the code on the paper, as it is typed. */
  'receipt.find': v.strictObject({ code: short }),
  /** What health workers brought, a row for each person and day, the latest first. */
  'visits.list': v.strictObject({ ...paging, user: v.optional(short) }),
  'ledger.list': v.strictObject({ ...paging, since: v.optional(short) }),
  /** One row for each act: a decision, a sending, or what else was entered at one moment. The newest first. */
  'history.list': v.strictObject({ ...actFilter, ...part }),
  /** What a filter of the history offers, each with its number, as the other filters leave it. */
  'history.counts': v.strictObject({ ...actFilter, by: v.picklist(HISTORY_COUNTED) }),
  /** The versions of records that one act was about. */
  'history.records': v.strictObject({ act: count(Number.MAX_SAFE_INTEGER), ...part }),
  /** Entries with their hashes, in parts: ask again with the `next` of the answer until it is `null`. */
  'ledger.export': v.strictObject({
    format: v.picklist(['ndjson', 'csv']),
    after: v.optional(count(Number.MAX_SAFE_INTEGER), 0),
  }),
  /** `head`: a hash that was kept elsewhere, or its code as it stands on a receipt, which has to be in the chain. */
  'ledger.verify': v.strictObject({
    head: v.optional(v.pipe(v.string(), v.trim(), v.regex(/^([0-9a-f]{64}|[\dA-Za-z \p{Pd}]{16,40})$/u))),
  }),
} as const satisfies Record<string, v.GenericSchema>;

export type RequestName = keyof typeof CHECKS;

/** What each request gives back. */
interface Values {
  'desk.get': Desk;
  /** `recovery`: the recovery code. It is told this once. */
  'desk.set-up': Desk & { readonly recovery: string };
  'desk.recover': Desk;
  'desk.sign-in': Desk;
  'desk.unlock': Desk;
  'desk.choose': Desk;
  'desk.here': Record<string, never>;
  'desk.lock': Desk;
  'desk.sign-out': Desk;
  'staff.list': { readonly people: readonly StaffMember[]; readonly hasRecoveryCode: boolean };
  /** `recovery`: of the first one, the recovery code. */
  'staff.add': StaffMember & { readonly recovery?: string };
  'staff.change': StaffMember;
  'staff.reset': StaffMember;
  'staff.recovery': { readonly recovery: string };
  'rules.get': PeopleRules;
  'rules.set': PeopleRules;
  'station.info': StationInfo;
  'station.status': StationStatus;
  'health.get': Health;
  'health.repair': HealthRepair;
  'lost.get': LostComputer;
  'health.protection': DiskProtection;
  'health.surroundings': Surroundings;
  'health.rules': DiskRules;
  'health.set-rules': DiskRules;
  'backup.get': BackupState;
  'backup.place': BackupState;
  'backup.configure': BackupState;
  'backup.make': { readonly job: string };
  'restore.get': RestoreState;
  'restore.choose': RestoreState;
  'restore.start': RestoreState;
  'restore.stop': RestoreState;
  'update.get': UpdateState;
  'update.copy': { readonly job: string };
  'update.install': { readonly job: string };
  'retention.get': Retention;
  'retention.set': Retention;
  'retention.apply': { readonly job: string };
  'settings.get': StationSettings;
  'settings.set': StationSettings;
  'sources.list': {
    readonly sources: readonly SourceInfo[];
    /** What was pulled out in the middle. */
    readonly partialCopies: readonly PartialCopy[];
    readonly layer: DeviceLayer;
  };
  'sources.choose': { readonly source: string | null };
  'sources.forget': Record<string, never>;
  'sources.look': Record<string, never>;
  'sources.eject': Record<string, never>;
  'sources.discard': Record<string, never>;
  'intake.settings': IntakeSettings;
  'intake.configure': IntakeSettings;
  'folders.watch': { readonly folder: string | null };
  'folders.unwatch': Record<string, never>;
  'transfer.begin': { readonly transfer: string };
  'transfer.part': Record<string, never>;
  'transfer.end': { readonly source: string };
  'transfer.cancel': Record<string, never>;
  'intake.start': { readonly job: string };
  'intake.list': Page<ImportResult>;
  'intake.again': { readonly job: string };
  'intake.dismiss': Record<string, never>;
  'phones.sync': { readonly job: string };
  'phones.rules': PhoneRules;
  'phones.set-rules': PhoneRules;
  'phones.prepare': { readonly job: string };
  'phones.apply': { readonly job: string };
  'phones.confirm': { readonly job: string };
  'parcels.list': { readonly parcels: readonly ParcelInfo[]; readonly phones: readonly KnownPhone[] };
  'phones.list': { readonly phones: readonly PhoneInfo[] };
  'phones.read': { readonly job: string };
  'jobs.list': { readonly jobs: readonly Job[] };
  'job.stop': Record<string, never>;
  'job.pause': Record<string, never>;
  'job.resume': Record<string, never>;
  'batches.list': Page<BatchRow>;
  'batch.get': BatchDetail;
  'batch.assign': Assigned;
  'batch.dismiss': BatchDetail;
  'people.names': { readonly users: readonly string[] };
  /** `known`: how many there are without a filter; `nobodys`: records here whose owner is unknown. */
  'workers.list': Page<HealthWorkerRow> & { readonly known: number; readonly nobodys: number };
  'worker.get': HealthWorkerRow;
  'unusual.rules': UnusualRules;
  'unusual.set-rules': UnusualRules;
  'changes.list': Page<ChangeRow>;
  'changes.counts': { readonly counts: readonly FilterCount[] };
  'find.meant': Meant;
  'change.get': ChangeDetail;
  'difference.get': Difference;
  'attachment.get': { readonly contentType: string; readonly data: string };
  'decide.approve': Decided;
  'decide.deletions': Deletions;
  'decide.unplaced': Deletions;
  'decide.hold': Decided;
  'decide.release': Decided;
  'decide.rebase': { readonly rev: string; readonly decision: string };
  'decide.bring-back': BroughtBack;
  'decide.undo': Undone;
  'contradiction.get': ContradictionDetail;
  'decide.choose': ContentChosen;
  'conflicts.list': Page<ListedConflict>;
  'conflict.get': ConflictDetail;
  /** `shown`: `null` where it ends with a deletion, or the server hides what is kept. */
  'conflict.losses': { readonly losses: readonly FieldLoss[]; readonly shown: RecordView | null };
  'conflict.resolve': {
    readonly kept: string;
    readonly decision: string;
    readonly closed: readonly string[];
  };
  'server.get': ServerInfo;
  'server.set': ServerInfo;
  'server.name': ServerInfo;
  'server.check': ServerInfo;
  'compare.start': { readonly job: string };
  'upload.start': { readonly job: string };
  'outbox.deletions': Deletions;
  'password.change': Record<string, never>;
  'outbox.owners': { readonly owners: readonly OthersWork[] };
  'outbox.people': Page<OutboxPerson>;
  'logins.list': { readonly mayKeep: MayKeepLogins; readonly logins: readonly KeptLogin[] };
  'logins.keep': Record<string, never>;
  'logins.forget': Record<string, never>;
  'dry-run.start': { readonly job: string };
  'refusals.list': Page<RefusalRow>;
  'refusals.count': { readonly counts: readonly RefusalCount[] };
  'refusals.csv': { readonly name: string; readonly content: string };
  'uploads.list': Page<UploadResult>;
  'receipt.get': { readonly format: string; readonly content: string };
  /** `isCurrent`: the paper says what the station says now; `null`: its code was not typed to the end. */
  'receipt.find': { readonly batch: string; readonly isCurrent: boolean | null };
  'visits.list': Page<VisitRow>;
  'ledger.list': Page<LedgerEntry>;
  'ledger.export': { readonly content: string; readonly next: number | null };
  'history.list': Page<Act>;
  'history.counts': { readonly counts: readonly FilterCount[] };
  'history.records': Page<ActRecord>;
  'ledger.verify': ChainReport;
}

export type Requests = {
  readonly [Name in RequestName]: {
    /** As the handler gets them: defaults filled in. */
    readonly params: v.InferOutput<(typeof CHECKS)[Name]>;
    /** As a caller may write them. */
    readonly input: v.InferInput<(typeof CHECKS)[Name]>;
    readonly value: Values[Name];
  };
};

/** What the station tells by itself. A listener asks again for what it shows; events carry no records. */
export interface Events {
  /** A job moved or ended; at most about ten a second for each job, and always its end. */
  readonly job: Job;
  /** Lists of this kind are out of date. */
  readonly changed: {
    readonly what: readonly (
      | 'sources'
      | 'intake'
      | 'batches'
      | 'conflicts'
      | 'outbox'
      | 'server'
      | 'settings'
      | 'health'
      | 'updates'
      | 'parcels'
      | 'desk'
      | 'restore'
    )[];
  };
}
export type EventName = keyof Events;

/** The station as every carrier offers it. `ask` rejects with a `StationError`. */
export interface Station {
  ask<Name extends RequestName>(
    name: Name,
    params: Requests[Name]['input'],
  ): Promise<Requests[Name]['value']>;
  on<Name extends EventName>(name: Name, listener: (event: Events[Name]) => void): () => void;
}
