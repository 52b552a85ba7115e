/** The rows of docs/cht-exchanges.md §5. */
import { expect } from 'vitest';
import type { Doc } from '../../electron/practice/pouch.ts';
import type { Rows } from './signing-in.ts';
import type { Login, Site } from './site.ts';
import { childOf, newRev } from './site.ts';

const diff = async (site: Site, json: Record<string, string[]>) => {
  const reply = await site.ask({ method: 'POST', path: '/medic/_revs_diff', as: site.chw1, json });
  expect(reply.status).toBe(200);
  return reply.body as Record<string, { missing: string[]; possible_ancestors?: string[] }>;
};

/** A document as multipart/related, its one attachment as bytes. */
function multipart(doc: Doc, name: string, bytes: Buffer): { body: Buffer; type: string } {
  const attachment = { content_type: 'image/png', follows: true, length: bytes.length, revpos: 1 };
  const json = JSON.stringify({ ...doc, _attachments: { [name]: attachment } });
  const head = `--part\r\nContent-Type: application/json\r\n\r\n${json}\r\n--part\r\nContent-Type: image/png\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--part--')]);
  return { body, type: 'multipart/related; boundary="part"' };
}

export const around: Rows = {
  'POST _revs_diff as chw1: unfiltered, with possible ancestors; ids with nothing missing are absent': async (
    site,
  ) => {
    const known = site.reportDoc('known');
    const outside = { ...site.reportDoc('outside'), fields: { patient_uuid: site.places.patient2._id } };
    const edited = childOf(outside, { note: 'edited' });
    const deleted = site.reportDoc('deleted');
    const tombstone = childOf(deleted, { _deleted: true });
    await site.send(site.admin, [known, outside, edited, deleted, tombstone]);
    const next = newRev(3);
    const never = site.id('never');
    const answer = await diff(site, {
      [known._id]: [known._rev],
      [outside._id]: [outside._rev, edited._rev, next],
      [deleted._id]: [tombstone._rev, next],
      [never]: [next],
    });
    expect(answer).toEqual({
      [outside._id]: { missing: [next], possible_ancestors: [edited._rev] },
      [deleted._id]: { missing: [next], possible_ancestors: [tombstone._rev] },
      [never]: { missing: [next] },
    });
  },

  '_revs_diff: a revision of a huge generation yields every leaf, losing and deleted ones too': async (
    site,
  ) => {
    const root = site.reportDoc('branches');
    const [left, right] = [childOf(root, { side: 'left' }), childOf(root, { side: 'right' })];
    const gone = childOf(left, { _deleted: true });
    await site.send(site.admin, [root, left, right, gone]);
    const probe = `999999999-${'0'.repeat(32)}`;
    const answer = await diff(site, { [root._id]: [probe] });
    expect(answer[root._id]?.missing).toEqual([probe]);
    expect(answer[root._id]?.possible_ancestors?.toSorted()).toEqual([right._rev, gone._rev].toSorted());
  },

  'POST _bulk_get as chw1: only what the user may see; the rest is absent': async (site) => {
    const doc = site.reportDoc('gotten');
    const edited = childOf(doc, { note: 'edited' });
    await site.send(site.chw1, [doc, edited]);
    const docs = [
      { id: doc._id, rev: edited._rev },
      { id: site.places.patient2._id },
      { id: site.id('never'), rev: newRev(1) },
    ];
    const get = (as: Login) =>
      site.ask({ method: 'POST', path: '/medic/_bulk_get?revs=true&attachments=true', as, json: { docs } });
    const mine = await get(site.chw1);
    expect(mine.status).toBe(200);
    const results = (mine.body as { results: { id: string; docs: { ok: Doc }[] }[] }).results;
    expect(results.map((row) => row.id)).toEqual([doc._id]);
    expect(results[0]?.docs[0]?.ok).toMatchObject({ _rev: edited._rev, _revisions: edited._revisions });
    const all = await get(site.supOnline);
    expect((all.body as { results: unknown[] }).results).toHaveLength(3);
  },

  'POST _all_docs, GET _changes as chw1: the default documents; total_rows is the whole database': async (
    site,
  ) => {
    const own = `org.couchdb.user:${site.chw1.user}`;
    const defaults = ['_design/medic-client', own, 'service-worker-meta', 'settings'];
    const json = { keys: [site.places.patient1._id] };
    const listed = await site.ask({ method: 'POST', path: '/medic/_all_docs', as: site.chw1, json });
    expect(listed.status).toBe(200);
    const { rows, total_rows } = listed.body as { rows: { id: string }[]; total_rows: number };
    expect(rows.map((row) => row.id).toSorted()).toEqual(defaults);
    expect(total_rows).toBeGreaterThan(defaults.length);
    const changed = await site.ask({ method: 'GET', path: '/medic/_changes', as: site.chw1 });
    expect(changed.status).toBe(200);
    const { results } = changed.body as { results: { id: string }[] };
    expect(results.map((row) => row.id).toSorted()).toEqual(defaults);
  },

  'GET and PUT _local as chw1: passed through': async (site) => {
    const path = `/medic/_local/${site.id('checkpoint')}`;
    expect((await site.ask({ method: 'GET', path, as: site.chw1 })).status).toBe(404);
    const put = await site.ask({ method: 'PUT', path, as: site.chw1, json: { last_seq: 7 } });
    expect(put.status).toBe(201);
    const got = await site.ask({ method: 'GET', path, as: site.chw1 });
    expect([got.status, got.body]).toMatchObject([200, { last_seq: 7, _rev: '0-1' }]);
    const gone = await site.ask({ method: 'DELETE', path: `${path}?rev=0-1`, as: site.chw1 });
    expect(gone.status).toBe(200);
  },

  'PUT ID?new_edits=false, multipart/related: 403 as chw1, 400 as admin, and nothing is stored': async (
    site,
  ) => {
    for (const [as, status] of [
      [site.chw1, 403],
      [site.admin, 400],
    ] as const) {
      const doc = site.reportDoc('multipart');
      const { body, type } = multipart(doc, 'photo', Buffer.from([0, 1, 2, 13, 10, 45, 45, 112, 255]));
      const path = `/medic/${doc._id}?new_edits=false`;
      const put = await site.ask({ method: 'PUT', path, as, bytes: body, headers: { 'content-type': type } });
      expect(put.status).toBe(status);
      expect(await site.has(doc._id, doc._rev)).toBe(false);
    }
  },

  'PUT an attachment: 201; to a document out of area 403': async (site) => {
    const doc = site.reportDoc('attachment');
    await site.send(site.chw1, [doc]);
    const path = `/medic/${doc._id}/photo?rev=${doc._rev}`;
    const headers = { 'content-type': 'image/png' };
    const bytes = Buffer.from('photo');
    const put = await site.ask({ method: 'PUT', path, as: site.chw1, bytes, headers });
    expect(put.status).toBe(201);
    expect(put.body).toMatchObject({ ok: true, id: doc._id, rev: expect.stringMatching(/^2-/) as unknown });
    const { rev } = put.body as { rev: string };
    const got = await site.ask({ method: 'GET', path: `/medic/${doc._id}/photo?rev=${rev}`, as: site.chw1 });
    expect([got.status, got.text, got.headers.get('content-type')]).toEqual([200, 'photo', 'image/png']);
    const outside = { ...site.reportDoc('outside'), fields: { patient_uuid: site.places.patient2._id } };
    await site.send(site.admin, [outside]);
    const there = `/medic/${outside._id}/photo?rev=${outside._rev}`;
    const refused = await site.ask({ method: 'PUT', path: there, as: site.chw1, bytes, headers });
    expect(refused.status).toBe(403);
  },

  'GET org.couchdb.user:chw1: contact_id, and facility_id as a list': async (site) => {
    const path = `/medic/org.couchdb.user:${site.chw1.user}`;
    const reply = await site.ask({ method: 'GET', path, as: site.chw1 });
    expect(reply.status).toBe(200);
    const { facility_id, contact_id } = reply.body as Doc;
    // Older servers: a text.
    expect([facility_id].flat()).toEqual([site.places.hc1._id]);
    if (site.practice) expect(facility_id).toEqual([site.places.hc1._id]);
    expect(contact_id).toBe(site.places.chw1._id);
  },

  'POST get-deletes: what is deleted; both replication endpoints are for restricted users only': async (
    site,
  ) => {
    const doc = site.reportDoc('dropped');
    await site.send(site.chw1, [doc, childOf(doc, { _deleted: true })]);
    const json = { doc_ids: [doc._id, site.places.patient1._id, site.id('never')] };
    const path = '/api/v1/replication/get-deletes';
    const reply = await site.ask({ method: 'POST', path, as: site.chw1, json });
    expect([reply.status, reply.body]).toEqual([200, { doc_ids: [doc._id] }]);
    const online = await site.ask({ method: 'GET', path: '/api/v1/replication/get-ids', as: site.supOnline });
    expect(online.status).toBe(404);
  },
};
