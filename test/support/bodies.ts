/** The fields of CHT's documents, without id and revision: what the rules of `shared/` look at. `more` overrides. */

export function personBody(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: 'person',
    name: 'Amina Yusuf',
    parent: { _id: 'household-1', parent: { _id: 'area-1', parent: { _id: 'centre-1' } } },
    reported_date: Date.UTC(2026, 2, 1, 8),
    ...more,
  };
}

export function reportBody(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: 'data_record',
    form: 'pregnancy',
    content_type: 'xml',
    contact: { _id: 'chw-1', parent: { _id: 'area-1', parent: { _id: 'centre-1' } } },
    fields: { patient_id: 'person-1', patient_name: 'Amina Yusuf' },
    reported_date: Date.UTC(2026, 2, 2, 9),
    ...more,
  };
}

export function messageBody(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: 'data_record',
    contact: { _id: 'chw-1' },
    sms_message: { message: 'Please call me' },
    ...more,
  };
}

export const TASK_ID = 'task~org.couchdb.user:amina~report-1~visit~1767225600000';

export function taskBody(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: 'task',
    user: 'org.couchdb.user:amina',
    owner: 'person-1',
    requester: 'report-1',
    authoredOn: Date.UTC(2026, 0, 1),
    stateHistory: [{ state: 'Ready', timestamp: Date.UTC(2026, 0, 1) }],
    emission: { title: 'Postnatal visit', contact: { name: 'Amina Yusuf' } },
    ...more,
  };
}

export const TARGET_ID = 'target~2026-03~chw-1~org.couchdb.user:amina';

export function targetBody(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: 'target',
    user: 'org.couchdb.user:amina',
    owner: 'chw-1',
    reporting_period: '2026-03',
    updated_date: Date.UTC(2026, 2, 9),
    ...more,
  };
}

export function userSettingsBody(more: Record<string, unknown> = {}): Record<string, unknown> {
  return { type: 'user-settings', name: 'amina', contact_id: 'chw-1', facility_id: ['area-1'], ...more };
}
