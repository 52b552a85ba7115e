import { describe, expect, test } from 'vitest';
import { asParent, contact, report } from '../../electron/practice/documents.ts';
import type { Doc } from '../../electron/practice/pouch.ts';
import type { Scope, Viewer } from '../../electron/practice/visibility.ts';
import { isVisible, keysOf, lineage, scopeOf, visibleTogether } from '../../electron/practice/visibility.ts';

const place = (id: string, parent?: Doc, more: Record<string, unknown> = {}) =>
  contact({
    id,
    type: 'clinic',
    name: id,
    reportedAt: 1,
    ...(parent ? { parent: asParent(parent) } : {}),
    more,
  });

const district = place('district');
const hc1 = place('hc1', district);
const hc2 = place('hc2', district);
const home = place('home', hc1, { place_id: 'P77' });
const child = place('child', home, { type: 'person', patient_id: '12345' });
const stranger = place('stranger', hc2, { type: 'person', patient_id: '99999' });
const worker = place('worker', hc1, { type: 'person' });
const boss = place('boss', district, { type: 'person' });
const CONTACTS = [district, hc1, hc2, home, child, stranger, worker, boss];

const chw: Viewer = { name: 'chw', contact: 'worker', facilities: ['hc1'] };
const scope = (more: Partial<Viewer> = {}): Scope => scopeOf({ ...chw, ...more }, CONTACTS);

const reportWith = (more: Record<string, unknown>): Doc => ({
  _id: 'r',
  type: 'data_record',
  form: 'visit',
  contact: asParent(worker),
  ...more,
});

describe('contacts', () => {
  test('a contact is visible when a facility of the user is itself or in its lineage', () => {
    const seen = CONTACTS.filter((doc) => isVisible(scope(), doc)).map((doc) => doc._id);
    expect(seen).toEqual(['hc1', 'home', 'child', 'worker']);
  });

  test('several facilities add up', () => {
    expect(isVisible(scope({ facilities: ['hc1', 'hc2'] }), stranger)).toBe(true);
  });

  test('a depth ends the view below the facility', () => {
    expect(isVisible(scope({ contactDepth: 1 }), home)).toBe(true);
    expect(isVisible(scope({ contactDepth: 1 }), child)).toBe(false);
  });

  test('the subjects are the ids and the shortcodes of what is visible', () => {
    const subjects = [...scope().subjects.keys()];
    expect(subjects).toEqual(expect.arrayContaining(['child', '12345', 'home', 'P77']));
    expect(subjects).not.toContain('stranger');
    expect(subjects).not.toContain('99999');
  });

  test('a lineage that bites its tail comes to an end', () => {
    const loop: Doc = { _id: 'loop', type: 'person' };
    loop.parent = loop;
    expect(lineage(loop).length).toBeLessThan(100);
  });
});

describe('reports', () => {
  test.each([
    ['patient_id', { patient_id: '12345' }],
    ['fields.patient_id', { fields: { patient_id: '12345' } }],
    ['a patient_id that is a number', { fields: { patient_id: 12_345 } }],
    ['place_id', { place_id: 'P77' }],
    ['fields.place_id', { fields: { place_id: 'P77' } }],
    ['fields.patient_uuid', { fields: { patient_uuid: 'child' } }],
    ['contact._id, when nothing else names a subject', {}],
  ])('the subject is %s', (_what, more) => {
    expect(isVisible(scope(), reportWith(more))).toBe(true);
  });

  test.each([
    ['an unknown patient', { fields: { patient_uuid: 'nobody' } }],
    ["another area's patient", { fields: { patient_uuid: 'stranger' } }],
    [
      'a shortcode before an id that would be visible',
      { patient_id: '99999', fields: { patient_uuid: 'child' } },
    ],
    ['nobody at all', { contact: undefined }],
  ])('a report about %s is refused', (_what, more) => {
    expect(isVisible(scope(), reportWith(more))).toBe(false);
  });

  test('an unknown shortcode that the server has flagged falls back to the author', () => {
    const more = { fields: { patient_id: 'typo' }, errors: [{ code: 'registration_not_found' }] };
    expect(isVisible(scope(), reportWith(more))).toBe(true);
    expect(isVisible(scope(), reportWith({ fields: { patient_id: 'typo' } }))).toBe(false);
  });

  test('a report without subject is visible to those who may see the unassigned', () => {
    expect(isVisible(scope({ unassigned: true }), reportWith({ contact: undefined }))).toBe(true);
  });

  test('a private report of the boss about the worker is kept from the worker', () => {
    const about = { contact: asParent(boss), fields: { patient_uuid: 'worker' } };
    expect(isVisible(scope(), reportWith(about))).toBe(true);
    const secret = { ...about, fields: { ...about.fields, private: true } };
    expect(isVisible(scope(), reportWith(secret))).toBe(false);
    expect(isVisible(scope({ facilities: ['district'] }), reportWith(secret))).toBe(true);
  });

  test('needs_signoff shows a report to everybody above its author', () => {
    const more = { fields: { patient_uuid: 'stranger', needs_signoff: 'true' } };
    expect(keysOf(reportWith(more)).keys).toEqual(['stranger', 'worker', 'hc1', 'district']);
    expect(isVisible(scope(), reportWith(more))).toBe(true);
  });

  test('a report depth hides deep reports of others, not those of the viewer', () => {
    const limited = scope({ reportDepth: 0 });
    const byBoss = { contact: asParent(boss), fields: { patient_uuid: 'child' } };
    expect(isVisible(limited, reportWith(byBoss))).toBe(false);
    expect(isVisible(limited, reportWith({ fields: { patient_uuid: 'child' } }))).toBe(true);
  });

  test('messages belong to the contact they came from or go to', () => {
    const incoming = { form: undefined, sms_message: { message: 'hello' } };
    expect(isVisible(scope(), reportWith(incoming))).toBe(true);
    expect(isVisible(scope(), reportWith({ ...incoming, contact: asParent(stranger) }))).toBe(false);
    const tasks = [{ messages: [{ contact: { _id: 'child' } }] }];
    const outgoing = { form: undefined, kujua_message: true, contact: undefined, tasks };
    expect(isVisible(scope(), reportWith(outgoing))).toBe(true);
  });
});

