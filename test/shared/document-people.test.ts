import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  authorOf,
  formOf,
  needsOf,
  reportedAtOf,
  subjectOf,
  userSettingsOf,
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
import { jsonObjects, jsonValues, nested } from './json.ts';

const USER_ID = 'org.couchdb.user:amina';

describe('the author of a document', () => {
  it.each([
    ['a report', 'r1', reportBody(), { contact: 'chw-1' }],
    ['a report of an old app', 'r1', reportBody({ contact: 'chw-1' }), { contact: 'chw-1' }],
    ['a message', 'm1', messageBody(), { contact: 'chw-1' }],
    ['a task', TASK_ID, taskBody(), { user: 'amina' }],
    ['a task that only its id knows', TASK_ID, taskBody({ user: 7 }), { user: 'amina' }],
    ['a target', TARGET_ID, targetBody(), { user: 'amina', contact: 'chw-1' }],
    ['a target that only its id knows', TARGET_ID, { type: 'target' }, { user: 'amina' }],
    [
      'a contact',
      'p1',
      personBody({ meta: { created_by: 'amina', created_by_person_uuid: 'chw-1' } }),
      { user: 'amina', contact: 'chw-1' },
    ],
    ['a contact that does not say', 'p1', personBody({ meta: '' }), {}],
    ['user-settings', USER_ID, userSettingsBody(), { user: 'amina', contact: 'chw-1' }],
    ['telemetry', 'telemetry-1', { type: 'telemetry', metadata: { user: 'amina' } }, { user: 'amina' }],
    ['feedback', 'feedback-1', { type: 'feedback', meta: { user: { name: 'amina' } } }, { user: 'amina' }],
    ['feedback with a name', 'feedback-1', { type: 'feedback', meta: { user: 'amina' } }, { user: 'amina' }],
    ['a user without a name', TASK_ID, taskBody({ user: 'org.couchdb.user:' }), {}],
    ['nothing', 'x', {}, {}],
  ])('is told by %s', (_what, id, body, author) => {
    expect(authorOf(id, body)).toEqual(author);
  });
});

describe('user-settings', () => {
  it('name places in an array or as a text', () => {
    expect(userSettingsOf(USER_ID, userSettingsBody())).toEqual({
      user: 'amina',
      contactId: 'chw-1',
      facilityIds: ['area-1'],
      signsIn: 'password',
    });
    expect(userSettingsOf(USER_ID, userSettingsBody({ facility_id: 'area-1' }))?.facilityIds).toEqual([
      'area-1',
    ]);
    expect(
      userSettingsOf(USER_ID, userSettingsBody({ facility_id: ['a', 1, '', null, 'b'] }))?.facilityIds,
    ).toEqual(['a', 'b']);
    expect(userSettingsOf(USER_ID, { type: 'user-settings', contact_id: {} })).toEqual({
      user: 'amina',
      facilityIds: [],
      signsIn: 'password',
    });
  });

  it.each([
    [{ oidc_login: true }, 'sso'],
    [{ oidc_login: false }, 'password'],
    [{ oidc_login: 'yes' }, 'password'],
    [{ token_login: { active: true, expiration_date: 1 } }, 'link'],
    // A used link leaves a password that nobody knows.
    [{ token_login: { active: false, login_date: 1 } }, 'link'],
    [{ token_login: null }, 'password'],
    [{ oidc_login: true, token_login: { active: false } }, 'sso'],
  ])('say how the person signs in: %j', (fields, way) => {
    expect(userSettingsOf(USER_ID, userSettingsBody(fields))?.signsIn).toBe(way);
  });

  it('belong to the user of their id, whatever name their fields give', () => {
    expect(userSettingsOf(USER_ID, userSettingsBody({ name: 'someone-else' }))?.user).toBe('amina');
  });

  it.each([
    ['of another id', 'amina', userSettingsBody()],
    ['of another type', USER_ID, personBody()],
    ['without a name', 'org.couchdb.user:', userSettingsBody()],
  ])('are not documents %s', (_what, id, body) => {
    expect(userSettingsOf(id, body)).toBeNull();
  });
});

describe('the subject', () => {
  const fields = { patient_id: 'f-patient', place_id: 'f-place', patient_uuid: 'uuid' };

  it.each([
    ['patient_id', reportBody({ patient_id: 'patient', place_id: 'place', fields }), 'patient'],
    ['fields.patient_id', reportBody({ place_id: 'place', fields }), 'f-patient'],
    ['place_id', reportBody({ place_id: 'place', fields: { ...fields, patient_id: '' } }), 'place'],
    ['fields.place_id', reportBody({ fields: { ...fields, patient_id: null } }), 'f-place'],
    ['fields.patient_uuid', reportBody({ fields: { patient_uuid: 'uuid' } }), 'uuid'],
    ['the sender', reportBody({ fields: {} }), 'chw-1'],
    [
      'the sender, where the server did not know the patient',
      reportBody({ errors: [{ code: 'registration_not_found' }] }),
      'chw-1',
    ],
    ['the patient, after another error', reportBody({ errors: [{ code: 'sys.empty' }, null] }), 'person-1'],
    [
      'the patient, where nobody else is named',
      reportBody({ contact: null, errors: [{ code: 'invalid_patient_id' }] }),
      'person-1',
    ],
    ['the sender of a message', messageBody(), 'chw-1'],
    [
      'the receiver of a message',
      { type: 'data_record', kujua_message: true, tasks: [{ messages: [{ contact: { _id: 'p9' } }] }] },
      'p9',
    ],
    ['nobody', reportBody({ contact: {}, fields: 'odd' }), null],
    ['nobody, in a message without receiver', { type: 'data_record', kujua_message: true, tasks: [] }, null],
    [
      'nobody, in what is neither report nor message',
      { type: 'data_record', contact: { _id: 'chw-1' } },
      null,
    ],
  ])('is %s', (_what, body, subject) => {
    expect(subjectOf(body)).toBe(subject);
  });
});

