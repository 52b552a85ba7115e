/** The upload as a job: sign in, send what is approved in the right order, prove it, write down what came of it. */
import { isOneOf, OUTBOX_STATES } from '../../../shared/states.ts';
import { deletesRecord } from '../../ledger/deletions.ts';
import { hasRefusals } from '../../ledger/refusals.ts';
import type { Key } from '../../ledger/keys.ts';
import { randomUUID } from 'node:crypto';
import type { JobEnd } from '../../../shared/contract.ts';
import { orderForSending } from '../../../shared/documents.ts';
import { StationError } from '../../../shared/errors.ts';
import type { OthersWork, UploadResult } from '../../../shared/upload.ts';
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
import { setSetting } from '../../ledger/settings.ts';
import { addUpload, batchUser, changesToSend, endUpload, uploadResult } from '../../ledger/uploads.ts';
import type { ChtClient } from '../../upload/client.ts';
import { sendAll, type SenderParts, type Waiting } from '../../upload/sender.ts';
import type { Core } from '../core.ts';
import type { JobHandle } from '../jobs.ts';
import { pauseToSavePower } from './power.ts';
import { lookAtSamples, missingAmong, proveAtTheEnd } from './proof.ts';
import { checkRefusals, explainRefusals } from './refusals.ts';
import { Removals } from '../server/removals.ts';
import { seePeople } from '../server/people.ts';
import { serverUrl } from '../server/server.ts';
import { classDocuments } from '../review/reclassify.ts';
import { ownView, viewOf } from '../server/view.ts';
import { isAccount, signIn } from '../server/sign-in.ts';
import { documentsToSend } from '../review/versions.ts';
import { makeJoins } from './joining.ts';
import { keepSizes, measure } from './size.ts';
import { isJoined, Verdicts } from './verdicts.ts';

export interface UploadRequest {
  readonly user: string;
  /** Without one: the login that is kept for the user. */
  readonly password?: string | undefined;
  /** The user is a station account, not the author of what it sends. */
  readonly account?: boolean | undefined;
  readonly batches?: readonly string[] | undefined;
  /** How many deletions the person was told of and agreed to. */
  readonly deleting: number;
}

export async function runUpload(core: Core, job: JobHandle, request: UploadRequest): Promise<JobEnd> {
  const url = serverUrl(core);
  job.progress({ step: 'sign-in', unit: 'documents' });
  const stopSaving = pauseToSavePower(core.options.power, job.gate);
  try {
    return await sendAs(core, job, request, url);
  } finally {
    stopSaving();
  }
}

async function sendAs(core: Core, job: JobHandle, request: UploadRequest, url: string): Promise<JobEnd> {
  const client = await signIn(core, job, request.user, request.password);
  try {
    const account = isAccount(client, request.account === true);
    const upload = `${core.now().replaceAll(/[-:.]/g, '')}-${randomUUID().slice(0, 8)}`;
    const begun = core.timers.now();
    core.db.transaction(() => {
      setSetting(core.db, 'server.used', 'yes');
      addUpload(core.db, { upload, user: request.user, account, server: url, startedAt: core.now() });
    });
    const sending = new Sending(core, job, client, upload);
    let failure: StationError | null = null;
    try {
      await sending.run({ ...request, account });
    } catch (error) {
      failure = error instanceof StationError ? error : new StationError('internal', undefined, error);
      const { cause } = failure;
      core.log(
        `upload ended early: ${failure.code}${cause instanceof Error ? ` (${cause.stack ?? cause.message})` : ''}`,
      );
    }
    return {
      kind: 'uploaded',
      upload: end(
        core,
        upload,
        { ...request, account },
        { failure, nothing: sending.nothing },
        (core.timers.now() - begun) / 1000,
      ),
      others: sending.others,
      ...(account ? { asked: sending.asked } : {}),
    };
  } finally {
    await client.signOut();
  }
}

