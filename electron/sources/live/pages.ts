/**
 * Which pages of CHT apps are open on a phone. Android names the DevTools socket of each app's web views in
 * /proc/net/unix. A page of another server than the station's is not touched: its address alone is looked at.
 */
import type { Look } from '../../../shared/web-view/protocol.ts';
import { StationError, type ErrorCode } from '../../../shared/errors.ts';
import { fieldAt } from '../../../shared/untrusted.ts';
import type { Link } from '../adb/link.ts';
import { listPages, packageOf, PageSession, type Dial } from './devtools.ts';
import { PageReader, type ReaderTimeouts } from './page-reader.ts';

export interface AppPage {
  /** The DevTools socket and the page behind it. */
  readonly socket: string;
  readonly page: string;
  readonly package: string | null;
  readonly look: Extract<Look, { kind: 'app' }>;
}

export interface SearchOptions {
  /** Origin of the station's server; `null`: any CHT app. */
  readonly server: string | null;
  readonly script: string;
  readonly timeouts: ReaderTimeouts;
  readonly signal: AbortSignal;
}

/** Sockets looked at on one phone. */
const SOCKETS = 30;
/** The apps of the Community Health Toolkit that are built as it says; forks may have any name. */
const CHT_PACKAGE = /^org\.medicmobile\./;

/** A reason is only told when no page can be read; what the person can do most about comes first. */
const REASONS: readonly ErrorCode[] = [
  'app-signed-out',
  'app-keeps-nothing',
  'app-failed',
  'app-hung',
  'phone-page-gone',
  'app-other-server',
  'phone-other-app',
  'phone-app-closed',
];

/** One page that fails does not keep the others from being found. */
const OF_ONE_PAGE: readonly ErrorCode[] = ['app-hung', 'app-failed', 'phone-page-gone'];

/** The pages that can be read. @throws StationError why there is none */
export async function findAppPages(link: Link, options: SearchOptions): Promise<readonly AppPage[]> {
  const found: AppPage[] = [];
  const reasons = new Set<ErrorCode>(['phone-app-closed']);
  for (const socket of await devtoolsSockets(link, options.signal)) {
    try {
      for await (const one of pagesOf(link, socket, options)) {
        if (typeof one === 'string') reasons.add(one);
        else found.push(one);
      }
    } catch (error) {
      const failure = await link.explain(error);
      // One app that hangs does not keep the others from being found.
      if (failure.code === 'source-gone' || failure.code === 'cancelled') throw failure;
      reasons.add(failure.code);
    }
  }
  if (found.length > 0) return found;
  const reason = REASONS.find((code) => reasons.has(code)) ?? 'app-hung';
  throw new StationError(await unlessLocked(link, reason, options.signal));
}

/** The names of the DevTools sockets, as the kernel lists them: `@` stands for the abstract name space. */
async function devtoolsSockets(link: Link, signal: AbortSignal): Promise<readonly string[]> {
  const table = await link.say('cat /proc/net/unix', signal);
  const names = new Set<string>();
  for (const [, name] of table.matchAll(/@(webview_devtools_remote_\d{1,10})\s*$/gm)) {
    if (name !== undefined) names.add(name);
  }
  return [...names].slice(0, SOCKETS);
}

export function dialTo(link: Link, socket: string): Dial {
  return (signal) => link.stream(`localabstract:${socket}`, signal);
}

async function* pagesOf(
  link: Link,
  socket: string,
  options: SearchOptions,
): AsyncGenerator<AppPage | ErrorCode> {
  const { server, signal } = options;
  const { answerMs } = options.timeouts;
  const dial = dialTo(link, socket);
  const name = await packageOf(dial, answerMs, signal);
  for (const { id, url } of await listPages(dial, answerMs, signal)) {
    const origin = originOf(url);
    if (origin === null) continue;
    if (server !== null && origin !== server) {
      yield name === null || CHT_PACKAGE.test(name) ? 'app-other-server' : 'phone-other-app';
      continue;
    }
    if (server === null && !(await isChtApp(dial, id, options))) {
      yield 'phone-other-app';
      continue;
    }
    const look = await lookAt(dial, id, options);
    if (typeof look === 'string') yield look;
    else yield { socket, page: id, package: name, look };
  }
}

async function lookAt(
  dial: Dial,
  page: string,
  options: SearchOptions,
): Promise<AppPage['look'] | ErrorCode> {
  let reader: PageReader | null = null;
  try {
    reader = await PageReader.start(dial, page, options.script, options.signal, options.timeouts);
    return whatToSay(await reader.look(), options.server);
  } catch (error) {
    if (error instanceof StationError && OF_ONE_PAGE.includes(error.code)) return error.code;
    throw error;
  } finally {
    await reader?.close();
  }
}

function whatToSay(look: Look, server: string | null): AppPage['look'] | ErrorCode {
  switch (look.kind) {
    case 'app':
      // The page may have gone elsewhere since it was listed.
      return server === null || look.server === server ? look : 'app-other-server';
    case 'other-page':
      return 'phone-other-app';
    case 'signed-out':
      return 'app-signed-out';
    case 'keeps-nothing':
      return 'app-keeps-nothing';
  }
}

/** Without a server of its own the station asks any page this one question, which reads nothing of it. */
const IS_CHT_APP = `typeof CHTCore === 'object' && typeof CHTCore.DB?.get === 'function' || /^\\/medic\\/login/.test(location.pathname)`;

async function isChtApp(dial: Dial, page: string, { timeouts, signal }: SearchOptions): Promise<boolean> {
  const session = await PageSession.attach(dial, page, timeouts.answerMs, signal);
  try {
    const params = { expression: IS_CHT_APP, returnByValue: true, silent: true };
    const answer = await session.send('Runtime.evaluate', params, timeouts.lookMs, signal);
    return fieldAt(answer, 'result', 'value') === true;
  } finally {
    session.close();
  }
}

/** `null` for what is no page of a server: `about:blank`, `chrome:`, `file:`. */
function originOf(url: string): string | null {
  try {
    const { protocol, origin } = new URL(url);
    return protocol === 'https:' || protocol === 'http:' ? origin : null;
  } catch {
    return null;
  }
}

/** A locked phone freezes its apps, so that is said where an app is closed or does not answer. */
export async function unlessLocked(link: Link, code: ErrorCode, signal: AbortSignal): Promise<ErrorCode> {
  if (code !== 'app-hung' && code !== 'phone-app-closed') return code;
  try {
    const trust = await link.say('dumpsys trust', signal);
    return /\(current\)[^\n]*\bdeviceLocked=1\b/.test(trust) ? 'phone-locked' : code;
  } catch {
    return code;
  }
}
