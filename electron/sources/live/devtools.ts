/**
 * The DevTools protocol over any stream: the list of pages by HTTP, one page by WebSocket. Android's web views
 * speak it on the socket `webview_devtools_remote_<process>`. What comes back is not trusted: sizes and times are
 * bounded here, shapes are checked by whoever asked.
 */
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { StationError } from '../../../shared/errors.ts';
import { SYSTEM_TIMERS } from '../../../shared/timers.ts';
import { isObject, textAt, type Body } from '../../../shared/untrusted.ts';
import { deadline } from '../timeout.ts';
import { MessageReader } from './message-reader.ts';
import { WebSocketClient, type Outgoing } from './web-socket.ts';

/** Opens a new stream to the DevTools socket. */
export type Dial = (signal: AbortSignal) => Promise<Duplex>;

export interface PageFound {
  readonly id: string;
  readonly url: string;
}

export const DEVTOOLS = {
  /** A list of pages. */
  listBytes: 1024 * 1024,
  pages: 50,
  /** One answer: a page of the dump is half a megabyte, and its JSON is escaped once more. */
  answerBytes: 96 * 1024 * 1024,
} as const;

/** The pages behind a socket, whatever they show. @throws StationError `app-hung` where nothing answers within `ms` */
export async function listPages(dial: Dial, ms: number, signal: AbortSignal): Promise<readonly PageFound[]> {
  const list = await getJson(dial, '/json/list', ms, signal);
  if (!Array.isArray(list)) return [];
  const pages: PageFound[] = [];
  for (const entry of (list as unknown[]).slice(0, DEVTOOLS.pages)) {
    const id = textAt(entry, 'id');
    const url = textAt(entry, 'url');
    if (textAt(entry, 'type') !== 'page' || id === undefined || url === undefined) continue;
    if (/^[\w-]{1,100}$/.test(id) && url.length <= 8192) pages.push({ id, url });
  }
  return pages;
}

/** The package name of the app behind a socket, where it tells. */
export async function packageOf(dial: Dial, ms: number, signal: AbortSignal): Promise<string | null> {
  const name = textAt(await getJson(dial, '/json/version', ms, signal), 'Android-Package');
  return name !== undefined && /^[\w.]{1,200}$/.test(name) ? name : null;
}

async function getJson(dial: Dial, path: string, ms: number, signal: AbortSignal): Promise<unknown> {
  const ends = deadline(SYSTEM_TIMERS, ms, signal);
  try {
    const stream = await dial(ends.signal);
    const text = await get(stream, path, ends.signal).finally(() => stream.destroy());
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof StationError && error.code === 'source-gone') throw error;
    throw new StationError(signal.aborted ? 'cancelled' : 'app-hung', undefined, error);
  } finally {
    ends.end();
  }
}

function get(stream: Duplex, path: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ createConnection: () => stream, host: 'localhost', path, signal }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text += part;
        if (text.length > DEVTOOLS.listBytes) answer.destroy(new Error('too long'));
      });
      answer.on('end', () => resolve(text));
      answer.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Read once, from its beginning to its end. */
export interface BytesInParts {
  readonly bytes: number;
  readonly parts: () => AsyncIterable<Uint8Array>;
}

interface Waiting {
  readonly resolve: (result: Body) => void;
  readonly reject: (error: StationError) => void;
}

/** The page died: the stream stays open, and nothing that was asked is ever answered. */
const PAGE_DIED = 'Inspector.targetCrashed';
/** What Chromium says to a command whose page was loaded anew or went elsewhere while it was asked, or before. */
const PAGE_LEFT =
  /navigated or closed|context was destroyed|find (?:context|object) with|target closed|target crashed/i;

/** A session with one page. Commands are answered in any order, events are told as they come; after the stream ends all commands fail. */
export class PageSession {
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<string, Set<(params: Body) => void>>();
  readonly #onEnd = new Set<(error: StationError) => void>();
  readonly #reader = new MessageReader();
  #socket: WebSocketClient | null = null;
  #last = 0;
  #ended: StationError | null = null;

  private constructor() {}

  /** @throws StationError `app-hung`, `source-gone`, `cancelled` */
  static async attach(dial: Dial, page: string, ms: number, signal: AbortSignal): Promise<PageSession> {
    const ends = deadline(SYSTEM_TIMERS, ms, signal);
    let stream: Duplex | undefined;
    try {
      stream = await dial(ends.signal);
      const session = new PageSession();
      await session.#open(stream, page, ends.signal);
      return session;
    } catch (error) {
      stream?.destroy();
      if (error instanceof StationError && error.code === 'source-gone') throw error;
      throw new StationError(signal.aborted ? 'cancelled' : 'app-hung', undefined, error);
    } finally {
      ends.end();
    }
  }

