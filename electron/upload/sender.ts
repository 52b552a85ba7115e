/**
 * Sends approved changes and proves what arrived. For each piece of the work: ask the server what it has
 * (it may have moved since the approval), send what is still to be sent, ask again. The ledger is told
 * before each request and after each proof, so a session that is cut off anywhere goes on where it was.
 */
import { StationError } from '../../shared/errors.ts';
import type { ChtClient, WriteRefusal } from './client.ts';

/** What goes in one request; the server itself takes 32 MiB (cht-exchanges). */
export const REQUEST_DOCUMENTS = 100;
export const REQUEST_BYTES = 8 * 1024 * 1024;
/** A document that is larger than this as JSON cannot pass the server's limit for a request. */
export const DOCUMENT_BYTES = 32 * 1024 * 1024 - 1024;

export interface ToSend {
  readonly id: string;
  readonly rev: string;
}

/**
 * What is to become of a change, now that the server was asked again.
 * - `send`; `has-it`: this revision is there; `same-content`: the same content is there under another revision
 * - `lapsed`: it is not what was approved any more; `waits`: another one has to be proven first
 */
export type Verdict =
  | { readonly kind: 'send' | 'has-it' | 'same-content' | 'waits' }
  | { readonly kind: 'lapsed'; readonly reason: string };

/** What the sender needs of the rest of the station. */
export interface SenderParts<Item extends ToSend> {
  readonly client: Pick<ChtClient, 'revsDiff' | 'bulkDocs'>;
  /** Asks the server about these changes and says what is to become of each, in their order. */
  readonly check: (items: readonly Item[]) => Promise<readonly Verdict[]>;
  /** The whole document as JSON, attachments inline; `null` where the replica does not have it. */
  readonly load: (item: Item) => Promise<string | null>;
  readonly noteSent: (items: readonly ToSend[], bytes: number) => void;
  readonly noteAccepted: (items: readonly ToSend[], already: boolean) => void;
  readonly noteSameContent: (item: ToSend) => void;
  readonly noteRefused: (item: ToSend, reason: string) => void;
  readonly noteFailed: (items: readonly ToSend[], reason: string) => void;
  readonly noteLapsed: (item: ToSend, reason: string) => void;
  /** After each piece. */
  readonly onProgress: (step: 'ask' | 'send' | 'prove', done: number) => void;
  readonly signal: AbortSignal;
}

interface Loaded extends ToSend {
  readonly json: string;
  readonly bytes: number;
}

/**
 * Sends everything, in the given order. Returns how many wait for another one to be proven.
 * @throws StationError when the session cannot go on; what was noted stays noted
 */
export async function sendAll<Item extends ToSend>(
  items: readonly Item[],
  parts: SenderParts<Item>,
): Promise<Item[]> {
  const waiting: Item[] = [];
  let done = 0;
  for (let at = 0; at < items.length; at += REQUEST_DOCUMENTS) {
    if (parts.signal.aborted) throw new StationError('cancelled');
    const piece = items.slice(at, at + REQUEST_DOCUMENTS);
    parts.onProgress('ask', done);
    const { toSend, waits } = settle(piece, await parts.check(piece), parts);
    waiting.push(...waits);
    await sendPiece(toSend, parts, done);
    done += piece.length;
  }
  parts.onProgress('prove', done);
  return waiting;
}

function settle<Item extends ToSend>(
  piece: readonly Item[],
  verdicts: readonly Verdict[],
  parts: SenderParts<Item>,
): { toSend: Item[]; waits: Item[] } {
  const toSend: Item[] = [];
  const waits: Item[] = [];
  const there: Item[] = [];
  for (const [at, item] of piece.entries()) {
    const verdict = verdicts[at];
    switch (verdict?.kind) {
      case 'send':
        toSend.push(item);
        break;
      case 'has-it':
        there.push(item);
        break;
      case 'same-content':
        parts.noteSameContent(item);
        break;
      case 'lapsed':
        parts.noteLapsed(item, verdict.reason);
        break;
      case 'waits':
      case undefined:
        waits.push(item);
    }
  }
  if (there.length > 0) parts.noteAccepted(there, true);
  return { toSend, waits };
}

/** Cuts a piece into requests by size and sends each. */
async function sendPiece<Item extends ToSend>(
  items: readonly Item[],
  parts: SenderParts<Item>,
  done: number,
): Promise<void> {
  let ready: Loaded[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (ready.length > 0) await sendRequest(ready, parts, done);
    ready = [];
    bytes = 0;
  };
  for (const item of items) {
    const json = await parts.load(item);
    if (json === null) {
      parts.noteFailed([item], 'replica-failed');
      continue;
    }
    const size = Buffer.byteLength(json);
    if (size > DOCUMENT_BYTES) {
      parts.noteRefused(item, 'too-large-for-server');
      continue;
    }
    if (bytes + size > REQUEST_BYTES) await flush();
    ready.push({ id: item.id, rev: item.rev, json, bytes: size });
    bytes += size;
  }
  await flush();
}

async function sendRequest<Item extends ToSend>(
  documents: readonly Loaded[],
  parts: SenderParts<Item>,
  done: number,
): Promise<void> {
  if (parts.signal.aborted) throw new StationError('cancelled');
  parts.onProgress('send', done);
  const bytes = documents.reduce((sum, document) => sum + document.bytes, 0);
  parts.noteSent(documents, bytes);
  const answer = await parts.client.bulkDocs(documents.map((document) => document.json));
  if (answer.failed === null) {
    await prove(documents, answer.refused, parts, done);
    return;
  }
  // The whole request failed, and yet part of it may be stored (seen with 412). What is missing goes again in
  // halves, down to the one document that the server cannot take.
  const missing = await prove(documents, [], parts, done, { quiet: true });
  if (missing.length === 0) return;
  if (documents.length === 1) {
    const { status, reason } = answer.failed;
    parts.noteRefused(documents[0] as Loaded, status === 413 ? 'too-large-for-server' : reason);
    return;
  }
  const half = Math.ceil(missing.length / 2);
  await sendRequest(missing.slice(0, half), parts, done);
  if (missing.length > half) await sendRequest(missing.slice(half), parts, done);
}

/**
 * The proof: what the server no longer reports missing is accepted, whatever its answer was. Returns what
 * is missing; unless `quiet`, that is noted as refused (with the server's reason) or as not proven.
 */
async function prove<Item extends ToSend>(
  documents: readonly Loaded[],
  refused: readonly WriteRefusal[],
  parts: SenderParts<Item>,
  done: number,
  { quiet = false } = {},
): Promise<Loaded[]> {
  parts.onProgress('prove', done);
  const question: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const { id, rev } of documents) (question[id] ??= []).push(rev);
  const answer = await parts.client.revsDiff(question);
  const isMissing = ({ id, rev }: ToSend): boolean => answer.get(id)?.missing.includes(rev) ?? false;
  const missing = documents.filter(isMissing);
  parts.noteAccepted(
    documents.filter((document) => !isMissing(document)),
    false,
  );
  if (!quiet) {
    const reasons = new Map(refused.map((entry) => [entry.id, entry.reason ?? entry.error]));
    for (const document of missing) {
      const reason = reasons.get(document.id);
      if (reason === undefined) parts.noteFailed([document], 'not-proven');
      else parts.noteRefused(document, reason);
    }
  }
  return missing;
}
