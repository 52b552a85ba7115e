/** Writes to a CHT server, and what its answers say about single documents. Sources: docs/cht.md §2, docs/cht-exchanges.md §2 to §5. */
import { StationError } from '../../shared/errors.ts';
import { isObject } from '../../shared/untrusted.ts';
import { failureOf, isJson, jsonOf, type HttpAnswer } from './http.ts';
import { DATABASE, type Session } from './session.ts';

/** What the server said about one document of a `_bulk_docs`. Absent from the answer: stored. */
export interface WriteRefusal {
  readonly id: string;
  readonly error: string;
  readonly reason: string | null;
}

export interface WriteAnswer {
  /** The whole request failed with this status; part of it may be stored all the same (seen with 412). */
  readonly failed: { readonly status: number; readonly reason: string } | null;
  readonly refused: readonly WriteRefusal[];
}

/**
 * Writes documents as they are (`new_edits:false`), once. `documents`: each already serialised, so that
 * their size was known before.
 * @throws StationError when there is no answer, the session ended, or the server is in trouble
 */
export async function bulkDocs(session: Session, documents: readonly string[]): Promise<WriteAnswer> {
  const answer = await session.ask({
    method: 'POST',
    path: `/${DATABASE}/_bulk_docs`,
    body: `{"new_edits":false,"docs":[${documents.join(',')}]}`,
    speed: 'patient',
  });
  const failed = refusalOfAll(answer);
  if (failed !== null) return { failed, refused: [] };
  const failure = failureOf(answer);
  if (failure !== null) throw failure;
  const entries = jsonOf(answer);
  if (!Array.isArray(entries)) throw new StationError('bad-answer');
  const refused: WriteRefusal[] = [];
  for (const entry of entries as unknown[]) {
    if (!isObject(entry) || typeof entry['id'] !== 'string' || entry['error'] === undefined) continue;
    const reason = entry['reason'];
    refused.push({
      id: entry['id'],
      error: typeof entry['error'] === 'string' ? entry['error'] : 'error',
      reason: typeof reason === 'string' ? reason : null,
    });
  }
  return { failed: null, refused };
}

/**
 * The server takes nothing of a request as it is. A 413 may come from whatever stands before the server, in
 * any shape; a 400 or 412 that is no JSON does not come from the server and says nothing about the records.
 */
function refusalOfAll(answer: HttpAnswer): WriteAnswer['failed'] {
  const { status } = answer;
  if (status === 413 || ((status === 400 || status === 412) && isJson(answer)))
    return { status, reason: reasonOf(answer) };
  return null;
}

function reasonOf(answer: HttpAnswer): string {
  try {
    const body = JSON.parse(answer.text) as unknown;
    if (isObject(body)) {
      const reason = body['reason'] ?? body['error'];
      if (typeof reason === 'string') return reason.slice(0, 500);
    }
  } catch {
    // No JSON: only the status tells.
  }
  return `HTTP ${answer.status}`;
}
