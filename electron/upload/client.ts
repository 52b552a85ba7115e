/** A CHT server as one person who signed in. Sources: cht-exchanges (all of it), cht-facts §1 and §2. */
import { StationError } from '../../shared/errors.ts';
import { failureOf, isObject, jsonOf, request, type Fetch, type HttpAnswer } from './http.ts';

/** The database's name is the same on every CHT server. */
const DATABASE = 'medic';
const QUICK_MS = 30_000;
/** Single requests were seen to take 13 s when the server's views had to catch up. */
const PATIENT_MS = 180_000;

export interface RevsDiffEntry {
  readonly missing: readonly string[];
  readonly possibleAncestors: readonly string[];
}

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

export interface ClientOptions {
  /** Origin of the server, without a slash at the end. */
  readonly url: string;
  readonly fetch: Fetch;
  readonly signal?: AbortSignal | undefined;
}

/** The version of the CHT server at an address, without signing in (`/api/info`). @throws StationError `not-a-cht-server` and what `request` throws */
export async function serverVersion({ url, fetch, signal }: ClientOptions): Promise<string> {
  const answer = await request(fetch, { method: 'GET', url: `${url}/api/info`, timeoutMs: QUICK_MS, signal });
  if (answer.status >= 500) throw new StationError('server-error', String(answer.status));
  try {
    const info = jsonOf(answer);
    if (answer.status === 200 && isObject(info) && typeof info['version'] === 'string')
      return info['version'];
  } catch (error) {
    throw new StationError('not-a-cht-server', undefined, error);
  }
  throw new StationError('not-a-cht-server');
}

export class ChtClient {
  readonly user: string;
  readonly #options: ClientOptions;
  #cookie: string;

  private constructor(user: string, cookie: string, options: ClientOptions) {
    this.user = user;
    this.#cookie = cookie;
    this.#options = options;
  }

  /**
   * Signs in as the CHT app does. The cookie decides, not the 302: a person who has to choose a new
   * password gets the 302 and no cookie.
   * @throws StationError `wrong-password`, `password-change-required`, `too-many-attempts` (detail: seconds to wait), `not-a-cht-server`, …
   */
  static async signIn(user: string, password: string, options: ClientOptions): Promise<ChtClient> {
    const answer = await request(options.fetch, {
      method: 'POST',
      url: `${options.url}/${DATABASE}/login`,
      body: JSON.stringify({ user, password }),
      timeoutMs: QUICK_MS,
      signal: options.signal,
    });
    if (answer.status === 401) throw new StationError('wrong-password');
    if (answer.status === 429) throw new StationError('too-many-attempts', '30');
    if (answer.status >= 500) throw new StationError('server-error', String(answer.status));
    const cookie = sessionCookie(answer.headers);
    if (cookie !== null) return new ChtClient(user, cookie, options);
    if (answer.status === 302 && answer.text.includes('/password-reset')) {
      throw new StationError('password-change-required');
    }
    throw new StationError('not-a-cht-server', String(answer.status));
  }

  async #ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body: string | undefined,
    timeoutMs: number,
  ): Promise<HttpAnswer> {
    const answer = await request(this.#options.fetch, {
      method,
      url: `${this.#options.url}${path}`,
      headers: { Cookie: this.#cookie },
      ...(body === undefined ? {} : { body }),
      timeoutMs,
      signal: this.#options.signal,
    });
    // The server renews the session by itself now and then.
    this.#cookie = sessionCookie(answer.headers) ?? this.#cookie;
    return answer;
  }

  /**
   * Which of these revisions the server lacks. Not filtered by what the user may see. Ids with nothing
   * missing are absent from the answer.
   */
  async revsDiff(
    question: Readonly<Record<string, readonly string[]>>,
  ): Promise<ReadonlyMap<string, RevsDiffEntry>> {
    const answer = await this.#ask('POST', `/${DATABASE}/_revs_diff`, JSON.stringify(question), PATIENT_MS);
    const failure = failureOf(answer);
    if (failure !== null) throw failure;
    const body = jsonOf(answer);
    if (!isObject(body)) throw new StationError('bad-answer');
    const found = new Map<string, RevsDiffEntry>();
    for (const [id, entry] of Object.entries(body)) {
      if (!isObject(entry)) throw new StationError('bad-answer');
      found.set(id, {
        missing: strings(entry['missing']),
        possibleAncestors: strings(entry['possible_ancestors']),
      });
    }
    return found;
  }

  /**
   * Bodies of revisions, with `_revisions` and attachment stubs. What the user may not see is absent, and
   * so is what the server does not have: the two look the same.
   */
  async bulkGet(
    revisions: readonly { readonly id: string; readonly rev: string }[],
  ): Promise<Record<string, unknown>[]> {
    const body = JSON.stringify({ docs: revisions.map(({ id, rev }) => ({ id, rev })) });
    const answer = await this.#ask('POST', `/${DATABASE}/_bulk_get?revs=true`, body, PATIENT_MS);
    const failure = failureOf(answer);
    if (failure !== null) throw failure;
    const found = jsonOf(answer);
    if (!isObject(found) || !Array.isArray(found['results'])) throw new StationError('bad-answer');
    const documents: Record<string, unknown>[] = [];
    for (const result of found['results'] as unknown[]) {
      const docs: unknown = isObject(result) ? result['docs'] : undefined;
      if (!Array.isArray(docs)) continue;
      for (const entry of docs as unknown[]) {
        if (isObject(entry) && isObject(entry['ok'])) documents.push(entry['ok']);
      }
    }
    return documents;
  }

  /**
   * Writes documents as they are (`new_edits:false`). `documents`: each already serialised, so that their
   * size was known before.
   * @throws StationError when there is no answer, the session ended, or the server is in trouble
   */
  async bulkDocs(documents: readonly string[]): Promise<WriteAnswer> {
    const body = `{"new_edits":false,"docs":[${documents.join(',')}]}`;
    const answer = await this.#ask('POST', `/${DATABASE}/_bulk_docs`, body, PATIENT_MS);
    if (answer.status === 400 || answer.status === 412 || answer.status === 413) {
      return { failed: { status: answer.status, reason: reasonOf(answer) }, refused: [] };
    }
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

  /** Ends the session on the server. A failure is no matter: the cookie is forgotten anyway. */
  async signOut(): Promise<void> {
    try {
      await this.#ask('DELETE', '/_session', undefined, QUICK_MS);
    } catch {
      // Nothing to do: the server may be out of reach by now.
    }
    this.#cookie = '';
  }
}

function sessionCookie(headers: Headers): string | null {
  for (const line of headers.getSetCookie()) {
    const pair = line.split(';', 1)[0] ?? '';
    if (pair.startsWith('AuthSession=') && pair.length > 'AuthSession='.length) return pair;
  }
  return null;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? (value as unknown[]).filter((entry) => typeof entry === 'string') : [];
}

function reasonOf(answer: HttpAnswer): string {
  try {
    const body = JSON.parse(answer.text) as unknown;
    if (isObject(body)) {
      const reason = body['reason'] ?? body['error'];
      if (typeof reason === 'string') return reason.slice(0, 500);
    }
  } catch {
    // No JSON: the status has to do.
  }
  return `HTTP ${answer.status}`;
}
