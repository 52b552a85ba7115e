import { describe, expect, it } from 'vitest';
import { canonicalValue } from '../../shared/content.ts';
import { joinVersions, pathKey, type Joined, type Side } from '../../shared/three-way-merge.ts';
import type { DigestsOf } from '../../shared/join-attachments.ts';
import type { Body } from '../../shared/untrusted.ts';
import { personBody, reportBody } from '../support/bodies.ts';
import { nested } from './json.ts';

function join(
  [ancestor, server, phone]: readonly [Body, Body, Body],
  choices?: ReadonlyMap<string, Side>,
  digestsOf: Partial<Record<'ancestor' | Side, DigestsOf>> = {},
): Joined {
  return joinVersions(
    {
      ancestor: { body: ancestor, digestsOf: digestsOf.ancestor ?? 'bytes' },
      server: { body: server, digestsOf: digestsOf.server ?? 'bytes' },
      phone: { body: phone, digestsOf: digestsOf.phone ?? 'bytes' },
    },
    choices,
  );
}

describe('a person', () => {
  const delivered = personBody({ _id: 'p1', _rev: '1-a', phone: '+256 1' });

  it('who got a number on the server and another telephone on the phone keeps both', () => {
    const { body, fields, overlaps } = join([
      delivered,
      { ...delivered, _rev: '2-s', patient_id: '40003' },
      { ...delivered, _rev: '2-p', phone: '+256 2' },
    ]);
    expect(overlaps).toEqual([]);
    expect(body).toEqual(personBody({ phone: '+256 2', patient_id: '40003' }));
    expect(fields).toEqual([
      { path: ['phone'], from: 'phone', before: '+256 1', after: '+256 2', certain: true },
      { path: ['patient_id'], from: 'server', after: '40003', certain: true },
    ]);
  });

  it('who was muted on the server and edited on the phone is muted and edited', () => {
    const muting = { server_side: { muted: true, date: 17 }, client_side: [], last_update: 'server_side' };
    const { body, fields, overlaps } = join([
      delivered,
      { ...delivered, muted: 17, muting_history: muting },
      { ...delivered, sex: 'female' },
    ]);
    expect(overlaps).toEqual([]);
    expect(body).toEqual(personBody({ phone: '+256 1', muted: 17, muting_history: muting, sex: 'female' }));
    expect(fields.map(({ path, from }) => [path.join('.'), from])).toEqual([
      ['muted', 'server'],
      ['muting_history.server_side.muted', 'server'],
      ['muting_history.server_side.date', 'server'],
      ['muting_history.client_side', 'server'],
      ['muting_history.last_update', 'server'],
      ['sex', 'phone'],
    ]);
  });

  describe('whom the app muted, and the server with a date of its own', () => {
    const event = (muted: boolean, date: string) => ({ muted, date, report_id: `report-${date}` });
    const history = (events: readonly object[], last: 'client_side' | 'server_side', server: object) => ({
      server_side: server,
      client_side: events,
      last_update: last,
    });
    const muted = [event(true, 'T1')];
    const atPhone = {
      ...delivered,
      muted: 'T1',
      muting_history: history(muted, 'client_side', { muted: false }),
    };
    const answer = { muted: true, date: 'T2' };
    const atServer = { ...atPhone, muted: 'T2', muting_history: history(muted, 'server_side', answer) };
    const unmuted = [...muted, event(false, 'T3')];
    const { muted: _, ...heard } = atPhone;
    const unmutedAtPhone = { ...heard, muting_history: history(unmuted, 'client_side', { muted: false }) };

    it('is unmuted when the phone says so, and the server has to answer it again', () => {
      const { body, fields, overlaps } = join([
        atPhone,
        { ...atServer, patient_id: '40003' },
        unmutedAtPhone,
      ]);
      expect(overlaps).toEqual([]);
      expect(body).toEqual({
        ...personBody({ phone: '+256 1', patient_id: '40003' }),
        muting_history: history(unmuted, 'client_side', answer),
      });
      expect(fields.map(({ path, from }) => [path.join('.'), from])).toEqual([
        ['muted', 'phone'],
        ['muting_history.server_side.muted', 'server'],
        ['muting_history.server_side.date', 'server'],
        ['muting_history.client_side', 'phone'],
        ['muting_history.last_update', 'phone'],
        ['patient_id', 'server'],
      ]);
    });

    it('stays as the server has it where the phone only edited something else', () => {
      const { body, overlaps } = join([atPhone, atServer, { ...atPhone, phone: '+256 2' }]);
      expect(overlaps).toEqual([]);
      expect(body).toMatchObject({ phone: '+256 2', muted: 'T2', muting_history: atServer.muting_history });
    });

    it('is no question where somebody else muted them too', () => {
      const others = { ...delivered, muted: 'T0' };
      const { body, overlaps } = join([delivered, others, atPhone]);
      expect(overlaps).toEqual([]);
      expect(body).toMatchObject({ muted: 'T1', muting_history: { last_update: 'client_side' } });
    });

    it('is asked about where somebody else unmuted them and the phone muted them once more', () => {
      const again = [...unmuted, event(true, 'T4')];
      const { overlaps } = join([
        atPhone,
        { ...heard, muting_history: history(muted, 'server_side', { muted: false, date: 'T3' }) },
        { ...atPhone, muted: 'T4', muting_history: history(again, 'client_side', { muted: false }) },
      ]);
      expect(overlaps).toMatchObject([{ path: ['muted'], ancestor: 'T1', phone: 'T4' }]);
    });
  });

  it('whose name both changed is asked about, and about nothing else', () => {
    const versions = [
      delivered,
      { ...delivered, name: 'Amina Y.', patient_id: '40003' },
      { ...delivered, name: 'Aminah Yusuf', phone: '+256 2' },
    ] as const;
    const joined = join(versions);
    expect(joined.overlaps).toEqual([
      {
        path: ['name'],
        why: 'both-changed',
        ancestor: 'Amina Yusuf',
        server: 'Amina Y.',
        phone: 'Aminah Yusuf',
      },
    ]);
    expect(joined.body).toEqual(personBody({ name: 'Amina Y.', phone: '+256 2', patient_id: '40003' }));
    const chosen = join(versions, new Map([[pathKey(['name']), 'phone']]));
    expect(chosen.body).toEqual(personBody({ name: 'Aminah Yusuf', phone: '+256 2', patient_id: '40003' }));
    expect(chosen.overlaps).toEqual(joined.overlaps);
  });

  it('who was moved on both sides never gets half of each place', () => {
    const place = (household: string, area: string) => ({ _id: household, parent: { _id: area } });
    const { body, overlaps } = join([
      personBody({ parent: place('h1', 'a1') }),
      personBody({ parent: place('h1', 'a2') }),
      personBody({ parent: place('h3', 'a1') }),
    ]);
    expect(overlaps).toEqual([
      {
        path: ['parent'],
        why: 'both-changed',
        ancestor: place('h1', 'a1'),
        server: place('h1', 'a2'),
        phone: place('h3', 'a1'),
      },
    ]);
    expect(body['parent']).toEqual(place('h1', 'a2'));
  });

  it('who was moved on one side only is there, with each step of the way told', () => {
    const { body, fields } = join([
      delivered,
      { ...delivered, patient_id: '40003' },
      { ...delivered, parent: { _id: 'household-2', parent: { _id: 'area-1' } } },
    ]);
    expect(body['parent']).toEqual({ _id: 'household-2', parent: { _id: 'area-1' } });
    expect(fields.filter(({ from }) => from === 'phone').map(({ path }) => path.join('.'))).toEqual([
      'parent._id',
      'parent.parent.parent._id',
    ]);
  });

  it('who was deleted on one side and edited on the other is asked about as a whole', () => {
    const edited = { ...delivered, phone: '+256 2' };
    const { body, fields, overlaps } = join([delivered, { ...delivered, _deleted: true }, edited]);
    expect(fields).toEqual([]);
    expect(overlaps).toMatchObject([{ path: [], why: 'both-changed', phone: { phone: '+256 2' } }]);
    expect(body).toMatchObject({ _deleted: true });
    const kept = join(
      [delivered, { ...delivered, _deleted: true }, edited],
      new Map([[pathKey([]), 'phone']]),
    );
    expect(kept.body).toEqual(personBody({ phone: '+256 2' }));
  });

  it('who was deleted on one side and left alone on the other is deleted', () => {
    const gone = { ...delivered, _deleted: true };
    for (const [versions, from] of [
      [[delivered, gone, delivered], 'server'],
      [[delivered, delivered, gone], 'phone'],
      [[delivered, gone, gone], 'both'],
    ] as const) {
      const { body, fields, overlaps } = join(versions);
      expect(overlaps).toEqual([]);
      expect(body).toEqual(personBody({ phone: '+256 1', _deleted: true }));
      expect(fields).toEqual([{ path: ['_deleted'], from, after: true, certain: true }]);
    }
  });
});

