/** The adapter for Windows against a helper that plays Windows; the real helper was not run. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HELPER_PACE, openMtpHelper, serialOf } from '../../../electron/sources/mtp/helper.ts';
import type { PhoneTransport } from '../../../electron/sources/source.ts';
import { ManualTimers } from '../../support/manual-timers.ts';
import { soon } from '../../support/soon.ts';

const HELPER = fileURLToPath(new URL('../../support/fake-windows-helper.mjs', import.meta.url));
const LIMITS = { files: 1000, depth: 8 };
const never = new AbortController().signal;
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let folder: string;
/** Where this program has its copies. */
let copies: string;
let transports: PhoneTransport[];
/** The helper is a real process: only a test that lets time pass calls it late. */
let timers: ManualTimers;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'station-helper-'));
  copies = join(folder, 'copies', String(process.pid));
  transports = [];
  timers = new ManualTimers();
  // Storages are called in the language of the computer; the folders are not.
  await mkdir(join(folder, 'phones/Galaxy#R58M123/Interner Speicher/Download/CHT'), { recursive: true });
  await mkdir(join(folder, 'phones/Galaxy#R58M123/Interner Speicher/DCIM'), { recursive: true });
});
afterEach(async () => {
  for (const transport of transports) await transport.close();
  await rm(folder, { recursive: true, force: true });
});

function open(habit = ''): PhoneTransport {
  const transport = openMtpHelper({
    folder: join(folder, 'copies'),
    command: [process.execPath, HELPER, join(folder, 'phones'), habit],
    timers,
  });
  transports.push(transport);
  return transport;
}

async function write(name: string, bytes: Uint8Array): Promise<string> {
  const file = join(folder, 'phones/Galaxy#R58M123/Interner Speicher', name);
  await writeFile(file, bytes);
  return file;
}

async function openPhone(transport: PhoneTransport) {
  const [phone] = await transport.phones(never);
  if (phone === undefined) throw new Error('no phone');
  return { phone, files: await transport.open(phone, never) };
}

test('phones, their files, and what is in them', async () => {
  const bytes = randomBytes(300_000);
  const file = await write('Download/CHT/dump.json', bytes);
  await utimes(file, 1_700_000_000, 1_700_000_000);
  await write('DCIM/photo.jpg', randomBytes(10));
  // Nobody copies a film to see that it is no dump.
  await write('Download/film.mp4', randomBytes(10));
  const { phone, files } = await openPhone(open());
  expect(phone).toMatchObject({ name: 'Galaxy', serial: 'R58M123', trouble: null });
  const { files: list } = await files.list(LIMITS, never);
  expect(list).toMatchObject([
    { name: 'Interner Speicher/Download/CHT/dump.json', bytes: 300_000, modifiedMs: 1_700_000_000_000 },
  ]);
  const opened = await files.open(list[0]?.file ?? '');
  expect(Buffer.from(await opened.read(1000, 50))).toEqual(bytes.subarray(1000, 1050));
  // Never the empty bytes that stood there while it was copied.
  expect(sha(await opened.read(0, 4_000_000))).toBe(sha(bytes));
  expect((await opened.read(300_000, 10)).length).toBe(0);
  await files.close();
  // Nothing of a health worker's records stays behind.
  expect(await readdir(copies)).toEqual([]);
});

test('a policy that lets the helper do nothing is told by it, and it is not started again', async () => {
  const transport = open('policy');
  await expect(transport.phones(never)).rejects.toMatchObject({ code: 'devices-blind' });
  await expect(transport.phones(never)).rejects.toMatchObject({ code: 'devices-blind' });
  expect((await readFile(join(folder, 'phones/started'), 'utf8')).length).toBe(1);
});

test('copies that an earlier run left are removed, and all of them at the end', async () => {
  // No process has this number; the other is that of a program which runs.
  await mkdir(join(folder, 'copies/999999999/copy-old'), { recursive: true });
  await mkdir(join(folder, `copies/${process.ppid}/copy-new`), { recursive: true });
  await write('Download/a.json', randomBytes(100));
  const transport = open();
  const { files } = await openPhone(transport);
  const opened = await files.open((await files.list(LIMITS, never)).files[0]?.file ?? '');
  await opened.read(0, 100);
  expect((await readdir(join(folder, 'copies'))).sort()).toEqual(
    [String(process.pid), String(process.ppid)].sort(),
  );
  expect(await readdir(copies)).toHaveLength(1);
  await transport.close();
  expect(existsSync(copies)).toBe(false);
});

