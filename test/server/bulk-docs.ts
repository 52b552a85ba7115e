/** The rows of docs/cht-exchanges.md §2: which documents `_bulk_docs` takes. */
import { expect } from 'vitest';
import { asParent, contact, digestOf, report } from '../../electron/practice/documents.ts';
import type { Doc } from '../../electron/practice/pouch.ts';
import type { Rows } from './signing-in.ts';
import type { Site } from './site.ts';
import { childOf, newRev } from './site.ts';

const PHOTO = Buffer.from('practice photo');
const inline = (more: Readonly<Record<string, unknown>> = {}) => ({
  photo: { content_type: 'image/png', revpos: 1, data: PHOTO.toString('base64'), ...more },
});
const forbidden = (doc: Doc) => ({ id: doc._id, error: 'forbidden' });

/** What the server holds under an id, as admin. */
async function stored(site: Site, id: string, query = ''): Promise<Doc> {
  const reply = await site.ask({
    method: 'GET',
    path: `/medic/${encodeURIComponent(id)}${query}`,
    as: site.admin,
  });
  expect(reply.status).toBe(200);
  return reply.body as Doc;
}

function reportOutOfArea(site: Site): Doc & { _rev: string } {
  const by = asParent(site.places.chw1);
  const about = site.places.patient2._id;
  const fields = { id: site.id('outside'), form: 'home_visit', by, about, reportedAt: 1 };
  return { ...report(fields), _rev: newRev(1) };
}

function newPerson(site: Site, word: string, parent: Doc): Doc & { _rev: string } {
  const fields = {
    id: site.id(word),
    type: 'person',
    name: 'Teal Fig',
    parent: asParent(parent),
    reportedAt: 1,
  };
  return { ...contact(fields), _rev: newRev(1) };
}

function reportAbout(site: Site, about: string): Doc & { _rev: string } {
  const by = asParent(site.places.chw1);
  return {
    ...report({ id: site.id('about'), form: 'home_visit', by, about, reportedAt: 1 }),
    _rev: newRev(1),
  };
}