describe('a report', () => {
  const sent = reportBody({ _id: 'r1', tasks: [{ state: 'sent' }], errors: [] });

  it('that the server worked on and the phone corrected has both', () => {
    const { body, overlaps } = join([
      sent,
      {
        ...sent,
        scheduled_tasks: [{ due: 1, state: 'scheduled' }],
        errors: [{ code: 'sys.missing_fields' }],
        transitions: { registration: { ok: true } },
      },
      reportBody({ ...sent, fields: { patient_id: 'person-1', patient_name: 'Amina Yusuf', weeks: 12 } }),
    ]);
    expect(overlaps).toEqual([]);
    expect(body).toMatchObject({
      scheduled_tasks: [{ due: 1, state: 'scheduled' }],
      errors: [{ code: 'sys.missing_fields' }],
      transitions: { registration: { ok: true } },
      fields: { patient_id: 'person-1', patient_name: 'Amina Yusuf', weeks: 12 },
    });
  });

  it('has what both sides added to a list, what both added once, the server before the phone', () => {
    const tasks = (...states: string[]) => states.map((state) => ({ state }));
    const { body, fields, overlaps } = join([
      { tasks: tasks('sent') },
      { tasks: tasks('sent', 'due', 'scheduled') },
      { tasks: tasks('sent', 'cleared', 'due') },
    ]);
    expect(overlaps).toEqual([]);
    expect(body['tasks']).toEqual(tasks('sent', 'due', 'scheduled', 'cleared'));
    expect(fields).toEqual([
      { path: ['tasks', 1], from: 'both', after: { state: 'due' }, certain: true },
      { path: ['tasks', 2], from: 'server', after: { state: 'scheduled' }, certain: true },
      { path: ['tasks', 3], from: 'phone', after: { state: 'cleared' }, certain: true },
    ]);
  });

  it.each([
    ['an element was changed', ['a', 'b'], ['a', 'c'], ['a', 'b', 'd']],
    ['an element was taken out', ['a', 'b'], ['a'], ['a', 'b', 'd']],
    ['elements were moved', ['a', 'b'], ['b', 'a'], ['a', 'b', 'd']],
    ['both put something before it', ['a'], ['x', 'a'], ['y', 'a']],
    ['both put the same in other places', ['a', 'b'], ['a', 'x', 'b'], ['x', 'a', 'b']],
    ['there was no list before', undefined, ['x'], ['y']],
  ])('is asked about a list as a whole where %s', (_, ancestor, server, phone) => {
    const { overlaps } = join([
      ancestor === undefined ? {} : { list: ancestor },
      { list: server },
      { list: phone },
    ]);
    expect(overlaps.map(({ path }) => path)).toEqual([['list']]);
  });

  it.each([
    ['between, and behind', ['a', 'b'], ['a', 'x', 'b'], ['a', 'b', 'y'], ['a', 'x', 'b', 'y']],
    ['behind, and between', ['a', 'b'], ['a', 'b', 'y'], ['a', 'x', 'b'], ['a', 'x', 'b', 'y']],
    ['the same twice on one side', ['a'], ['a', 'x'], ['a', 'x', 'x'], ['a', 'x', 'x']],
    ['to an empty list', [], ['x'], ['y'], ['x', 'y']],
  ])('has what was added %s', (_, ancestor, server, phone, joined) => {
    expect(join([{ list: ancestor }, { list: server }, { list: phone }])).toMatchObject({
      body: { list: joined },
      overlaps: [],
    });
  });

  it('is asked about a group that one side removed and the other changed', () => {
    const { overlaps } = join([
      { fields: { visit: { weight: 3 }, note: 'x' } },
      { fields: { note: 'x' } },
      { fields: { visit: { weight: 4 }, note: 'x' } },
    ]);
    expect(overlaps).toEqual([
      { path: ['fields', 'visit'], why: 'both-changed', ancestor: { weight: 3 }, phone: { weight: 4 } },
    ]);
  });

  it('is asked about a field where one side made a group of what the other changed', () => {
    const { overlaps } = join([{ a: 1 }, { a: { b: 1 } }, { a: 2 }]);
    expect(overlaps.map(({ path }) => path)).toEqual([['a']]);
    expect(join([{ a: 1 }, { a: { b: 1 } }, { a: { b: 1, c: 2 } }]).overlaps).toHaveLength(1);
  });

  it('joins a group that both sides made', () => {
    expect(join([{}, { a: { b: 1 } }, { a: { c: 2 } }])).toMatchObject({
      body: { a: { b: 1, c: 2 } },
      overlaps: [],
    });
    expect(join([{}, { a: {} }, { a: {} }]).body).toEqual({ a: {} });
  });
});

