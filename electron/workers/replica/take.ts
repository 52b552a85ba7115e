/**
 * Takes a dump: reads it, records each step in the ledger, writes it to the replica, in this order, so that
 * whatever the replica holds is explained by the ledger. Killed at any instant, the same dump read again
 * gives the same result.
 */
import type { DumpProblem, DumpRecord } from '../../../shared/dump.ts';
import { StationError } from '../../../shared/errors.ts';
import type { NewChange, NumberedProblem, SealedBundle, StoredContent } from '../../../shared/intake.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { AsideReason } from '../../../shared/set-aside.ts';
import { isOtherDatabase, whyAside } from '../../intake/server-address.ts';
import type { Bundle } from '../../intake/formats/bundle.ts';
import { openDump } from '../../intake/formats/open.ts';
import type { ReplicaWithSpares } from '../../replica/spares.ts';
import type { RevisionToStore } from '../../replica/types.ts';
import type { BroughtContent, ImportStep, KnownRevision, StationCalls, Taken, TakeRequest } from './calls.ts';
import { Examiner, type Chunk, type Looked, type Rest } from './examine.ts';
import { contentHere, contentOf, revisionOf } from './records.ts';
import type { Call } from '../rpc.ts';

/** Chunks recorded or written at the same time: enough that neither side waits for the other, little to hold. */
const CHUNKS_UNDER_WAY = 4;

/** @throws StationError of the closed list when nothing of the dump can be read, or `cancelled` */
export async function takeDump(
  request: TakeRequest,
  replica: ReplicaWithSpares,
  station: Call<StationCalls>,
  signal: AbortSignal,
): Promise<Taken> {
  const dump = await openDump(request.file, { name: request.name, signal });
  const taking = new Taking(request, replica, station);
  // While the disk takes one chunk, the ledger records the next, and the one after that is read and looked at.
  let next = dump.chunks.next();
  try {
    for (let chunk = await next; chunk.done !== true; chunk = await next) {
      if (signal.aborted) throw new StationError('cancelled');
      const claims = dump.claims();
      // Nothing is taken of another database. If that is said too late, the dump is set aside at its end.
      if (isOtherDatabase(claims.database) && !taking.begun) throw new StationError('wrong-database');
      taking.isAside(whyAside(claims, request.servers));
      next = dump.chunks.next();
      await taking.step(chunk.value.items);
      const { bytesRead: bytes } = chunk.value;
      // Nothing hangs on its answer; a station that is gone shows at the next step.
      station('progress', { job: request.job, bytes, documents: taking.counts() }).catch(() => {});
    }
    await taking.settled();
  } finally {
    await taking.settled().catch(() => {});
    await next.catch(() => {});
    await dump.chunks.return();
  }
  await replica.sync();
  const { bundle } = dump;
  return {
    ...taking.end(dump.format, dump.claims(), dump.flags()),
    ...(bundle === undefined ? {} : { bundle: sealedOf(bundle) }),
  };
}

function sealedOf({ number, bytes, matches }: Bundle): SealedBundle {
  return { number: number ?? null, bytes, matches: matches ?? null };
}

class Taking {
  readonly #request: TakeRequest;
  readonly #replica: ReplicaWithSpares;
  readonly #station: Call<StationCalls>;
  readonly #examiner: Examiner;
  begun = false;
  /** The chunk that is being asked for and recorded. */
  #recording: Promise<void> = Promise.resolve();
  /** What is being recorded and written, oldest first. One that failed stays, and so everything after it fails. */
  readonly #underWay: { readonly ids: ReadonlySet<string>; readonly done: Promise<void> }[] = [];
  /** What only the ledger can tell. */
  readonly #count = { new: 0, known: 0, broken: 0, problems: 0 };

  constructor(request: TakeRequest, replica: ReplicaWithSpares, station: Call<StationCalls>) {
    this.#request = request;
    this.#replica = replica;
    this.#station = station;
    this.#examiner = new Examiner(request.titles);
  }

  /** What is read from now on is of a dump that is set aside, as far as is known by now. */
  isAside(reason: AsideReason | null): void {
    this.#examiner.aside = reason;
  }

