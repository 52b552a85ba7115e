import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DOCUMENT_KINDS,
  isBareDeletion,
  isKeptByApp,
  isPurgeStub,
  kindOf,
  NEVER_SENT_REASONS,
  whyNeverSent,
} from '../../shared/documents.ts';
import {
  messageBody,
  personBody,
  reportBody,
  TARGET_ID,
  targetBody,
  TASK_ID,
  taskBody,
  userSettingsBody,
} from '../support/bodies.ts';
import { staysOnPhone } from '../../electron/practice/push-filter.ts';
import { jsonObjects } from './json.ts';

const STUB = { _id: 'report-1', _rev: '4-d', _deleted: true, purged: true };

/** [id, fields, kind, why it is never sent] */
const TABLE: readonly (readonly [string, Record<string, unknown>, string, string | null])[] = [
  ['p1', personBody(), 'contact', null],
  ['p1', { type: 'contact', contact_type: 'c62_chw' }, 'contact', null],
  ['p1', { type: 'clinic' }, 'contact', null],
  ['p1', { type: 'health_center' }, 'contact', null],
  ['p1', { type: 'district_hospital' }, 'contact', null],
  ['r1', reportBody(), 'report', null],
  ['r1', reportBody({ sms_message: { message: 'P 12' } }), 'report', null],
  ['r1', { type: 'data_record' }, 'report', null],
  ['m1', messageBody(), 'message', null],
  ['m1', { type: 'data_record', kujua_message: true, tasks: [] }, 'message', null],
  [TASK_ID, taskBody(), 'task', null],
  [TASK_ID, {}, 'task', null],
  [TARGET_ID, targetBody(), 'target', null],
  [TARGET_ID, {}, 'target', null],
  ['org.couchdb.user:amina', userSettingsBody(), 'user-settings', null],
  ['org.couchdb.user:amina', {}, 'user-settings', null],
  ['form:pregnancy', { type: 'form', internalId: 'pregnancy' }, 'form', 'form'],
  ['any-id', { type: 'form' }, 'form', 'form'],
  ['form:pregnancy', {}, 'form', 'form'],
  ['messages-en', { type: 'translations' }, 'translations', 'translations'],
  ['messages-sw', {}, 'translations', 'translations'],
  ['settings', { settings: {} }, 'settings', 'server-document'],
  ['_design/medic-client', { views: {} }, 'design', 'design-document'],
  ['_design/anything', {}, 'design', 'design-document'],
  ['resources', {}, 'resource', 'server-document'],
  ['branding', {}, 'resource', 'server-document'],
  ['service-worker-meta', {}, 'resource', 'server-document'],
  ['zscore-charts', {}, 'resource', 'server-document'],
  ['partners', {}, 'resource', 'server-document'],
  ['extension-libs', {}, 'resource', 'server-document'],
  ['privacy-policies', {}, 'resource', 'server-document'],
  ['migration-log', {}, 'resource', 'server-document'],
  ['ui-extension:dashboard', { type: 'ui-extension' }, 'resource', 'ui-extension'],
  ['any-id', { type: 'ui-extension' }, 'resource', 'ui-extension'],
  ['ui-extension:dashboard', {}, 'resource', 'ui-extension'],
  ['token:login:abc', { type: 'token_login', user: 'org.couchdb.user:amina' }, 'other', 'login-token'],
  ['any-id', { type: 'token_login' }, 'other', 'login-token'],
  ['token:login:abc', {}, 'other', 'login-token'],
  ['_local/initial-replication', {}, 'other', 'local-document'],
  [
    'telemetry-2026-3-1-amina-device',
    { type: 'telemetry', metadata: { user: 'amina' } },
    'telemetry',
    'telemetry',
  ],
  ['telemetry-2026-3-1-amina-device', {}, 'telemetry', 'telemetry'],
  ['interaction-2026', {}, 'telemetry', 'telemetry'],
  ['feedback-2026-03-01T00:00:00.000Z-id', { type: 'feedback' }, 'feedback', 'feedback'],
  ['feedback-2026', {}, 'feedback', 'feedback'],
  ['read:report:r1', {}, 'read-mark', 'read-mark'],
  ['read:message:m1', {}, 'read-mark', 'read-mark'],
  ['any-id', { type: 'task' }, 'task', null],
  ['any-id', { type: 'target' }, 'target', null],
  ['any-id', { type: 'user-settings' }, 'user-settings', null],
  ['any-id', { type: 'translations' }, 'translations', 'translations'],
  ['any-id', { type: 'telemetry' }, 'telemetry', 'telemetry'],
  ['any-id', { type: 'feedback' }, 'feedback', 'feedback'],
  ['r1', reportBody({ purged: true }), 'report', 'purged'],
  ['p1', personBody({ purged: 'yes' }), 'contact', 'purged'],
  ['p1', personBody({ purged: false }), 'contact', null],
  ['x1', { type: 'something else' }, 'other', null],
  ['x1', {}, 'other', null],
];

