/**
 * Revisions that the station makes itself: for a record that came without one, and for what a decision
 * makes (a merge, a closed branch). They depend on nothing but the parent and the content, so that the
 * same record or decision, met twice, is the same revision and nothing is doubled.
 */
import { canonicalContent, type ComparableAttachment } from './content.ts';
import { generationOf } from './revisions.ts';

/** A cryptographic digest as 32 lower-case hexadecimal characters, the length of a revision's id. */
export type Digest = (text: string) => string;

/** Equal digests, equal documents: body, deletion and attachments, whatever the revision says. */
export function contentDigest(
  digest: Digest,
  body: Readonly<Record<string, unknown>>,
  deleted: boolean,
  attachments: Readonly<Record<string, ComparableAttachment>>,
): string {
  return digest(canonicalContent(body, deleted, attachments));
}

/** `parent`: `null` for a first revision. `content`: from `contentDigest`. */
export function madeRevision(digest: Digest, parent: string | null, content: string): string {
  if (parent === null) return `1-${content}`;
  return `${generationOf(parent) + 1}-${digest(`${parent}\n${content}`)}`;
}
