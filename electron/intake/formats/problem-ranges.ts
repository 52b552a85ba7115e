/**
 * Keeps the problems of a dump bounded. A run of the same damage without a record in between is told as a range after
 * its first few; and once a dump has more problems than anybody reads, the rest is told in one. Records go on all the
 * same, and reading again gives the same problems.
 */
import type { DumpItem, DumpProblem } from '../../../shared/dump.ts';
import type { Limits } from '../../../shared/limits.ts';

/** The problems that one stands for. */
interface Range {
  readonly first: DumpProblem;
  last: DumpProblem;
  count: number;
  /** Of these, those that are a record's. */
  records: number;
}

export class ProblemRanges {
  readonly #limits: Limits;
  /** The run at present: what it is of, and how many were told. */
  #code: string | undefined;
  #inARow = 0;
  #told = 0;
  #range: Range | undefined;
  /** What came after the last problem that a dump may have. */
  #rest: Range | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** The items to hand on when this one comes. */
  *take(item: DumpItem): Generator<DumpItem> {
    if (item.kind === 'record') {
      yield* this.#endRun();
      yield item;
      return;
    }
    // One that names its document is about that document.
    const code = item.id === undefined ? item.code : undefined;
    if (code === undefined || code !== this.#code) yield* this.#endRun();
    this.#code = code;
    this.#inARow += 1;
    if (code !== undefined && this.#inARow > this.#limits.problemsInARow)
      this.#range = longer(this.#range, item);
    else yield* this.#tell(item);
  }

  /** What is left at the end. */
  *end(): Generator<DumpItem> {
    yield* this.#endRun();
    if (this.#rest !== undefined) yield inOne(this.#rest, 'and others');
    this.#rest = undefined;
  }

  *#endRun(): Generator<DumpItem> {
    const range = this.#range;
    this.#range = undefined;
    this.#code = undefined;
    this.#inARow = 0;
    if (range !== undefined) yield* this.#tell(inOne(range));
  }

  *#tell(problem: DumpProblem): Generator<DumpItem> {
    // Room for the one that stands for the rest, and for the one with which reading ends.
    if (this.#told < this.#limits.problems - 2) {
      this.#told += 1;
      yield problem;
    } else this.#rest = longer(this.#rest, problem);
  }
}

function longer(range: Range | undefined, problem: DumpProblem): Range {
  const records = recordsOf(problem);
  if (range === undefined) return { first: problem, last: problem, count: 1, records };
  range.last = problem;
  range.count += 1;
  range.records += records;
  return range;
}

/** How many records a problem stands for. */
export function recordsOf({ records, ordinal }: DumpProblem): number {
  return records ?? (ordinal === undefined ? 0 : 1);
}

function inOne({ first, last, count, records }: Range, more = ''): DumpProblem {
  if (count === 1) return first;
  const [from, to] = [first.line ?? first.offset, last.line ?? last.offset];
  const place = `${first.line === undefined ? 'bytes' : 'lines'} ${from} to ${to}`;
  const { id: _, ...problem } = first;
  return {
    ...problem,
    records,
    message: `${first.message} (${place}: ${count} times${more === '' ? '' : `, ${more}`})`,
  };
}
