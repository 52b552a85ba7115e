/** The files of a phone over its debugging daemon, over an ADB server and straight over USB. */
import { createHash, randomBytes } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AdbHub } from '../../electron/sources/adb/hub.ts';
import { openAdb } from '../../electron/sources/adb/transport.ts';
import type { FileAccess, PhoneTransport } from '../../electron/sources/source.ts';
import { LIMITS } from '../../shared/limits.ts';
import { AdbServerDouble } from './rig/adb-server.ts';
import { UsbPhoneDouble } from './rig/adb-usb.ts';
import { freePort } from './rig/free-port.ts';
import { PhoneServices } from './rig/phone-services.ts';

const WAYS = ['an ADB server', 'USB'] as const;
const LOOK = { files: LIMITS.sourceFiles, depth: LIMITS.sourceDepth };

let folder: string;
let services: PhoneServices;
let hub: AdbHub;
let transport: PhoneTransport;
let server: AdbServerDouble | null;
let unplug: () => void;
let plugAgain: () => void;
let access: FileAccess | null;

async function plugIn(way: (typeof WAYS)[number]): Promise<void> {
  const keyFile = join(folder, 'key');
  if (way === 'USB') {
    const phone = new UsbPhoneDouble(services);
    phone.plug();
    unplug = () => phone.unplug();
    plugAgain = () => phone.plug();
    hub = new AdbHub({ keyFile, port: await freePort(), usb: phone.port() });
  } else {
    server = await AdbServerDouble.start();
    server.plug(services);
    unplug = () => server?.unplug(services);
    plugAgain = () => server?.plug(services);
    hub = new AdbHub({ keyFile, port: server.port, usb: null });
  }
  transport = openAdb(hub);
}

const signal = (): AbortSignal => new AbortController().signal;

async function open(): Promise<FileAccess> {
  const [phone] = await transport.phones(signal());
  if (phone === undefined) throw new Error('no phone');
  access = await transport.open(phone, signal());
  return access;
}

const at = (...path: string[]): string => join(services.root, 'sdcard', ...path);

