/** The script at work in one page: it is put there, asked, and taken away again. */
import type {
  AppState,
  Confirmation,
  ConfirmedHow,
  Cursor,
  Leaves,
  Look,
  Opened,
  Page,
  ParcelBatch,
  ParcelWritten,
} from '../../../shared/web-view/protocol.ts';
import { StationError } from '../../../shared/errors.ts';
import { fieldAt, isObject, textAt, type Body } from '../../../shared/untrusted.ts';
import {
  checkedConfirmed,
  checkedLeaves,
  checkedLook,
  checkedOpened,
  checkedPage,
  checkedState,
  checkedWritten,
} from './answers.ts';
import { PageSession, type Dial } from './devtools.ts';

export interface ReaderTimeouts {
  /** The list of pages, and the connection to one; in milliseconds, as all of these. */
  readonly answerMs: number;
  /** Finding out what a page is. */
  readonly lookMs: number;
  /** Opening the database, one page of the dump. */
  readonly workMs: number;
}

export const READER_TIMEOUTS: ReaderTimeouts = { answerMs: 5_000, lookMs: 8_000, workMs: 45_000 };

export class PageReader {
  readonly #session: PageSession;
  readonly #script: string;
  readonly #timeouts: ReaderTimeouts;
  readonly #signal: AbortSignal;

  private constructor(session: PageSession, script: string, timeouts: ReaderTimeouts, signal: AbortSignal) {
    this.#session = session;
    this.#script = script;
    this.#timeouts = timeouts;
    this.#signal = signal;
  }

  /**
   * Puts the script into a page. It is an object that only this session holds: the page gets no global of it.
   * @param source the script as `build/phone-script.mjs` makes it
   * @throws StationError `app-hung`, `app-failed`, `source-gone`, `cancelled`
   */
  static async start(
    dial: Dial,
    page: string,
    source: string,
    signal: AbortSignal,
    timeouts: ReaderTimeouts = READER_TIMEOUTS,
  ): Promise<PageReader> {
    const session = await PageSession.attach(dial, page, timeouts.answerMs, signal);
    try {
      const answer = await session.send(
        'Runtime.evaluate',
        { expression: source, silent: true },
        timeouts.lookMs,
        signal,
      );
      const object = textAt(valueOf(answer), 'objectId');
      if (object === undefined) throw new StationError('app-failed');
      return new PageReader(session, object, timeouts, signal);
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** The session that the script is asked over. Old web views let only one look at a page. */
  get session(): PageSession {
    return this.#session;
  }

  /** The name of the script's object: as long as the page has it, it is the page that was opened. */
  get held(): string {
    return this.#script;
  }

  async look(): Promise<Look> {
    return checkedLook(await this.#ask('look', [], this.#timeouts.lookMs));
  }

  async open(user: string): Promise<Opened> {
    return checkedOpened(await this.#ask('open', [user], this.#timeouts.workMs));
  }

  async page(cursor: Cursor): Promise<Page> {
    return checkedPage(await this.#ask('page', [cursor], this.#timeouts.workMs));
  }

  async leaves(after: number): Promise<Leaves> {
    return checkedLeaves(await this.#ask('leaves', [after], this.#timeouts.workMs), after);
  }

  async state({ user, databaseId }: Pick<ParcelBatch, 'user' | 'databaseId'>): Promise<AppState> {
    return checkedState(await this.#ask('state', [user, databaseId], this.#timeouts.workMs));
  }

  /** Writes to the app's own database. */
  async write(batch: ParcelBatch): Promise<ParcelWritten> {
    return checkedWritten(await this.#ask('write', [batch], this.#timeouts.workMs), batch);
  }

  /** Writes the two values by which the app says what was sent. */
  async confirm(confirmation: Confirmation): Promise<ConfirmedHow> {
    return checkedConfirmed(await this.#ask('confirm', [confirmation], this.#timeouts.workMs));
  }

  async #ask(
    name: 'look' | 'open' | 'page' | 'leaves' | 'state' | 'write' | 'confirm',
    values: readonly unknown[],
    ms: number,
  ): Promise<unknown> {
    const answer = await this.#session.send(
      'Runtime.callFunctionOn',
      {
        objectId: this.#script,
        functionDeclaration: `function (...values) { return this.${name}(...values); }`,
        arguments: values.map((value) => ({ value })),
        awaitPromise: true,
        returnByValue: true,
        silent: true,
      },
      ms,
      this.#signal,
    );
    return fieldAt(valueOf(answer), 'value');
  }

  /** Takes the script out of the page. Never throws. */
  async close(): Promise<void> {
    const params = { objectId: this.#script };
    await this.#session
      .send('Runtime.releaseObject', params, 1_000, new AbortController().signal)
      .catch(() => {});
    this.#session.close();
  }
}

/** @throws StationError `app-failed` where the script or the app threw */
function valueOf(answer: Body): Body {
  const exception = answer['exceptionDetails'];
  if (exception !== undefined) {
    const words = textAt(exception, 'exception', 'description') ?? textAt(exception, 'text') ?? '';
    throw new StationError('app-failed', undefined, new Error(words.slice(0, 300)));
  }
  const { result } = answer;
  if (!isObject(result)) throw new StationError('app-failed');
  return result;
}