describe('the kind of a document, and why it is never sent', () => {
  it.each(TABLE)('%s %j is %s: %s', (id, body, kind, reason) => {
    expect(kindOf(id, body, false)).toBe(kind);
    expect(whyNeverSent(id, body, false)).toBe(reason);
  });

  it('are the same for a deletion that kept its fields', () => {
    for (const [id, body, kind, reason] of TABLE) {
      if (body['purged'] === true) continue;
      expect([kindOf(id, body, true), whyNeverSent(id, body, true)]).toEqual([kind, reason]);
    }
  });

  it('are all in the table, each of them', () => {
    const kinds = new Set(TABLE.map((row) => row[2]));
    const reasons = new Set(TABLE.map((row) => row[3]));
    expect(DOCUMENT_KINDS.filter((kind) => !kinds.has(kind))).toEqual(['purge-stub']);
    expect(NEVER_SENT_REASONS.filter((reason) => !reasons.has(reason))).toEqual(['purge-stub']);
  });

  it.each(['telemetry-x', 'feedback-x', 'read:report:x', 'form:x', 'messages-x', 'task~x'])(
    'go by the type before the id: a report called %s may be sent',
    (id) => {
      expect(kindOf(id, reportBody(), false)).toBe('report');
      expect(whyNeverSent(id, reportBody(), false)).toBeNull();
    },
  );

  it.each(['settings', 'resources', '_design/x', '_local/x'])(
    'go by the id where the server does: %s',
    (id) => {
      expect(whyNeverSent(id, reportBody(), false)).not.toBeNull();
    },
  );

  it.each(['Settings', 'settings2', 'resource', 'read:else', 'x_design/y', 'xform:y'])(
    'do not mistake %s',
    (id) => {
      expect(whyNeverSent(id, {}, false)).toBeNull();
    },
  );
});

describe('a purge stub', () => {
  it.each([
    ['four keys', STUB],
    ['five keys, with its history', { ...STUB, _revisions: { start: 4, ids: ['d', 'c', 'b', 'a'] } }],
    ['six keys', { ...STUB, _revisions: { start: 1, ids: ['a'] }, reason: 'x' }],
    ['all the fields it had', { ...reportBody(), ...STUB }],
    ['only the field', { purged: true }],
  ])('with %s is one', (_what, body) => {
    expect(isPurgeStub(body, true)).toBe(true);
    expect(kindOf('report-1', body, true)).toBe('purge-stub');
    expect(whyNeverSent('report-1', body, true)).toBe('purge-stub');
  });

  it('says itself that it is deleted', () => {
    expect(isPurgeStub(STUB, false)).toBe(true);
  });

  it.each([
    ['a deletion', { ...reportBody(), _deleted: true }, true],
    ['a deletion with purged: false', { purged: false }, true],
    ['a document that is not deleted', { purged: true }, false],
    ['a document with _deleted: false', { purged: true, _deleted: false }, false],
  ])('is not %s', (_what, body, deleted) => {
    expect(isPurgeStub(body, deleted)).toBe(false);
  });

  it.each([1, 'true', {}, [true]])(
    'is not a deletion with purged: %j, which is never sent all the same',
    (purged) => {
      expect(isPurgeStub({ purged }, true)).toBe(false);
      expect(whyNeverSent('report-1', { ...reportBody(), purged }, true)).toBe('purged');
    },
  );

  it('is not made by what a document inherits', () => {
    const inherited = Object.create({ purged: true, type: 'form' }) as Record<string, unknown>;
    expect(isPurgeStub(inherited, true)).toBe(false);
    expect(whyNeverSent('x', inherited, false)).toBeNull();
    const hostile = JSON.parse('{"__proto__": {"purged": true}, "type": "person"}') as Record<
      string,
      unknown
    >;
    expect(whyNeverSent('x', hostile, false)).toBeNull();
  });
});

describe('a bare deletion', () => {
  it('kept nothing by which the server could tell whose it was', () => {
    expect(isBareDeletion({}, true)).toBe(true);
    expect(isBareDeletion({ _id: 'x', _rev: '2-b', _deleted: true }, true)).toBe(true);
    // A field that says nothing of what it was does not help the server.
    expect(isBareDeletion({ _deleted: true, reported_date: 1, fields: { patient_id: 'p1' } }, true)).toBe(
      true,
    );
    expect(isBareDeletion({ _deleted: true, type: 'person' }, true)).toBe(false);
    expect(isBareDeletion(reportBody(), true)).toBe(false);
    expect(isBareDeletion({}, false)).toBe(false);
  });
});

describe('hostile documents', () => {
  it('have some kind and some reason, whatever their fields hold', () => {
    fc.assert(
      fc.property(fc.string(), jsonObjects, fc.boolean(), (id, body, deleted) => {
        expect(DOCUMENT_KINDS).toContain(kindOf(id, body, deleted));
        expect([null, ...NEVER_SENT_REASONS]).toContain(whyNeverSent(id, body, deleted));
      }),
    );
  });
});

describe('of what is never sent from here', () => {
  const never: readonly Record<string, unknown>[] = [
    { _id: 'report-1', _rev: '4-d', _deleted: true, purged: true },
    { _id: 'report-1', purged: 'yes' },
    { _id: '_design/medic-client' },
    ...['resources', 'branding', 'service-worker-meta', 'zscore-charts', 'settings', 'partners'].map(
      (_id) => ({ _id }),
    ),
    ...['extension-libs', 'privacy-policies', 'migration-log'].map((_id) => ({ _id })),
    { _id: 'form:visit', type: 'form' },
    { _id: 'messages-en', type: 'translations' },
    { _id: 'ui-extension:x', type: 'ui-extension' },
    { _id: 'token:login:1', type: 'token_login' },
    { _id: 'feedback-1', type: 'feedback' },
    { _id: 'telemetry-1', type: 'telemetry' },
    { _id: 'read:report:1' },
  ];

  it.each(never)('the app keeps exactly what its own filter keeps: $_id $type', (doc) => {
    const id = String(doc['_id']);
    const why = whyNeverSent(id, doc, doc['_deleted'] === true);
    expect(why).not.toBeNull();
    expect(isKeptByApp(id, why ?? '')).toBe(staysOnPhone({ _rev: '4-d', ...doc, _id: id }));
  });
});
