/**
 * What a reviewer sees: **batches** (the documents of one health worker on one device that one dump
 * brought), their **changes** (leaf revisions), the **class** of each and the **decision** on it.
 */
import type { DumpFormat } from './dump.ts';
import type { DocumentKind } from './documents.ts';
import type { RecordNote } from './handover.ts';
import type { Answer, RecordView } from './record-view.ts';
import type { RecordSize } from './record-size.ts';
import type { AsideReason } from './set-aside.ts';
import type { JoinedField, Overlap } from './three-way-merge.ts';
import { APPROVABLE_CLASSES, CLASSES, STATES, type ChangeClass, type ChangeState } from './states.ts';
import type { SignInWay } from './sign-in-ways.ts';
import type { BatchRuleName, Unusual } from './unusual.ts';

export { APPROVABLE_CLASSES, CLASSES, STATES, type ChangeClass, type ChangeState };

export type ClassCounts = Partial<Record<ChangeClass, number>>;

export interface BatchRow {
  readonly batch: string;
  /** `null`: the dump did not say and nobody here did. */
  readonly user: string | null;
  /** The impossible name that the dump gives, cleaned for the screen; `null`: it gives none. */
  readonly claimedUser: string | null;
  /** How this person signs in to the server; `null`: nobody knows. Not everybody has a password. */
  readonly signsIn: SignInWay | null;
  readonly device: string | null;
  readonly dump: string;
  readonly dumpName: string;
  readonly format: DumpFormat;
  /** ISO 8601. */
  readonly takenAt: string;
  /** When the server was last asked about these documents; `null`: never. */
  readonly comparedAt: string | null;
  readonly counts: ClassCounts;
  /** Of `counts`: those that the server has accepted, and that nothing is left to do about. */
  readonly acceptedCounts: ClassCounts;
  /** Open records that one button may approve. */
  readonly ordinary: number;
  /** What is unusual about the batch as a whole. */
  readonly unusual: readonly Unusual<BatchRuleName>[];
  readonly decided: { readonly approved: number; readonly held: number; readonly open: number };
  readonly delivered: { readonly sent: number; readonly accepted: number; readonly refused: number };
  /** What a reviewer should know about the batch as a whole. */
  readonly flags: readonly BatchFlag[];
  /** Why nothing of it is sent, whatever it holds; `null`: it is for this server. */
  readonly aside: AsideReason | null;
  /** The other server or database that its dump names, cleaned for the screen. */
  readonly namedElsewhere: string | null;
  /** ISO 8601; of one that is set aside: when somebody put it out of sight. */
  readonly dismissedAt: string | null;
}

/**
 * Whether somebody may say whose a batch is. `named`: the dump itself says it; `sent`: some of it may be on the
 * server under the name it has.
 */
export type MayAssign = 'yes' | 'named' | 'sent';

export interface BatchDetail extends BatchRow {
  /** Whether somebody here may say whose it is. */
  readonly mayAssign: MayAssign;
  /** Records that this batch deleted on the server and that can be brought back. */
  readonly mayBringBack: number;
  /** ISO 8601: when the phone had last received something from the server, as the latest reading of it knew; `null`: not known. */
  readonly receivedAt: string | null;
}

/** What came of bringing back what a batch deleted. */
export interface BroughtBack {
  /** Records of which a new version waits to be approved. */
  readonly changed: number;
  /** Left out: the content from before the deletion is not here any more. */
  readonly notHere: number;
  /** By which it can be undone. */
  readonly decision: string;
}

/**
 * - `unknown-user`, `unknown-device`: the dump does not say
 * - `typed-user`: the dump does not say, somebody here did
 * - `file-name-user`: only the name of the file says whose it is
 * - `odd-name`: somebody is named who cannot be a user of CHT; that counts as not said
 * - `look-alike`: the name of the device or of the file may pass for another one
 * - `too-many-people`: records of more people than are told apart; those of the rest are of nobody
 * - `several-users`: the dump held documents of more than one person and was split
 * - `typed-user-differs`: the clerk typed another user than the dump names
 * - `maybe-incomplete`, `cut-off`: the file may not hold everything
 * - `contradiction`: it brought a revision of which another content is here, or on the server
 * - `handed-over`: another person took over the phone, and the server waits for the phone's own synchronisation
 * - `clock-off`: documents are dated in the future or years back
 */
export const BATCH_FLAGS = [
  'unknown-user',
  'typed-user',
  'file-name-user',
  'odd-name',
  'look-alike',
  'too-many-people',
  'unknown-device',
  'several-users',
  'typed-user-differs',
  'maybe-incomplete',
  'cut-off',
  'handed-over',
  'clock-off',
  'contradiction',
] as const;
export type BatchFlag = (typeof BATCH_FLAGS)[number];

export interface ChangeRow {
  readonly batch: string;
  readonly id: string;
  readonly rev: string;
  readonly kind: DocumentKind;
  readonly class: ChangeClass;
  /** Why it has this class, or why it is still here, where that alone does not say it. A code of `REASONS`. */
  readonly reason: string | null;
  /** Why the server will not take it from this person: the server's word, or a code of `REFUSAL_REASONS`. */
  readonly refusal: string | null;
  /** Somebody approved it although the server refuses it. */
  readonly refusalApproved: boolean;
  /** What is unusual about it, the rules of its batch included. */
  readonly unusual: readonly Unusual[];
  readonly state: ChangeState;
  /** Why it is held. */
  readonly heldReason: string | null;
  /** A few words a person recognises it by, as it said them when it came: name, form title. */
  readonly label: string;
  /** What kind of thing it is: a form's title, a type of contact, a task. Absent where nothing says it. */
  readonly title?: string;
  /** The name of whom or what it is about, or of the contact itself; absent where nobody knows it. */
  readonly about?: string;
  /** The name of the place that these are in. */
  readonly place?: string;
  readonly form: string | null;
  /** Milliseconds since 1970, from the document. */
  readonly reportedAt: number | null;
  readonly user: string | null;
  readonly device: string | null;
  readonly deleted: boolean;
  readonly attachments: number;
  /** Of what is too large for the server. */
  readonly size?: RecordSize;
}

