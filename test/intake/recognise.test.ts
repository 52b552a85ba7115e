import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { StationError } from '../../shared/errors.ts';
import { recognise } from '../../electron/intake/formats/recognise.ts';
import { attachment, document, without } from '../support/documents.ts';
import { temporaryFolder } from '../support/folder.ts';
import { allDocsRow } from '../support/formats.ts';
import { readFile } from '../support/reading.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

async function codeOf(path: string): Promise<string> {
  try {
    return (await recognise(path)).format;
  } catch (error) {
    if (error instanceof StationError) return error.code;
    throw error;
  }
}

describe('what is no dump', () => {
  it.each([
    ['nothing', '', 'empty-file'],
    ['blanks only', ' \r\n\t\n', 'empty-file'],
    ['a byte order mark only', '\ufeff', 'empty-file'],
    ['zeros only', '\0\0\0\0', 'only-zeros'],
    ['text', 'Dear Sir or Madam', 'not-a-dump'],
    ['a number', '42', 'not-a-dump'],
    ['a JSON text', '"docs"', 'not-a-dump'],
    ['another object', '{"hello":"world"}', 'not-a-dump'],
    ['an empty object', '{}', 'not-a-dump'],
    ['a list of other things', '[1,2,3]', 'not-a-dump'],
    ['a list of other objects', '[{"name":"x"}]', 'not-a-dump'],
    ['the beginning of one', '{"docs', 'not-a-dump'],
    ['XML', '<?xml version="1.0"?>', 'not-a-dump'],
    ['a picture', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), 'other-kind'],
    ['gzip of text', gzipSync('Dear Sir'), 'not-a-dump'],
    ['gzip of nothing', gzipSync(''), 'empty-file'],
    ['gzip in gzip', gzipSync(gzipSync('{"docs":[]}')), 'packed-twice'],
    [
      'gzip that is damaged from the start',
      Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff, 0xff]),
      'bad-gzip',
    ],
    ['an armoured age file', '-----BEGIN AGE ENCRYPTED FILE-----\nYWdl', 'encrypted'],
    ['a PGP message', '-----BEGIN PGP MESSAGE-----\n\nhQ', 'encrypted'],
    ['the results of something else', '{"results":[{"docs":[]}]}', 'not-a-dump'],
    ['a million brackets', '['.repeat(1e6), 'not-a-dump'],
  ])('%s', async (_, bytes, code) => {
    expect(await codeOf(folder.put('some-file', bytes))).toBe(code);
  });

  it('a folder, a link, a file that is not there', async () => {
    mkdirSync(join(folder.path, 'folder.txt'));
    expect(await codeOf(join(folder.path, 'folder.txt'))).toBe('is-folder');
    symlinkSync(folder.put('target', '[]'), join(folder.path, 'link.txt'));
    expect(await codeOf(join(folder.path, 'link.txt'))).toBe('link-skipped');
    expect(await codeOf(join(folder.path, 'missing.txt'))).toBe('source-gone');
  });

  it.skipIf(process.platform === 'win32')('a pipe', async () => {
    execFileSync('mkfifo', [join(folder.path, 'pipe')]);
    expect(await codeOf(join(folder.path, 'pipe'))).toBe('not-a-file');
  });
});

describe('formats that look alike', () => {
  const plain = document('a');
  const bare = without(plain, '_rev', '_revisions');
  const large = document('a', { _attachments: { photo: attachment(Buffer.alloc(1.5 * 1024 * 1024, 'x')) } });
  const idFirst = { _id: 'a', ...without(large, '_id', '_rev', '_revisions'), _rev: large['_rev'] };
  const idLast = { ...without(large, '_id', '_rev', '_revisions'), _id: 'a', _rev: large['_rev'] };

  it.each([
    ['no documents', '{"docs":[]}', 'docs'],
    ['no documents, bare', '[]', 'docs'],
    ['no rows', '{"total_rows":0,"offset":0,"rows":[]}', 'all-docs'],
    ['rows first', JSON.stringify({ rows: [allDocsRow(plain)], total_rows: 1 }), 'all-docs'],
    ['one document', JSON.stringify(plain), 'ndjson'],
    ['rows in lines', `${JSON.stringify(allDocsRow(plain))}\n`, 'ndjson'],
    ['rows in a bare array', JSON.stringify([allDocsRow(plain)]), 'wrapped-docs'],
    ['no revision', JSON.stringify({ docs: [bare] }), 'cht-android-300'],
    [
      'no revision, slashes as Android writes them',
      '{"docs":[{"_id":"a","u":"http:\\/\\/x"}]}',
      'cht-android-300',
    ],
    ['no revision, slashes as others write them', '{"docs":[{"_id":"a","u":"http://x"}]}', 'docs'],
    ['no revision, blanks as others write them', '{"docs": [{"_id": "a"}]}', 'docs'],
    ['no revision in the first only', JSON.stringify({ docs: [bare, plain] }), 'cht-android-300'],
    ['no changes', '{"results":[],"last_seq":0}', 'changes'],
    ['no changes, continuous', '{"last_seq":"0","pending":0}', 'changes'],
    ['a large first document', JSON.stringify(idLast), 'ndjson'],
    ['a large first document in an object', JSON.stringify({ docs: [idLast] }), 'docs'],
    ['a large first document with its id first', JSON.stringify({ docs: [idFirst] }), 'docs'],
    ['a large first document in a bare array', JSON.stringify([idLast]), 'docs'],
    ['a large first row', JSON.stringify({ rows: [allDocsRow(idLast)] }), 'all-docs'],
    ['a bare array with histories, small', JSON.stringify([plain]), 'docs'],
    ['two such lines', `${JSON.stringify([plain])}\n${JSON.stringify([plain])}\n`, 'couchbackup'],
    [
      'a document that has such fields',
      JSON.stringify({ rows: [], docs: [{ _id: 'x' }], ...plain }),
      'ndjson',
    ],
  ])('%s', async (_, text, format) => {
    expect(await codeOf(folder.put('some.gz', text))).toBe(format);
  });
});

