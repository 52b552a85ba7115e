/**
 * Asks the server about documents: which leaf revisions it has, which of ours, and the bodies of its
 * leaves where a difference needs them.
 *
 * `_revs_diff` answers for every document, whoever asks. A revision of a generation that no document can
 * have is always missing, and CouchDB then names every leaf of a lower generation as a possible ancestor
 * (couch_db:find_missing): all leaves, deleted ones included. Nothing named: the server has no such document.
 */
import { hasPacked, withOwnDigests } from './packed-attachments.ts';
import { historyFrom, isRevision } from '../../shared/revisions.ts';
import { contentDigest, type Digest } from '../../shared/derived-revisions.ts';

export interface RevisionServer {
  revsDiff(
    question: Readonly<Record<string, readonly string[]>>,
  ): Promise<
    ReadonlyMap<
      string,
      { readonly missing: readonly string[]; readonly possibleAncestors: readonly string[] }
    >
  >;
  bulkGet(
    revisions: readonly { readonly id: string; readonly rev: string }[],
  ): Promise<Record<string, unknown>[]>;
  /** One revision with the bytes of its attachments as base64; `null`: the server does not show it. */
  withAttachments(id: string, rev: string): Promise<Record<string, unknown> | null>;
}

/** Leaf bodies that are known from an earlier look need not be fetched again: a revision never changes. */
export type KnownBody = (
  id: string,
  rev: string,
) => { readonly deleted: boolean; readonly content: string } | undefined;

export interface AskedLeaf {
  readonly rev: string;
  readonly deleted: boolean | null;
  readonly content: string | null;
}

export interface AskedBody {
  readonly id: string;
  readonly rev: string;
  readonly deleted: boolean;
  readonly content: string;
  readonly history: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
  readonly attachments: Readonly<Record<string, unknown>>;
}

export interface AskedContent {
  readonly id: string;
  readonly rev: string;
  readonly content: string;
  /** Only where it was fetched for this. */
  readonly body?: AskedBody;
}

/** Whether what the server holds under a revision that is here too has still to be compared. */
export type ToCompare = (id: string, rev: string) => boolean;

export interface Asked {
  readonly documents: readonly {
    readonly id: string;
    readonly leaves: readonly AskedLeaf[];
    readonly has: readonly string[];
  }[];
  readonly bodies: readonly AskedBody[];
  /** What it holds under leaves that are here under the same revision, as far as that was asked for or is known. */
  readonly contents: readonly AskedContent[];
  /** Documents of which the server named a leaf that it does not show to this user. */
  readonly hidden: number;
}

/** Higher than any document's generation, lower than what a 32-bit number holds. */
export const PROBE = `999999999-${'f'.repeat(32)}`;
const BODIES_AT_ONCE = 100;

/** `revisions`: the revisions of ours that matter, by document. At most a few hundred documents at a time. */
export async function askServer(
  server: RevisionServer,
  revisions: ReadonlyMap<string, readonly string[]>,
  digest: Digest,
  knownBody: KnownBody,
  toCompare: ToCompare = () => false,
): Promise<Asked> {
  const question: Record<string, readonly string[]> = Object.create(null) as Record<
    string,
    readonly string[]
  >;
  for (const [id, revs] of revisions) question[id] = [...revs, PROBE];
  const answer = await server.revsDiff(question);

  const found: { id: string; leaves: string[]; has: string[] }[] = [];
  const wanted = new Map<string, { id: string; rev: string }>();
  const alike = new Map<string, { id: string; rev: string }>();
  for (const [id, revs] of revisions) {
    const entry = answer.get(id);
    const missing = new Set(entry?.missing ?? []);
    const has = revs.filter((rev) => !missing.has(rev));
    const leaves = (entry?.possibleAncestors ?? []).filter(isRevision);
    found.push({ id, leaves, has });
    for (const rev of leaves)
      if (has.includes(rev) && toCompare(id, rev)) alike.set(`${id}\n${rev}`, { id, rev });
    // Where the server has all of ours there is nothing to compare; several versions are looked at all the same.
    if (has.length === revs.length && leaves.length < 2) continue;
    for (const rev of leaves) if (knownBody(id, rev) === undefined) wanted.set(`${id}\n${rev}`, { id, rev });
  }

  const bodies = await fetchBodies(server, [...wanted.values()], digest);
  const fetched = new Map(bodies.map((body) => [`${body.id}\n${body.rev}`, body]));
  let hidden = 0;
  const documents = found.map(({ id, leaves, has }) => ({
    id,
    has,
    leaves: leaves.map((rev): AskedLeaf => {
      const body = fetched.get(`${id}\n${rev}`) ?? knownBody(id, rev);
      if (body === undefined) {
        if (wanted.has(`${id}\n${rev}`)) hidden += 1;
        return { rev, deleted: null, content: null };
      }
      return { rev, deleted: body.deleted, content: body.content };
    }),
  }));
  const compared = await fetchBodies(
    server,
    [...alike].flatMap(([key, one]) =>
      wanted.has(key) || knownBody(one.id, one.rev) !== undefined ? [] : [one],
    ),
    digest,
  );
  const contents = [...alike].flatMap(([key, { id, rev }]): AskedContent[] => {
    const body = fetched.get(key) ?? knownBody(id, rev);
    return body === undefined ? [] : [{ id, rev, content: body.content }];
  });
  for (const body of compared) contents.push({ id: body.id, rev: body.rev, content: body.content, body });
  return { documents, bodies, contents, hidden };
}

async function fetchBodies(
  server: RevisionServer,
  wanted: readonly { id: string; rev: string }[],
  digest: Digest,
): Promise<AskedBody[]> {
  const bodies: AskedBody[] = [];
  for (let at = 0; at < wanted.length; at += BODIES_AT_ONCE) {
    for (const document of await server.bulkGet(wanted.slice(at, at + BODIES_AT_ONCE))) {
      const comparable = await withComparableDigests(server, document);
      // What cannot be compared is as good as hidden: better not known than taken for another content.
      const body = comparable === null ? null : bodyOf(comparable, digest);
      if (body !== null) bodies.push(body);
    }
  }
  return bodies;
}

/** Text attachments are told apart by their bytes, which are fetched for them. */
async function withComparableDigests(
  server: RevisionServer,
  document: Record<string, unknown>,
): Promise<Record<string, unknown> | null> {
  const { _id: id, _rev: rev } = document;
  if (typeof id !== 'string' || typeof rev !== 'string' || !hasPacked(document)) return document;
  const whole = await server.withAttachments(id, rev);
  return whole === null ? null : withOwnDigests(whole);
}

function bodyOf(document: Record<string, unknown>, digest: Digest): AskedBody | null {
  const {
    _id: id,
    _rev: rev,
    _deleted: deleted,
    _revisions: revisions,
    _attachments: attachments,
    ...rest
  } = document;
  if (typeof id !== 'string' || typeof rev !== 'string') return null;
  const body = Object.fromEntries(Object.entries(rest).filter(([field]) => !field.startsWith('_')));
  const files = (attachments ?? {}) as Record<string, { digest: string; content_type: string }>;
  return {
    id,
    rev,
    deleted: deleted === true,
    content: contentDigest(digest, body, deleted === true, files),
    history: historyOf(rev, revisions),
    body,
    attachments: files,
  };
}

function historyOf(rev: string, revisions: unknown): string[] {
  if (typeof revisions !== 'object' || revisions === null) return [rev];
  const { start, ids } = revisions as { start?: unknown; ids?: unknown };
  return typeof start === 'number' && Array.isArray(ids) ? historyFrom(start, ids as string[]) : [rev];
}
