/**
 * The DevTools protocol over any stream: the list of pages by HTTP, one page by WebSocket. Android's web views
 * speak it on the socket `webview_devtools_remote_<process>`. What comes back is not trusted: sizes and times are
 * bounded here, shapes are checked by whoever asked.
 */
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { StationError } from '../../../shared/errors.ts';
import { SYSTEM_TIMERS } from '../../../shared/timers.ts';
import { isObject, textAt, type Body } from '../../../shared/untrusted.ts';
import { deadline } from '../timeout.ts';

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
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<string, Set<(params: Body) => void>>();
  readonly #onEnd = new Set<(error: StationError) => void>();
  #last = 0;
  #ended: StationError | null = null;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#hear(String(data)));
    socket.on('close', () => this.#end(new StationError('source-gone')));
    socket.on('error', (error) => this.#end(new StationError('source-gone', undefined, error)));
    // A page that is dead already says so only to who asks; it answers nothing.
    this.#post((this.#last += 1), 'Inspector.enable', {});
  }

  /** @throws StationError `app-hung`, `source-gone`, `cancelled` */
  static async attach(dial: Dial, page: string, ms: number, signal: AbortSignal): Promise<PageSession> {
    const ends = deadline(SYSTEM_TIMERS, ms, signal);
    let stream: Duplex | undefined;
    try {
      stream = await dial(ends.signal);
      return new PageSession(await handshake(stream, page, ends.signal));
    } catch (error) {
      stream?.destroy();
      if (error instanceof StationError && error.code === 'source-gone') throw error;
      throw new StationError(signal.aborted ? 'cancelled' : 'app-hung', undefined, error);
    } finally {
      ends.end();
    }
  }

  /** One command. @throws StationError `app-hung` after `ms`, `source-gone`, `phone-page-gone`, `app-failed`, `cancelled` */
  send(method: string, params: Body, ms: number, signal: AbortSignal): Promise<Body> {
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
        this.#post(id, method, params);
      }
    });
  }

  #post(id: number, method: string, params: Body): void {
    this.#socket.send(JSON.stringify({ id, method, params }));
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
    this.#socket.terminate();
  }

  #hear(text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
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
    this.#socket.terminate();
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

function handshake(stream: Duplex, page: string, signal: AbortSignal): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://localhost/devtools/page/${page}`, {
      createConnection: () => stream as never,
      perMessageDeflate: false,
      maxPayload: DEVTOOLS.answerBytes,
      followRedirects: false,
    });
    const late = (): void => {
      socket.terminate();
      reject(new Error('no handshake in time'));
    };
    signal.addEventListener('abort', late);
    const settled = (): void => signal.removeEventListener('abort', late);
    socket.once('open', () => {
      settled();
      resolve(socket);
    });
    socket.once('error', (error) => {
      settled();
      reject(error);
    });
  });
}
