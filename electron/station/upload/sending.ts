/** One upload from the first look to the last proof: what goes, in which order, and what is asked before and after. */
import { isOneOf, OUTBOX_STATES } from '../../../shared/states.ts';
import { orderForSending } from '../../../shared/documents.ts';
import type { OthersWork } from '../../../shared/upload.ts';
import { findChange, type Change } from '../../ledger/changes.ts';
import { deletesRecord } from '../../ledger/deletions.ts';
import { recordWaits } from '../../ledger/deliveries.ts';
import { isBeyondAuthor, needsTwoPeople } from '../../ledger/four-eyes.ts';
import type { Key } from '../../ledger/keys.ts';
import { hasRefusals } from '../../ledger/refusals.ts';
import { batchUser, changesToSend } from '../../ledger/uploads.ts';
import type { ChtClient } from '../../upload/client.ts';
import { sendAll } from '../../upload/sender.ts';
import type { SenderParts, Waiting } from '../../upload/sender-parts.ts';
import type { Core } from '../core.ts';
import type { JobHandle } from '../jobs.ts';
import { seePeople } from '../server/people.ts';
import { Removals } from '../server/removals.ts';
import { ownView, viewOf } from '../server/view.ts';
import { makeJoins } from './joining.ts';
import { lookAtSamples, missingAmong, proveAtTheEnd } from './proof.ts';
import { UploadRecord } from './record.ts';
import { checkRefusals, explainRefusals } from './refusals.ts';
import { keepSizes } from './size.ts';
import { isJoined, Verdicts } from './verdicts.ts';

/** What one upload is to send. */
export interface WhatToSend {
  readonly user: string;
  /** The user is a station account, not the author of what it sends. */
  readonly account?: boolean | undefined;
  readonly batches?: readonly string[] | undefined;
  /** How many deletions the person was told of and agreed to. */
  readonly deleting: number;
  /** Another person of the station, who agreed. */
  readonly second?: string | undefined;
}

/** One upload from the first look to the last proof. */
export class Sending {
  readonly #core: Core;
  readonly #job: JobHandle;
  readonly #client: ChtClient;
  readonly #upload: string;
  readonly #removals: Removals;
  /** Of a station account: what somebody has to be asked about first. */
  readonly asked = { foreseen: 0, notTold: [] as string[] };
  /** What waits for other people. */
  others: readonly OthersWork[] = [];
  /** Nothing that is approved goes with this sign-in. */
  nothing = false;

  constructor(core: Core, job: JobHandle, client: ChtClient, upload: string) {
    this.#core = core;
    this.#job = job;
    this.#client = client;
    this.#upload = upload;
    this.#removals = new Removals(core, client);
  }

  async run({ user, account, batches, deleting, second }: WhatToSend): Promise<void> {
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
    const isAlone = author === null && second === undefined && needsTwoPeople(this.#core.db);
    for (const change of going) {
      if (isAlone && isBeyondAuthor(change)) this.#recordWaits(change, 'second-needed');
      else if (!isTold(change)) this.#recordWaits(change, 'person-not-told');
      else if (unasked && deletesRecord(change)) this.#recordWaits(change, 'deletion-unasked');
      else changes.push(change);
    }
    const verdicts = new Verdicts(this.#core, this.#client, this.#removals, changes);
    const record = new UploadRecord(this.#core, this.#job, this.#upload, verdicts);
    const parts = record.parts(this.#client, changes.length);
    try {
      for (const { item, reason } of await this.#sendInOrder(changes, parts)) this.#recordWaits(item, reason);
      await this.#proveAll(parts, record.marks);
    } finally {
      await keepSizes(this.#core, record.tooLarge);
    }
    if (author !== null && record.refused.length > 0) {
      const view = await ownView(this.#client, this.#removals);
      if (view !== null) await explainRefusals(this.#core, view, record.refused);
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
  async #proveAll(parts: SenderParts<Change>, marks: readonly Key[]): Promise<void> {
    this.#job.progress({ step: 'prove' });
    if ((await missingAmong(this.#client, marks)).length === 0) return;
    const gone = await proveAtTheEnd(this.#core, this.#client, this.#upload);
    if (gone.length === 0) return;
    const again = gone.flatMap(({ id, rev }) => findChange(this.#core.db, id, rev) ?? []);
    await sendAll(orderForSending(again), parts);
    await proveAtTheEnd(this.#core, this.#client, this.#upload);
  }

  #recordWaits(item: Key, reason: string): void {
    recordWaits(this.#core.db, this.#upload, item, reason, this.#core.now());
  }
}
