/**
 * A phone's CHT app in a real Chromium with a DevTools port: its own profile, its own IndexedDB, filled from the
 * practice server as the app does it, then worked with offline.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { BrowserContext, Page } from 'playwright-core';
import type { PracticeServer } from '../../../electron/practice/server.ts';
import { startProfile } from '../../window/browser.ts';
import type { AppServer, PageKind, PouchVersion } from './app-server.ts';
import { pull } from './phone-sync.ts';
import { HANGS_MS } from '../../support/soon.ts';

/** What a page of the app can be asked to do; runs inside of it. */
declare global {
  interface Window {
    CHTCore: { DB: { get(options?: object): PouchDB } };
    PouchDB: {
      new (name: string, options: object): PouchDB;
      fetch(url: string, options: object): Promise<Response>;
    };
  }
}

/** PouchDB in the page, as far as the tests use it. */
export interface PouchDB {
  get(id: string, options?: object): Promise<PhoneDoc>;
  put(doc: object): Promise<{ rev: string }>;
  bulkDocs(docs: readonly object[], options?: object): Promise<unknown>;
  allDocs(options?: object): Promise<{ rows: { id: string; value: { rev: string } }[] }>;
  changes(
    options: object,
  ): Promise<{ results: { id: string; changes: { rev: string }[] }[]; last_seq: number }>;
  info(): Promise<{ doc_count: number; update_seq: number }>;
  destroy(): Promise<unknown>;
  id(): Promise<string>;
  replicate: {
    to(remote: PouchDB, options: object): Promise<{ docs_written: number; doc_write_failures: number }>;
  };
}

export interface PhoneDoc {
  _id: string;
  _rev: string;
  [field: string]: unknown;
}

export interface WebPhone {
  readonly context: BrowserContext;
  /** Of Chromium. */
  readonly devtoolsPort: number;
  readonly page: Page;
  /** Opens the app for a person, signed in. */
  open(user: string | null, kind?: PageKind, pouch?: PouchVersion): Promise<Page>;
  close(): Promise<void>;
}

/** @param proxy of the phone's own internet; `null`: it has what this computer has */
export async function startWebPhone(app: AppServer, proxy: string | null = null): Promise<WebPhone> {
  const profile = await mkdtemp(join(tmpdir(), 'station-phone-'));
  const internet = proxy === null ? [] : [`--proxy-server=${proxy}`, '--proxy-bypass-list=<-loopback>'];
  const context = await startProfile(profile, [
    '--remote-debugging-port=0',
    '--enable-precise-memory-info',
    ...internet,
  ]);
  try {
    const [page = await context.newPage()] = context.pages();
    const devtoolsPort = await portOf(profile);
    return {
      context,
      devtoolsPort,
      page,
      async open(user, kind = 'app', pouch = '9') {
        await context.clearCookies();
        if (user !== null) {
          const value = encodeURIComponent(JSON.stringify({ name: user, roles: ['chw'] }));
          await context.addCookies([{ name: 'userCtx', value, url: app.url }]);
        }
        await page.goto(app.page(kind, pouch));
        // The same address again is no new page to a browser.
        await page.reload();
        return page;
      },
      async close() {
        await context.close();
        await rm(profile, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await context.close();
    throw error;
  }
}

/** Chromium writes the port it took into its profile. */
async function portOf(profile: string): Promise<number> {
  const until = performance.now() + HANGS_MS;
  while (performance.now() < until) {
    const text = await readFile(join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '');
    const port = Number(text.split('\n')[0]);
    if (port > 0) return port;
    await wait(50);
  }
  throw new Error('Chromium opened no DevTools port');
}

/** Signs in for the first time: everything is fetched, and nothing of it counts as unsent. */
export async function firstSync(
  page: Page,
  practice: PracticeServer,
  user: string,
  device: string,
): Promise<void> {
  await pull(page, practice, user);
  await page.evaluate(async (deviceId) => {
    localStorage.setItem('medic-telemetry-device-id', deviceId);
    const { update_seq } = await window.CHTCore.DB.get().info();
    localStorage.setItem('medic-last-replicated-seq', String(update_seq));
  }, device);
}

/** Every leaf of a phone's database: history, deletions, losing sides, attachment bytes as base64. */
export async function leavesOnPhone(page: Page, user?: string): Promise<Record<string, PhoneDoc[]>> {
  return page.evaluate(async (name) => {
    const db =
      name === undefined
        ? window.CHTCore.DB.get()
        : new window.PouchDB(`medic-user-${name}`, { auto_compaction: true });
    const leaves: Record<string, PhoneDoc[]> = {};
    const { results } = await db.changes({ style: 'all_docs' });
    for (const { id, changes } of results) {
      leaves[id] = [];
      for (const { rev } of changes) {
        leaves[id].push(await db.get(id, { rev, revs: true, attachments: true }));
      }
    }
    return leaves;
  }, user);
}