describe('attachments', () => {
  const photo = (digest: string) => ({ digest: `md5-${digest}`, content_type: 'image/jpeg', length: 4 });
  const text = (digest: string, length = 9) => ({
    digest: `md5-${digest}`,
    content_type: 'text/csv',
    length,
  });
  const withFiles = (files: Record<string, unknown>) => ({ name: 'x', _attachments: files });

  it('come from the side that changed them, others stay', () => {
    const { body, fields, overlaps } = join([
      withFiles({ a: photo('1'), b: photo('1'), c: photo('1') }),
      withFiles({ a: photo('2'), b: photo('1'), c: photo('1'), d: photo('3') }),
      withFiles({ a: photo('1'), c: photo('2'), e: photo('4') }),
    ]);
    expect(overlaps).toEqual([]);
    expect(body['_attachments']).toEqual({
      a: photo('2'),
      c: photo('2'),
      d: photo('3'),
      e: photo('4'),
    });
    expect(fields.map(({ path, from }) => [path[1], from])).toEqual([
      ['a', 'server'],
      ['b', 'phone'],
      ['c', 'phone'],
      ['d', 'server'],
      ['e', 'phone'],
    ]);
  });

  it('that both changed are asked about, and only those', () => {
    const { overlaps } = join([
      withFiles({ a: photo('1') }),
      withFiles({ a: photo('2'), b: photo('3') }),
      withFiles({ a: photo('4') }),
    ]);
    expect(overlaps).toEqual([
      {
        path: ['_attachments', 'a'],
        why: 'both-changed',
        ancestor: photo('1'),
        server: photo('2'),
        phone: photo('4'),
      },
    ]);
  });

  it('of another type with the same bytes differ, of another revision or stub do not', () => {
    const stub = { ...photo('1'), stub: true, revpos: 3 };
    expect(
      join([withFiles({ a: photo('1') }), withFiles({ a: stub }), withFiles({ a: stub })]).fields,
    ).toEqual([]);
    const retyped = { ...photo('1'), content_type: 'image/png' };
    const { body, overlaps } = join([
      withFiles({ a: photo('1') }),
      withFiles({ a: stub }),
      withFiles({ a: retyped }),
    ]);
    expect(overlaps).toEqual([]);
    expect(body['_attachments']).toEqual({ a: retyped });
  });

  describe('of a type that the server packs', () => {
    const serverPacks = { server: 'server' } as const;

    it('are the server’s where the phone left them alone, though nobody knows whether they changed', () => {
      const versions = [
        withFiles({ a: text('1') }),
        withFiles({ a: text('packed') }),
        withFiles({ a: text('1') }),
      ] as const;
      const { body, fields, overlaps } = join(versions, undefined, serverPacks);
      expect(overlaps).toEqual([]);
      expect(body['_attachments']).toEqual({ a: text('packed') });
      expect(fields).toMatchObject([{ path: ['_attachments', 'a'], from: 'server', certain: false }]);
    });

    it('are the phone’s where the server left them alone', () => {
      const versions = [
        withFiles({ a: text('packed') }),
        withFiles({ a: text('packed') }),
        withFiles({ a: text('1') }),
      ] as const;
      const { body, fields, overlaps } = join(versions, undefined, { ancestor: 'server', server: 'server' });
      expect(overlaps).toEqual([]);
      expect(body['_attachments']).toEqual({ a: text('1') });
      expect(fields).toMatchObject([{ from: 'phone', certain: false }]);
    });

    it('are asked about where the phone changed them and the server may have', () => {
      const versions = [
        withFiles({ a: text('1') }),
        withFiles({ a: text('packed') }),
        withFiles({ a: text('2') }),
      ] as const;
      expect(join(versions, undefined, serverPacks).overlaps).toMatchObject([
        { path: ['_attachments', 'a'], why: 'not-comparable' },
      ]);
      // Where all digests are of the bytes, it is known.
      expect(join(versions).overlaps).toMatchObject([{ why: 'both-changed' }]);
    });

    it('are known to differ where their lengths do', () => {
      const versions = [
        withFiles({ a: text('1') }),
        withFiles({ a: text('packed', 12) }),
        withFiles({ a: text('1') }),
      ] as const;
      expect(join(versions, undefined, serverPacks).fields).toMatchObject([
        { from: 'server', certain: true },
      ]);
      const both = [
        withFiles({ a: text('1', 9) }),
        withFiles({ a: text('p', 12) }),
        withFiles({ a: text('2', 7) }),
      ] as const;
      expect(join(both, undefined, serverPacks).overlaps).toMatchObject([{ why: 'both-changed' }]);
    });

    it('stop a deletion where it cannot be told that nobody changed them', () => {
      const versions = [
        withFiles({ a: text('1') }),
        withFiles({ a: text('packed') }),
        { ...withFiles({ a: text('1') }), _deleted: true },
      ] as const;
      expect(join(versions, undefined, serverPacks).overlaps).toMatchObject([{ path: [] }]);
      expect(join(versions).overlaps).toMatchObject([{ path: [] }]);
    });
  });
});

