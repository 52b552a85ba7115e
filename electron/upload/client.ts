/** The questions a CHT server is asked, by one person who signed in. Sources: docs/cht.md §2 and §8, docs/cht-exchanges.md §5. */
import { StationError } from '../../shared/errors.ts';
import { isObject } from '../../shared/untrusted.ts';
import type { UploadPace } from '../../shared/upload-pace.ts';
import { documentsIn, strings, versionOf } from './answers.ts';
import { everyUserSettings, formIds, primaryContactsBelow } from './deployment.ts';
import { failureOf, jsonOf } from './http.ts';
import { RemovedDocuments } from './removed-documents.ts';
import { Replication } from './replication.ts';
import type { RetryPolicy } from './retry.ts';
import { isRestrictedBy } from './roles.ts';
import { JoinedRevsDiff, type RevsDiff, type RevsDiffEntry } from './revs-diff.ts';
import { DATABASE, Session, type Question, type ServerOptions } from './session.ts';
import { bulkDocs, type WriteAnswer } from './writing.ts';

export class ChtClient {
  readonly #session: Session;
  #roles: readonly string[] = [];
  #visible: Promise<ReadonlySet<string> | null> | null = null;
  readonly #removed = new RemovedDocuments((question) => this.#offered(question));
  readonly #revsDiff = new JoinedRevsDiff((question) => this.#askRevsDiff(question));

  private constructor(session: Session) {
    this.#session = session;
  }

  /** Signs in and asks what the server calls this user. @throws what `Session.open` throws */
  static async signIn(user: string, password: string, options: ServerOptions): Promise<ChtClient> {
    const client = new ChtClient(await Session.open(user, password, options));
    try {
      client.#roles = await client.#askRoles();
      return client;
    } catch (error) {
      await client.signOut();
      throw error;
    }
  }

  get user(): string {
    return this.#session.user;
  }

  get pace(): UploadPace {
    return this.#session.pace;
  }

  /** Shared by everything that is asked in this session: failures in a row count together. */
  get retry(): RetryPolicy {
    return this.#session.retry;
  }

  /** Resolves once nothing holds the session up: no pause by the person, no battery saver. */
  ready(): Promise<void> {
    return this.#session.ready();
  }

  signOut(): Promise<void> {
    return this.#session.end();
  }