  counts(): Taken['documents'] {
    const { read, skipped, broken } = this.#examiner.count;
    const { new: fresh, known, broken: missing } = this.#count;
    return { read, new: fresh, known, skipped, broken: broken + missing };
  }

  end(format: Taken['format'], claims: Taken['claims'], flags: Taken['flags']): Taken {
    const { attachments, bytes, problems } = this.#examiner.count;
    return {
      format,
      claims,
      flags,
      ...this.#examiner.people(),
      documents: this.counts(),
      attachments: { read: attachments, bytes },
      problems: problems + this.#count.problems,
    };
  }

  /**
   * One chunk of the dump. Returns when the chunk before it is recorded: this one is then on its way.
   * @throws StationError of a step before it that failed
   */
  async step(items: readonly (DumpRecord | DumpProblem)[]): Promise<void> {
    this.begun = true;
    const chunk = this.#examiner.chunkOf(items);
    await this.#recording;
    this.#recording = this.#take(chunk);
    // Whoever waits for it hears of a failure; until then it must not count as unheard.
    this.#recording.catch(() => {});
  }

  /** Waits until everything so far is recorded and written. @throws StationError of the step that failed */
  async settled(): Promise<void> {
    try {
      await this.#recording;
    } finally {
      await this.#written();
    }
  }