describe('form and time', () => {
  it('are read from the fields', () => {
    expect(formOf(reportBody())).toBe('pregnancy');
    expect(formOf(personBody())).toBeNull();
    expect(formOf({ form: ['pregnancy'] })).toBeNull();
    expect(reportedAtOf(reportBody())).toBe(Date.UTC(2026, 2, 2, 9));
    expect(reportedAtOf(targetBody())).toBe(Date.UTC(2026, 2, 9));
    expect(reportedAtOf(taskBody())).toBe(Date.UTC(2026, 0, 1));
  });

  it.each([
    [1_767_225_600_000.9, 1_767_225_600_000],
    ['1767225600000', 1_767_225_600_000],
    ['2026-01-01', 1_767_225_600_000],
    ['2026-01-01T00:00:00Z', 1_767_225_600_000],
    ['2026-01-01T03:00:00.000+03:00', 1_767_225_600_000],
    [1, 1],
    [0, 0],
    [-1, -1],
    [Date.UTC(2150, 0, 1), Date.UTC(2150, 0, 1)],
    [Date.UTC(9999, 11, 31), Date.UTC(9999, 11, 31)],
    [Date.UTC(10_000, 0, 1), null],
    [-1e15, null],
    [1e300, null],
    ['2026-13-01', null],
    ['yesterday', null],
    ['1'.repeat(400), null],
    ['', null],
    [null, null],
    [true, null],
    [{}, null],
    [[1_767_225_600_000], null],
  ])('reads the time %j as %j', (reported_date, time) => {
    expect(reportedAtOf({ reported_date })).toBe(time);
  });
});

describe('what a document needs', () => {
  it.each([
    ['a contact', 'p1', personBody({ patient_id: '12345' }), ['household-1', 'area-1', 'centre-1']],
    ['a contact of an old app', 'p1', personBody({ parent: 'household-1' }), ['household-1']],
    ['a report', 'r1', reportBody(), ['person-1', 'chw-1', 'area-1', 'centre-1']],
    ['a report of two', 'r1', reportBody({ place_id: 'home', contact: null }), ['person-1', 'home']],
    ['an incoming message', 'm1', messageBody(), ['chw-1']],
    [
      'an outgoing message',
      'm1',
      { type: 'data_record', kujua_message: true, tasks: [{ messages: [{ contact: { _id: 'p9' } }] }] },
      ['p9'],
    ],
    ['a task', TASK_ID, taskBody(), ['person-1']],
    ['a target', TARGET_ID, targetBody(), ['chw-1']],
    ['user-settings', USER_ID, userSettingsBody(), ['chw-1', 'area-1']],
    [
      'itself',
      'p1',
      personBody({ parent: { _id: 'p1', parent: { _id: 'p2', parent: { _id: 'p2' } } } }),
      ['p2'],
    ],
    ['nothing', 'x', {}, []],
  ])('%s', (_what, id, body, needs) => {
    expect(needsOf(id, body)).toEqual(needs);
  });

  it('follows a lineage 32 levels and no further', () => {
    let parent: unknown;
    for (let level = 100_000; level > 0; level -= 1) parent = { _id: `place-${level}`, parent };
    const needs = needsOf('p1', { type: 'person', parent });
    expect(needs).toHaveLength(32);
    expect(needs.at(-1)).toBe('place-32');
    const ring: Record<string, unknown> = { _id: 'ring' };
    ring['parent'] = ring;
    expect(needsOf('p1', { type: 'person', parent: ring })).toEqual(['ring']);
  });
});

describe('hostile documents', () => {
  const types = fc.constantFrom(
    'data_record',
    'person',
    'task',
    'target',
    'user-settings',
    'feedback',
    'telemetry',
  );
  const bodies = fc
    .record({
      type: types,
      form: jsonValues,
      contact: jsonValues,
      parent: jsonValues,
      fields: jsonValues,
      errors: jsonValues,
      tasks: jsonValues,
      meta: jsonValues,
      metadata: jsonValues,
      user: jsonValues,
      owner: jsonValues,
      facility_id: jsonValues,
      reported_date: jsonValues,
      kujua_message: jsonValues,
    })
    .chain((body) => jsonObjects.map((more): Record<string, unknown> => ({ ...more, ...body })));

  it('give texts and numbers, or nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom('x', USER_ID, TASK_ID, '~~', ''), bodies, (id, body) => {
        for (const text of Object.values(authorOf(id, body))) expect(text).toMatch(/^[^]+$/);
        for (const need of needsOf(id, body)) expect(typeof need).toBe('string');
        for (const place of userSettingsOf(id, body)?.facilityIds ?? []) expect(typeof place).toBe('string');
        expect(typeof (subjectOf(body) ?? '')).toBe('string');
        expect(typeof (formOf(body) ?? '')).toBe('string');
        expect(Number.isSafeInteger(reportedAtOf(body) ?? 0)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('may be nested as deep as they like', () => {
    const deep = nested(100_000, 'objects');
    const body = { type: 'data_record', form: 'f', contact: deep, parent: deep, fields: deep };
    expect(authorOf('x', body)).toEqual({});
    expect(needsOf('x', body)).toEqual([]);
    expect(subjectOf(body)).toBeNull();
  });
});