export interface FieldDifference {
  /** Names and indexes from the top of the document. */
  readonly path: readonly (string | number)[];
  /** The label that the form gives to the field, where it is known. */
  readonly label?: string;
  /** What the values say by the form; absent: a group or list, or the field is not there. */
  readonly beforeSaid?: Answer;
  readonly afterSaid?: Answer;
  /** Absent on the side where the field does not exist. */
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface Difference {
  readonly id: string;
  /** `null`: there is nothing to compare with, everything is new. */
  readonly from: { readonly rev: string; readonly origin: 'server' | 'ancestor' | 'other-device' } | null;
  readonly to: string;
  readonly fields: readonly FieldDifference[];
  /** Says why `from` is missing although there is another side (for instance: the server does not show it to this user). */
  readonly notCompared: 'no-earlier-version' | 'server-not-asked' | 'server-hides-it' | 'given-up' | null;
}

export interface AttachmentInfo {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly digest: string;
}

export interface ChangeDetail extends ChangeRow {
  readonly difference: Difference;
  /** The record as the health worker saw it; `null`: its content is not here. */
  readonly shown: RecordView | null;
  readonly attachmentList: readonly AttachmentInfo[];
  /** Newest first; complete only when it reaches generation 1. */
  readonly history: readonly string[];
  readonly historyComplete: boolean;
  /** The document as it is, for the person who wants to see it raw. Without attachment bytes. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** What the server does when it arrives, or does not do, beside keeping it. */
  readonly notes: readonly RecordNote[];
  /** For one that is joined with what the server made of it meanwhile: what each side did. */
  readonly join: JoinDetail | null;
  /** What this person may do with it now. */
  readonly may: {
    readonly approve: boolean;
    /** It is in conflict: one side is chosen, or both are joined. */
    readonly settle: boolean;
    /** Its revision came with several contents: one of them is chosen. */
    readonly choose: boolean;
    /** The server refuses it: a dry run tells whether it still would. */
    readonly checkAgain: boolean;
    /** That it is refused is a guess: it may be sent to see what the server says. */
    readonly try: boolean;
    readonly hold: boolean;
    readonly release: boolean;
    readonly rebase: boolean;
  };
}

/**
 * A version of a phone joined with the server's, on the newest version that both went on from (`base`). `fields`: what
 * one side alone changed, or both alike, and is joined already. `overlaps`: what is left to decide.
 */
export interface JoinDetail {
  readonly base: string;
  readonly phone: string;
  readonly server: string;
  readonly fields: readonly JoinedField[];
  readonly overlaps: readonly Overlap[];
}

export interface ConflictLeaf {
  readonly rev: string;
  readonly origin: 'server' | 'dump';
  readonly user: string | null;
  readonly device: string | null;
  readonly takenAt: string | null;
  /** When the phone wrote its export, ISO 8601: it was edited by then. `null`: the export does not say. */
  readonly exportedAt: string | null;
  readonly deleted: boolean;
}

/** What two versions may differ in that many conflicts have in common, so that they are settled together. */
export const CONFLICT_LIKES = ['read-marks', 'same-phone'] as const;
export type ConflictLike = (typeof CONFLICT_LIKES)[number];

/** What has to be decided of a conflict, in the words of its form. */
export interface ToDecide {
  /** What the first of the fields that have to be decided are called. */
  readonly differs: readonly string[];
  /** How many there are. */
  readonly differing: number;
  /** `null`: it has to be looked at by itself. */
  readonly like: ConflictLike | null;
}

/** A conflict in a list; with what has to be decided where the list was asked for in a language. */
export type ListedConflict = ConflictRow & Partial<ToDecide>;

export interface ConflictRow {
  readonly id: string;
  readonly kind: DocumentKind;
  readonly label: string;
  readonly leaves: readonly ConflictLeaf[];
  /** The leaf that every replica shows without being asked. */
  readonly winner: string;
}

export interface ConflictDetail extends ConflictRow {
  /** One per leaf, in the order of `leaves`; `null` where the server does not show it. */
  readonly bodies: readonly (Readonly<Record<string, unknown>> | null)[];
  /** Every field in which at least two leaves differ, with its value in each leaf (absent: `undefined`). */
  readonly fields: readonly {
    readonly path: readonly (string | number)[];
    readonly label?: string;
    readonly values: readonly unknown[];
    /** What each of `values` says by the form; `null`: a group or list, or the field is not there. */
    readonly said?: readonly (Answer | null)[];
  }[];
  /** The newest version that all sides went on from, as far as their histories tell; `null`: none is here. */
  readonly ancestor: { readonly rev: string; readonly body: Readonly<Record<string, unknown>> } | null;
  /**
   * Between a phone and the server, where the version that both went on from is here: only its `overlaps` have to be
   * chosen (`choices` of `conflict.resolve`). `null`: there are other sides, or that version is not here.
   */
  readonly join: JoinDetail | null;
}
