/** Notes of packages: what is signed is read, and everything else is refused before anything of it is believed. */
import { generateKeyPairSync, sign } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isForComputer, NOTE_LIMITS, publicKeys, readNote, signNote } from '../../electron/updates/note.ts';
import { makeKeys, makeUpdate } from '../support/updates.ts';

const keys = makeKeys();
const known = publicKeys(keys.pem);
const { note, signed } = makeUpdate(keys);
const read = (file: string | Uint8Array, by = known) => readNote(Buffer.from(file), by);
const refused = (file: string | Uint8Array): string => {
  try {
    read(file);
    return 'read';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};
/** Signed by the right key, whatever it says. */
const rightly = (text: string): string => {
  const { key } = JSON.parse(signed) as { key: string };
  const bytes = Buffer.from(`CHT aggregation station, update note 1\n${text}`);
  return JSON.stringify({
    key,
    signature: sign(null, bytes, keys.privateKey).toString('base64'),
    note: text,
  });
};
const saying = (different: object): string => rightly(JSON.stringify({ ...note, ...different }));

describe('a note', () => {
  it('that a key of the program signed is read as it was written', () => {
    expect(read(signed)).toEqual(note);
    expect(read(saying({}))).toEqual(note);
  });

  it('of one of several keys is read too', () => {
    const other = makeKeys();
    const both = publicKeys(`${other.pem}\n${keys.pem}`);
    expect(read(signed, both)).toEqual(note);
    expect(read(makeUpdate(other).signed, both)).toMatchObject({ version: '1.2.0' });
  });

  it('of another key is refused, also where it claims to be of ours', () => {
    const other = makeUpdate(makeKeys(), { version: '9.0.0' }).signed;
    expect(refused(other)).toBe('update-wrong-signature');
    const { key } = JSON.parse(signed) as { key: string };
    expect(refused(JSON.stringify({ ...(JSON.parse(other) as object), key }))).toBe('update-wrong-signature');
  });

  it('of which one character was changed is refused', () => {
    const { note: text, ...rest } = JSON.parse(signed) as { note: string };
    for (const [at, wrong] of [
      ['1.2.0', '1.3.0'],
      ['linux', 'win32'],
      ['visit', 'visjt'],
    ] as const)
      expect(refused(JSON.stringify({ ...rest, note: text.replace(at, wrong) }))).toBe(
        'update-wrong-signature',
      );
    expect(refused(JSON.stringify({ ...rest, note: `${text} ` }))).toBe('update-wrong-signature');
  });

  it('of which the signature was made for something else is refused', () => {
    const { note: text, ...rest } = JSON.parse(signed) as { note: string };
    const bare = sign(null, Buffer.from(text), keys.privateKey).toString('base64');
    expect(refused(JSON.stringify({ ...rest, note: text, signature: bare }))).toBe('update-wrong-signature');
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'MZ\u0000\u0001'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no fields', '{}'],
    ['a field too many', JSON.stringify({ ...(JSON.parse(signed) as object), more: 1 })],
    ['a signature of another length', signed.replace(/"signature": "..../, '"signature": "')],
    [
      'a note that is no text',
      JSON.stringify({ ...(JSON.parse(signed) as object), note: { version: '9.0.0' } }),
    ],
    ['depth', '['.repeat(NOTE_LIMITS.file)],
    ['size', signed.padEnd(NOTE_LIMITS.file + 1)],
    ['a prototype', `{"__proto__": ${signed}}`],
  ])('with %s is no note', (_what, file) => expect(refused(file)).toBe('update-unreadable'));

  it('that is not UTF-8 is no note', () => {
    expect(refused(Buffer.concat([Buffer.from(signed.slice(0, -3)), Buffer.from([0xff, 0x22, 0x7d])]))).toBe(
      'update-unreadable',
    );
  });

  it.each([
    ['a folder above', { file: '../evil.deb' }],
    ['a path', { file: '/etc/cron.d/evil.deb' }],
    ['a path of Windows', { file: 'C:\\Windows\\evil.deb' }],
    ['a device of Windows', { file: 'CON.deb' }],
    ['a hidden file', { file: '.evil.deb' }],
    ['two dots', { file: 'a..deb' }],
    ['an ending that turns the writing', { file: 'station-\u202ebed.deb' }],
    ['a full-width slash', { file: 'a／b.deb' }],
    ['a NUL', { file: 'a.deb\u0000.deb' }],
    ['another ending than its kind', { file: 'station.exe' }],
    ['a long name', { file: `${'a'.repeat(200)}.deb` }],
    ['a version that is none', { version: '1.2.0-beta.1' }],
    ['a size that is text', { bytes: '5000' }],
    ['no size', { bytes: 0 }],
    ['a size beyond all bounds', { bytes: 2 ** 50 }],
    ['a hash in capitals', { sha256: note.sha256.toUpperCase().replace(/^./, 'A') }],
    ['a system that nobody has', { platform: 'plan9' }],
    ['a kind that nobody knows', { kind: 'apk', file: 'a.apk' }],
    ['no words', { changes: {} }],
    ['a language too many', { changes: { ...note.changes, de: 'x' } }],
    ['words without end', { changes: { ...note.changes, en: 'x'.repeat(NOTE_LIMITS.changes + 1) } }],
    ['a field too many', { run: 'rm -rf /' }],
  ])('with %s is refused although it is signed', (_what, different) => {
    expect(refused(saying(different))).toBe('update-unreadable');
  });

  it('whatever lies in the file, it ends in one of two ways', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 400 }),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          expect(['update-unreadable', 'update-wrong-signature']).toContain(refused(bytes));
        },
      ),
    );
    // A note of which bits turned.
    fc.assert(
      fc.property(fc.nat(Buffer.byteLength(signed) - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const bytes = Buffer.from(signed);
        bytes[at] = (bytes[at] ?? 0) ^ bits;
        // White space between the fields carries nothing.
        const isAsItWas = (): boolean => JSON.stringify(read(bytes)) === JSON.stringify(note);
        const end = refused(bytes);
        return end === 'read' ? isAsItWas() : ['update-unreadable', 'update-wrong-signature'].includes(end);
      }),
    );
  });
});

