/**
 * The same script in an app that carries it itself: the dump goes to a file on the phone, over a bridge like the one of
 * docs/phone-export.md, and from there by stick or cable into the station.
 */
import { createHash, type Hash } from 'node:crypto';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildPhoneScript } from '../../build/phone-script.mjs';
import type { PhoneScript } from '../../shared/web-view/protocol.ts';
import { openPhoneRig, type PhoneRig } from './rig/phone-rig.ts';
import { workOffline } from './rig/offline-work.ts';
import { firstSync, leavesOnPhone } from './rig/web-phone.ts';

let rig: PhoneRig;
let folder: string;
beforeEach(async () => {
  rig = await openPhoneRig();
  folder = join(rig.folder, 'export');
  await mkdir(folder);
  await firstSync(await rig.phone.open('chw1'), rig.practice, 'chw1', 'device-1');
});
afterEach(() => rig.close());

/** What the example in docs/phone-export.md does in Kotlin: a file, its hash, its end line. */
class Bridge {
  name = '';
  failed: string | null = null;
  #hash: Hash = createHash('sha256');
  #bytes = 0;
  /** The disk is full after so many bytes. */
  room = Infinity;

  get path(): string {
    return join(folder, this.name);
  }

  async begin(name: string): Promise<void> {
    this.name = name;
    this.#hash = createHash('sha256');
    await writeFile(this.path, '');
  }

  async write(lines: string): Promise<void> {
    const bytes = Buffer.from(lines);
    this.#bytes += bytes.length;
    if (this.#bytes > this.room) throw new Error('ENOSPC');
    this.#hash.update(bytes);
    await appendFile(this.path, bytes);
  }

  async end(docs: number, attachments: number): Promise<void> {
    const end = { end: { docs, attachments, bytes: this.#bytes, sha256: this.#hash.digest('hex') } };
    await appendFile(this.path, `${JSON.stringify(end)}\n`);
  }

  async fail(message: string): Promise<void> {
    this.failed = message;
    await rm(this.path);
  }
}

async function exportBy(bridge: Bridge, since?: number): Promise<string> {
  const { page } = rig.phone;
  await page.exposeFunction('station_begin', (name: string) => bridge.begin(name));
  await page.exposeFunction('station_write', (lines: string) => bridge.write(lines));
  await page.exposeFunction('station_end', (docs: number, files: number) => bridge.end(docs, files));
  await page.exposeFunction('station_fail', (message: string) => bridge.fail(message));
  const phone = await page.evaluateHandle<PhoneScript>(await buildPhoneScript());
  return phone.evaluate(async (script, from) => {
    const given = window as unknown as Record<string, (...values: unknown[]) => Promise<void>>;
    const call =
      (name: string) =>
      (...values: unknown[]) =>
        given[`station_${name}`]?.(...values);
    const file = { begin: call('begin'), write: call('write'), end: call('end'), fail: call('fail') };
    return (await script.exportTo(file, undefined, from)).name;
  }, since);
}

test('the file holds every leaf, and is taken like any other dump', async () => {
  await workOffline(rig.phone.page);
  const bridge = new Bridge();
  const name = await exportBy(bridge);
  expect(name).toMatch(/^cht-127\.0\.0\.1-chw1-\d{8}T\d{6}Z\.chtdump$/);
  const leaves = Object.values(await leavesOnPhone(rig.phone.page)).flat();
  const taken = await rig.station.take(bridge.path);
  expect(taken).toMatchObject({
    user: 'chw1',
    device: 'device-1',
    problems: [],
    documents: { read: leaves.length, broken: 0, skipped: 1 },
  });
});

test('only what changed after a sequence', async () => {
  const sequence = await rig.phone.page.evaluate(
    async () => (await window.CHTCore.DB.get().info()).update_seq,
  );
  await rig.phone.page.evaluate(() => window.CHTCore.DB.get().put({ _id: 'new', type: 'data_record' }));
  const bridge = new Bridge();
  await exportBy(bridge, sequence);
  const lines = (await readFile(bridge.path, 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ since: String(sequence), device: 'device-1' });
});

test('a full phone leaves no half file behind', async () => {
  const bridge = new Bridge();
  bridge.room = 5000;
  await expect(exportBy(bridge)).rejects.toThrow('ENOSPC');
  expect(bridge.failed).toContain('ENOSPC');
  await expect(readFile(bridge.path)).rejects.toMatchObject({ code: 'ENOENT' });
});
