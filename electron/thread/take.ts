/**
 * Takes a dump: reads it, notes each step in the ledger, writes it to the replica, in this order, so that
 * whatever the replica holds is explained by the ledger. Killed at any instant, the same dump read again
 * gives the same result.
 */
import type { DumpProblem, DumpRecord } from '../../shared/dump.ts';
import { StationError } from '../../shared/errors.ts';
import type { NewChange, NumberedProblem, PurgeNote, UserSettings } from '../../shared/intake.ts';
import { LIMITS } from '../../shared/limits.ts';
import { isOtherServer } from '../intake/server-address.ts';
import { digest } from '../digest.ts';
import { changeOfRecord, settingsOfRecord, titleOfRecord, userOfWork } from '../intake/facts.ts';
import { openDump } from '../intake/formats/open.ts';
import type { Replica, RevisionToStore } from '../replica/replica.ts';
import type { Note, StationCalls, Taken, TakeRequest } from './contract.ts';
import type { Call } from './port.ts';

/** At most this many people are told apart in one dump; a dump of one phone has one or two. */
const PEOPLE = 100;

/** @throws StationError of the closed list when nothing of the dump can be read, or `cancelled` */
export async function takeDump(
  request: TakeRequest,
  replica: Replica,
  station: Call<StationCalls>,
  signal: AbortSignal,
): Promise<Taken> {
  const dump = await openDump(request.file, { name: request.name, signal });
  const taking = new Taking(request, replica, station);
  // The next batch is read and parsed while the ledger notes this one and the disk takes the one before.
  let next = dump.batches.next();
  try {
    for (let batch = await next; batch.done !== true; batch = await next) {
      if (signal.aborted) throw new StationError('cancelled');
      // One replica, one server: said before anything is noted or written.
      if (isOtherServer(dump.claims().server, request.server)) throw new StationError('wrong-server');
      next = dump.batches.next();
      await taking.step(batch.value.items);
      await station('progress', {
        job: request.job,
        bytes: batch.value.bytesRead,
        documents: taking.counts(),
      });
    }
    await taking.written();
  } finally {
    await next.catch(() => {});
    await dump.batches.return();
  }
  await replica.sync();
  const { bundle } = dump;
  return {
    ...taking.end(dump.format, dump.claims(), dump.flags()),
    ...(bundle === undefined ? {} : { bundle: { number: bundle.number ?? null, bytes: bundle.bytes } }),
  };
}