  async #take({ waves, rest }: Chunk): Promise<void> {
    const [first = [], ...others] = waves;
    const { problems, broken, named, purges, labels } = rest;
    // What is named without its content may stand with it further down.
    const alone = others.length === 0;
    const now = { problems, broken, purges, labels, named: alone ? named : [] };
    if (first.length + problems.length + broken.length + purges.length + now.named.length > 0)
      await this.#wave(first, now);
    for (const [at, wave] of others.entries())
      await this.#wave(wave, {
        problems: [],
        broken: [],
        purges: [],
        labels: [],
        named: at === others.length - 1 ? named : [],
      });
  }

  /** Records that do not hang on each other: asked for, recorded and written together. */
  async #wave(wave: readonly Looked[], rest: Rest): Promise<void> {
    while (this.#underWay.length >= CHUNKS_UNDER_WAY) await this.#underWay[0]?.done;
    // What is being written cannot be asked for yet.
    if (this.#underWay.some(({ ids }) => wave.some(({ record }) => ids.has(record.id))))
      await this.#written();
    const found = await this.#replica.lookup(wave.map(({ change }) => change));
    const { asksAll } = this.#request;
    const told = await this.#toldOf(wave.filter((_, at) => asksAll || found[at] !== 'new'));
    const seconds: NewChange[] = [];
    const contents: StoredContent[] = [];
    const bringers: ImportStep['bringers'][number][] = [];
    const fresh: NewChange[] = [];
    const longer: NewChange[] = [];
    const doubtful: NewChange[] = [];
    const again: ImportStep['again'][number][] = [];
    const aside = this.#examiner.aside !== null;
    const toWrite: RevisionToStore[] = [];
    const spares: RevisionToStore[] = [];
    for (const [at, { record, change }] of wave.entries()) {
      const row = told.get(change);
      const same = row?.contents.find(({ content }) => content === change.content);
      if (row !== undefined && same === undefined) {
        const here = await contentHere(this.#replica, change);
        seconds.push(change);
        contents.push(contentOf(record, change), ...(here === null ? [] : [here]));
        // A longer history is the revision's, whichever content it comes with; the replica keeps the body it has.
        const isForTree = (found[at] === 'longer' || found[at] === 'new') && !isGivenUp(row);
        if (isForTree && !aside) toWrite.push(revisionOf(record, change));
        continue;
      }
      if (same !== undefined) bringers.push({ change: same.change, ordinal: change.ordinal ?? 0 });
      // Known, and not kept here any more: nothing of it is written again.
      if (same?.retired === true) {
        if (this.#request.recordsAgain) again.push(brought(change));
        continue;
      }
      // A power cut may take the last steps from the ledger and leave what they wrote in the replica.
      const isHere = found[at] === 'known' || found[at] === 'longer';
      const unexplained = isHere && row === undefined && !this.#replica.shared;
      if (found[at] === 'new' || unexplained) {
        fresh.push(change);
        if (unexplained) contents.push(...(await this.#contentsBeside(record, change)));
        if (row !== undefined && this.#request.recordsAgain) again.push(brought(change));
      } else {
        if (this.#request.resumed) doubtful.push(change);
        const isCovered = found[at] === 'ancestor' && row === undefined;
        if (this.#request.recordsAgain) again.push({ ...brought(change), ...(isCovered ? { change } : {}) });
        if (this.#request.recordsAgain && isCovered) {
          contents.push(...(await this.#contentsBeside(record, change)));
          spares.push(revisionOf(record, change));
        }
        const saysMore = row !== undefined && row.generations < change.history.length;
        // What is not for this server tells nothing about the records of this one.
        if ((found[at] === 'longer' || saysMore) && !aside) longer.push(change);
      }
      if (aside) {
        // It must not stand in the tree of a record of this server.
        if (found[at] === 'new') spares.push(revisionOf(record, change));
      } else if (found[at] === 'new' || found[at] === 'longer') toWrite.push(revisionOf(record, change));
    }
    // Asked in this order, recorded in this order: the station answers one call after the other.
    const recorded = this.#station('record', {
      dump: this.#request.dump,
      changes: fresh,
      doubtful: doubtful.map(brought),
      again,
      longer: longer.map(({ id, rev, history }) => ({ id, rev, history })),
      seconds,
      contents,
      bringers,
      ...rest,
      problems: [...rest.problems, ...seconds.map(otherContent)],
    });
    recorded.catch(() => {});
    const before = this.#underWay.at(-1)?.done;
    const write = async (): Promise<void> => {
      await before;
      const step = await recorded;
      const { missing } = step;
      this.#count.new += step.brought;
      this.#count.broken += missing;
      this.#count.problems += missing + seconds.length;
      this.#count.known += wave.length - step.brought + rest.named.length - missing;
      await this.#replica.write(toWrite);
      if (spares.length > 0) await this.#replica.writeSpares(spares);
      this.#underWay.shift();
    };
    const done = write();
    // Whoever waits for it hears of a failure; until then it must not count as unheard.
    done.catch(() => {});
    this.#underWay.push({ ids: new Set([...toWrite, ...spares].map((revision) => revision.id)), done });
  }

  /** What comes now and what the replica has under the same revision, whole; none where that is the same content. */
  async #contentsBeside(record: DumpRecord, change: NewChange): Promise<StoredContent[]> {
    const here = await contentHere(this.#replica, change);
    return here === null || here.content === change.content ? [] : [contentOf(record, change), here];
  }

  /** What the ledger says of revisions that the replica has. */
  async #toldOf(known: readonly Looked[]): Promise<ReadonlyMap<NewChange, KnownRevision>> {
    const told = new Map<NewChange, KnownRevision>();
    if (known.length === 0) return told;
    const rows = await this.#station('known', {
      revisions: known.map(({ change: { id, rev } }) => ({ id, rev })),
    });
    for (const [at, { change }] of known.entries()) {
      const row = rows[at];
      if (row !== undefined && row !== null) told.set(change, row);
    }
    return told;
  }

  /** Waits until everything recorded so far is written. */
  async #written(): Promise<void> {
    await this.#underWay.at(-1)?.done;
  }
}

/** Its contents were given up, and its tree with them. */
function isGivenUp(row: KnownRevision): boolean {
  return row.contents.some(({ retired }) => retired);
}

/** Numbered beyond those that the reader finds, so that reading again gives the same number, whatever came between. */
function otherContent({ id, ordinal }: NewChange): NumberedProblem {
  const message = 'the same revision with other content';
  return {
    number: LIMITS.problems + 1 + (ordinal ?? 0),
    code: 'other-content',
    message,
    ordinal: ordinal ?? 0,
    id,
  };
}

function brought({ id, rev, content, ordinal }: NewChange): BroughtContent {
  return { id, rev, content, ordinal: ordinal ?? 0 };
}