  /** Asks until there is an answer in JSON, for what changes nothing on the server: a login page of the network in between may pass. */
  #json(question: Question): Promise<unknown> {
    return this.retry.run(async () => {
      const answer = await this.#session.ask(question);
      const failure = failureOf(answer);
      if (failure !== null) throw failure;
      return jsonOf(answer);
    });
  }

  /**
   * Which of these revisions the server lacks. Not filtered by what the user may see. Ids with nothing
   * missing are absent from the answer; those of a question that was asked at the same time may be in it.
   */
  revsDiff(question: RevsDiff): Promise<ReadonlyMap<string, RevsDiffEntry>> {
    return this.#revsDiff.ask(question);
  }

  async #askRevsDiff(question: RevsDiff): Promise<ReadonlyMap<string, RevsDiffEntry>> {
    const body = await this.#json({
      method: 'POST',
      path: `/${DATABASE}/_revs_diff`,
      body: JSON.stringify(question),
      speed: 'patient',
    });
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
   * so is what the server does not have: the two look the same. Without `rev`: every leaf.
   */
  async bulkGet(
    revisions: readonly { readonly id: string; readonly rev?: string }[],
  ): Promise<Record<string, unknown>[]> {
    const docs = revisions.map(({ id, rev }) => (rev === undefined ? { id } : { id, rev }));
    const found = await this.#json({
      method: 'POST',
      path: `/${DATABASE}/_bulk_get?revs=true`,
      body: JSON.stringify({ docs }),
      speed: 'patient',
    });
    return documentsIn(found);
  }

  /**
   * Ids of everything this restricted user sees on the server, as it was when it was first asked in this session; `null` where the server does not offer that
   * (older than 4.3) or the user sees everything.
   */
  visibleIds(): Promise<ReadonlySet<string> | null> {
    // The server notes each question as a synchronisation of the phone (docs/cht.md §3): one a session.
    this.#visible ??= this.#askVisibleIds().catch((error: unknown) => {
      this.#visible = null;
      throw error;
    });
    return this.#visible;
  }

  async #askVisibleIds(): Promise<ReadonlySet<string> | null> {
    const body = await this.#offered({
      method: 'GET',
      path: '/api/v1/replication/get-ids',
      speed: 'patient',
    });
    if (!isObject(body) || !Array.isArray(body['doc_ids_revs'])) return null;
    return new Set(
      (body['doc_ids_revs'] as unknown[]).flatMap((row) =>
        isObject(row) && typeof row['id'] === 'string' ? [row['id']] : [],
      ),
    );
  }

  /** What this person's phone would download. */
  get replication(): Replication {
    return new Replication({
      json: (question) => this.#json(question),
      offered: (question) => this.#offered(question),
    });
  }

  /** The version of CHT on the server as it is now, asked once; `null` where it does not say. */
  version(): Promise<string | null> {
    return versionOf((path) => this.#onceOffered(path));
  }

  /** JSON, or `null` whatever stands against it. Not asked again: nothing hangs on it. */
  async #onceOffered(path: string): Promise<unknown> {
    try {
      const answer = await this.#session.ask({ method: 'GET', path, speed: 'quick' });
      return answer.status === 200 ? jsonOf(answer) : null;
    } catch (error) {
      if (error instanceof StationError) return null;
      throw error;
    }
  }

  /**
   * Which of these the server has deleted, purged for this user or archived; `null` where it does not offer that.
   * Nobody but a restricted user is offered it; a database admin is told what was archived by the archive itself.
   */
  deletedAmong(ids: readonly string[]): Promise<ReadonlySet<string> | null> {
    return this.#removed.among(ids);
  }

  /** Current documents by id, for an account with full view; `null` for a deleted one, absent: never heard of or not shown. */
  async currentDocuments(
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Record<string, unknown> | null>> {
    const body = await this.#json({
      method: 'POST',
      path: `/${DATABASE}/_all_docs?include_docs=true`,
      body: JSON.stringify({ keys: ids }),
      speed: 'patient',
    });
    const found = new Map<string, Record<string, unknown> | null>();
    if (!isObject(body) || !Array.isArray(body['rows'])) throw new StationError('bad-answer');
    for (const row of body['rows'] as unknown[]) {
      if (!isObject(row) || typeof row['key'] !== 'string') continue;
      if (isObject(row['doc'])) found.set(row['key'], row['doc']);
      else if (isObject(row['value']) && row['value']['deleted'] === true) found.set(row['key'], null);
    }
    return found;
  }

  /**
   * One revision with its attachments' bytes as base64 in `_attachments`, or `null` where there is none or this
   * user may not see it.
   */
  async withAttachments(id: string, rev: string): Promise<Record<string, unknown> | null> {
    const found = await this.#json({
      method: 'POST',
      path: `/${DATABASE}/_bulk_get?revs=true&attachments=true`,
      body: JSON.stringify({ docs: [{ id, rev }] }),
      speed: 'patient',
    });
    return documentsIn(found)[0] ?? null;
  }

  /**
   * The ids of all forms, as far as this user may list them; `null` where the server does not tell. A restricted user is
   * told the codes of forms, and a form's id is usually its code (docs/cht.md §4.4).
   */
  formIds(): Promise<readonly string[] | null> {
    return formIds((question) => this.#offered(question), this.isRestricted);
  }

  /** The user-settings of everybody, in parts, for an account with full view. */
  userSettings(): AsyncGenerator<readonly Record<string, unknown>[]> {
    return everyUserSettings((question) => this.#offered(question));
  }

  /**
   * Ids of the primary contacts of all places below these, no deeper than so many levels (`null`: however deep), for an
   * account with full view; `null` where the server does not offer that.
   */
  primaryContactsBelow(places: readonly string[], depth: number | null): Promise<ReadonlySet<string> | null> {
    return primaryContactsBelow((question) => this.#offered(question), places, depth);
  }

  /** One document as it stands, or `null` where there is none or this user may not see it. */
  async document(id: string): Promise<Record<string, unknown> | null> {
    const body = await this.#offered({
      method: 'GET',
      path: `/${DATABASE}/${encodeURIComponent(id)}`,
      speed: 'quick',
    });
    return isObject(body) ? body : null;
  }

  /** The roles the server gives to this person. */
  get roles(): readonly string[] {
    return this.#roles;
  }

  /** Whether the server restricts what this user sees and writes, whatever the person who signed in chose. */
  get isRestricted(): boolean {
    return isRestrictedBy(this.#roles);
  }

  #askRoles(): Promise<readonly string[]> {
    return this.retry.run(async () => {
      const answer = await this.#session.askAtOnce({ method: 'GET', path: '/_session', speed: 'quick' });
      const failure = failureOf(answer);
      if (failure !== null) throw failure;
      const body = jsonOf(answer);
      const context = isObject(body) ? body['userCtx'] : undefined;
      return isObject(context) ? strings(context['roles']) : [];
    });
  }

  /** JSON, or `null` for 403 and 404: not for this person, or not on this server. */
  async #offered(question: Question): Promise<unknown> {
    return this.retry.run(async () => {
      const answer = await this.#session.ask(question);
      if (answer.status === 403 || answer.status === 404) return null;
      const failure = failureOf(answer);
      if (failure !== null) throw failure;
      return jsonOf(answer);
    });
  }

  /**
   * Writes documents as they are (`new_edits:false`), once. `documents`: each already serialised.
   * @throws StationError when there is no answer, the session ended, or the server is in trouble
   */
  bulkDocs(documents: readonly string[]): Promise<WriteAnswer> {
    return bulkDocs(this.#session, documents);
  }
}
