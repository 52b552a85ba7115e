/** One revision, two contents: what a reviewer sees of it, and what the station proposes. */
import type { DumpFormat } from './dump.ts';
import type { DocumentKind } from './documents.ts';
import type { FieldOfVersions } from './difference.ts';
import type { AttachmentInfo } from './review.ts';

/** Who brought a content. */
export interface ContentBringer {
  readonly batch: string | null;
  readonly user: string | null;
  readonly device: string | null;
  /** Of the dump. */
  readonly format: DumpFormat | null;
  /** ISO 8601. */
  readonly takenAt: string;
  /** A complete reading of the phone whose digests were checked. */
  readonly verified: boolean;
}

/** One content of a revision. */
export interface ContentSide {
  /** Its digest: by this it is chosen. */
  readonly content: string;
  readonly origin: 'dump' | 'server';
  /** Every dump that brought it, in the order in which they came. Nobody brought the server's. */
  readonly brought: readonly ContentBringer[];
  readonly deleted: boolean;
  /** This station delivered it. */
  readonly delivered: boolean;
  /** This station gave it to the server, and there is no proof yet: nothing can be chosen before there is. */
  readonly unproven: boolean;
  /** `null`: it is not here any more. */
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly attachments: readonly AttachmentInfo[];
}

export interface ContradictionDetail {
  readonly id: string;
  readonly rev: string;
  readonly kind: DocumentKind;
  readonly label: string;
  readonly sides: readonly ContentSide[];
  /** Every field in which at least two sides differ, with its value in each. */
  readonly fields: readonly FieldOfVersions[];
  /** The content of the only side that a complete, verified dump brought; `null`: there is no such one. */
  readonly proposed: string | null;
}

/** What came of choosing. */
export interface ContentChosen {
  /** The revision that goes on: the same, or a new one on top of the server's; `null`: the server's content was chosen. */
  readonly rev: string | null;
  /** Contents that were closed. */
  readonly closed: number;
  /** By which it can be undone. */
  readonly decision: string;
}

/**
 * The side to propose: the only one that came in a complete, verified dump, where all others came in lists. A person
 * chooses all the same.
 */
export function proposedSide(sides: readonly Pick<ContentSide, 'content' | 'brought'>[]): string | null {
  const verified = sides.filter(({ brought }) => brought.some((one) => one.verified));
  return verified.length === 1 ? (verified[0]?.content ?? null) : null;
}

/** Formats that promise that nothing is missing, and prove it with digests. */
const PROVEN_FORMATS: readonly string[] = ['station'];

/**
 * Whether a dump is a complete reading of the phone whose digests were checked. A list of records can be edited by
 * hand, and nothing in it would tell.
 */
export function isVerified(dump: {
  readonly format: string | null;
  readonly flags: readonly string[];
  /** Its end or its check sum is wrong. */
  readonly damaged: boolean;
}): boolean {
  return (
    dump.format !== null &&
    PROVEN_FORMATS.includes(dump.format) &&
    !dump.damaged &&
    !dump.flags.includes('cut-off') &&
    !dump.flags.includes('maybe-incomplete')
  );
}
