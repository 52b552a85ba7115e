/** What a phone's own sync did, written into the ledger: told before a request leaves, and after the proof. */
import type { ErrorCode } from '../../../shared/errors.ts';
import { audit } from '../../ledger/audit.ts';
import { recordServerTook } from '../../ledger/baseline.ts';
import { recordAccepted, recordFailed, recordRefused, recordSent } from '../../ledger/deliveries.ts';
import type { Key } from '../../ledger/keys.ts';
import { notSettled } from '../../ledger/phone-syncs.ts';
import { endUpload } from '../../ledger/uploads.ts';
import type { Core } from '../core.ts';
import { classDocuments } from '../review/reclassify.ts';
import type { Altered } from './as-reviewed.ts';
import { goingKey, type Written } from './writing.ts';

export class SyncRecord {
  /** Every revision that may go. */
  readonly keys: readonly Key[];
  readonly #core: Core;
  readonly #upload: string;
  readonly #sent = new Map<string, Key>();
  readonly #refused = new Map<string, string>();
  #accepted = new Set<string>();
  #missing: ReadonlySet<string> | null = null;

  constructor(core: Core, upload: string, keys: readonly Key[]) {
    this.#core = core;
    this.#upload = upload;
    this.keys = keys;
  }

  /** Records that were given to the server. */
  get sent(): number {
    return new Set([...this.#sent.values()].map(({ id }) => id)).size;
  }

  get sentKeys(): readonly Key[] {
    return [...this.#sent.values()];
  }

  /** The server was asked which of them it has. */
  get isProven(): boolean {
    return this.#missing !== null;
  }

  /** From here on the server may hold them, whether an answer comes or not. */
  leaving(written: readonly Written[], bytes: number): void {
    const { db } = this.#core;
    const changes = written.map((key, at) => ({ ...key, bytes: at === 0 ? bytes : 0 }));
    if (changes.length > 0) recordSent(db, this.#upload, changes, this.#core.now());
    for (const key of written) this.#sent.set(goingKey(key), key);
    this.#core.changed('outbox');
  }

  refused({ id, rev, reason }: Written & { readonly reason: string }): void {
    // Some servers name the document only.
    for (const key of this.#sent.values())
      if (key.id === id && (rev === '' || key.rev === rev)) this.#refused.set(goingKey(key), reason);
  }

  /** Under a revision that was reviewed the app had something else: it was not sent. */
  altered({ id, rev }: Written, what: Altered, user: string): void {
    const { db, person, now } = this.#core;
    audit(db, { person, at: now() }, 'sync-altered', {
      id,
      rev,
      detail: { upload: this.#upload, user, what },
    });
  }

  /** @param missing what the server still lacks of `keys` */
  proven(missing: readonly Key[]): void {
    const core = this.#core;
    const { db } = core;
    this.#missing = new Set(missing.map(goingKey));
    const there = this.keys.filter((key) => this.#missing?.has(goingKey(key)) === false);
    this.#accepted = new Set(there.filter((key) => this.#sent.has(goingKey(key))).map(({ id }) => id));
    const at = core.now();
    db.step(() => {
      for (const already of [false, true]) {
        const some = notSettled(
          db,
          there.filter((key) => this.#sent.has(goingKey(key)) !== already),
        );
        if (some.length === 0) continue;
        recordAccepted(db, this.#upload, some, already, at);
        const records = some.map(({ id, rev }) => [id, rev]);
        audit(db, { person: core.person, at }, 'proven', {
          detail: { upload: this.#upload, already, records, way: 'phone' },
        });
      }
      classDocuments(core, recordServerTook(db, there, at));
    });
  }

  /** Ends the upload. Answers how many records are proven, how many the server refused, and how many it lacks that the app never gave to it. */
  end(
    {
      user,
      error,
      begun,
    }: { readonly user: string; readonly error: ErrorCode | null; readonly begun: number },
    got: { readonly received: number; readonly dropped: number },
  ): { accepted: number; refused: number; left: number } {
    const core = this.#core;
    const { db } = core;
    const at = core.now();
    const refused = new Set<string>();
    const left = this.keys.filter(
      (key) => this.#missing?.has(goingKey(key)) === true && !this.#sent.has(goingKey(key)),
    );
    db.transaction(() => {
      for (const [name, key] of this.#sent) {
        if (this.#missing?.has(name) === false) continue;
        const reason = this.#refused.get(name);
        if (reason === undefined || this.#missing === null)
          recordFailed(db, this.#upload, [key], 'not-proven', at);
        else {
          refused.add(key.id);
          recordRefused(db, this.#upload, key, reason, at);
        }
      }
      const some = this.#accepted.size > 0;
      const isStopped = error === 'cancelled';
      const isWhole = refused.size === 0 && this.#missing !== null;
      endUpload(db, this.#upload, {
        outcome: isStopped
          ? 'stopped'
          : error === null && isWhole
            ? 'done'
            : some || error === null
              ? 'partly'
              : 'failed',
        error: isStopped ? null : error,
        at,
        seconds: (core.timers.now() - begun) / 1000,
      });
      audit(db, { person: core.person, at }, 'phone-synced', {
        detail: {
          upload: this.#upload,
          user,
          error,
          sent: this.sent,
          accepted: this.#accepted.size,
          refused: refused.size,
          ...got,
        },
      });
    });
    core.changed('outbox', 'batches', 'conflicts');
    const leftOver = new Set(left.map(({ id }) => id)).size;
    return { accepted: this.#accepted.size, refused: refused.size, left: leftOver };
  }
}
