import { expect, test } from 'vitest';
import type { Doc } from '../../electron/practice/pouch.ts';
import { whyRefused } from '../../electron/practice/refusals.ts';
import { createAccounts } from '../../electron/practice/users.ts';

const accounts = createAccounts();
const chw = accounts.add({ user: 'chw', password: '', roles: ['chw'] });
const officer = accounts.add({ user: 'officer', password: '', roles: ['program_officer', 'mm-online'] });
const admin = accounts.add({ user: 'admin', password: '', roles: ['_admin'] });

const ADMIN_ONLY = 'You are not authorized to edit admin only docs';
const PURGED = 'Purged documents should not be written to CouchDB!';
const own = { _id: 'org.couchdb.user:chw', type: 'user-settings', name: 'chw', roles: ['chw'] };

test.each<[string, Doc, string | undefined, string | undefined]>([
  ['a report', { _id: 'r', type: 'data_record' }, undefined, undefined],
  ['a form', { _id: 'form:visit', type: 'form' }, ADMIN_ONLY, undefined],
  ['a form with a wrong id', { _id: 'visit', type: 'form' }, ADMIN_ONLY, '_id property must be prefixed'],
  ['translations', { _id: 'messages-en', type: 'translations' }, ADMIN_ONLY, undefined],
  ['settings', { _id: 'settings' }, ADMIN_ONLY, undefined],
  ['a design document', { _id: '_design/medic' }, 'You are not a db or server admin.', undefined],
  ['purged work', { _id: 'r', type: 'data_record', purged: true, _deleted: true }, PURGED, PURGED],
  ['purged: false', { _id: 'r', type: 'data_record', purged: false }, undefined, undefined],
])('%s', (_what, doc, forEverybody, forAdmins) => {
  expect(whyRefused(doc, undefined, chw)).toBe(forEverybody);
  expect(whyRefused(doc, undefined, officer)).toBe(forEverybody);
  expect(whyRefused(doc, undefined, admin)?.slice(0, forAdmins?.length)).toBe(forAdmins);
});

test('own user-settings: may be edited, not created, and the roles stay', () => {
  expect(whyRefused({ ...own, known: true }, own, chw)).toBeUndefined();
  expect(whyRefused(own, undefined, chw)).toBe('You are not authorized to create user-settings');
  expect(whyRefused({ ...own, roles: ['_admin'] }, own, chw)).toBe('You are not authorized to edit roles');
  expect(whyRefused({ ...own, roles: ['nurse'] }, own, admin)).toBeUndefined();
});
