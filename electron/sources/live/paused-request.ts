/**
 * A request of the page, as the web view pauses it for the station to answer (DevTools' `Fetch.requestPaused`). What
 * the page says is not trusted: a request is taken apart here, and only what is whole and of the right kind is left.
 */
import { fieldAt, isObject, textAt, type Body } from '../../../shared/untrusted.ts';
import { MessageBytes } from './message-reader.ts';
import { appPath, type AppOf, type Writes } from './app-paths.ts';

export type Headers = readonly (readonly [name: string, value: string])[];

/** What the station sends to the server, byte for byte as the page made it. */
export interface AppRequest<Bytes = Uint8Array> {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Bytes | null;
  /** `null`: it only reads. */
  readonly writes: Writes | null;
}

/**
 * - `send`: the station sends it
 * - `leave`: no business of the station; it meets whatever network the phone has
 * - `fail`: it must not leave as it is
 * - `unseen`: it has a body that this web view does not show in bytes, and so would every other
 */
export type Judged =
  | { readonly kind: 'send'; readonly request: AppRequest<MessageBytes> }
  | { readonly kind: 'leave' }
  | { readonly kind: 'fail' }
  | { readonly kind: 'unseen' };

/** No CHT server takes a larger one (docs/cht.md §2.4). */
export const BODY_BYTES = 33 * 1024 * 1024;
const HEADERS = { count: 100, bytes: 32 * 1024 } as const;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** Visible characters, blanks and what is beyond ASCII in one byte: nothing that ends a line. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What belongs to one connection is made anew for the station's own; what would speak for somebody else is no sync. */
const NOT_SENT =
  /^(?:host|content-length|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|forwarded|via|proxy-.*|x-forwarded-.*|x-real-ip|x-http-method.*|x-method-override|sec-.*)$/i;
/** The phone's session is asked about before anything is sent; a request that brings another sign-in is not sent. */
const OTHER_SIGN_IN = /^(?:authorization|x-auth-.*)$/i;

/** @param frame the page's own; what a frame within it asks for is not the app's sync */
export function judge(paused: Body, frame: string, app: AppOf): Judged {
  const url = textAt(paused, 'request', 'url');
  const method = textAt(paused, 'request', 'method');
  const type = textAt(paused, 'resourceType');
  if (url === undefined || method === undefined || textAt(paused, 'frameId') !== frame)
    return { kind: 'leave' };
  if (type !== 'XHR' && type !== 'Fetch') return { kind: 'leave' };
  const to = appPath(method, url, app);
  if (to === null) return { kind: 'leave' };
  const headers = headersOf(fieldAt(paused, 'request', 'headers'));
  const body = bodyOf(fieldAt(paused, 'request'));
  if (body === 'unseen') return { kind: 'unseen' };
  if (headers === null || body === undefined) return { kind: 'fail' };
  return { kind: 'send', request: { ...to, headers, body } };
}

/** `null`: one of them may not be sent. */
function headersOf(value: unknown): Headers | null {
  if (!isObject(value)) return null;
  const entries = Object.entries(value);
  const headers: (readonly [string, string])[] = [];
  let bytes = 0;
  for (const [name, text] of entries) {
    if (typeof text !== 'string' || !HEADER_NAME.test(name) || !HEADER_VALUE.test(text)) return null;
    if (OTHER_SIGN_IN.test(name)) return null;
    bytes += name.length + text.length;
    if (!NOT_SENT.test(name)) headers.push([name, text]);
  }
  return entries.length <= HEADERS.count && bytes <= HEADERS.bytes ? headers : null;
}

/** `null`: it has none; `undefined`: not all of it is here, or it is too large. A shortened body never leaves. */
function bodyOf(request: unknown): MessageBytes | null | undefined | 'unseen' {
  const entries = fieldAt(request, 'postDataEntries');
  if (entries === undefined || (Array.isArray(entries) && entries.length === 0)) {
    const has = fieldAt(request, 'hasPostData') === true || fieldAt(request, 'postData') !== undefined;
    // The text beside it may be shortened, and was changed where it was none.
    return has ? 'unseen' : null;
  }
  if (!Array.isArray(entries)) return undefined;
  const blocks: Buffer[] = [];
  let bytes = 0;
  for (const entry of entries as unknown[]) {
    const part = bytesOf(fieldAt(entry, 'bytes'));
    if (part === null) return undefined;
    blocks.push(...part.blocks);
    bytes += part.byteLength;
    if (bytes > BODY_BYTES) return undefined;
  }
  return new MessageBytes(blocks);
}

/** They were read while the message came, unless a web view writes it in an unusual way. */
function bytesOf(value: unknown): MessageBytes | null {
  if (value instanceof MessageBytes) return value;
  return typeof value === 'string' ? new MessageBytes([Buffer.from(value, 'base64')]) : null;
}
