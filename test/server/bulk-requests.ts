/** The rows of docs/cht-exchanges.md §3 and §4: which requests fail as a whole, and `new_edits`. */
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import type { Doc } from '../../electron/practice/pouch.ts';
import { askRaw } from './ask.ts';
import type { Rows } from './signing-in.ts';
import type { Site } from './site.ts';
import { childOf, newRev } from './site.ts';

const PATH = '/medic/_bulk_docs';
const MEGABYTE = 1_000_000;

/** A request of reports of about a megabyte each. */
function heavy(site: Site, megabytes: number): Buffer {
  const note = 'x'.repeat(MEGABYTE);
  const docs = Array.from({ length: megabytes }, (_, n) => site.reportDoc(`heavy-${n}`, { note }));
  return Buffer.from(JSON.stringify({ docs, new_edits: false }));
}

const sendBytes = (site: Site, bytes: Buffer, headers: Record<string, string> = {}) =>
  site.ask({
    method: 'POST',
    path: PATH,
    as: site.chw1,
    bytes,
    headers: { 'content-type': 'application/json', ...headers },
  });

export const requests: Rows = {
  'reserved field, bad _id, bad _rev in one document: 400 and nothing of the batch is stored': async (
    site,
  ) => {
    const broken = {
      doc_validation: site.reportDoc('reserved', { _secret: 1 }),
      illegal_docid: { ...site.reportDoc('underscore'), _id: `_${site.id('underscore')}` },
      bad_request: site.reportDoc('rev', { _rev: 'not a revision' }),
    };
    for (const [error, doc] of Object.entries(broken)) {
      const beside = site.reportDoc('beside');
      const reply = await site.send(site.chw1, [beside, doc]);
      expect([error, reply.status]).toEqual([error, 400]);
      if (error === 'bad_request') expect(reply.text).toContain('Invalid rev format');
      else expect(reply.body).toMatchObject({ error });
      expect([error, await site.has(beside._id, beside._rev)]).toEqual([error, false]);
    }
  },

  'docs not an array, or missing: 400': async (site) => {
    const post = (json: unknown) => site.ask({ method: 'POST', path: PATH, as: site.chw1, json });
    const odd = await post({ docs: {}, new_edits: false });
    expect(odd.status).toBe(400);
    expect(odd.text).toContain('`docs` parameter must be an array.');
    const missing = await post({ new_edits: false });
    expect(missing.status).toBe(400);
    expect(missing.text).toContain('POST body must include `docs` parameter.');
  },

  'null among the docs: 500; a string or a list: refused without an id, the good ones beside it are stored':
    async (site) => {
      expect((await site.send(site.chw1, [null])).status).toBe(500);
      for (const odd of ['text', []]) {
        const doc = site.reportDoc('beside');
        const reply = await site.send(site.chw1, [odd, doc]);
        expect([reply.status, reply.body]).toEqual([201, [{ error: 'forbidden' }]]);
        expect(await site.has(doc._id, doc._rev)).toBe(true);
      }
    },

  'half a character in one document: 500 and nothing of the batch is stored; of what is not let through it does not matter':
    async (site) => {
      const beside = site.reportDoc('beside');
      const note = 'cut in two \ud83d';
      const half = site.reportDoc('half', { note });
      expect((await site.send(site.chw1, [beside, half])).status).toBe(500);
      expect(await site.has(beside._id, beside._rev)).toBe(false);
      const elsewhere = site.reportDoc('half-elsewhere', { note, fields: { patient_id: 'nobody' } });
      expect((await site.send(site.chw1, [beside, elsewhere])).body).toMatchObject([{ error: 'forbidden' }]);
      expect(await site.has(beside._id, beside._rev)).toBe(true);
    },

  'gzip request body: 400': async (site) => {
    const bytes = gzipSync(JSON.stringify({ docs: [site.reportDoc('gzip')], new_edits: false }));
    expect((await sendBytes(site, bytes, { 'content-encoding': 'gzip' })).status).toBe(400);
    if (!site.practice) return;
    const large = gzipSync(Buffer.alloc(40 * MEGABYTE, 32));
    expect((await sendBytes(site, large, { 'content-encoding': 'gzip' })).status).toBe(413);
  },

  'Expect: 100-continue: 500': async (site) => {
    const json = { docs: [site.reportDoc('expect')], new_edits: false };
    const headers = { expect: '100-continue' };
    expect(await askRaw(site.url, { method: 'POST', path: PATH, as: site.chw1, json, headers })).toBe(500);
  },

  'body over 32 MiB: 413; 29 MB: 201': async (site) => {
    const tooLarge = await sendBytes(site, heavy(site, 34));
    expect(tooLarge.status).toBe(413);
    expect(tooLarge.body).toEqual({ code: 413, error: 'Payload Too Large' });
    const fits = await sendBytes(site, heavy(site, 28));
    expect([fits.status, fits.body]).toEqual([201, []]);
  },

  'new_edits default: the current _rev gives a new one and drops attachments not sent again': async (
    site,
  ) => {
    const photo = { content_type: 'image/png', data: Buffer.from('photo').toString('base64') };
    const { _rev: _none, ...fresh } = site.reportDoc('interactive', { _attachments: { photo } });
    const [made] = (await site.send(site.chw1, [fresh], true)).body as { rev: string }[];
    const { _attachments: _dropped, ...again } = fresh;
    const reply = await site.send(site.chw1, [{ ...again, _rev: made?.rev, note: 'edited' }], true);
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject([
      { ok: true, id: fresh._id, rev: expect.stringMatching(/^2-/) as unknown },
    ]);
    const kept = await site.ask({ method: 'GET', path: `/medic/${fresh._id}`, as: site.admin });
    expect((kept.body as Doc)._attachments).toBeUndefined();
  },

  'new_edits default: a stale _rev, or a _rev for a missing document: conflict': async (site) => {
    const doc = site.reportDoc('stale');
    await site.send(site.chw1, [doc]);
    await site.send(site.chw1, [childOf(doc, { note: 'newer' })]);
    const missing = site.reportDoc('unheard-of', { _rev: newRev(2) });
    const reply = await site.send(site.chw1, [{ ...doc, note: 'late' }, missing], true);
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject([
      { id: doc._id, error: 'conflict' },
      { id: missing._id, error: 'conflict' },
    ]);
  },

  'new_edits default: no _id makes a new random document': async (site) => {
    const { _id: _none, _rev: _neither, ...anonymous } = site.reportDoc('anonymous');
    const reply = await site.send(site.chw1, [anonymous], true);
    expect(reply.status).toBe(201);
    const [answer] = reply.body as { ok: boolean; id: string; rev: string }[];
    expect(answer).toMatchObject({ ok: true, rev: expect.stringMatching(/^1-/) as unknown });
    expect(answer?.id).toMatch(/^[0-9a-f]{32}$/);
    site.alsoRemove(answer?.id ?? '');
  },
};