describe('a sealed bundle', () => {
  const header = 'age-encryption.org/v1\n-> X25519 abc\ndef\n--- mac-of-the-header\n';
  const sealed = Buffer.concat([Buffer.from(header), Buffer.alloc(500, 7)]);
  const envelopeOf = (more: Record<string, unknown> = {}) =>
    JSON.stringify({
      envelope: Buffer.from(
        JSON.stringify({
          user: 'chw_1',
          device_id: 'device-1',
          bundle_seq: 12,
          payload_header_sha256: createHash('sha256').update(header).digest('base64'),
          ...more,
        }),
      ).toString('base64'),
      signature: 'c2ln',
    });

  it('is recognised by its halves together, tells who sent it, and is not opened', async () => {
    const path = folder.put('1234.bundle', sealed);
    folder.put('1234.json', envelopeOf());
    expect(await recognise(path)).toMatchObject({
      format: 'cht-bundle',
      bundle: { user: 'chw_1', device: 'device-1', number: 12, bytes: sealed.length },
    });
    const { items, claims, dump, chunks } = await readFile(path);
    expect(claims).toEqual({ user: 'chw_1', device: 'device-1' });
    expect(dump.bundle).toMatchObject({ number: 12 });
    expect(items).toMatchObject([{ kind: 'problem', code: 'sealed-bundle' }]);
    expect(items[0]).not.toHaveProperty('ordinal');
    expect(chunks.at(-1)?.bytesRead).toBe(sealed.length);
    expect(await recognise(path.replace('.bundle', '.json'))).toMatchObject({
      format: 'cht-bundle',
      isEnvelope: true,
    });
  });

  it('is recognised when it is kept under another name, with the envelope beside it', async () => {
    const path = folder.put('0abc.dump', sealed);
    folder.put('0abc.dump.json', envelopeOf());
    expect(await recognise(path)).toMatchObject({ format: 'cht-bundle' });
  });

  it.each([
    ['no envelope', undefined],
    ['an envelope that is no JSON', '{"envelope'],
    ['an envelope of another kind', '{"docs":[]}'],
    ['an envelope that is no base64', JSON.stringify({ envelope: '<html>', signature: 'c2ln' })],
    ['an envelope that is huge', `${' '.repeat(70_000)}${envelopeOf()}`],
  ])('with %s is half a bundle', async (_, envelope) => {
    const path = folder.put('half.bundle', sealed);
    rmSync(join(folder.path, 'half.json'), { force: true });
    if (envelope !== undefined) folder.put('half.json', envelope);
    expect(await codeOf(path)).toBe('bundle-half');
  });

  it.each([
    [
      'the hash of the header (older and coming shapes)',
      envelopeOf({ payload_header_sha256: undefined }),
      {},
    ],
    ['a user', envelopeOf({ user: undefined }), { user: undefined, matches: true }],
    [
      'anything that can be read',
      JSON.stringify({ envelope: Buffer.from('sealed too').toString('base64'), signature: 'c2ln' }),
      { user: undefined, device: undefined, number: undefined },
    ],
  ])('is kept when its envelope does not say %s', async (_, envelope, said) => {
    folder.put('other.bundle', sealed);
    folder.put('other.json', envelope);
    const path = join(folder.path, 'other.bundle');
    expect(await recognise(path)).toMatchObject({ format: 'cht-bundle', bundle: said });
    expect((await readFile(path)).items).toMatchObject([{ code: 'sealed-bundle' }]);
  });

  it('whose envelope names another sealed half is kept, and that is said', async () => {
    const path = folder.put('two.bundle', sealed);
    folder.put('two.json', envelopeOf({ payload_header_sha256: 'AAAA' }));
    expect(await recognise(path)).toMatchObject({ bundle: { user: 'chw_1', matches: false } });
    expect((await readFile(path)).items).toMatchObject([
      { code: 'sealed-bundle' },
      { code: 'bundle-mismatch' },
    ]);
  });

  it('whose header does not end is kept; whether its halves belong together is not known', async () => {
    const path = folder.put('long.bundle', header.slice(0, -1) + 'x'.repeat(20_000));
    folder.put('long.json', envelopeOf());
    expect(await recognise(path)).toMatchObject({ bundle: { user: 'chw_1', matches: undefined } });
  });

  it('of which only the envelope is there is half a bundle', async () => {
    expect(await codeOf(folder.put('alone.json', envelopeOf()))).toBe('bundle-half');
  });
});