function end(
  core: Core,
  upload: string,
  request: UploadRequest,
  { failure, nothing }: { readonly failure: StationError | null; readonly nothing: boolean },
  seconds: number,
): UploadResult {
  const error = failure?.code ?? null;
  endUpload(core.db, upload, { outcome: 'running', error, at: core.now(), seconds });
  const outcome = nothing && failure === null ? 'nothing' : outcomeOf(uploadResult(core.db, upload), failure);
  endUpload(core.db, upload, { outcome, error, at: core.now(), seconds });
  const result = uploadResult(core.db, upload);
  audit(core.db, { person: core.person, at: core.now() }, 'uploaded', {
    detail: {
      upload,
      as: request.user,
      ...(request.account === true ? { account: true } : {}),
      ...(request.password === undefined ? { keptLogin: true } : {}),
      outcome,
      sent: result.sent,
      accepted: result.accepted,
      already: result.already,
      refused: result.refused.length,
      failed: result.failed.length,
      lapsed: result.lapsed.length,
      waiting: result.waiting?.length ?? 0,
    },
  });
  core.changed('outbox', 'batches', 'conflicts');
  return result;
}

function outcomeOf(result: UploadResult, failure: StationError | null): UploadResult['outcome'] {
  if (failure?.code === 'cancelled') return 'stopped';
  const some = result.accepted + result.already > 0;
  if (failure !== null) return some ? 'partly' : 'failed';
  const others = result.refused.length + result.failed.length + result.lapsed.length;
  return others + (result.waiting?.length ?? 0) > 0 ? 'partly' : 'done';
}

/** One upload from the first look to the last proof. */
class Sending {
  readonly #core: Core;
  readonly #job: JobHandle;
  readonly #client: ChtClient;
  readonly #upload: string;
  readonly #removals: Removals;
  readonly #refused: Change[] = [];
  readonly #tooLarge: Change[] = [];
  /** Of a station account: what somebody has to be asked about first. */
  readonly asked = { foreseen: 0, notTold: [] as string[] };
  /** What waits for other people. */
  others: readonly OthersWork[] = [];
  /** Nothing that is approved goes with this sign-in. */
  nothing = false;
  /** The first and the last record of each proof. */
  readonly #marks: Key[] = [];
  readonly #counts = { accepted: 0, already: 0, refused: 0 };

  constructor(core: Core, job: JobHandle, client: ChtClient, upload: string) {
    this.#core = core;
    this.#job = job;
    this.#client = client;
    this.#upload = upload;
    this.#removals = new Removals(core, client);
  }

