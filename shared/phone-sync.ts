/**
 * A phone that synchronises through the station: what its app would send, and what came of it. The app sends all that
 * it has, also what is held back here; so what would go is shown first, and somebody agrees to what nobody approved.
 */
import { isAsApproved, type Approved } from './as-approved.ts';
import type { ErrorCode } from './errors.ts';
import type { Person } from './people.ts';
import type { ChangeRow } from './review.ts';
import type { ChangeState } from './states.ts';
import { isOneOf, OUTBOX_STATES } from './states.ts';

/**
 * Where a record stands here that the app would send.
 * - `approved`; `same`: the server has its content under another revision
 * - `computed`: tasks and targets, which the app works out from the records
 * - `open`: nobody has decided; `deletion`: the same, and it was deleted on the phone; `held`; `conflict`: it is in conflict, or would be at the server; `refused`: the server
 *   will not take it
 */
export const GOING = [
  'approved',
  'same',
  'computed',
  'open',
  'held',
  'deletion',
  'conflict',
  'refused',
] as const;
export type Going = (typeof GOING)[number];

/** Nothing of these goes without somebody's word. */
export const TO_AGREE = [
  'open',
  'held',
  'deletion',
  'conflict',
  'refused',
] as const satisfies readonly Going[];

/** Who may agree that the app of a phone sends what nobody approved here: everybody who works here, or administrators alone. */
export const AGREEING = ['everybody', 'admin'] as const;

/** What the administrator sets about phones. */
export interface PhoneRules {
  readonly agreeing: (typeof AGREEING)[number];
}

/** Whether somebody with this role may agree to it. Deletions that were approved, and another version, are for everybody to agree to. */
export function mayAgree({ agreeing }: PhoneRules, role: Person['role']): boolean {
  return agreeing === 'everybody' || role === 'admin';
}

/** What is known here of a revision that the app would send. */
export interface GoingChange extends Approved {
  readonly kind: string;
  readonly state: ChangeState;
  readonly reason: string | null;
  readonly refused: string | null;
  readonly deleted: boolean;
  /** Part of a settled conflict. */
  readonly isSettled: boolean;
  /** It came with a dump that names another server. */
  readonly isAside: boolean;
}

/** Made by the app itself, again and again, from the records that it has. */
const COMPUTED = ['task', 'target'];

export function goingOf(change: GoingChange): Going {
  const { kind, class: of, state, reason, refused, deleted, isSettled, isAside } = change;
  if (isAside || state === 'held') return 'held';
  // Sent as it is, it would stand beside the server's version: the station joins, or closes the other side.
  const isBeside = of === 'conflict' || of === 'contradiction' || reason === 'joins-server-edit' || isSettled;
  if (isBeside || state === 'superseded') return 'conflict';
  if (refused !== null) return 'refused';
  // Where the server moved since, nobody has looked at what it would be now.
  if (isOneOf(OUTBOX_STATES, state) && isAsApproved(change)) return 'approved';
  if (of === 'same' || of === 'older') return 'same';
  if (COMPUTED.includes(kind)) return 'computed';
  return deleted ? 'deletion' : 'open';
}

/** So many records of each place are named; of the rest the number is told. */
export const NAMED_OF_PLAN = 50;

/** Records that somebody is asked about: how many, and the first `NAMED_OF_PLAN` by what a list shows of them. */
export interface NamedRecords {
  readonly records: number;
  readonly rows: readonly ChangeRow[];
}

export interface SyncPlan {
  /** Of all that would go; an agreement is to this and to nothing else. */
  readonly digest: string;
  /** Records, each counted once, in the place that is last in `GOING`. */
  readonly counts: Readonly<Record<Going, number>>;
  /** What somebody has to agree to, in the order of `TO_AGREE`; a place without records is left out. */
  readonly asked: readonly (NamedRecords & { readonly going: (typeof TO_AGREE)[number] })[];
  /** Of those that are `approved`: what is deleted with them on the server. Somebody is asked about it once more. */
  readonly deletions: NamedRecords;
  /** Versions of the app's program and of the server, where they differ so that somebody is asked. */
  readonly versions: { readonly app: string; readonly server: string } | null;
  /** Somebody has to agree before anything goes. */
  readonly asks: boolean;
}

export function countGoing(going: ReadonlyMap<string, Going>): Record<Going, number> {
  const counts = Object.fromEntries(GOING.map((one) => [one, 0])) as Record<Going, number>;
  for (const one of going.values()) counts[one] += 1;
  return counts;
}

/** The one of the two that needs more of a person's attention. */
export function graver(one: Going | undefined, other: Going): Going {
  return one === undefined || GOING.indexOf(other) > GOING.indexOf(one) ? other : one;
}

/** Where major or minor version differ, the app gets new forms and keeps its old program. */
export function versionsDiffer(app: string | null, server: string | null): boolean {
  if (app === null || server === null) return false;
  const line = (version: string): string => version.split('.').slice(0, 2).join('.');
  return line(app) !== line(server);
}

/**
 * - `asks`: nothing was sent; somebody has to agree first
 * - `done`: the app says that it has synchronised
 * - `stopped`: by a person; `cut`: it ended early, for the reason in `error`. What went by then has gone
 */
export interface SyncResult {
  readonly user: string;
  readonly device: string | null;
  readonly outcome: 'asks' | 'done' | 'stopped' | 'cut';
  readonly error: ErrorCode | null;
  readonly plan: SyncPlan;
  /** `false`: only an administrator may agree to what the plan asks. */
  readonly mayAgree: boolean;
  /** Of the ledger; `null` where nothing was begun. */
  readonly upload: string | null;
  /** ISO 8601. */
  readonly endedAt: string | null;
  /** Records that the phone gave to the server through the station, those of them that are proven to be there, and those that it refused. */
  readonly sent: number;
  readonly accepted: number;
  readonly refused: number;
  /**
   * Records of which the phone has a version from the server that it had not before, or, where it ended early, those
   * that it asked for; and those that it was told to drop.
   */
  readonly received: number;
  readonly dropped: number;
  /** Where it ended early: requests of the app's last try that the server answered with an error, or not at all. */
  readonly failures: number;
  /** Of those that the phone received: their number, and the first by what a list shows of them, people and places before the rest. Empty where it ended early. */
  readonly arrived: NamedRecords;
  /** Phone and server were compared afterwards, and the phone was read once more. */
  readonly compared: boolean;
  /** Records on the phone that the server lacks and was not given, and those that it listed for the person and the phone lacks. */
  readonly left: number;
  readonly lacking: number;
}
