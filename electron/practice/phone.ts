/**
 * A practice phone: a PouchDB of its own that is filled from the server, edited without it, and either syncs
 * as the CHT app does or hands out a dump. Words: to *push* is to send what changed since the last push, to
 * *pull* is to fetch what the server says this user should hold (docs/cht.md §2.6 and §8).
 */
import { savedByApp } from './app-muting.ts';
import { isObject } from './http.ts';
import { staysOnPhone } from './push-filter.ts';
import type { Database, Doc, StoredDoc } from './pouch.ts';
import { openDatabase } from './pouch.ts';
import type { PracticeServer } from './server.ts';
import type { Manifest } from './station-dump.ts';
import { exportStationDump, stationDumpName } from './station-dump.ts';

export interface PhoneOptions {
  readonly user: string;
  readonly device: string;
  readonly server: Pick<PracticeServer, 'url' | 'users'>;
  readonly clock?: () => number;
}

/** What one online sync did. */
export interface SyncResult {
  /** Revisions the server took. */
  readonly sent: number;
  /** Ids the server refused; the phone does not try them again. */
  readonly refused: readonly string[];
  readonly fetched: number;
  /** Ids of what the server deleted and the phone therefore dropped. */
  readonly purged: readonly string[];
}

interface BulkGetAnswer {
  results: { docs: { ok?: StoredDoc }[] }[];
}

const BATCH = 100;

function* batches<T>(list: readonly T[]): Generator<T[]> {
  for (let from = 0; from < list.length; from += BATCH) yield list.slice(from, from + BATCH);
}

export class Phone {
  readonly user: string;
  readonly server: PhoneOptions['server'];
  device: string;
  /** The phone's own database. After `reset` it is another one. */
  db: Database;
  /** The sequence up to which the phone has pushed (`medic-last-replicated-seq`). */
  lastReplicatedSeq = 0;
  readonly #clock: () => number;

  constructor({ user, device, server, clock = Date.now }: PhoneOptions) {
    this.user = user;
    this.device = device;
    this.server = server;
    this.#clock = clock;
    this.db = openDatabase(`phone-${user}`);
  }

  /** Signs in for the first time: fetches everything, and counts nothing of it as unsent. */
  async firstSync(): Promise<void> {
    await this.#pull();
    this.lastReplicatedSeq = (await this.db.info()).update_seq;
  }

  /** Saves a document on top of what the phone shows, as an edit in the app does. Answers its revision. */
  async put(doc: Doc): Promise<string> {
    const shown = doc._rev === undefined ? await this.#shown(doc._id) : undefined;
    const { rev } = await this.db.put({ ...doc, ...(shown ? { _rev: shown._rev } : {}) });
    return rev;
  }

