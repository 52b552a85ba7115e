/**
 * A phone's CHT app in a real Chromium with a DevTools port: its own profile, its own IndexedDB, filled from the
 * practice server as the app does it, then worked with offline.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { BrowserContext, Page } from 'playwright-core';
import type { PracticeServer } from '../../practice/server.ts';
import { startProfile } from '../../window/browser.ts';
import type { AppServer, PageKind, PouchVersion } from './app-server.ts';

/** What a page of the app can be asked to do; runs inside of it. */
declare global {
  interface Window {
    CHTCore: { DB: { get(options?: object): PouchDB } };
    PouchDB: new (name: string, options: object) => PouchDB;
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

export async function startWebPhone(app: AppServer): Promise<WebPhone> {
  const profile = await mkdtemp(join(tmpdir(), 'station-phone-'));
  const context = await startProfile(profile, ['--remote-debugging-port=0', '--enable-precise-memory-info']);
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
  for (let tries = 0; tries < 100; tries += 1) {
    const text = await readFile(join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '');
    const port = Number(text.split('\n')[0]);
    if (port > 0) return port;
    await wait(50);
  }
  throw new Error('Chromium opened no DevTools port');
}

/** Signs in for the first time: what the server says this user should hold, with history (cht-facts §8). */
export async function firstSync(
  page: Page,
  practice: PracticeServer,
  user: string,
  device: string,
): Promise<void> {
  const password = practice.users.find((one) => one.user === user)?.password ?? '';
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  await page.evaluate(
    async ([auth, deviceId]) => {
      const headers = { accept: 'application/json', 'content-type': 'application/json', authorization: auth };
      const ids = await (await fetch('/api/v1/replication/get-ids', { headers })).json();
      const db = window.CHTCore.DB.get();
      const wanted = ids.doc_ids_revs as { id: string; rev: string }[];
      for (let at = 0; at < wanted.length; at += 100) {
        const body = JSON.stringify({ docs: wanted.slice(at, at + 100) });
        const query = '/medic/_bulk_get?attachments=true&revs=true';
        const { results } = await (await fetch(query, { method: 'POST', headers, body })).json();
        const docs = (results as { docs: { ok?: object }[] }[]).flatMap((row) =>
          row.docs.flatMap(({ ok }) => (ok === undefined ? [] : [ok])),
        );
        await db.bulkDocs(docs, { new_edits: false });
      }
      localStorage.setItem('medic-telemetry-device-id', deviceId);
      localStorage.setItem('medic-last-replicated-seq', String((await db.info()).update_seq));
    },
    [authorization, device] as const,
  );
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
