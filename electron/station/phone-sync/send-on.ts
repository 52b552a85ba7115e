/**
 * Sends the requests of a phone's app to the server, as they are, with the station's own internet. Every one is looked at
 * once more here: the process that talks to the phone hears what the phone says. Redirects are never followed; an ended
 * session is noticed before the app sees it, because the app would sign the person out.
 */
import { StationError, type ErrorCode } from '../../../shared/errors.ts';
import { fieldAt } from '../../../shared/untrusted.ts';
import { appPath, type AppOf } from '../../sources/live/app-paths.ts';
import type { AppRequest, Headers as AppHeaders } from '../../sources/live/paused-request.ts';
import { passed } from '../../sources/live/collecting.ts';
import { failsSync } from '../../sources/live/sync-watch.ts';
import type { AppAnswer, SentOn } from '../../sources/live/tunnel.ts';
import type { Gate } from '../../upload/gate.ts';
import type { Fetch } from '../../upload/http.ts';
import { isOwnWriting, type OwnWriting } from './own-writing.ts';
import type { Reviewed } from './as-reviewed.ts';
import { AlteredRecord, writtenIn, refusedIn, type Written } from './writing.ts';

export interface SendOnParts extends AppOf {
  readonly fetch: Fetch;
  readonly gate: Gate;
  readonly signal: AbortSignal;
  /** Every revision that may go, by `goingKey`. */
  readonly mayGo: ReadonlyMap<string, Reviewed>;
  /** These are about to be given to the server. */
  readonly leaving: (written: readonly Written[], bytes: number) => void;
  readonly refused: (refused: Written & { readonly reason: string }) => void;
  /** A record is not as it was reviewed; nothing of its request is sent. */
  readonly altered: (altered: AlteredRecord) => void;
  readonly log: (line: string) => void;
  readonly changed: () => void;
}

/** An answer larger than this makes no sense for what is asked here. */
const ANSWER_BYTES = 64 * 1024 * 1024;
/** Bytes of a body that are given to the connection at a time. */
const STEP = 64 * 1024;
/** Made anew for the answer as it is given to the app: unpacked, whole, by another connection. */
const NOT_GIVEN =
  /^(?:content-encoding|content-length|transfer-encoding|connection|keep-alive|trailer|upgrade)$/i;

export class RequestsOfPhone {
  readonly #parts: SendOnParts;
  /** Why nothing more may be sent; `null`: it may. */
  #ended: ErrorCode | null = null;
  #received = 0;
  #dropped = 0;
  #failures = 0;
  /** The server's answer to the app's question what is there for the person. */
  #listed: Uint8Array | null = null;

  constructor(parts: SendOnParts) {
    this.#parts = parts;
  }

  get ended(): ErrorCode | null {
    return this.#ended;
  }

  /** Records that the app was given, and those that it was told to drop. */
  get counts(): { readonly received: number; readonly dropped: number } {
    return { received: this.#received, dropped: this.#dropped };
  }

  /** Requests of the app's sync that came to nothing in its last try. */
  get failures(): number {
    return this.#failures;
  }

  /** The app begins anew. */
  tryAgain(): void {
    this.#failures = 0;
  }

  /** What the server listed for the person, the last time that the app asked: each id and its winning revision. */
  listed(): ReadonlyMap<string, string> | null {
    const list = this.#listed === null ? null : fieldIn(this.#listed, 'doc_ids_revs');
    if (!Array.isArray(list)) return null;
    return new Map(
      (list as unknown[]).flatMap((entry): [string, string][] => {
        const [id, rev] = [fieldAt(entry, 'id'), fieldAt(entry, 'rev')];
        return typeof id === 'string' && typeof rev === 'string' ? [[id, rev]] : [];
      }),
    );
  }

  async sendOn(request: AppRequest): Promise<SentOn> {
    const sent = await this.#sendOn(request);
    // Where the station itself ended it, there is another reason.
    const status = sent.kind === 'answer' ? sent.answer.status : null;
    if (sent.kind !== 'close' && failsSync(request, status)) this.#failures += 1;
    return sent;
  }

  async #sendOn(request: AppRequest): Promise<SentOn> {
    const { server, user, gate, signal, mayGo, leaving } = this.#parts;
    try {
      const to = appPath(request.method, `${server}${request.path}`, { server, user });
      if (to === null) return { kind: 'failed' };
      await gate.pass(signal);
      if (this.#ended !== null) return { kind: 'close' };
      if (to.writes === 'records') leaving(writtenIn(request, mayGo), request.body?.byteLength ?? 0);
      // For the app as without a network: it writes that again another time, and its records go on.
      else if (to.writes !== null && !isOwnWriting(to.writes, request)) return this.#notSent(to.writes);
      const answer = await this.#fetch(request);
      if (answer === null) return { kind: 'failed' };
      if (answer.status === 401 || isElsewhere(answer)) {
        return this.#close(endOfSession(answer));
      }
      this.#count(request, answer, to.writes === 'records');
      return { kind: 'answer', answer };
    } catch (error) {
      if (error instanceof AlteredRecord) this.#parts.altered(error);
      return this.#close(error instanceof StationError ? error.code : 'internal');
    }
  }

  #notSent(what: OwnWriting): SentOn {
    this.#parts.log(`a request of a phone was not sent on: no ${what}`);
    return { kind: 'failed' };
  }

