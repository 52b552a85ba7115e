import { describe, expect, test } from 'vitest';
import { safeName } from '../../../electron/sources/mtp/listing.ts';
import { holdsFiles, isChtApp, isWanted } from '../../../electron/sources/mtp/phone-folders.ts';
import { OPERATION } from '../../../electron/sources/mtp/codes.ts';
import { openFiles } from './open.ts';
import { InMemoryPhone, type PhoneHabits, type PhoneObject } from '../../support/mtp-phone.ts';

const never = new AbortController().signal;
const file = (name: string): PhoneObject => ({ name, content: new Uint8Array(3) });
const folder = (name: string, ...children: PhoneObject[]): PhoneObject => ({ name, children });

async function list(
  top: readonly PhoneObject[],
  limits = { files: 1000, depth: 8 },
  habits: PhoneHabits = {},
) {
  const phone = new InMemoryPhone(top, habits);
  const files = await openFiles(phone);
  const { files: found, missed } = await files.list(limits, never);
  return { phone, found, missed };
}

const APP = 'org.medicmobile.webapp.mobile';

test('looks into the folders of dumps only', async () => {
  const pictures = Array.from({ length: 50 }, (_, at) => file(`IMG_${at}.jpg`));
  const { phone, found } = await list([
    file('top.json'),
    folder('DCIM', folder('Camera', ...pictures)),
    folder('download', file('a.json'), folder('CHT', file('b.json')), folder('.trashed', file('x.json'))),
    folder('Documents', file('c.json'), file('.hidden.json')),
    folder(
      'Android',
      file('z.json'),
      folder(
        'data',
        folder(`${APP}.moh_mali`, folder('files', file('d.json'))),
        folder('com.other', file('y.json')),
      ),
      folder('media', folder(APP, file('e.json'))),
      folder('obb', folder(APP, file('w.json'))),
    ),
  ]);
  expect(found.map(({ name }) => name)).toEqual([
    'Internal/download/a.json',
    'Internal/download/CHT/b.json',
    'Internal/Documents/c.json',
    `Internal/Android/data/${APP}.moh_mali/files/d.json`,
    `Internal/Android/media/${APP}/e.json`,
  ]);
  // The folder of pictures was seen and not looked into.
  expect(phone.asked.filter((operation) => operation === OPERATION.getObjectInfo).length).toBeLessThan(30);
});

test('names and times as the phone has them; storages apart', async () => {
  const { found } = await list([folder('Download', file('a.json'))], undefined, {
    storages: ['Internal shared storage', 'SD card'],
  });
  expect(found).toEqual([
    {
      file: '2',
      name: 'Internal shared storage/Download/a.json',
      bytes: 3,
      modifiedMs: new Date(2026, 0, 2, 3, 4, 5).getTime(),
    },
  ]);
});

describe('bounds', () => {
  const many = folder('Download', ...Array.from({ length: 30 }, (_, at) => file(`${at}.json`)));

  test('a number of entries', async () => {
    const cut = await list([many], { files: 20, depth: 8 });
    expect(cut.found).toHaveLength(19);
    expect(cut.missed).toEqual([{ name: '', code: 'too-many-files' }]);
    const all = await list([many], { files: 31, depth: 8 });
    expect(all.found).toHaveLength(30);
    expect(all.missed).toEqual([]);
  });

  test('a depth', async () => {
    const deep = (left: number): PhoneObject =>
      folder('in', file(`${left}.json`), ...(left > 0 ? [deep(left - 1)] : []));
    const { found, missed } = await list([folder('Download', deep(20))], { files: 1000, depth: 3 });
    expect(missed).toEqual([{ name: 'Internal/Download/in/in/in', code: 'folder-too-deep' }]);
    expect(found.map(({ name }) => name)).toEqual([
      'Internal/Download/in/20.json',
      'Internal/Download/in/in/19.json',
    ]);
  });

  test('a folder that lies in itself', async () => {
    const { found } = await list([
      { name: 'Download', holdsItself: true, children: [file('a.json')] },
      folder('Documents', file('b.json')),
    ]);
    expect(found.map(({ name }) => name).sort()).toContain('Internal/Download/a.json');
  });

  test('stopped by the person', async () => {
    const files = await openFiles(new InMemoryPhone([many]));
    await expect(files.list({ files: 100, depth: 8 }, AbortSignal.abort())).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

test('what a phone calls a file can do nothing here', async () => {
  const names = [
    '../../etc/passwd',
    '..\\..\\boot.ini',
    'a\u0007b\u001b[31m',
    'gnp\u202e.json',
    'x'.repeat(250),
    'C:evil',
  ];
  const { found } = await list([folder('Download', ...names.map(file), file('same'), file('same'))]);
  const shown = found.map(({ name }) => name.split('/').slice(2).join('/'));
  expect(shown).toEqual([
    // It begins with a dot, so it is passed over as hidden: '../../etc/passwd', '..\\..\\boot.ini'.
    'a_b_[31m',
    'gnp_.json',
    'x'.repeat(200),
    'C_evil',
    'same',
    'same',
  ]);
  // Two files of one name are told apart by what stands for them.
  expect(new Set(found.map((one) => one.file)).size).toBe(found.length);
});

test.each([
  ['', '_7'],
  ['   ', '_7'],
  ['..', '_7'],
  ['a/b\\c', 'a_b_c'],
  ['\ud800', '_'],
  ['résumé 名前.json', 'résumé 名前.json'],
])('%j is shown as %j', (name, shown) => {
  expect(safeName(name, '7')).toBe(shown);
});

test('which folders', () => {
  expect(isChtApp(`${APP}.cht_rci`)).toBe(true);
  expect(isChtApp(`${APP}evil`)).toBe(false);
  expect(isWanted(['Android'])).toBe(true);
  expect(isWanted(['Android', 'data', 'com.other'])).toBe(false);
  expect(isWanted(['DCIM'])).toBe(false);
  expect(holdsFiles([])).toBe(false);
  expect(holdsFiles(['Android', 'data'])).toBe(false);
  expect(holdsFiles(['Android', 'data', APP])).toBe(true);
});
