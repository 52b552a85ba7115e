/** The file of a parcel is what was written, or it is not used: each thing that can be wrong with it has its code. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkWhose } from '../../../electron/station/parcel/apply.ts';
import { checkDocument, isDeep, PARCEL_LIMITS } from '../../../electron/station/parcel/document.ts';
import { Parcel, parcelPath, ParcelWriter, type Manifest } from '../../../electron/station/parcel/file.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { chain, revisions } from '../../support/revisions.ts';
import { temporaryFolder } from '../../support/folder.ts';

const OF: Manifest = {
  server: 'https://cht.example.org',
  user: 'chw1',
  device: 'device-1',
  databaseId: 'db-1',
  madeAt: '2026-11-03T14:05:00.000Z',
};
const HISTORY = chain('abc');
const doc = (id: string, more: Record<string, unknown> = {}) => ({
  _id: id,
  _rev: HISTORY[0],
  _revisions: revisions(HISTORY),
  type: 'data_record',
  form: 'visit',
  ...more,
});
const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

async function written(): Promise<string> {
  const writer = await ParcelWriter.begin(folder.path, OF);
  // Signs that some readers of lines take for the end of one.
  await writer.document(JSON.stringify(doc('a', { note: 'é \u2028 \u2029 🌍 \r \n' })), ['1-x']);
  await writer.document(JSON.stringify(doc('b')), []);
  await writer.delete({ id: 'c', rev: '1-c' });
  return (await writer.finish()).sha256;
}

/** A file of these lines under its own name. */
function forged(...lines: readonly unknown[]): string {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const sha256 = createHash('sha256').update(text).digest('hex');
  writeFileSync(parcelPath(folder.path, sha256), text);
  return sha256;
}

describe('the file of a parcel', () => {
  it('is read as it was written', async () => {
    const parcel = await Parcel.open(folder.path, await written());
    expect(parcel.manifest).toEqual(OF);
    expect(parcel.entries).toMatchObject([
      { id: 'a', leaves: ['1-x'], history: HISTORY, kind: 'report' },
      { id: 'b', leaves: [] },
    ]);
    expect(parcel.deletes).toEqual([{ id: 'c', rev: '1-c' }]);
    const [first, second] = parcel.entries;
    if (first === undefined || second === undefined) throw new Error('too few');
    expect(JSON.parse(await parcel.document(first))).toEqual(doc('a', { note: 'é \u2028 \u2029 🌍 \r \n' }));
    expect(JSON.parse(await parcel.document(second))).toEqual(doc('b'));
    await parcel.close();
  });

  it('of which one byte is another one, or which is shorter, is not used', async () => {
    const sha256 = await written();
    const path = parcelPath(folder.path, sha256);
    const bytes = readFileSync(path);
    for (const other of [
      Buffer.from(bytes.toString('utf8').replace('visit', 'fraud')),
      bytes.subarray(0, -1),
      Buffer.concat([bytes, Buffer.from('\n')]),
      Buffer.alloc(0),
    ]) {
      writeFileSync(path, other);
      await expect(Parcel.open(folder.path, sha256)).rejects.toMatchObject({ code: 'parcel-damaged' });
    }
  });

  it('that is not there, or larger than a parcel, says so', async () => {
    const sha256 = await written();
    const small = { ...PARCEL_LIMITS, bytes: 10 };
    await expect(Parcel.open(folder.path, sha256, small)).rejects.toMatchObject({ code: 'parcel-too-large' });
    await expect(Parcel.open(join(folder.path, 'x'), sha256)).rejects.toMatchObject({ code: 'parcel-gone' });
  });

  it('whose lines are not those of a parcel is not used, also under the right name', async () => {
    const first = { parcel: 1, ...OF };
    const entry = { leaves: [], doc: doc('a') };
    const end = { end: { documents: 1, deletes: 0 } };
    await (await Parcel.open(folder.path, forged(first, entry, end))).close();
    for (const lines of [
      [entry, first, end],
      [first, entry],
      [first, entry, end, entry],
      [first, entry, entry, { end: { documents: 2, deletes: 0 } }],
      [first, { ...entry, leaves: [1] }, end],
      [first, { leaves: [], doc: doc('a', { deep: nested(LIMITS.depth + 1) }) }, end],
      [first, { leaves: [], doc: doc('_design/medic-client') }, end],
      [first, entry, { delete: { id: 'c' } }, { end: { documents: 1, deletes: 1 } }],
      [{ ...first, parcel: 2 }, entry, end],
      [{ ...first, user: 7 }, entry, end],
    ])
      await expect(Parcel.open(folder.path, forged(...lines))).rejects.toMatchObject({
        code: 'parcel-damaged',
      });
  });

  it('says itself whose it is', () => {
    const { server, user, device, databaseId } = OF;
    const opened = { user, device, databaseId };
    const code = (manifest: Manifest, to = server): unknown => {
      try {
        return checkWhose({ manifest }, to, opened);
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(code(OF)).toBeUndefined();
    expect(code(OF, 'https://other.example.org')).toBe('parcel-other-server');
    expect(code({ ...OF, user: 'chw2' })).toBe('parcel-other-person');
    expect(code({ ...OF, device: 'device-2' })).toBe('parcel-other-phone');
    expect(code({ ...OF, databaseId: 'db-2' })).toBe('parcel-other-phone');
  });
});

describe('a document for a parcel', () => {
  const check = (one: Record<string, unknown>, text = JSON.stringify(one)) =>
    checkDocument(one, text, PARCEL_LIMITS);

  it('is whole', () => {
    const photo = { photo: { content_type: 'image/png', data: 'AAAA' } };
    expect(check(doc('a', { _attachments: photo }))).toMatchObject({ id: 'a', history: HISTORY });
  });

  it.each([
    ['a stub of an attachment', { _attachments: { photo: { stub: true } } }],
    ['a deletion', { _deleted: true }],
    ['what a phone dropped', { purged: true }],
    ['another history', { _revisions: revisions(chain('xyz')) }],
    ['no history', { _revisions: undefined }],
    ['the program of the app', { _id: '_design/medic-client' }],
    ['too deep', { deep: nested(LIMITS.depth) }],
  ])('is none: %s', (_what, more) => {
    expect(check(doc('a', more))).toBe('odd');
  });

  it('with a key that reaches into prototypes is none', () => {
    const text = JSON.stringify(doc('a')).replace('"form"', '"__proto__"');
    expect(check(JSON.parse(text) as Record<string, unknown>, text)).toBe('odd');
  });

  it('above the limit is left out', () => {
    const one = doc('a');
    expect(checkDocument(one, JSON.stringify(one), { ...PARCEL_LIMITS, documentBytes: 50 })).toBe(
      'too-large',
    );
  });

  it('may be as deep as it may, and no deeper, without a stack', () => {
    expect(isDeep(nested(100), 100)).toBe(false);
    expect(isDeep(nested(101), 100)).toBe(true);
    expect(isDeep(nested(100_000), 100)).toBe(true);
  });
});