export const taking: Rows = {
  'allowed report with inline attachment: 201 []; again: 201 []': async (site) => {
    const doc = site.reportDoc('photo', { _attachments: inline() });
    for (const time of ['first', 'again']) {
      const reply = await site.send(site.chw1, [doc]);
      expect([time, reply.status, reply.body]).toEqual([time, 201, []]);
    }
    const kept = await stored(site, doc._id, '?attachments=true');
    expect(kept._rev).toBe(doc._rev);
    expect(kept._attachments?.photo).toMatchObject({
      data: PHOTO.toString('base64'),
      digest: digestOf(PHOTO),
    });
    const entries = site.practice?.audit.filter(({ rev }) => rev === doc._rev);
    if (entries) expect(entries).toHaveLength(1);
  },

  'out of area, beside a good one: 201 with the one forbidden; the good one is stored': async (site) => {
    const [bad, good] = [reportOutOfArea(site), site.reportDoc('good')];
    const reply = await site.send(site.chw1, [bad, good]);
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual([forbidden(bad)]);
    expect(await site.has(good._id, good._rev)).toBe(true);
    expect(await site.has(bad._id, bad._rev)).toBe(false);
  },

  'stored out of area: forbidden, though the new version would be visible': async (site) => {
    const outside = reportOutOfArea(site);
    await site.send(site.admin, [outside]);
    const moved = childOf(outside, { fields: { patient_uuid: site.places.patient1._id } });
    expect((await site.send(site.chw1, [moved])).body).toEqual([forbidden(outside)]);
    expect(await site.has(moved._id, moved._rev)).toBe(false);
  },

  'all refused: still 201': async (site) => {
    const docs = [reportOutOfArea(site), reportOutOfArea(site)];
    const reply = await site.send(site.chw1, docs);
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual(docs.map(forbidden));
  },

  "report about an unknown patient, without subject, about another area's patient: forbidden": async (
    site,
  ) => {
    const unknown = reportAbout(site, site.id('nobody'));
    const { contact: _author, fields: _fields, ...none } = site.reportDoc('subjectless');
    const docs = [unknown, { ...none, fields: {} } as Doc, reportOutOfArea(site)];
    const reply = await site.send(site.chw1, docs);
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual(docs.map(forbidden));
  },

  'in one request with that patient (any order): accepted': async (site) => {
    for (const order of ['person first', 'report first']) {
      const person = newPerson(site, 'newborn', site.places.hc1);
      const about = reportAbout(site, person._id);
      const docs = order === 'person first' ? [person, about] : [about, person];
      expect([order, (await site.send(site.chw1, docs)).body]).toEqual([order, []]);
      expect(await site.has(about._id, about._rev)).toBe(true);
    }
  },

  'form, translations: forbidden with revision and reason': async (site) => {
    const docs = [
      { _id: `form:${site.id('form')}`, _rev: newRev(1), type: 'form' },
      { _id: `messages-${site.id('xx')}`, _rev: newRev(1), type: 'translations' },
    ];
    const reply = await site.send(site.chw1, docs);
    expect(reply.status).toBe(201);
    const reason = 'You are not authorized to edit admin only docs';
    expect(reply.body).toEqual(
      docs.map(({ _id, _rev }) => ({ id: _id, rev: _rev, error: 'forbidden', reason })),
    );
  },

  'feedback, telemetry or a type the server does not know: forbidden': async (site) => {
    const docs = ['feedback', 'telemetry', 'tea-cup'].map((type) => ({
      _id: site.id(type),
      _rev: newRev(1),
      type,
    }));
    const reply = await site.send(site.chw1, docs);
    expect(reply.body).toEqual(docs.map(forbidden));
  },

  'edited on the server and on the phone: 201 [], and the document has _conflicts': async (site) => {
    const doc = site.reportDoc('both');
    await site.send(site.chw1, [doc]);
    const [server, phone] = [childOf(doc, { from: 'server' }), childOf(doc, { from: 'phone' })];
    expect((await site.send(site.admin, [server])).body).toEqual([]);
    const reply = await site.send(site.chw1, [phone]);
    expect([reply.status, reply.body]).toEqual([201, []]);
    const kept = await stored(site, doc._id, '?conflicts=true');
    const [winner, loser] = [server._rev, phone._rev].sort().reverse();
    expect([kept._rev, kept._conflicts]).toEqual([winner, [loser]]);
  },

  'bare tombstone as a restricted user: forbidden; one that keeps its fields: accepted': async (site) => {
    const doc = site.reportDoc('gone');
    await site.send(site.chw1, [doc]);
    const full = childOf(doc, { _deleted: true });
    const { _id, _rev, _revisions } = full;
    const bare = { _id, _rev, _revisions, _deleted: true };
    expect((await site.send(site.chw1, [bare])).body).toEqual([forbidden(doc)]);
    expect(await site.has(_id, _rev)).toBe(false);
    expect((await site.send(site.chw1, [full])).body).toEqual([]);
    const reply = await site.ask({ method: 'GET', path: `/medic/${_id}`, as: site.admin });
    expect([reply.status, reply.body]).toEqual([404, { error: 'not_found', reason: 'deleted' }]);
  },

  'a purge stub: forbidden': async (site) => {
    const doc = site.reportDoc('purged');
    await site.send(site.chw1, [doc]);
    const { _id, _rev, _revisions } = childOf(doc, {});
    const stub = { _id, _rev, _revisions, _deleted: true, purged: true };
    expect((await site.send(site.chw1, [stub])).body).toEqual([forbidden(doc)]);
  },

  'sup_online, admin: no area filter at all; the audit names the uploader, not the author': async (site) => {
    for (const who of [site.supOnline, site.admin]) {
      const doc = reportOutOfArea(site);
      const reply = await site.send(who, [doc]);
      expect([reply.status, reply.body]).toEqual([201, []]);
      expect(await site.has(doc._id, doc._rev)).toBe(true);
      if (!site.practice) continue;
      const entry = site.practice.audit.find(({ rev }) => rev === doc._rev);
      expect(entry).toMatchObject({ id: doc._id, user: who.user });
    }
  },

  'sup_offline: its district, and forbidden out of it': async (site) => {
    const inside = newPerson(site, 'inside', site.places.hc2);
    const outside = newPerson(site, 'outside', site.places.otherDistrict);
    const reply = await site.send(site.supOffline, [inside, outside]);
    expect([reply.status, reply.body]).toEqual([201, [forbidden(outside)]]);
    expect(await site.has(inside._id, inside._rev)).toBe(true);
  },

  'same _id and _rev, other content: 201 [], the first content stays': async (site) => {
    const doc = site.reportDoc('twice', { note: 'first' });
    await site.send(site.chw1, [doc]);
    const reply = await site.send(site.chw1, [{ ...doc, note: 'second' }]);
    expect([reply.status, reply.body]).toEqual([201, []]);
    expect(await stored(site, doc._id)).toMatchObject({ _rev: doc._rev, note: 'first' });
  },

  '_revisions whose first id disagrees with _rev: 201 [], stored under that of _revisions': async (site) => {
    const doc = site.reportDoc('disagreeing');
    const other = newRev(1).slice(2);
    const reply = await site.send(site.chw1, [{ ...doc, _revisions: { start: 1, ids: [other] } }]);
    expect([reply.status, reply.body]).toEqual([201, []]);
    expect((await stored(site, doc._id))._rev).toBe(`1-${other}`);
    expect(await site.has(doc._id, doc._rev)).toBe(false);
  },

  'attachment stub the server cannot match: 412 for the whole request, yet part is stored': async (site) => {
    const first = site.reportDoc('stubbed', { _attachments: inline() });
    await site.send(site.chw1, [first]);
    const stub = (revpos: number, name = 'photo') => ({
      [name]: { content_type: 'image/png', stub: true, digest: digestOf(PHOTO), revpos },
    });
    const bad = {
      'another revpos': childOf(first, { _attachments: stub(7) }),
      'a missing one': childOf(first, { _attachments: stub(1, 'unheard-of') }),
    };
    for (const [why, doc] of Object.entries(bad)) {
      const others = Array.from({ length: 11 }, (_, n) => site.reportDoc(`beside-${n}`));
      const reply = await site.send(site.chw1, [...others.slice(0, 5), doc, ...others.slice(5)]);
      expect([why, reply.status]).toEqual([why, 412]);
      expect(reply.body).toMatchObject({ error: 'missing_stub' });
      expect(await site.has(doc._id, doc._rev)).toBe(false);
      const kept = [];
      for (const other of others) kept.push(await site.has(other._id, other._rev));
      expect(kept).toContain(true);
    }
    const good = childOf(first, { _attachments: stub(1) });
    expect((await site.send(site.chw1, [good])).body).toEqual([]);
    const kept = await stored(site, first._id, '?attachments=true');
    expect(kept._attachments?.photo?.data).toBe(PHOTO.toString('base64'));
  },

  'wrong digest with inline data: 201, the server computes its own. Bad base64: 400': async (site) => {
    const wrong = inline({ digest: 'md5-AAAAAAAAAAAAAAAAAAAAAA==' });
    const doc = site.reportDoc('digest', { _attachments: wrong });
    const reply = await site.send(site.chw1, [doc]);
    expect([reply.status, reply.body]).toEqual([201, []]);
    expect((await stored(site, doc._id))._attachments?.photo?.digest).toBe(digestOf(PHOTO));
    const broken = site.reportDoc('broken', { _attachments: inline({ data: '*not base64*' }) });
    expect((await site.send(site.chw1, [broken])).status).toBe(400);
    expect(await site.has(broken._id, broken._rev)).toBe(false);
  },
};