  async #open(stream: Duplex, page: string, signal: AbortSignal): Promise<void> {
    const of = { most: DEVTOOLS.answerBytes, signal };
    this.#socket = await WebSocketClient.open(stream, `/devtools/page/${page}`, of, {
      piece: (piece) => this.#reader.take(piece),
      message: () => this.#hear(),
      end: (error) => this.#end(new StationError('source-gone', undefined, error)),
    });
    // A page that is dead already says so only to who asks; it answers nothing.
    this.#post((this.#last += 1), 'Inspector.enable', {});
  }

  /**
   * One command.
   * @param body goes among the parameters, as base64
   * @throws StationError `app-hung` after `ms`, `source-gone`, `phone-page-gone`, `app-failed`, `cancelled`
   */
  send(
    method: string,
    params: Body,
    ms: number,
    signal: AbortSignal,
    body?: Uint8Array | BytesInParts,
  ): Promise<Body> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const id = (this.#last += 1);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        this.#waiting.delete(id);
      };
      const fail = (error: StationError): void => {
        settle();
        reject(error);
      };
      const stop = (): void => fail(new StationError('cancelled'));
      const timer = setTimeout(() => fail(new StationError('app-hung')), ms);
      this.#waiting.set(id, {
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: fail,
      });
      if (signal.aborted) stop();
      else {
        signal.addEventListener('abort', stop);
        this.#post(id, method, params, body);
      }
    });
  }

  /** What cannot be sent is heard of by the end of the session. */
  #post(id: number, method: string, params: Body, body?: Uint8Array | BytesInParts): void {
    const command = JSON.stringify({ id, method, params });
    void this.#socket?.send(body === undefined ? command : withBody(command, body)).catch(() => {});
  }

  /** Calls the listener for each event of this name. Returns what ends that. */
  on(event: string, listener: (params: Body) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Calls the listener once the session is over, at once where it is. Returns what calls that off. */
  onEnd(listener: (error: StationError) => void): () => void {
    if (this.#ended !== null) listener(this.#ended);
    else this.#onEnd.add(listener);
    return () => void this.#onEnd.delete(listener);
  }

  close(): void {
    this.#end(new StationError('cancelled'));
    this.#socket?.terminate();
  }

  #hear(): void {
    let message: unknown;
    try {
      message = this.#reader.end();
    } catch {
      return;
    }
    if (isObject(message) && message['id'] === undefined) {
      this.#happened(textAt(message, 'method') ?? '', message['params']);
      return;
    }
    const id = isObject(message) ? message['id'] : undefined;
    const waiting = typeof id === 'number' ? this.#waiting.get(id) : undefined;
    if (waiting === undefined || !isObject(message)) return;
    const { result, error } = message;
    if (isObject(result)) waiting.resolve(result);
    else waiting.reject(failureOf(textAt(error, 'message') ?? ''));
  }

  #happened(event: string, params: unknown): void {
    const listeners = [...(this.#listeners.get(event) ?? [])];
    for (const listener of listeners) listener(isObject(params) ? params : {});
    if (event !== PAGE_DIED) return;
    this.#end(new StationError('phone-page-gone'));
    // With the session all ends that was set for it: what is paused, and the network that the page was told of.
    this.#socket?.terminate();
  }

  #end(error: StationError): void {
    this.#ended ??= error;
    const waiting = Array.from(this.#waiting.values());
    for (const one of waiting) one.reject(this.#ended);
    const listeners = [...this.#onEnd];
    this.#onEnd.clear();
    for (const listener of listeners) listener(this.#ended);
  }
}

function failureOf(message: string): StationError {
  const code = PAGE_LEFT.test(message) ? 'phone-page-gone' : 'app-failed';
  return new StationError(code, undefined, new Error(message));
}

/**
 * The command with one parameter more, written as it is asked for.
 * @param command ends with an object of parameters that has some already
 */
function withBody(command: string, body: Uint8Array | BytesInParts): Outgoing {
  const before = Buffer.from(`${command.slice(0, -2)},"body":"`);
  const after = Buffer.from('"}}');
  const { bytes, parts } =
    body instanceof Uint8Array ? { bytes: body.byteLength, parts: () => [body] } : body;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield before;
    yield* base64Of(parts());
    yield after;
  }
  return { bytes: before.length + Math.ceil(bytes / 3) * 4 + after.length, pieces: pieces() };
}

/** Bytes that are turned into text at a time; a multiple of three. */
const STEP = 96 * 1024;

async function* base64Of(
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0);
  for await (const part of parts) {
    const bytes = Buffer.concat([rest, part.subarray(0, (3 - (rest.length % 3)) % 3)]);
    const taken = bytes.length - rest.length;
    rest = bytes;
    if (rest.length % 3 !== 0) continue;
    const whole = taken + Math.floor((part.byteLength - taken) / 3) * 3;
    yield Buffer.from(rest.toString('base64'));
    for (let from = taken; from < whole; from += STEP) {
      const some = Buffer.from(part.buffer, part.byteOffset + from, Math.min(STEP, whole - from));
      yield Buffer.from(some.toString('base64'), 'latin1');
    }
    // Of its own: it stays until the next part comes.
    rest = Buffer.from(part.subarray(whole));
  }
  yield Buffer.from(rest.toString('base64'));
}
