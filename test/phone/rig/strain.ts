/** How a page bears what is done to it: memory, and how long it was kept from working. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { ownRenderers } from './renderers.ts';

export interface Strain {
  /** What the page's own heap held at most above what it held before, in bytes: objects, buffers, the browser's part. */
  readonly heapBytes: number;
  /** The same for all memory of the page's process; `null` where the system does not tell. */
  readonly processBytes: number | null;
  /** The longest time in which nothing else ran in the page, in milliseconds. */
  readonly longestBlockMs: number;
}

interface HeapUsage {
  readonly usedSize: number;
  readonly embedderHeapUsedSize?: number;
  readonly backingStorageSize?: number;
}

/** Watches a page while `work` runs. */
export async function strainOf(page: Page, work: () => Promise<void>): Promise<Strain> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('HeapProfiler.collectGarbage');
  const held = async (): Promise<number> => {
    const usage = (await devtools.send('Runtime.getHeapUsage')) as HeapUsage;
    return usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0);
  };
  const before = { heap: await held(), process: processBytes() };
  const peak = { heap: before.heap, process: before.process };
  await page.evaluate(() => {
    const state = { longest: 0, last: performance.now(), runs: true };
    Object.assign(window, { strain: state });
    const beat = (): void => {
      const now = performance.now();
      state.longest = Math.max(state.longest, now - state.last);
      state.last = now;
      if (state.runs) setTimeout(beat, 5);
    };
    beat();
  });
  const watch = { runs: true };
  const watching = (async () => {
    while (watch.runs) {
      peak.heap = Math.max(peak.heap, await held());
      const bytes = processBytes();
      if (bytes !== null) peak.process = Math.max(peak.process ?? 0, bytes);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  try {
    await work();
  } finally {
    watch.runs = false;
    await watching;
  }
  const longestBlockMs = await page.evaluate(() => {
    const state = (window as unknown as { strain: { longest: number; runs: boolean } }).strain;
    state.runs = false;
    return state.longest;
  });
  await devtools.detach();
  return {
    heapBytes: peak.heap - before.heap,
    processBytes: peak.process === null || before.process === null ? null : peak.process - before.process,
    longestBlockMs,
  };
}

/** What the largest renderer of this process's browser holds (Linux). */
function processBytes(): number | null {
  let largest: number | null = null;
  for (const pid of ownRenderers()) {
    try {
      const held = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      if (held !== undefined) largest = Math.max(largest ?? 0, Number(held) * 1024);
    } catch {
      // It ended meanwhile.
    }
  }
  return largest;
}
