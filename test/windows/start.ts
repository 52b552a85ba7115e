/** `npm start` in practice, as a clerk does it, with a PATH on which nothing is but Windows' node and npm. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { startBrowser } from '../window/browser.ts';
import { PATIENCE_MS } from './clerk.ts';
import { endWindows, NODE, OUT, windows } from './prepare.ts';

const ADDRESS = /http:\/\/127\.0\.0\.1:\d+\/open\/[\w-]+(?=\s)/;

/** Starts it, and gives the page of a real Chromium of this machine at its address. Ends it afterwards. */
export async function withStarted(command: string, look: (page: Page) => Promise<void>): Promise<void> {
  const log = join(OUT, 'start.log');
  rmSync(log, { force: true });
  const started = windows(command, 'start.log');
  const stop = new AbortController();
  void started.then(() => stop.abort());
  try {
    const browser = await startBrowser();
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      await page.goto(await addressIn(log, stop.signal));
      await look(page);
    } finally {
      await browser.close();
    }
  } finally {
    await endWindows();
    await started;
  }
}

/** Looks at what the program says until it has said where it is. */
async function addressIn(log: string, ended: AbortSignal): Promise<string> {
  for (;;) {
    const isOver = ended.aborted;
    const address = ADDRESS.exec(existsSync(log) ? readFileSync(log, 'utf8') : '')?.[0];
    if (address !== undefined) return address;
    if (isOver) throw new Error(`it ended without an address (${log})`);
    await new Promise((resolve) => void setTimeout(resolve, 500));
  }
}

/** As a person types it. Beside what Windows itself has, `PATH` holds node and npm and nothing else. */
export const START = `env WINEPATH='Z:\\station\\node_modules\\node\\bin' ${NODE} 'Z:\\npm\\bin\\npm-cli.js' start -- --practice --no-open`;