describe('other documents', () => {
  test.each([
    ['a task of the user', { _id: 't', type: 'task', user: 'org.couchdb.user:chw' }, true],
    ['a task of another', { _id: 't', type: 'task', user: 'org.couchdb.user:other' }, false],
    ['a target of the own contact', { _id: 't', type: 'target', owner: 'worker' }, true],
    ['a target of a stranger', { _id: 't', type: 'target', owner: 'stranger' }, false],
    ['a form', { _id: 'form:visit', type: 'form' }, true],
    ['translations', { _id: 'messages-en', type: 'translations' }, true],
    ['settings', { _id: 'settings' }, true],
    ['the own user-settings', { _id: 'org.couchdb.user:chw', type: 'user-settings' }, true],
    ["another's user-settings", { _id: 'org.couchdb.user:other', type: 'user-settings' }, false],
    ['the app itself', { _id: '_design/medic-client' }, true],
    ["the server's own code", { _id: '_design/medic' }, false],
    ['feedback', { _id: 'feedback-1', type: 'feedback' }, false],
    ['a document without type', { _id: 'odd', value: { rev: '1-a' }, doc: {} }, false],
    ['a bare tombstone', { _id: 'child', _deleted: true }, false],
    ['a tombstone with its fields', { ...child, _deleted: true }, true],
  ])('%s: visible is %3$s', (_what, doc, visible) => {
    expect(isVisible(scope(), doc as Doc)).toBe(visible);
  });
});

describe('documents of one request', () => {
  const newborn = place('newborn', home, { type: 'person', patient_id: '55555' });
  const by = asParent(worker);
  const aboutNewborn = report({ id: 'r1', form: 'visit', by, about: 'newborn', reportedAt: 1 });
  const byShortcode = { ...aboutNewborn, _id: 'r2', patient_id: '55555' };

  test('a new person lets in the reports about them, in any order', () => {
    expect(visibleTogether(scope(), [aboutNewborn, byShortcode, newborn])).toEqual([0, 1, 2]);
    expect(visibleTogether(scope(), [newborn, aboutNewborn, byShortcode])).toEqual([0, 1, 2]);
    expect(visibleTogether(scope(), [aboutNewborn, byShortcode])).toEqual([]);
  });

  test('a new person elsewhere does not', () => {
    const elsewhere = place('newborn', hc2, { type: 'person' });
    expect(visibleTogether(scope(), [elsewhere, aboutNewborn])).toEqual([]);
  });

  test('a person moved out of the area in the same request takes their reports along', () => {
    const moved = place('child', hc2, { type: 'person', patient_id: '12345' });
    const about = report({ id: 'r3', form: 'visit', by, about: 'child', reportedAt: 1 });
    expect(visibleTogether(scope(), [moved, about])).toEqual([]);
    expect(visibleTogether(scope(), [about])).toEqual([0]);
  });
});
