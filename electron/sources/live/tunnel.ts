/**
 * The app's own sync, over the cable: the web view pauses the requests that the app makes for it, the station sends them
 * to the server with its own internet, and the web view is given the answers. Nothing is changed, made up or repeated:
 * for the app it is as if the phone had internet. It is a gate, not a way out: see app-paths.ts and paused-request.ts.
 */
import { StationError } from '../../../shared/errors.ts';
import { every, type Timers } from '../../../shared/timers.ts';
import { fieldAt, textAt, type Body } from '../../../shared/untrusted.ts';
import type { AppOf } from './app-paths.ts';
import type { BytesInParts, PageSession } from './devtools.ts';
import type { MessageBytes } from './message-reader.ts';
import { BODY_BYTES, judge, type AppRequest, type Headers } from './paused-request.ts';
import { failsSync, SyncWatch, type Standing, type WatchPace } from './sync-watch.ts';

export interface AppAnswer<Bytes = Uint8Array> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Bytes;
}

/** What became of a request. `failed`: for the app as without a network. `close`: nothing more may be sent. */
export type SentOn<Bytes = Uint8Array> =
  | { readonly kind: 'answer'; readonly answer: AppAnswer<Bytes> }
  | { readonly kind: 'failed' }
  | { readonly kind: 'close' };

/** The blocks of the body are the receiver's to let go. */
export type SendOn = (request: AppRequest<MessageBytes>) => Promise<SentOn<Uint8Array | BytesInParts>>;

export interface TunnelOptions extends AppOf {
  /** The name of an object that the page was given before: another page does not have it. */
  readonly held: string;
  readonly sendOn: SendOn;
  readonly timers: Timers;
  readonly signal: AbortSignal;
  readonly pace?: Partial<TunnelPace> | undefined;
  /** The app's sync stands in another way than before. */
  readonly stands: (standing: Standing) => void;
}

/** In milliseconds, but for the bytes. */
export interface TunnelPace extends WatchPace {
  /** The app is asked how far it is. */
  readonly watchMs: number;
  /** One command to the web view, the largest answer included. */
  readonly answerMs: number;
  /** Bodies of requests that are held at a time, waiting or under way, in bytes. */
  readonly heldBytes: number;
}

export const TUNNEL_PACE: TunnelPace = {
  watchMs: 2_000,
  idleMs: 5_000,
  failedMs: 20_000,
  quietMs: 120_000,
  giveUpMs: 900_000,
  answerMs: 180_000,
  heldBytes: 2 * BODY_BYTES,
};

/** A server with views to catch up becomes unsteady with more; an app has about so many under way. */
const AT_ONCE = 2;
const WAITING = 100;

/** For the app there is Wi-Fi: it begins to synchronise by itself when it hears that. */
const ONLINE = {
  offline: false,
  latency: 0,
  downloadThroughput: -1,
  uploadThroughput: -1,
  connectionType: 'wifi',
} as const;
const AS_IT_IS = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 } as const;

const HOW_FAR = `function () {
  return { at: localStorage.getItem('medic-last-replicated-date'), online: navigator.onLine };
}`;
/** The phone has Wi-Fi without internet: nothing changes for the app unless it is told. */
const TELL_APP = `window.dispatchEvent(new Event('offline')); window.dispatchEvent(new Event('online'));`;

/**
 * - `done`: the app says that it has synchronised; `closed`: nothing more may be sent
 * - `unended`: for a long time nothing came of it
 */
export type TunnelEnd = 'done' | 'closed' | 'unended';

/** Runs until the app has synchronised. @throws StationError `source-gone`, `phone-page-gone`, `app-hung`, `phone-cannot-sync`, `cancelled` */
export function runTunnel(session: PageSession, options: TunnelOptions): Promise<TunnelEnd> {
  return new Tunnel(session, options).run();
}

class Tunnel {
  readonly #session: PageSession;
  readonly #options: TunnelOptions;
  readonly #pace: TunnelPace;
  readonly #watched: SyncWatch;
  readonly #queue: (() => Promise<void>)[] = [];
  readonly #over = Promise.withResolvers<TunnelEnd>();
  #working = 0;
  #held = 0;
  #isClosed = false;
  #before: number | null = null;

  constructor(session: PageSession, options: TunnelOptions) {
    this.#session = session;
    this.#options = options;
    this.#pace = { ...TUNNEL_PACE, ...options.pace };
    this.#watched = new SyncWatch(this.#pace, options.timers, options.stands);
  }