  #close(code: ErrorCode): SentOn {
    this.#ended ??= code;
    this.#parts.log(`the sync of a phone is ended: ${code}`);
    return { kind: 'close' };
  }

  /** `null`: no answer came. The app hears that as it would without the station, and tries again when it wants. */
  async #fetch({ method, path, headers, body }: AppRequest): Promise<AppAnswer | null> {
    const { server, fetch, signal, gate } = this.#parts;
    try {
      const response = await fetch(`${server}${path}`, {
        method,
        redirect: 'manual',
        ...sentAs(headers, body),
        signal,
      });
      const bytes = await bytesOf(response);
      gate.set('offline', false);
      return bytes === null
        ? null
        : { status: response.status, headers: given(response.headers), body: bytes };
    } catch {
      if (signal.aborted) throw new StationError('cancelled');
      gate.set('offline', true);
      return null;
    }
  }

  #count(request: AppRequest, { status, body }: AppAnswer, writes: boolean): void {
    if (status < 200 || status >= 300) return;
    const path = request.path.split('?', 1)[0] ?? '';
    if (writes) for (const one of refusedIn(body)) this.#parts.refused(one);
    else if (path === '/medic/_bulk_get') this.#received += lengthAt(request.body, 'docs');
    else if (path === '/api/v1/replication/get-ids') this.#listed = body;
    else if (path === '/api/v1/replication/get-deletes') this.#dropped += lengthAt(body, 'doc_ids');
    this.#parts.changed();
  }
}

function isElsewhere({ status }: AppAnswer): boolean {
  return status >= 300 && status < 400 && status !== 304;
}

/** A redirect to the page for signing in is the end of the session too; one to elsewhere comes from something in between. */
function endOfSession({ status, headers }: AppAnswer): ErrorCode {
  const location = headers.find(([name]) => name.toLowerCase() === 'location')?.[1] ?? '';
  return status === 401 || location.includes('/medic/login') ? 'phone-session-ended' : 'bad-answer';
}

function given(headers: Headers): AppHeaders {
  return [...headers].filter(([name]) => !NOT_GIVEN.test(name));
}

/** A body given whole would be copied; in steps, and as long as it is said to be, it is read where it lies. */
function sentAs(headers: AppHeaders, body: Uint8Array | null): RequestInit & { duplex?: 'half' } {
  const all = headers.map(([name, value]): [string, string] => [name, value]);
  if (body === null) return { headers: all };
  if (body.byteLength <= STEP)
    return { headers: all, body: Buffer.from(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength) };
  let from = 0;
  const steps = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        controller.enqueue(body.subarray(from, from + STEP));
        from += STEP;
        if (from >= body.byteLength) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return { headers: [...all, ['Content-Length', String(body.byteLength)]], body: steps, duplex: 'half' };
}

/** The whole body, or `null` where it is larger than an answer can be. */
async function bytesOf(response: Response): Promise<Uint8Array | null> {
  let room = Buffer.allocUnsafeSlow(STEP);
  let bytes = 0;
  for await (const part of response.body ?? []) {
    const { byteLength } = part as Uint8Array;
    if (bytes + byteLength > ANSWER_BYTES) return null;
    if (bytes + byteLength > room.length) room = larger(room, bytes, bytes + byteLength);
    room.set(part as Uint8Array, bytes);
    bytes += byteLength;
    passed(byteLength);
  }
  // A small one does not take its room along.
  return bytes > STEP ? room.subarray(0, bytes) : new Uint8Array(room.subarray(0, bytes));
}

/** What is beyond the bytes takes no memory until it is written. */
function larger(room: Buffer<ArrayBuffer>, bytes: number, needed: number): Buffer<ArrayBuffer> {
  const next = Buffer.allocUnsafeSlow(Math.max(needed, 2 * room.length));
  next.set(room.subarray(0, bytes));
  // At once: nobody else has it.
  room.buffer.transfer(0);
  return next;
}

/** How long the list in a JSON body is. */
function lengthAt(body: Uint8Array | null, name: string): number {
  const list = fieldIn(body, name);
  return Array.isArray(list) ? list.length : 0;
}

function fieldIn(body: Uint8Array | null, name: string): unknown {
  try {
    return fieldAt(JSON.parse(new TextDecoder().decode(body ?? undefined)), name);
  } catch {
    return undefined;
  }
}
