/**
 * What one large body of a phone's sync costs the station in memory, in each direction: its two processes, each one of its own,
 * by what the kernel counts.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { SyncResult } from '../../shared/phone-sync.ts';
import { writePhoneScript } from '../../build/phone-script.mjs';
import { runJson } from '../support/cli.ts';
import { visit } from './rig/offline-work.ts';
import { openPhoneRig, type PhoneRig } from './rig/phone-rig.ts';
import { isOurs } from './rig/renderers.ts';
import { appWithoutInternet } from './rig/signed-in.ts';

/** As base64 in JSON some 25 MB. */
const PHOTO_BYTES = 18_700_000;
/** What it may take at most. 66 to 82 MB were measured for a request, 54 for an answer; held whole at each stage they took 320 and more. */
const MOST = 120_000_000;

let rig: PhoneRig;
afterEach(async () => {
  await rig.close();
});

test.runIf(process.platform === 'linux')('a body of 25 MB costs little, there and back', async () => {
  await writePhoneScript(fileURLToPath(new URL('../../out/main/phone.js', import.meta.url)));
  rig = await openPhoneRig({ ownInternet: true });
  const page = await appWithoutInternet(rig, 'chw1');
  await rig.station.close();
  const data = join(rig.folder, 'data');
  const env = { ANDROID_ADB_SERVER_PORT: String(rig.adb.port) };
  const sync = async (...more: readonly string[]): Promise<SyncResult> =>
    (await runJson(['phone', 'sync', ...more, '--data', data], { env })).value as unknown as SyncResult;
  const withPhoto = (id: string) => ({
    ...visit(id, { note: id }, Date.now() - 3_600_000),
    _attachments: {
      'user-file-large': {
        content_type: 'image/png',
        data: Buffer.alloc(PHOTO_BYTES, 'a photo of any size ').toString('base64'),
      },
    },
  });

  await page.evaluate((doc) => window.CHTCore.DB.get().put(doc), withPhoto('to-server'));
  const { plan } = await sync();
  const up = await measure('/medic/_bulk_docs', () => sync('--agree', plan.digest));
  await page.evaluate(() => localStorage.removeItem('medic-last-replicated-date'));
  await rig.practice.database().put(withPhoto('to-phone'));
  const down = await measure('/medic/_bulk_get?attachments', () => sync());
  console.log(JSON.stringify([up, down].map(({ above, each, body }) => ({ above, each, body }))));
  expect(await rig.practice.database().get('to-server')).toMatchObject({ _id: 'to-server' });
  expect(up.body).toBeGreaterThan(24_000_000);
  for (const { end, above, each } of [up, down]) {
    // The station and its process for devices.
    expect(Object.keys(each)).toHaveLength(2);
    expect(end).toMatchObject({ outcome: 'done', left: 0, lacking: 0 });
    expect(above).toBeLessThan(MOST);
  }
});

/** The station's processes together: the most of each between the app's first request and its next after the large one, above what it held then. */
async function measure(
  large: string,
  run: () => Promise<SyncResult>,
): Promise<{ end: SyncResult; body: number; above: number; each: Record<string, number> }> {
  let idle: ReadonlyMap<number, number> | null = null;
  let isOver = false;
  let isLarge = false;
  let body = 0;
  const each: Record<string, number> = {};
  rig.app.beforePassing = () => {
    const line = rig.app.passed.at(-1) ?? '';
    // The app begins with its checkpoint.
    if (idle === null && line.includes('/medic/_local/'))
      idle = new Map(stationProcesses().flatMap(beginPeak));
    if (line.includes(large)) isLarge = true;
    else if (isLarge && !isOver) {
      isOver = true;
      for (const [pid, before] of idle ?? []) {
        const most = memoryOf(pid, 'VmHWM');
        if (most !== null) each[pid] = most - before;
      }
    }
  };
  rig.app.onBody = (line, bytes) => {
    if (line.includes(large)) body = Math.max(body, bytes.byteLength);
  };
  const end = await run();
  rig.app.beforePassing = () => {};
  return { end, body, above: Object.values(each).reduce((sum, one) => sum + one, 0), each };
}

/** From here on the kernel counts the peak anew. Nothing of a process that is gone. */
function beginPeak(pid: number): [number, number][] {
  const now = memoryOf(pid, 'VmRSS');
  if (now === null) return [];
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  return [[pid, now]];
}

/** Bytes; `null`: it is gone, as what a process starts is soon, that has its command line for a moment. */
function memoryOf(pid: number, what: 'VmRSS' | 'VmHWM'): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  } catch {
    return null;
  }
}

/** The station that this test started, and its process for devices. */
function stationProcesses(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words.some((word) => /electron\/(?:cli|device-worker)\.ts$/.test(word)) && isOurs(pid);
      } catch {
        return false;
      }
    });
}