  async run(): Promise<TunnelEnd> {
    const { signal, timers } = this.#options;
    const stop = (): void => this.#fail(new StationError('cancelled'));
    if (signal.aborted) throw new StationError('cancelled');
    const undo: (() => void)[] = [this.#session.onEnd((error) => this.#fail(error))];
    signal.addEventListener('abort', stop);
    undo.push(() => signal.removeEventListener('abort', stop));
    // A failure is heard below, also where it comes before anybody waits for it.
    this.#over.promise.catch(() => {});
    try {
      const frame = await this.#mainFrame();
      undo.push(this.#session.on('Page.frameNavigated', (told) => this.#navigated(told)));
      await this.#able('Page.enable', {});
      const { at, online } = await this.#howFar();
      this.#before = at;
      undo.push(this.#session.on('Fetch.requestPaused', (paused) => this.#paused(paused, frame)));
      await this.#open();
      if (online) await this.#say('Runtime.evaluate', { expression: TELL_APP, silent: true });
      undo.push(every(timers, this.#pace.watchMs, () => void this.#watch()));
      return await this.#over.promise;
    } finally {
      this.#isClosed = true;
      for (const step of undo) step();
      await this.#shut();
    }
  }

  /** @throws StationError `phone-cannot-sync` where the web view is too old for it */
  async #open(): Promise<void> {
    // A pattern's own signs, as they may stand in an address.
    const urlPattern = `${this.#options.server.replaceAll(/[\\*?]/g, '\\$&')}/*`;
    // Nothing of what passes is kept in the phone's memory for somebody who watches.
    const kept = { maxTotalBufferSize: 0, maxResourceBufferSize: 0 };
    // Each body would come over the cable twice.
    await this.#able('Network.enable', { ...kept, maxPostDataSize: 0 });
    await this.#able('Fetch.enable', { patterns: [{ urlPattern, requestStage: 'Request' }] });
    await this.#able('Network.emulateNetworkConditions', ONLINE);
  }

  async #able(method: string, params: Body): Promise<void> {
    try {
      await this.#say(method, params);
    } catch (error) {
      if (error instanceof StationError && error.code === 'app-failed')
        throw new StationError('phone-cannot-sync', undefined, error);
      throw error;
    }
  }

  /** What is paused fails, and the phone has the network that it has. Where the cable was pulled there is nothing to do. */
  async #shut(): Promise<void> {
    for (const start of this.#queue.splice(0)) await start().catch(() => {});
    for (const [method, params] of [
      ['Network.emulateNetworkConditions', AS_IT_IS],
      ['Fetch.disable', {}],
      ['Network.disable', {}],
      ['Page.disable', {}],
    ] as const)
      await this.#session.send(method, params, 2_000, new AbortController().signal).catch(() => {});
  }

  async #mainFrame(): Promise<string> {
    const frame = textAt(await this.#say('Page.getFrameTree', {}), 'frameTree', 'frame', 'id');
    if (frame === undefined) throw new StationError('phone-cannot-sync');
    return frame;
  }

  /** The app was loaded anew or went elsewhere: what it asks for now is not the sync that was looked at. */
  #navigated(told: Body): void {
    const isFrameWithin = fieldAt(told, 'frame', 'parentId') !== undefined;
    if (!isFrameWithin) this.#fail(new StationError('phone-page-gone'));
  }

  /** @throws StationError `phone-page-gone` where it is another page by now, also where no event tells of it */
  async #howFar(): Promise<{ at: number | null; online: boolean }> {
    const { held } = this.#options;
    const params = { objectId: held, functionDeclaration: HOW_FAR, returnByValue: true, silent: true };
    const value = fieldAt(await this.#say('Runtime.callFunctionOn', params), 'result', 'value');
    const at = Number(fieldAt(value, 'at') ?? Number.NaN);
    return { at: Number.isFinite(at) ? at : null, online: fieldAt(value, 'online') === true };
  }

  async #watch(): Promise<void> {
    const watched = this.#watched;
    // Also where the page does not answer: it stands still while the screen is off.
    if (watched.look(false)) this.#over.resolve('unended');
    if (!watched.isIdle) return;
    try {
      const { at } = await this.#howFar();
      if (!watched.isIdle) return;
      if (at !== this.#before && at !== null) this.#over.resolve('done');
      else if (watched.look(true)) this.#over.resolve('unended');
    } catch (error) {
      // A page that does not answer now is asked again; the end of its session is heard in its own way.
      if (error instanceof StationError && error.code === 'phone-page-gone') this.#fail(error);
    }
  }

  #paused(paused: Body, frame: string): void {
    const requestId = textAt(paused, 'requestId');
    if (requestId === undefined) return;
    const judged = judge(paused, frame, this.#options);
    if (judged.kind === 'leave') {
      void this.#reply('Fetch.continueRequest', { requestId });
      return;
    }
    if (judged.kind === 'unseen') this.#fail(new StationError('phone-cannot-sync'));
    if (judged.kind !== 'send' || this.#isClosed || this.#isFull(judged.request)) {
      void this.#refuse(requestId);
      return;
    }
    this.#watched.asked();
    const bytes = sizeOf(judged.request);
    this.#held += bytes;
    const over = (): void => {
      this.#held -= bytes;
      this.#watched.answered();
    };
    this.#queue.push(() => this.#pass(requestId, judged.request).finally(over));
    this.#next();
  }

  /** For the app as without a network: it tries again. An app has one body under way, so this is a page that floods. */
  #isFull(request: AppRequest<MessageBytes>): boolean {
    return this.#queue.length >= WAITING || this.#held + sizeOf(request) > this.#pace.heldBytes;
  }

  #next(): void {
    while (this.#working < AT_ONCE && !this.#isClosed) {
      const start = this.#queue.shift();
      if (start === undefined) return;
      this.#working += 1;
      void start().finally(() => {
        this.#working -= 1;
        this.#next();
      });
    }
  }