test('a file that changes is asked of the phone anew, and copied anew', async () => {
  await write('Download/a.json', Buffer.from('one'));
  const { files } = await openPhone(open());
  const [listed] = (await files.list(LIMITS, never)).files;
  const first = await files.open(listed?.file ?? '');
  expect(Buffer.from(await first.read(0, 10)).toString()).toBe('one');
  const file = await write('Download/a.json', Buffer.from('other'));
  expect((await first.stat()).bytes).toBe(5);
  const second = await files.open(listed?.file ?? '');
  expect(Buffer.from(await second.read(0, 10)).toString()).toBe('other');
  await rm(file);
  await expect(first.stat()).rejects.toMatchObject({ code: 'source-gone' });
});

test('a phone without storages, before and after it showed some', async () => {
  await rm(join(folder, 'phones/Galaxy#R58M123/Interner Speicher'), { recursive: true });
  const transport = open();
  await expect(openPhone(transport)).rejects.toMatchObject({ code: 'phone-charging-only' });
  await mkdir(join(folder, 'phones/Galaxy#R58M123/Interner Speicher'));
  const { files } = await openPhone(transport);
  await rm(join(folder, 'phones/Galaxy#R58M123/Interner Speicher'), { recursive: true });
  await expect(files.list(LIMITS, never)).rejects.toMatchObject({ code: 'phone-locked' });
  await expect(openPhone(transport)).rejects.toMatchObject({ code: 'phone-locked' });
});

test('pulled out', async () => {
  await write('Download/a.json', randomBytes(100));
  const transport = open();
  const { phone, files } = await openPhone(transport);
  const [listed] = (await files.list(LIMITS, never)).files;
  await rm(join(folder, 'phones/Galaxy#R58M123'), { recursive: true });
  await expect(files.list(LIMITS, never)).rejects.toMatchObject({ code: 'source-gone' });
  await expect(files.open(listed?.file ?? '')).rejects.toMatchObject({ code: 'source-gone' });
  expect(await transport.phones(never)).toEqual([]);
  await expect(transport.open(phone, never)).rejects.toMatchObject({ code: 'source-gone' });
});

test('several phones', async () => {
  await mkdir(join(folder, 'phones/Pixel#2A/Internal shared storage/Download'), { recursive: true });
  const phones = await open().phones(never);
  expect(phones.map(({ name, serial }) => [name, serial]).sort()).toEqual([
    ['Galaxy', 'R58M123'],
    ['Pixel', '2A'],
  ]);
});

