/** What the sender tells, written into the ledger: the station's side of one upload. */
import { audit } from '../../ledger/audit.ts';
import { recordServerTook } from '../../ledger/baseline.ts';
import { findChange, type Change } from '../../ledger/changes.ts';
import { joinedFrom, withdrawJoin } from '../../ledger/conflicts.ts';
import {
  recordAccepted,
  recordFailed,
  recordLapsed,
  recordRefused,
  recordSameContent,
  recordSent,
  recordWaits,
} from '../../ledger/deliveries.ts';
import type { Key } from '../../ledger/keys.ts';
import type { ChtClient } from '../../upload/client.ts';
import type { SenderParts } from '../../upload/sender-parts.ts';
import type { Core } from '../core.ts';
import type { JobHandle } from '../jobs.ts';
import { classDocuments } from '../review/reclassify.ts';
import { documentsToSend } from '../review/versions.ts';
import { measure } from './size.ts';
import type { Verdicts } from './verdicts.ts';

export class UploadRecord {
  readonly #core: Core;
  readonly #job: JobHandle;
  readonly #upload: string;
  readonly #verdicts: Verdicts;
  readonly refused: Change[] = [];
  readonly tooLarge: Change[] = [];
  /** The first and the last record of each proof. */
  readonly marks: Key[] = [];
  readonly #counts = { accepted: 0, already: 0, refused: 0 };

  constructor(core: Core, job: JobHandle, upload: string, verdicts: Verdicts) {
    this.#core = core;
    this.#job = job;
    this.#upload = upload;
    this.#verdicts = verdicts;
  }

  /** What the sender needs of the station. `total`: how many changes are to be settled. */
  parts(client: ChtClient, total: number): SenderParts<Change> {
    const core = this.#core;
    const { db } = core;
    const upload = this.#upload;
    const verdicts = this.#verdicts;
    const counts = this.#counts;
    return {
      client,
      signal: this.#job.signal,
      timers: core.timers,
      clock: core.clock,
      look: (items) => verdicts.look(items),
      verdicts: (items) => verdicts.verdicts(items),
      load: (items) => documentsToSend(core, items),
      measure: (item) => measure(core, item),
      bodyIsGone: ({ id, kind }) => {
        if (kind === 'contact') verdicts.block(id, 'needs-unsent');
        core.storeDamaged();
      },
      recordSent: (items) => recordSent(db, upload, items, core.now()),
      recordAccepted: (items, already) => {
        counts[already ? 'already' : 'accepted'] += items.length;
        verdicts.unblock(items);
        this.marks.push(...items.slice(0, 1), ...items.slice(1).slice(-1));
        const at = core.now();
        // What a power cut takes of it is proven again.
        db.step(() => {
          recordAccepted(db, upload, items, already, at);
          // What is still here of these documents stands against another server now.
          classDocuments(core, recordServerTook(db, items, at));
          const records = items.map(({ id, rev }) => [id, rev]);
          audit(db, { person: core.person, at }, 'proven', { detail: { upload, already, records } });
        });
      },
      recordSameContent: (item) => {
        counts.already += 1;
        recordSameContent(db, upload, item, core.now());
      },
      recordRefused: (item, reason) => this.#recordRefused(item, reason),
      recordFailed: (items, reason) => {
        for (const { id, rev } of items)
          if (findChange(db, id, rev)?.kind === 'contact') verdicts.block(id, 'needs-unsent');
        recordFailed(db, upload, items, reason, core.now());
      },
      recordLapsed: (item, reason) => {
        // The server moved between the join and its request: it is joined anew.
        const resolution = findChange(db, item.id, item.rev)?.resolution ?? null;
        const change = joinedFrom(db, resolution);
        if (resolution !== null && change !== undefined) {
          db.transaction(() => withdrawJoin(db, resolution));
          this.#recordWaits(change, 'joined-first');
        } else recordLapsed(db, upload, item, reason, { person: core.person, at: core.now() });
      },
      onProgress: (step, done) => {
        this.#job.progress({ step, done, total, counts: { ...counts } });
        core.changed('outbox');
      },
    };
  }

  #recordRefused(item: Key, reason: string): void {
    const { db } = this.#core;
    const sent = findChange(db, item.id, item.rev);
    if (sent === undefined) return;
    // What was made by a join is refused for the change that it was made of.
    const joined = joinedFrom(db, sent.resolution);
    if (joined !== undefined && sent.resolution !== null) withdrawJoin(db, sent.resolution);
    const change = joined === undefined ? sent : (findChange(db, joined.id, joined.rev) ?? sent);
    // Refused only because what it needs was refused: it waits for that one.
    const waits = this.#verdicts.whyWaits(change);
    if (waits !== null) {
      this.#recordWaits(change, waits);
      return;
    }
    if (change.kind === 'contact') this.#verdicts.block(change.id, 'needs-refused');
    this.#counts.refused += 1;
    const at = this.#core.now();
    db.transaction(() => {
      recordRefused(db, this.#upload, change, reason, at);
      audit(db, { person: this.#core.person, at }, 'refused', {
        batch: change.batch,
        id: change.id,
        rev: change.rev,
        detail: { upload: this.#upload, reason },
      });
    });
    this.refused.push(change);
    if (reason === 'too-large-for-server') this.tooLarge.push(change);
  }

  #recordWaits(item: Key, reason: string): void {
    recordWaits(this.#core.db, this.#upload, item, reason, this.#core.now());
  }
}