  async run({ user, account, batches, deleting }: UploadRequest): Promise<void> {
    const author = account === true ? null : user;
    await seePeople(this.#core, this.#client);
    await this.#lookAtRefusals({ author, batches });
    const { going, waiting, others } = changesToSend(this.#core.db, { author, batches });
    this.others = others;
    this.nothing = going.length + waiting.length === 0;
    const untold = new Set(this.asked.notTold);
    const isTold = ({ batch }: Change): boolean => !untold.has(batchUser(this.#core.db, batch) ?? '');
    const deleted = going.filter((change) => deletesRecord(change) && isTold(change));
    // What is deleted is what somebody was told of: where it is more, none of it goes.
    const unasked = new Set(deleted.map(({ id }) => id)).size > deleting;
    for (const { change, reason } of waiting) this.#recordWaits(change, reason);
    const changes: Change[] = [];
    for (const change of going) {
      if (!isTold(change)) this.#recordWaits(change, 'person-not-told');
      else if (unasked && deletesRecord(change)) this.#recordWaits(change, 'deletion-unasked');
      else changes.push(change);
    }
    const verdicts = new Verdicts(this.#core, this.#client, this.#removals, changes);
    const parts = this.#parts(verdicts, changes.length);
    try {
      for (const { item, reason } of await this.#sendInOrder(changes, parts)) this.#recordWaits(item, reason);
      await this.#proveAll(parts);
    } finally {
      await keepSizes(this.#core, this.#tooLarge);
    }
    if (author !== null && this.#refused.length > 0) {
      const view = await ownView(this.#client, this.#removals);
      if (view !== null) await explainRefusals(this.#core, view, this.#refused);
    }
    await lookAtSamples(this.#core, this.#client, this.#upload);
  }

  /**
   * A health worker: what was refused and would be taken by now goes along. A station account, which the server
   * believes everything: what the author could not have sent is asked about first.
   */
  async #lookAtRefusals(which: {
    author: string | null;
    batches: readonly string[] | undefined;
  }): Promise<void> {
    const { author, batches } = which;
    if (author !== null) {
      if (!hasRefusals(this.#core.db, author)) return;
      const view = await ownView(this.#client, this.#removals);
      if (view !== null) await checkRefusals(this.#core, view, 'refused', batches);
      return;
    }
    const { going } = changesToSend(this.#core.db, { author, batches });
    const authors = new Set(going.map((change) => batchUser(this.#core.db, change.batch) ?? ''));
    for (const one of authors) {
      const view = await viewOf(this.#client, one, this.#removals);
      if (view === null) this.asked.notTold.push(one);
      else this.asked.foreseen += (await checkRefusals(this.#core, view, 'waiting', batches)).foreseen.size;
    }
  }

  /** Answers what still waits at the end. */
  async #sendInOrder(
    changes: readonly Change[],
    parts: SenderParts<Change>,
  ): Promise<readonly Waiting<Change>[]> {
    const { db } = this.#core;
    const isWaiting = ({ state }: Change): boolean => isOneOf(OUTBOX_STATES, state);
    const asTheyStand = (items: readonly Change[]): Change[] =>
      items.flatMap(({ id, rev }) => findChange(db, id, rev) ?? []).filter(isWaiting);
    const first = orderForSending(changes.filter((change) => change.origin !== 'closing'));
    const postponed = await sendAll(first, parts);
    const toJoin = postponed.filter(({ reason }) => reason === 'joined-first');
    const made = await makeJoins(
      this.#core,
      this.#client,
      toJoin.map(({ item }) => item),
    );
    const waiting = asTheyStand(postponed.map(({ item }) => item));
    const versions = made.filter((change) => change.origin === 'merge');
    let others = waiting.filter((change) => !isJoined(change));
    if (versions.length > 0)
      others = (await sendAll([...others, ...versions], parts)).map(({ item }) => item);
    // Losing branches are closed last: only once the server is proven to hold what was kept.
    const closing = [...changes, ...made].filter((change) => change.origin === 'closing');
    const left = await sendAll([...others, ...asTheyStand(closing)], parts);
    // What was joined has arrived once the server has what was made of it.
    return [...left, ...(await sendAll(asTheyStand(waiting).filter(isJoined), parts))];
  }

  /**
   * Everything was proven when it was sent. A server that was put back to a backup since lost whole requests:
   * then all of it is asked about once more, and what is gone goes again.
   */
  async #proveAll(parts: SenderParts<Change>): Promise<void> {
    this.#job.progress({ step: 'prove' });
    if ((await missingAmong(this.#client, this.#marks)).length === 0) return;
    const gone = await proveAtTheEnd(this.#core, this.#client, this.#upload);
    if (gone.length === 0) return;
    const again = gone.flatMap(({ id, rev }) => findChange(this.#core.db, id, rev) ?? []);
    await sendAll(orderForSending(again), parts);
    await proveAtTheEnd(this.#core, this.#client, this.#upload);
  }

  #recordWaits(item: Key, reason: string): void {
    recordWaits(this.#core.db, this.#upload, item, reason, this.#core.now());
  }

  #parts(verdicts: Verdicts, total: number): SenderParts<Change> {
    const core = this.#core;
    const { db } = core;
    const upload = this.#upload;
    const counts = this.#counts;
    return {
      client: this.#client,
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
        this.#marks.push(...items.slice(0, 1), ...items.slice(1).slice(-1));
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
      recordRefused: (item, reason) => this.#recordRefused(verdicts, item, reason),
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

  #recordRefused(verdicts: Verdicts, item: Key, reason: string): void {
    const { db } = this.#core;
    const sent = findChange(db, item.id, item.rev);
    if (sent === undefined) return;
    // What was made by a join is refused for the change that it was made of.
    const joined = joinedFrom(db, sent.resolution);
    if (joined !== undefined && sent.resolution !== null) withdrawJoin(db, sent.resolution);
    const change = joined === undefined ? sent : (findChange(db, joined.id, joined.rev) ?? sent);
    // Refused only because what it needs was refused: it waits for that one.
    const waits = verdicts.whyWaits(change);
    if (waits !== null) {
      this.#recordWaits(change, waits);
      return;
    }
    if (change.kind === 'contact') verdicts.block(change.id, 'needs-refused');
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
    this.#refused.push(change);
    if (reason === 'too-large-for-server') this.#tooLarge.push(change);
  }
}
