/**
 * Return parcels: what the server has for a person, fetched while there is internet, and written to the person's phone
 * when it comes to the station. Only for the phone that it was made for, and never over work that the server has not got.
 */
import type { ErrorCode } from './errors.ts';

/** A parcel that lies here for a phone. */
export interface ParcelInfo {
  readonly user: string;
  readonly device: string;
  /** When it was fetched, ISO 8601. */
  readonly madeAt: string;
  /** Documents that it brings, and those that it tells the phone to drop. */
  readonly documents: number;
  readonly deletes: number;
  /** Documents that were left out, for whatever reason. */
  readonly skipped: number;
  readonly bytes: number;
  /** When it was last written to its phone to the end, ISO 8601; `null`: not yet. */
  readonly appliedAt: string | null;
}

/** A phone that was read here, so that it is known what it lacks: of each person the one that was read last. */
export interface KnownPhone {
  readonly user: string;
  readonly device: string;
  /** ISO 8601. */
  readonly readAt: string;
}

/**
 * Why a document is not in a parcel.
 * - `unproven`: the phone has a version of it that is not proven to be on the server
 * - `too-large`: larger than a parcel takes; `odd`: not as a document has to be; `gone`: the server did not give it
 */
export const LEFT_OUT = ['unproven', 'too-large', 'odd', 'gone'] as const;
export type LeftOut = (typeof LEFT_OUT)[number];

export interface ParcelPrepared {
  readonly parcel: ParcelInfo;
  readonly leftOut: Readonly<Record<LeftOut, number>>;
}

/**
 * What came of a document of a parcel.
 * - `written`; `dropped`: as the server told; `already`: it was so on the phone
 * - `unproven`: the phone has work of its own in it that the server is not proven to have, so it was left alone
 * - `version`: forms and settings of another version of CHT than the app's program
 * - `failed`: the phone could not store it
 */
export const PARCEL_ENDS = ['written', 'dropped', 'already', 'unproven', 'version', 'failed'] as const;
export type ParcelEnd = (typeof PARCEL_ENDS)[number];

/** `stopped`: by a person; `cut`: it ended early, for the reason in `error`. What was written by then stays. */
export interface ParcelApplied {
  readonly user: string;
  readonly device: string;
  readonly madeAt: string;
  readonly outcome: 'done' | 'stopped' | 'cut';
  readonly error: ErrorCode | null;
  /** Documents, each counted once; of those not reached nothing is said. */
  readonly counts: Readonly<Record<ParcelEnd, number>>;
  /** Documents that were left out when the parcel was made. */
  readonly skipped: number;
}

export function noParcelEnds(): Record<ParcelEnd, number> {
  return Object.fromEntries(PARCEL_ENDS.map((one) => [one, 0])) as Record<ParcelEnd, number>;
}

/** A document in a parcel, as far as it is decided whether it may be written. */
export interface ParcelDocument {
  /** Its revision first, then those before it. */
  readonly history: readonly string[];
  /** Revisions of it that the phone had when the parcel was made, all of them proven to be on the server. */
  readonly leaves: readonly string[];
}

/**
 * Whether a document may be written to a phone on which these revisions stand at the ends of its branches: only where
 * the server has all of them. A revision that the server made this one of is there, too.
 */
export function mayWrite({ history, leaves }: ParcelDocument, onPhone: readonly string[]): boolean {
  return onPhone.every((rev) => leaves.includes(rev) || history.includes(rev));
}

/**
 * What is never brought: the app's program and what steers it come by the app's own way alone. Forms, settings and words
 * come, where app and server are of the same version.
 */
export function isProgram(id: string): boolean {
  return id.startsWith('_') || id === 'service-worker-meta' || id.startsWith('token:login:');
}

const CONFIGURATION = /^(?:form:|messages-|ui-extension:)/;
const CONFIGURATION_IDS: readonly string[] = [
  'settings',
  'resources',
  'extension-libs',
  'branding',
  'partners',
];

/** What an older or newer program may not understand. */
export function isConfiguration(id: string): boolean {
  return CONFIGURATION.test(id) || CONFIGURATION_IDS.includes(id);
}