describe('a package', () => {
  const here = { platform: 'linux', arch: 'x64', kinds: ['deb'] } as const;
  it('is for the computers that its note names', () => {
    expect(isForComputer(note, here)).toBe(true);
    expect(isForComputer(note, { ...here, platform: 'win32' })).toBe(false);
    expect(isForComputer(note, { ...here, arch: 'arm64' })).toBe(false);
    expect(isForComputer(note, { ...here, kinds: ['AppImage'] })).toBe(false);
  });
});

describe('keys', () => {
  it('that are private, of another kind, or none, do not get into the program', () => {
    const pem = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(() => publicKeys(pem)).toThrow(/private/);
    expect(() => publicKeys(`${keys.pem}${pem}`)).toThrow(/private/);
    expect(() => publicKeys('')).toThrow(/no public key/);
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(() => publicKeys(publicKey.export({ type: 'spki', format: 'pem' }).toString())).toThrow(/ed25519/);
  });

  it('sign no note that a station would refuse', () => {
    expect(() => signNote({ ...note, file: '../a.deb' }, keys.privateKey)).toThrow(/file/);
    const long = '€'.repeat(NOTE_LIMITS.changes);
    expect(() =>
      signNote({ ...note, changes: { en: long, fr: long, sw: long } }, keys.privateKey),
    ).not.toThrow();
    const quoted = '"'.repeat(NOTE_LIMITS.changes);
    expect(() =>
      signNote({ ...note, changes: { en: quoted, fr: quoted, sw: quoted } }, keys.privateKey),
    ).not.toThrow();
    const control = '\u0001'.repeat(NOTE_LIMITS.changes);
    expect(() =>
      signNote({ ...note, changes: { en: control, fr: control, sw: control } }, keys.privateKey),
    ).toThrow(/too long/);
  });
});