  async #pass(requestId: string, request: AppRequest<MessageBytes>): Promise<void> {
    if (this.#isClosed) return this.#refuse(requestId);
    const sent = await this.#sendOn(request);
    if (failsSync(request, sent.kind === 'answer' ? sent.answer.status : null)) this.#watched.failed();
    // After the end nothing is given to the app any more: for it the network went away in the middle.
    if (sent.kind !== 'answer' || this.#isClosed) {
      await this.#refuse(requestId);
      if (sent.kind === 'close') this.#over.resolve('closed');
      return;
    }
    const { status, headers, body } = sent.answer;
    const responseHeaders = headers.map(([name, value]) => ({ name, value }));
    await this.#reply('Fetch.fulfillRequest', { requestId, responseCode: status, responseHeaders }, body);
  }

  async #sendOn(request: AppRequest<MessageBytes>): ReturnType<SendOn> {
    try {
      return await this.#options.sendOn(await this.#withCookies(request));
    } catch {
      return { kind: 'close' };
    }
  }

  /** Older web views keep cookies that no script may see out of what they show. */
  async #withCookies(request: AppRequest<MessageBytes>): Promise<AppRequest<MessageBytes>> {
    if (request.headers.some(([name]) => name.toLowerCase() === 'cookie')) return request;
    const cookie = await cookiesOf(this.#session, this.#options, this.#pace.answerMs);
    return cookie === '' ? request : { ...request, headers: [...request.headers, ['Cookie', cookie]] };
  }

  async #refuse(requestId: string): Promise<void> {
    await this.#reply('Fetch.failRequest', { requestId, errorReason: 'InternetDisconnected' });
  }

  /** A request that the page gave up meanwhile cannot be answered: that is no failure. */
  async #reply(method: string, params: Body, body?: Uint8Array | BytesInParts): Promise<void> {
    await this.#session
      .send(method, params, this.#pace.answerMs, new AbortController().signal, body)
      .catch(() => {});
  }

  #say(method: string, params: Body): Promise<Body> {
    return this.#session.send(method, params, this.#pace.answerMs, this.#options.signal);
  }

  #fail(error: StationError): void {
    this.#isClosed = true;
    this.#over.reject(error);
  }
}

function sizeOf({ body }: AppRequest<MessageBytes>): number {
  return body?.byteLength ?? 0;
}

/** The cookies that the phone would send to its server, as one header; they are never written down. */
export async function cookiesOf(
  session: PageSession,
  { server }: Pick<AppOf, 'server'>,
  ms: number,
): Promise<string> {
  const params = { urls: [`${server}/medic/`] };
  const found = fieldAt(
    await session.send('Network.getCookies', params, ms, new AbortController().signal),
    'cookies',
  );
  if (!Array.isArray(found)) return '';
  const cookies = (found as unknown[]).slice(0, 50).flatMap((cookie) => {
    const [name, value] = [textAt(cookie, 'name'), fieldAt(cookie, 'value')];
    if (name === undefined || typeof value !== 'string') return [];
    // Visible ASCII without what would end the cookie or the line.
    if (!/^[\x21-\x3a\x3c\x3e-\x7e]+$/.test(name) || !/^[\x20-\x3a\x3c-\x7e]*$/.test(value)) return [];
    return [`${name}=${value}`];
  });
  const header = cookies.join('; ');
  return header.length <= 16 * 1024 ? header : '';
}