describe('a helper that behaves badly', () => {
  test.each([
    ['ends', 'device-stuck'],
    ['long-line', 'device-stuck'],
    ['strange-lines', 'device-stuck'],
    ['blind', 'devices-blind'],
    ['other-words', 'device-stuck'],
    ['other-value', 'devices-blind'],
  ])('%s', async (habit, code) => {
    const transport = open(habit);
    await expect(transport.phones(never)).rejects.toMatchObject({ code });
    // It is started anew, and no better.
    await expect(transport.phones(never)).rejects.toMatchObject({ code });
  });

  test('one that never answers is waited for so long, each time', async () => {
    const transport = open('silent');
    for (let time = 0; time < 2; time += 1) {
      const asked = transport.phones(never);
      asked.catch(() => undefined);
      await soon(() => timers.pending).toEqual([HELPER_PACE.answer]);
      await timers.pass(HELPER_PACE.answer);
      await expect(asked).rejects.toMatchObject({ code: 'device-stuck' });
    }
    expect(timers.pending).toEqual([]);
  });

  test('one that is not there', async () => {
    const transport = openMtpHelper({ folder: join(folder, 'copies'), command: [join(folder, 'none')] });
    transports.push(transport);
    await expect(transport.phones(never)).rejects.toMatchObject({ code: 'devices-blind' });
  });

  test('warnings and late answers are passed over', async () => {
    expect(await open('warns').phones(never)).toHaveLength(1);
  });

  test('a list without end', async () => {
    const { files } = await openPhone(open()).catch(() => ({ files: null }));
    await files?.close();
    await expect(openPhone(open('never-ending'))).rejects.toMatchObject({ code: 'too-many-files' });
  });

  test.each([
    ['ends-in-copy', 'device-stuck'],
    ['short', 'file-changed'],
  ])('%s while it copies', async (habit, code) => {
    await write('Download/a.json', randomBytes(1000));
    const { files } = await openPhone(open(habit));
    const opened = await files.open((await files.list(LIMITS, never)).files[0]?.file ?? '');
    await expect(opened.read(0, 1000)).rejects.toMatchObject({ code });
  });

  /** Begins to read a file, and returns once its copy is being made. */
  async function beginReading(habit: string, bytes: number): Promise<{ reading: Promise<Uint8Array> }> {
    await write('Download/a.json', randomBytes(bytes));
    const { files } = await openPhone(open(habit));
    const opened = await files.open((await files.list(LIMITS, never)).files[0]?.file ?? '');
    const reading = opened.read(0, bytes);
    reading.catch(() => undefined);
    await soon(async () => (await readdir(copies, { recursive: true }).catch(() => [])).length).toBe(2);
    return { reading };
  }

  test('a copy that does not grow, and is not written, hangs', async () => {
    const { reading } = await beginReading('stalls', 1000);
    // Its first part says that something came. After that nothing moves it on.
    await timers.pass(HELPER_PACE.stall);
    await timers.pass(HELPER_PACE.stall);
    await expect(reading).rejects.toMatchObject({ code: 'device-stuck' });
    expect(timers.pending).toEqual([]);
  });

  test('a copy that looks alive for ever hangs too, once the slowest phone would have been done', async () => {
    const bytes = 1000;
    const { reading } = await beginReading('never-done', bytes);
    const longest = HELPER_PACE.stall + (bytes / HELPER_PACE.slowest) * 1000;
    while (timers.now() <= longest) {
      await timers.pass(HELPER_PACE.stall - 1);
      // A part came and moved it on, as long as there is time.
      if (timers.now() < longest) await soon(() => timers.pending).toEqual([HELPER_PACE.stall]);
    }
    await timers.pass(HELPER_PACE.stall);
    await expect(reading).rejects.toMatchObject({ code: 'device-stuck' });
  });

  test('a copy that is slow but alive is waited for', async () => {
    await write('Download/a.json', randomBytes(50_000));
    const { files } = await openPhone(open('slow'));
    const opened = await files.open((await files.list(LIMITS, never)).files[0]?.file ?? '');
    expect((await opened.read(0, 50_000)).length).toBe(50_000);
  });

  test('given up in the middle of a copy', async () => {
    await write('Download/a.json', randomBytes(1000));
    const transport = open('slow');
    const { files } = await openPhone(transport);
    const opened = await files.open((await files.list(LIMITS, never)).files[0]?.file ?? '');
    const reading = opened.read(0, 1000);
    const copied = () => readdir(copies, { recursive: true }).catch(() => []);
    await expect.poll(async () => (await copied()).length, { interval: 5 }).toBeGreaterThan(1);
    await Promise.all([expect(reading).rejects.toMatchObject({ code: 'cancelled' }), files.close()]);
    // A new helper has new numbers: the old ones mean nothing any more.
    expect(await transport.phones(never)).toHaveLength(1);
    await expect(files.list(LIMITS, never)).rejects.toMatchObject({ code: 'source-gone' });
  });
});

test.each([
  ['::{20D0}\\\\\\?\\usb#vid_04e8&pid_6860#R58M123ABC#{6ac27878-a6fa}', 'R58M123ABC'],
  ['::{20D0}\\\\\\?\\usb#vid_18d1&pid_4ee1&mi_00#6&1a2b3c&0&0000#{6ac27878-a6fa}', null],
  ['C:\\', null],
])('the serial number in %j', (path, serial) => {
  expect(serialOf(path)).toBe(serial);
});