async function put(path: string, content: string | Buffer): Promise<void> {
  await mkdir(join(at(path), '..'), { recursive: true });
  await writeFile(at(path), content);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'station-adb-'));
  services = new PhoneServices('SERIAL1', 'Double_One', folder);
  await mkdir(at('Download'), { recursive: true });
  server = null;
  access = null;
});
afterEach(async () => {
  await access?.close();
  await hub.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

describe.each(WAYS)('over %s', (way) => {
  beforeEach(() => plugIn(way));

  test('only Download, Documents and the folders of CHT apps are listed', async () => {
    await put('Download/one.chtdump', 'one');
    await put('Download/.hidden', 'no');
    await put('Download/deep/er/two.json', 'two');
    await put('Documents/it’s "three"\n.json', 'three');
    await put('DCIM/photo.jpg', 'no');
    await put('Android/data/org.medicmobile.webapp.mobile.kenya/files/Documents/cht_data/four.txt', 'four');
    await put('Android/data/com.other.bank/files/secret.json', 'no');
    await symlink('/etc/passwd', at('Download/link.json'));
    await utimes(at('Download/one.chtdump'), 1_700_000_000, 1_700_000_000);
    const { files } = await (await open()).list(LOOK, signal());
    expect(files.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['Download/deep/er/two.json', 3],
      ['Download/one.chtdump', 3],
      ['Documents/it’s "three"\n.json', 5],
      ['Android/data/org.medicmobile.webapp.mobile.kenya/files/Documents/cht_data/four.txt', 4],
    ]);
    expect(files[1]?.modifiedMs).toBe(1_700_000_000_000);
    const some = await (access as FileAccess).list({ files: 2, depth: 8 }, signal());
    expect(some.files).toHaveLength(2);
    expect(some.missed).toEqual([{ name: '', code: 'too-many-files' }]);
  });

  test('a file is read in any order, by its pieces', async () => {
    const content = randomBytes(3_000_001);
    await put(`Download/it's big.json`, content);
    const { files } = await (await open()).list(LOOK, signal());
    const file = await (access as FileAccess).open(files[0]?.file ?? '');
    expect((await file.stat()).bytes).toBe(content.length);
    for (const [offset, length] of [
      [0, 1],
      [1, 100_000],
      [100_001, 1_000_000],
      [2_999_999, 4_000_000],
      [65_536, 65_536],
      [70_001, 3],
      [3_000_001, 10],
      [9_000_000, 10],
    ] as const) {
      const read = Buffer.from(await file.read(offset, length));
      expect(read.equals(content.subarray(offset, offset + length)), `${offset}+${length}`).toBe(true);
    }
    const hash = createHash('sha256');
    for (let offset = 0; ;) {
      const piece = await file.read(offset, 700_000);
      if (piece.length === 0) break;
      hash.update(piece);
      offset += piece.length;
    }
    expect(hash.digest('hex')).toBe(createHash('sha256').update(content).digest('hex'));
    await file.close();
    await expect.poll(() => services.streams).toBe(0);
  });

  test('a file that grows is seen to have changed', async () => {
    await put('Download/a.json', 'before');
    const file = await (await open()).open('/sdcard/Download/a.json');
    const before = await file.stat();
    await appendFile(at('Download/a.json'), ' and after');
    expect((await file.stat()).bytes).toBeGreaterThan(before.bytes);
  });

  test('sizes over four gigabytes are told whole', async () => {
    await put('Download/huge.json', '');
    await truncate(at('Download/huge.json'), 5 * 2 ** 30);
    const file = await (await open()).open('/sdcard/Download/huge.json');
    expect((await file.stat()).bytes).toBe(5 * 2 ** 30);
  });

  test('a link, a folder and what is not there are no files', async () => {
    await symlink('/etc/passwd', at('Download/link.json'));
    const files = await open();
    await expect(files.open('/sdcard/Download/link.json')).rejects.toMatchObject({ code: 'link-skipped' });
    await expect(files.open('/sdcard/Download')).rejects.toMatchObject({ code: 'is-folder' });
    await expect(files.open('/sdcard/Download/no.json')).rejects.toMatchObject({ code: 'source-gone' });
  });

  test('a cable that is pulled ends everything as gone, and closing still works', async () => {
    await put('Download/a.json', randomBytes(2_000_000));
    const file = await (await open()).open('/sdcard/Download/a.json');
    await file.read(0, 100_000);
    unplug();
    await expect(file.read(100_000, 1_900_000)).rejects.toMatchObject({ code: 'source-gone' });
    await expect(file.stat()).rejects.toMatchObject({ code: 'source-gone' });
    await expect((access as FileAccess).list(LOOK, signal())).rejects.toMatchObject({ code: 'source-gone' });
    await file.close();
  });

  test('a phone that was plugged in anew is read anew, though the old link is still held', async () => {
    await put('Download/a.json', 'a');
    const old = await open();
    unplug();
    await expect(old.list(LOOK, signal())).rejects.toMatchObject({ code: 'source-gone' });
    plugAgain();
    const [phone] = await transport.phones(signal());
    if (phone === undefined) throw new Error('no phone');
    access = await transport.open(phone, signal());
    expect((await access.list(LOOK, signal())).files).toHaveLength(1);
    await old.close();
    expect((await access.list(LOOK, signal())).files).toHaveLength(1);
  });

  test('a phone that is gone since it was listed is told to be gone, with a link from before or without', async () => {
    const [phone] = await transport.phones(signal());
    if (phone === undefined) throw new Error('no phone');
    unplug();
    await expect(transport.open(phone, signal())).rejects.toMatchObject({ code: 'source-gone' });
    plugAgain();
    const link = await hub.hold((await hub.phones())[0] ?? phone);
    unplug();
    await expect(transport.open(phone, signal())).rejects.toMatchObject({ code: 'source-gone' });
    await link.letGo();
  });

  test('two who read one phone share its link', async () => {
    await put('Download/a.json', 'a');
    const one = await open();
    const two = await open();
    await one.close();
    expect((await two.list(LOOK, signal())).files).toHaveLength(1);
  });
});