  /** Saves new documents as a form in the app does, with what the app mutes or unmutes for them. */
  async save(...docs: readonly Doc[]): Promise<void> {
    const { rows } = await this.db.allDocs({ include_docs: true });
    const held = new Map(rows.flatMap(({ doc }) => (doc ? [[doc._id, doc]] : [])));
    const settings = held.get('settings')?.settings;
    const now = new Date(this.#clock()).toISOString();
    const saved = savedByApp(docs, { docs: held, settings: isObject(settings) ? settings : {} }, now);
    for (const doc of saved) await this.put(doc);
  }

  /** Changes some fields of a document; what else it holds, attachments included, stays. */
  async edit(id: string, change: (doc: StoredDoc) => Record<string, unknown>): Promise<string> {
    const doc = await this.db.get(id);
    return this.put({ ...doc, ...change(doc) });
  }

  /** Saves a document again as it is: what the app does with documents that the server refused. */
  touch(id: string): Promise<string> {
    return this.edit(id, () => ({}));
  }

  /** Deletes as the app does: the deletion keeps the fields of the document. */
  remove(id: string): Promise<string> {
    return this.edit(id, () => ({ _deleted: true }));
  }

  /** Drops a document to save space: the stub that must never be sent. */
  async purge(id: string): Promise<string> {
    const { _rev } = await this.db.get(id);
    return this.put({ _id: id, _rev, _deleted: true, purged: true });
  }

  /** Goes online for a moment: pushes, then pulls. Throws where the server cannot be reached. */
  async sync(): Promise<SyncResult> {
    const pushed = await this.#push();
    return { ...pushed, ...(await this.#pull()) };
  }

  /** What the phone says about itself in a dump. */
  async manifest(): Promise<Manifest> {
    const settings = await this.#shown(`org.couchdb.user:${this.user}`);
    const client = await this.#shown('_design/medic-client');
    const build = client?.build_info as { version?: string } | undefined;
    const facilities = [settings?.facility_id ?? []].flat() as string[];
    return {
      user: this.user,
      ...(typeof settings?.contact_id === 'string' ? { userContactId: settings.contact_id } : {}),
      ...(facilities[0] === undefined ? {} : { facilityId: facilities[0] }),
      device: this.device,
      app: { ...(build?.version ? { cht: build.version } : {}), android: '1.6.0', pouchdb: '9.0.0' },
      server: this.server.url,
      database: 'medic',
      exportedAt: new Date(this.#clock()).toISOString(),
      lastReplicatedSeq: String(this.lastReplicatedSeq),
    };
  }

  /** A dump in the `station` format: everything, or what changed after a sequence. */
  async exportStation(options: { since?: number } = {}): Promise<{ name: string; bytes: Buffer }> {
    const manifest = await this.manifest();
    return { name: stationDumpName(manifest), bytes: await exportStationDump(this.db, manifest, options) };
  }

  /** A dump as `allDocs({include_docs, attachments})` gives it: no history, no deletions. */
  async exportAllDocs(): Promise<{ name: string; bytes: Buffer }> {
    const rows = await this.db.allDocs({ include_docs: true, attachments: true });
    return { name: `medic-user-${this.user}-alldocs.json`, bytes: Buffer.from(JSON.stringify(rows)) };
  }

  /** The app's data is cleared: an empty database, and, where one is given, another device id. */
  async reset(device = this.device): Promise<void> {
    await this.db.destroy();
    this.db = openDatabase(`phone-${this.user}`);
    this.device = device;
    this.lastReplicatedSeq = 0;
  }

  /** Removes its database. */
  destroy(): Promise<void> {
    return this.db.destroy();
  }

  #shown(id: string): Promise<StoredDoc | undefined> {
    return this.db.get(id).catch((error: { status?: number }) => {
      if (error.status === 404) return undefined;
      throw error;
    });
  }

  async #ask<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
    const { password = '' } = this.server.users.find(({ user }) => user === this.user) ?? {};
    const basic = Buffer.from(`${this.user}:${password}`).toString('base64');
    const headers: Record<string, string> = { accept: 'application/json', authorization: `Basic ${basic}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${this.server.url}/${path}`, { method, headers, ...sent });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async #push(): Promise<Pick<SyncResult, 'sent' | 'refused'>> {
    const refused: string[] = [];
    let sent = 0;
    const since = this.lastReplicatedSeq;
    const { results, last_seq } = await this.db.changes({ since, style: 'all_docs', include_docs: true });
    const sendable = results.filter(({ doc }) => doc && !staysOnPhone(doc));
    for (const batch of batches(sendable)) {
      const asked = Object.fromEntries(batch.map(({ id, changes }) => [id, changes.map(({ rev }) => rev)]));
      const diff = await this.#ask<Record<string, { missing: string[] }>>('POST', 'medic/_revs_diff', asked);
      const docs: StoredDoc[] = [];
      for (const [id, { missing }] of Object.entries(diff)) {
        for (const rev of missing) docs.push(await this.db.get(id, { rev, revs: true, attachments: true }));
      }
      if (docs.length === 0) continue;
      const body = { docs, new_edits: false };
      const answers = await this.#ask<{ id: string }[]>('POST', 'medic/_bulk_docs', body);
      const bad = new Set(answers.map(({ id }) => id));
      refused.push(...bad);
      sent += docs.filter(({ _id }) => !bad.has(_id)).length;
    }
    this.lastReplicatedSeq = last_seq;
    return { sent, refused };
  }

  async #pull(): Promise<Pick<SyncResult, 'fetched' | 'purged'>> {
    const path = 'api/v1/replication/get-ids';
    const { doc_ids_revs } = await this.#ask<{ doc_ids_revs: { id: string; rev: string }[] }>('GET', path);
    const { rows } = await this.db.allDocs();
    const held = new Map(rows.map((row) => [row.key, row.value?.rev]));
    const wanted = doc_ids_revs.filter(({ id, rev }) => held.get(id) !== rev);
    let fetched = 0;
    for (const docs of batches(wanted)) {
      const query = 'medic/_bulk_get?attachments=true&revs=true';
      const { results } = await this.#ask<BulkGetAnswer>('POST', query, { docs });
      const found = results.flatMap((row) => row.docs.flatMap(({ ok }) => (ok ? [ok] : [])));
      await this.db.bulkDocs(found, { new_edits: false });
      fetched += found.length;
    }
    const purged: string[] = [];
    const shouldHold = new Set(doc_ids_revs.map(({ id }) => id));
    for (const doc_ids of batches([...held.keys()].filter((id) => !shouldHold.has(id)))) {
      const answer = await this.#ask<{ doc_ids: string[] }>('POST', 'api/v1/replication/get-deletes', {
        doc_ids,
      });
      purged.push(...answer.doc_ids);
    }
    for (const id of purged) await this.purge(id);
    return { fetched, purged };
  }
}
