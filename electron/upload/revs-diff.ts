/**
 * Questions about revisions, joined: the proof of one request and the look at what goes next are asked at the same
 * moment, and each request costs a server the same time and the line a round trip.
 */

/** Document id to revisions. */
export type RevsDiff = Readonly<Record<string, readonly string[]>>;

export interface RevsDiffEntry {
  readonly missing: readonly string[];
  readonly possibleAncestors: readonly string[];
}

type Answer = ReadonlyMap<string, RevsDiffEntry>;

interface Asked {
  readonly question: RevsDiff;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Documents in one request; a single question may hold more. */
const MOST_DOCUMENTS = 1000;

export class JoinedRevsDiff {
  readonly #send: (question: RevsDiff) => Promise<Answer>;
  #waiting: Asked[] = [];
  #isUnderWay = false;

  /** @param send asks the server; one call at a time */
  constructor(send: (question: RevsDiff) => Promise<Answer>) {
    this.#send = send;
  }

  /** The server's answer, with what was asked at the same time. @throws what `send` throws */
  ask(question: RevsDiff): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject });
      if (this.#isUnderWay) return;
      this.#isUnderWay = true;
      setImmediate(() => void this.#run());
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const { question, asked } = this.#next();
      try {
        const answer = await this.#send(question);
        for (const { resolve } of asked) resolve(answer);
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    this.#isUnderWay = false;
  }

  /** The first question, with those that name other documents. */
  #next(): { question: RevsDiff; asked: readonly Asked[] } {
    const joined = new Map<string, readonly string[]>();
    const asked: Asked[] = [];
    const later: Asked[] = [];
    for (const one of this.#waiting) {
      const ids = Object.keys(one.question);
      const fits =
        asked.length === 0 ||
        (joined.size + ids.length <= MOST_DOCUMENTS && ids.every((id) => !joined.has(id)));
      (fits ? asked : later).push(one);
      if (fits) for (const id of ids) joined.set(id, one.question[id] ?? []);
    }
    this.#waiting = later;
    return { question: Object.fromEntries(joined), asked };
  }
}
