/**
 * The files of the window and the headers they are served with: the same under `app://station` and in
 * browser mode. Only what lies in the window's folder can be named; nothing else of the disk can.
 */
import { readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

/**
 * What the window's page may load and do: only its own files, no inline script or style, no frame, no form.
 * `renderer/index.html` carries the same, but for `frame-ancestors`, which counts in a header only.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

export const WINDOW_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

export interface WindowFile {
  readonly status: 200 | 400 | 404 | 405;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/**
 * The file a request names by its URL's path (`/` is `index.html`), or the refusal. Kinds of files that a
 * window has no use for are not served, so a forgotten source map stays unread.
 */
export async function windowFile(folder: string, method: string, pathname: string): Promise<WindowFile> {
  if (method !== 'GET' && method !== 'HEAD') return refusal(405);
  const path = insideFolder(folder, pathname);
  if (path === null) return refusal(400);
  const type = TYPES[extname(path)];
  if (type === undefined) return refusal(404);
  try {
    const bytes = new Uint8Array(await readFile(path));
    const headers = { ...WINDOW_HEADERS, 'content-type': type, 'content-length': String(bytes.byteLength) };
    return { status: 200, headers, body: method === 'HEAD' ? new Uint8Array() : bytes };
  } catch {
    return refusal(404);
  }
}

/** The file's path, or `null` for a name that is no plain path inside the folder. */
function insideFolder(folder: string, pathname: string): string | null {
  let name: string;
  try {
    name = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  // Windows would read these as a folder, a drive or a second stream of a file.
  if (!name.startsWith('/') || /[\\:\0]/.test(name)) return null;
  const path = join(folder, name === '/' ? 'index.html' : name);
  return path.startsWith(join(folder, sep)) ? path : null;
}

function refusal(status: 400 | 404 | 405): WindowFile {
  return { status, headers: { ...WINDOW_HEADERS, 'content-length': '0' }, body: new Uint8Array() };
}