describe('hostile and odd documents', () => {
  it('may name fields as JavaScript does', () => {
    const parsed = (json: string): Body => JSON.parse(json) as Body;
    const { body, overlaps } = join([
      parsed('{"fields":{"__proto__":{"a":1},"constructor":"x"}}'),
      parsed('{"fields":{"__proto__":{"a":1,"s":2},"constructor":"x"},"toString":3}'),
      parsed('{"fields":{"__proto__":{"a":2},"constructor":"y"}}'),
    ]);
    expect(overlaps).toEqual([]);
    expect(canonicalValue(body)).toBe(
      '{"fields":{"__proto__":{"a":2,"s":2},"constructor":"y"},"toString":3}',
    );
    expect(Object.getPrototypeOf(body['fields'])).toBe(Object.prototype);
  });

  it.each(['objects', 'arrays'] as const)('may be %s nested 3,000 deep', (kind) => {
    const body = (innermost: number, more: Body = {}): Body => ({
      a: nested(3_000, kind, innermost),
      ...more,
    });
    const { body: joined, overlaps } = join([body(1), body(1, { s: 1 }), body(2)]);
    expect(overlaps).toEqual([]);
    expect(canonicalValue(joined)).toBe(canonicalValue(body(2, { s: 1 })));
    expect(join([body(1), body(2), body(3)]).overlaps).toHaveLength(1);
  });

  it('may have lists of 100,000 elements', () => {
    const list = Array.from({ length: 100_000 }, (_, index) => index);
    const { body, fields } = join([{ list }, { list: [...list, 'server'] }, { list: [...list, 'phone'] }]);
    expect((body['list'] as unknown[]).slice(-2)).toEqual(['server', 'phone']);
    expect(fields.map(({ path }) => path)).toEqual([
      ['list', 100_000],
      ['list', 100_001],
    ]);
  });

  it('give nothing of what CouchDB keeps for itself, and take no odd attachments', () => {
    const { body } = join([
      { _id: 'x', _rev: '1-a', _attachments: 'odd', _conflicts: [] },
      { _id: 'x', _rev: '2-b', _revisions: { start: 2, ids: ['b', 'a'] }, name: 'A' },
      { _id: 'x', _rev: '2-c', _attachments: [1], _local_seq: 4 },
    ]);
    expect(body).toEqual({ name: 'A' });
  });
});
