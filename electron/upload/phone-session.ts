/**
 * The questions that are asked with the phone's own session. Before and after its app synchronises: who is signed in,
 * which version the server has, which revisions it lacks, and what it holds of a record; for a parcel: what the phone would
 * download. The session belongs to the phone: it is kept nowhere, and nothing is written with it.
 */
import { StationError } from '../../shared/errors.ts';
import type { Timers } from '../../shared/timers.ts';
import { isObject } from '../../shared/untrusted.ts';
import type { UploadPace } from '../../shared/upload-pace.ts';
import { chtVersion, documentsIn, strings } from './answers.ts';
import { failureOf, jsonOf, request, type Fetch, type HttpAnswer } from './http.ts';
import { RemovedDocuments } from './removed-documents.ts';
import { Replication } from './replication.ts';
import { RetryPolicy } from './retry.ts';
import type { RevsDiff, RevsDiffEntry } from './revs-diff.ts';
import { isRestrictedBy } from './roles.ts';
import { DATABASE, isSignedOut, type Question } from './session.ts';

export interface PhoneSessionOptions {
  /** Origin of the server. */
  readonly url: string;
  readonly cookie: string;
  readonly fetch: Fetch;
  readonly pace: UploadPace;
  readonly signal: AbortSignal;
  readonly timers: Timers;
}

/** Documents in one question. */
const AT_ONCE = 1000;

export class PhoneSession {
  readonly #options: PhoneSessionOptions;
  readonly #retry: RetryPolicy;
  readonly #removed = new RemovedDocuments((question) => this.#offered(question));

  constructor(options: PhoneSessionOptions) {
    this.#options = options;
    const { pace, signal, timers } = options;
    this.#retry = new RetryPolicy({ pace, signal, timers, random: Math.random });
  }

  /**
   * Whether the server still takes this session for this person's, and whether it restricts what the person sees.
   * @throws StationError `phone-session-ended`, `offline`, …
   */
  async check(user: string): Promise<{ readonly isRestricted: boolean }> {
    if (this.#options.cookie === '') throw new StationError('phone-session-ended');
    const answer = await this.#ask({ method: 'GET', path: '/_session', speed: 'quick' });
    if (isSignedOut(answer)) throw new StationError('phone-session-ended');
    const failure = failureOf(answer);
    if (failure !== null) throw failure;
    const body = jsonOf(answer);
    const context = isObject(body) ? body['userCtx'] : undefined;
    if (!isObject(context) || context['name'] !== user) throw new StationError('phone-session-ended');
    return { isRestricted: isRestrictedBy(strings(context['roles'])) };
  }

  /** What the phone would download. Asked again after a failure that may pass. */
  get replication(): Replication {
    return new Replication({
      json: async (question) => {
        const found = await this.#offered(question);
        if (found === null) throw new StationError('bad-answer');
        return found;
      },
      offered: (question) => this.#offered(question),
    });
  }

  /** As `ChtClient.deletedAmong`. */
  deletedAmong(ids: readonly string[]): Promise<ReadonlySet<string> | null> {
    return this.#removed.among(ids);
  }

  /** JSON, or `null` for 403 and 404: not for this person, or not on this server. */
  #offered(question: Question): Promise<unknown> {
    return this.#retry.run(async () => {
      const answer = await this.#ask(question);
      if (isSignedOut(answer)) throw new StationError('phone-session-ended');
      if (answer.status === 403 || answer.status === 404) return null;
      const failure = failureOf(answer);
      if (failure !== null) throw failure;
      return jsonOf(answer);
    });
  }

  /** The version of CHT on the server; `null` where it does not say. */
  async version(): Promise<string | null> {
    const answer = await this.#ask({ method: 'GET', path: '/api/deploy-info', speed: 'quick' });
    if (answer.status !== 200) return null;
    try {
      const body = jsonOf(answer);
      return isObject(body) ? chtVersion(body['version']) : null;
    } catch {
      return null;
    }
  }

  /** Of these leaves, each an id and its revisions, those that the server lacks. */
  async missing(
    leaves: readonly (readonly string[])[],
  ): Promise<{ readonly id: string; readonly rev: string }[]> {
    const missing: { id: string; rev: string }[] = [];
    for (let at = 0; at < leaves.length; at += AT_ONCE) {
      const question = Object.create(null) as Record<string, string[]>;
      for (const [id = '', ...revs] of leaves.slice(at, at + AT_ONCE)) (question[id] ??= []).push(...revs);
      missing.push(...(await this.#missingOf(question)));
    }
    return missing;
  }

  async #missingOf(question: RevsDiff): Promise<{ id: string; rev: string }[]> {
    return [...(await this.revsDiff(question))].flatMap(([id, { missing }]) =>
      missing.filter((rev) => question[id]?.includes(rev)).map((rev) => ({ id, rev })),
    );
  }

  /** As `ChtClient.revsDiff`. */
  async revsDiff(question: RevsDiff): Promise<ReadonlyMap<string, RevsDiffEntry>> {
    const body = await this.#json(`/${DATABASE}/_revs_diff`, question);
    if (!isObject(body)) throw new StationError('bad-answer');
    const found = new Map<string, RevsDiffEntry>();
    for (const [id, entry] of Object.entries(body)) {
      if (!isObject(entry)) throw new StationError('bad-answer');
      const [missing, possibleAncestors] = [strings(entry['missing']), strings(entry['possible_ancestors'])];
      found.set(id, { missing, possibleAncestors });
    }
    return found;
  }

  /** As `ChtClient.bulkGet`: what this person may not see is absent. */
  async bulkGet(
    revisions: readonly { readonly id: string; readonly rev: string }[],
  ): Promise<Record<string, unknown>[]> {
    const docs = revisions.map(({ id, rev }) => ({ id, rev }));
    return documentsIn(await this.#json(`/${DATABASE}/_bulk_get?revs=true`, { docs }));
  }

  /** As `ChtClient.withAttachments`. */
  async withAttachments(id: string, rev: string): Promise<Record<string, unknown> | null> {
    const path = `/${DATABASE}/_bulk_get?revs=true&attachments=true`;
    return documentsIn(await this.#json(path, { docs: [{ id, rev }] }))[0] ?? null;
  }

  async #json(path: string, body: unknown): Promise<unknown> {
    const answer = await this.#ask({ method: 'POST', path, body: JSON.stringify(body), speed: 'patient' });
    if (answer.status === 401) throw new StationError('phone-session-ended');
    const failure = failureOf(answer);
    if (failure !== null) throw failure;
    return jsonOf(answer);
  }

  #ask({ method, path, body, speed }: Question): Promise<HttpAnswer> {
    const { url, cookie, fetch, pace, signal, timers } = this.#options;
    return request(fetch, {
      method,
      url: `${url}${path}`,
      headers: { Cookie: cookie },
      ...(body === undefined ? {} : { body }),
      timeoutMs: speed === 'quick' ? pace.quickMs : pace.patientMs,
      answer: speed === 'quick' ? 'small' : 'documents',
      signal,
      timers,
    });
  }
}
