/** Browser mode against a real Chromium: what its policy lets a page do, and what another page cannot do. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { serveWindow, type ServedWindow } from '../../../electron/browser/server.ts';
import { startBrowser } from '../../window/browser.ts';
import { fakeStation, type FakeStation } from '../../support/fake-station.ts';

/** A window that only writes down what it may do. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>station</title>
<script>document.title = 'inline script ran';</script>
<script type="module" src="./window.js"></script>`;
const SCRIPT = `
const kept = sessionStorage.getItem('key');
const asked = kept === null ? await fetch('/key', { method: 'POST' }) : null;
const key = kept ?? (asked.ok ? await asked.text() : 'none');
sessionStorage.setItem('key', key);
const socket = new WebSocket(new URL('/ws', location.href.replace('http', 'ws')), ['station', key]);
socket.onerror = () => { document.body.dataset.answer = 'refused'; };
socket.onopen = () => socket.send(JSON.stringify({ id: 1, name: 'station.info', params: {} }));
socket.onmessage = (event) => { document.body.dataset.answer = event.data; };
try { document.body.innerHTML = '<b>x</b>'; document.body.dataset.html = 'ran'; }
catch (error) { document.body.dataset.html = error.name; }
`;

let browser: Browser;
let folder: string;
let hostile: Server;
let station: FakeStation;
let served: ServedWindow;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  browser = await startBrowser();
  folder = mkdtempSync(join(tmpdir(), 'station-chromium-'));
  writeFileSync(join(folder, 'index.html'), PAGE);
  writeFileSync(join(folder, 'window.js'), SCRIPT);
  // Another program of this computer: for a browser the same site, since ports do not count there.
  hostile = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>hostile</title>'),
  );
  await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await browser.close();
  hostile.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  station = fakeStation();
  served = await serveWindow({ station, rendererDir: folder });
  context = await browser.newContext();
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  await served.close();
});

const marks = async (of: Page) =>
  of.evaluate(() => Object.fromEntries(Object.entries(document.body.dataset)));
const answered = (of: Page) => of.waitForFunction(() => document.body.dataset['answer'] !== undefined);

test('the address opens the window, leaves no token behind, and the window reaches the station', async () => {
  await page.goto(served.url);
  await answered(page);
  expect(page.url()).toBe(`${new URL(served.url).origin}/`);
  expect(await marks(page)).toEqual({
    answer: JSON.stringify({ id: 1, answer: { ok: true, value: { version: '1.2.3' } } }),
    html: 'TypeError',
  });
});

test('a script inside the page does not run', async () => {
  await page.goto(served.url);
  await answered(page);
  expect(await page.title()).toBe('station');
});

test('the window can be loaded again; what opens in a second tab has its cookie and not its key', async () => {
  await page.goto(served.url);
  await answered(page);
  await page.reload();
  await answered(page);
  expect((await marks(page))['answer']).toContain('1.2.3');
  const second = await context.newPage();
  await second.goto(new URL(served.url).origin);
  await answered(second);
  expect((await marks(second))['answer']).toBe('refused');
});

test('another browser gets nothing, neither with the used address nor without', async () => {
  await page.goto(served.url);
  await answered(page);
  const other = await browser.newContext();
  const its = await other.newPage();
  for (const address of [served.url, new URL(served.url).origin]) {
    expect((await its.goto(address))?.status(), address).toBe(403);
  }
  await other.close();
});

test('a page of another program in the same browser cannot ask, read or embed the station', async () => {
  await page.goto(served.url);
  await answered(page);
  station.asked.length = 0;
  const its = await context.newPage();
  await its.goto(`http://127.0.0.1:${(hostile.address() as AddressInfo).port}/`);
  const { origin } = new URL(served.url);
  const got = await its.evaluate(async (target) => {
    const socket = new WebSocket(`${target.replace('http', 'ws')}/ws`);
    const asked = await new Promise((resolve) => {
      socket.onopen = () => resolve('open');
      socket.onerror = () => resolve('refused');
    });
    // Chromium keeps the answer from the page; the station refuses also where a browser would not.
    const read = await fetch(target, { credentials: 'include' }).then(
      (response) => (response.ok ? 'read' : 'refused'),
      () => 'refused',
    );
    const script = document.createElement('script');
    script.src = `${target}/window.js`;
    const ran = await new Promise((resolve) => {
      script.onload = () => resolve('loaded');
      script.onerror = () => resolve('refused');
      document.head.append(script);
    });
    return { asked, read, ran };
  }, origin);
  expect(got).toEqual({ asked: 'refused', read: 'refused', ran: 'refused' });
  expect(station.asked).toEqual([]);

  await its.evaluate((target) => {
    const frame = document.createElement('iframe');
    frame.src = target;
    document.body.append(frame);
    return new Promise((resolve) => {
      frame.onload = resolve;
    });
  }, origin);
  expect(station.asked).toEqual([]);
});