class Taking {
  readonly #request: TakeRequest;
  readonly #replica: Replica;
  readonly #station: Call<StationCalls>;
  readonly #titles: Map<string, string>;
  readonly #newTitles = new Map<string, string>();
  readonly #people = new Map<string, UserSettings>();
  readonly #named = new Map<string, number>();
  /** The write under way, and the documents it touches: what is in it cannot be asked for yet. */
  #writing: Promise<void> = Promise.resolve();
  #touched: ReadonlySet<string> = new Set();
  readonly #count = {
    read: 0,
    new: 0,
    known: 0,
    skipped: 0,
    broken: 0,
    problems: 0,
    attachments: 0,
    bytes: 0,
  };

  constructor(request: TakeRequest, replica: Replica, station: Call<StationCalls>) {
    this.#request = request;
    this.#replica = replica;
    this.#station = station;
    this.#titles = new Map(request.titles);
  }

  counts(): Taken['documents'] {
    const { read, new: fresh, known, skipped, broken } = this.#count;
    return { read, new: fresh, known, skipped, broken };
  }

  end(format: Taken['format'], claims: Taken['claims'], flags: Taken['flags']): Taken {
    return {
      format,
      claims,
      flags,
      settings: [...this.#people.values()],
      named: [...this.#named],
      titles: [...this.#newTitles],
      documents: this.counts(),
      attachments: { read: this.#count.attachments, bytes: this.#count.bytes },
      problems: this.#count.problems,
    };
  }

  /** One piece of the dump: everything of it is noted, then written. */
  async step(items: readonly (DumpRecord | DumpProblem)[]): Promise<void> {
    const records: DumpRecord[] = [];
    const problems: NumberedProblem[] = [];
    const broken: Note['broken'][number][] = [];
    const purges: PurgeNote[] = [];
    for (const item of items) {
      if (item.kind === 'problem') {
        problems.push(this.#numbered(item));
        if (item.ordinal !== undefined) {
          broken.push({ ordinal: item.ordinal, id: item.id ?? '', code: item.code });
          this.#count.broken += 1;
          this.#count.read += 1;
        }
        continue;
      }
      this.#look(item);
      if (item.deleted && item.body['purged'] === true) {
        purges.push({ ordinal: item.ordinal, id: item.id, rev: item.rev ?? null });
        this.#count.skipped += 1;
      } else records.push(item);
    }
    let rest: Pick<Note, 'problems' | 'broken' | 'purges'> = { problems, broken, purges };
    for (const wave of wavesOf(records)) {
      await this.#wave(wave, rest);
      rest = { problems: [], broken: [], purges: [] };
    }
    if (rest.problems.length + rest.broken.length + rest.purges.length > 0) await this.#wave([], rest);
  }

  #numbered(problem: DumpProblem): NumberedProblem {
    this.#count.problems += 1;
    const { code, message, ordinal, id, line, offset } = problem;
    return {
      number: this.#count.problems,
      code,
      message,
      ...(ordinal === undefined ? {} : { ordinal }),
      ...(id === undefined ? {} : { id }),
      ...(line === undefined ? {} : { line }),
      ...(offset === undefined ? {} : { offset }),
    };
  }

  /** What a record tells beyond itself: people, form titles, sizes. */
  #look(record: DumpRecord): void {
    this.#count.read += 1;
    for (const name of Object.keys(record.attachments)) {
      this.#count.attachments += 1;
      this.#count.bytes += record.attachments[name]?.data.length ?? 0;
    }
    const settings = settingsOfRecord(record);
    if (settings !== null && this.#people.size < PEOPLE) this.#people.set(settings.user, settings);
    const named = userOfWork(record);
    if (named !== undefined && (this.#named.has(named) || this.#named.size < PEOPLE)) {
      this.#named.set(named, (this.#named.get(named) ?? 0) + 1);
    }
    const title = titleOfRecord(record);
    if (title !== null) {
      this.#titles.set(title.form, title.title);
      this.#newTitles.set(title.form, title.title);
    }
  }

  /** Records of different documents: asked for, noted and written together. */
  async #wave(
    records: readonly DumpRecord[],
    rest: Pick<Note, 'problems' | 'broken' | 'purges'>,
  ): Promise<void> {
    const changes = records.map((record) => changeOfRecord(record, digest, this.#titles));
    if (records.some((record) => this.#touched.has(record.id))) await this.written();
    const survey = await this.#replica.survey(changes);
    const others = await this.#othersAmong(changes.filter((_, at) => survey[at] !== 'new'));
    const fresh: NewChange[] = [];
    const longer: NewChange[] = [];
    const doubtful: NewChange[] = [];
    const toWrite: RevisionToStore[] = [];
    for (const [at, record] of records.entries()) {
      const change = changes[at];
      if (change === undefined || others.has(change)) continue;
      if (survey[at] === 'new') fresh.push(change);
      else if (this.#request.resumed) doubtful.push(change);
      if (survey[at] === 'longer') longer.push(change);
      if (survey[at] !== 'known') toWrite.push(revisionOf(record, change));
    }
    const brought = await this.#station('note', {
      dump: this.#request.dump,
      changes: fresh,
      doubtful: doubtful.map(({ id, rev, ordinal }) => ({ id, rev, ordinal: ordinal ?? 0 })),
      longer: longer.map(({ id, rev, history }) => ({ id, rev, history })),
      ...rest,
      problems: [...rest.problems, ...[...others].map(otherContent)],
      broken: [
        ...rest.broken,
        ...[...others].map(({ id, ordinal }) => ({ id, ordinal: ordinal ?? 0, code: 'other-content' })),
      ],
    });
    this.#count.new += brought;
    this.#count.broken += others.size;
    this.#count.problems += others.size;
    this.#count.known += records.length - brought - others.size;
    await this.written();
    this.#touched = new Set(toWrite.map((revision) => revision.id));
    this.#writing = this.#replica.write(toWrite);
    // Whoever waits for it hears of a failure; until then it must not count as unheard.
    this.#writing.catch(() => {});
  }

  /** Known revisions that come with another content than the one that is here: not even a copy of it. */
  async #othersAmong(known: readonly NewChange[]): Promise<ReadonlySet<NewChange>> {
    if (known.length === 0) return new Set();
    const contents = await this.#station('contents', {
      revisions: known.map(({ id, rev }) => ({ id, rev })),
    });
    return new Set(known.filter((change, at) => (contents[at] ?? change.content) !== change.content));
  }

  /** Waits until everything noted so far is written. @throws StationError of the write that failed */
  async written(): Promise<void> {
    await this.#writing;
    this.#touched = new Set();
  }
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

function revisionOf(record: DumpRecord, change: NewChange): RevisionToStore {
  return {
    id: record.id,
    rev: change.rev,
    history: change.history,
    deleted: record.deleted,
    body: record.body,
    attachments: record.attachments,
  };
}

/** Splits records so that no document stands twice in one wave, in the order in which they came. */
function wavesOf(records: readonly DumpRecord[]): DumpRecord[][] {
  const waves: DumpRecord[][] = [];
  const seen = new Map<string, number>();
  for (const record of records) {
    const at = seen.get(record.id) ?? 0;
    seen.set(record.id, at + 1);
    (waves[at] ??= []).push(record);
  }
  return waves;
}
