import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalContent, canonicalValue } from '../../shared/content.ts';
import { joinVersions, pathKey, type Joined, type Side } from '../../shared/three-way-merge.ts';
import { fieldAt, isObject, type Body } from '../../shared/untrusted.ts';
import { decided } from '../../electron/practice/app-muting.ts';
import type { StoredDoc } from '../../electron/practice/pouch.ts';
import { answered, eventsOfApp, wasLastWrittenByApp } from '../../electron/practice/transitions/muting.ts';
import { jsonObjects, jsonValues } from './json.ts';

type Fields = Record<string, unknown>;

const RUNS = { numRuns: 1_500 };

/** What sentinel and the server's other workers write into documents. */
const WRITTEN_BY_SERVER = [
  'patient_id',
  'place_id',
  'muted',
  'muting_history',
  'scheduled_tasks',
  'tasks',
  'errors',
  'transitions',
  'case_id',
  'user_for_contact',
];

/** Attachments whose digests can be compared, with few names and contents. */
const files = fc.dictionary(
  fc.constantFrom('photo.jpg', 'user-file-1', '__proto__'),
  fc.constantFrom('a', 'b', 'c').map((digest) => ({ digest: `md5-${digest}`, content_type: 'image/jpeg' })),
  { maxKeys: 2, noNullPrototype: true },
);

/** A document as CouchDB has it. */
const documents: fc.Arbitrary<Fields> = fc
  .tuple(jsonObjects, files, fc.integer({ min: 0, max: 9 }))
  .map(([fields, attachments, dice]) => ({
    ...ownFields(fields),
    _rev: '1-a',
    ...(dice === 0 ? { _deleted: true } : {}),
    ...(Object.keys(attachments).length > 0 ? { _attachments: attachments } : {}),
  }));

/** Edits: single values set, taken out, elements added to lists; anywhere in the document. */
const edits = fc.array(
  fc.record({
    where: fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 4 }),
    what: fc.constantFrom('set', 'take-out', 'append', 'append', 'insert'),
    name: fc.constantFrom('a', 'b', 'new', '__proto__', 'constructor'),
    value: jsonValues,
  }),
  { maxLength: 4 },
);
type Edits = typeof edits extends fc.Arbitrary<infer Value> ? Value : never;

/** A document and two that were made from it by some edits, so that much is equal. */
const relatives = fc
  .tuple(documents, edits, edits, files, fc.integer({ min: 0, max: 19 }))
  .map(([ancestor, there, here, photos, dice]) => {
    const server = there.reduce<Fields>(edited, ancestor);
    const phone = here.reduce<Fields>(edited, ancestor);
    return {
      ancestor,
      server: { ...server, ...(dice === 0 ? { _deleted: true } : {}) },
      phone: { ...phone, _rev: '2-b', ...(dice > 15 ? { _attachments: photos } : {}) },
    };
  });

function edited(document: Fields, { where, what, name, value }: Edits[number]): Fields {
  const copy = structuredClone(document);
  let at: unknown = copy;
  for (const step of where) {
    const names = isObject(at) ? Object.keys(at).filter((key) => at !== copy || !key.startsWith('_')) : [];
    const key = names[step % Math.max(1, names.length)];
    const next = Array.isArray(at) ? undefined : fieldAt(at, key ?? '');
    if (typeof next !== 'object' || next === null) break;
    at = next;
  }
  if (Array.isArray(at)) {
    if (what === 'append') at.push(value);
    else if (what === 'insert') at.splice(where[0] ?? 0, 0, value);
    else if (what === 'set') at[0] = value;
    else at.pop();
    return copy;
  }
  if (!isObject(at)) return copy;
  const names = Object.keys(at).filter((key) => at !== copy || !key.startsWith('_'));
  const key = what === 'set' ? name : (names[(where[0] ?? 0) % Math.max(1, names.length)] ?? name);
  if (what === 'take-out') delete (at as Fields)[key];
  else Object.defineProperty(at, key, { value, enumerable: true, writable: true, configurable: true });
  return copy;
}

function ownFields(body: Body): Fields {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !key.startsWith('_')));
}

function join(ancestor: Body, server: Body, phone: Body, choices?: ReadonlyMap<string, Side>): Joined {
  const version = (body: Body) => ({ body, digestsOf: 'bytes' }) as const;
  return joinVersions(
    { ancestor: version(ancestor), server: version(server), phone: version(phone) },
    choices,
  );
}

/** Everything that counts of a document, as a text. */
function contentOf(body: Body): string {
  const attachments = (fieldAt(body, '_attachments') ?? {}) as Parameters<typeof canonicalContent>[2];
  return canonicalContent(body, fieldAt(body, '_deleted') === true, attachments);
}

/** As `contentOf`, with the elements of arrays in one order: where both sides appended, theirs differ. */
function contentWithoutOrder(body: Body): string {
  return contentOf(sorted(body) as Body);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const parts = value.map(sorted);
    return parts.toSorted((a, b) => (canonicalValue(a) < canonicalValue(b) ? -1 : 1));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, sorted(part)]));
}

interface Single {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Every single value of a document with its path; arrays, references and attachments are single values. */
function singlesOf(body: Body): Single[] {
  const parts = (value: unknown, path: readonly string[]): Single[] => {
    const isReference = path.length > 0 && isObject(value) && Object.hasOwn(value, '_id');
    if (!isObject(value) || isReference) return [{ path, value }];
    return Object.entries(value).flatMap(([key, part]) => parts(part, [...path, key]));
  };
  const { _attachments: attached, _deleted: deleted, ...fields } = body;
  return [
    ...parts(ownFields(fields), []),
    ...Object.entries(attached ?? {}).map(([name, value]) => ({ path: ['_attachments', name], value })),
    ...(deleted === true ? [{ path: ['_deleted'], value: true }] : []),
  ];
}

const same = (a: unknown, b: unknown): boolean =>
  a === undefined || b === undefined ? a === b : canonicalValue(a) === canonicalValue(b);

const swapped: Record<Side | 'both', Side | 'both'> = { server: 'phone', phone: 'server', both: 'both' };

describe('the join of two versions', () => {
  it('is the other side where one changed nothing', () => {
    fc.assert(
      fc.property(documents, documents, (before, after) => {
        for (const joined of [join(before, before, after), join(before, after, before)]) {
          expect(joined.overlaps).toEqual([]);
          expect(contentOf(joined.body)).toBe(contentOf(after));
        }
        expect(join(before, after, before).fields.every(({ from }) => from === 'server')).toBe(true);
        expect(join(before, before, after).fields.every(({ from }) => from === 'phone')).toBe(true);
        expect(join(before, before, before).fields).toEqual([]);
      }),
      RUNS,
    );
  });

  it('is either side where both did the same', () => {
    fc.assert(
      fc.property(documents, documents, (before, after) => {
        const joined = join(before, after, after);
        expect(joined.overlaps).toEqual([]);
        expect(contentOf(joined.body)).toBe(contentOf(after));
        expect(joined.fields.every(({ from }) => from === 'both')).toBe(true);
      }),
      RUNS,
    );
  });

  it('does not depend on which side is which', () => {
    fc.assert(
      fc.property(relatives, ({ ancestor, server, phone }) => {
        const one = join(ancestor, server, phone);
        const theirs = new Map(one.overlaps.map(({ path }) => [pathKey(path), 'phone' as const]));
        const other = join(ancestor, phone, server, theirs);
        expect(contentWithoutOrder(other.body)).toBe(contentWithoutOrder(one.body));
        const overlaps = (joined: Joined): string[] =>
          joined.overlaps.map(({ path }) => pathKey(path)).sort();
        expect(overlaps(other)).toEqual(overlaps(one));
        for (const overlap of one.overlaps) {
          const mirror = other.overlaps.find(({ path }) => pathKey(path) === pathKey(overlap.path));
          expect([mirror?.server, mirror?.phone]).toEqual([overlap.phone, overlap.server]);
        }
        const wholes = ({ fields }: Joined): string[] =>
          fields
            .filter(({ path }) => path.every((name) => typeof name === 'string'))
            .map((field) => JSON.stringify([field.path, field.from]));
        const mirrored = other.fields.map((field) => ({ ...field, from: swapped[field.from] }));
        expect(wholes({ ...other, fields: mirrored }).sort()).toEqual(wholes(one).sort());
      }),
      RUNS,
    );
  });

  it('holds nothing that neither side wrote', () => {
    fc.assert(
      fc.property(relatives, ({ ancestor, server, phone }) => {
        const { body } = join(ancestor, server, phone);
        for (const { path, value } of singlesOf(body)) {
          const [there, here] = [fieldAt(server, ...path), fieldAt(phone, ...path)];
          const isOneSides = same(value, there) || same(value, here);
          const elements: unknown[] = Array.isArray(value) ? value : [];
          const isMixed =
            Array.isArray(value) &&
            elements.every((element) => [there, here].flat(1).some((written) => same(written, element)));
          expect(isOneSides || isMixed).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('loses nothing that one side alone wrote, and keeps nothing that one side alone removed', () => {
    let [written, takenOut] = [0, 0];
    fc.assert(
      fc.property(relatives, ({ ancestor, server, phone }) => {
        const { body, overlaps } = join(ancestor, server, phone);
        const isAsked = (path: readonly string[]): boolean =>
          overlaps.some((overlap) => overlap.path.every((name, index) => name === path[index]));
        for (const [mine, other] of [
          [server, phone],
          [phone, server],
        ] as const) {
          for (const { path, value } of singlesOf(mine)) {
            const before = fieldAt(ancestor, ...path);
            if (isAsked(path) || same(value, before) || !same(before, fieldAt(other, ...path))) continue;
            written += 1;
            expect(same(fieldAt(body, ...path), value)).toBe(true);
          }
          for (const { path, value } of singlesOf(ancestor)) {
            const isGone = fieldAt(mine, ...path) === undefined;
            if (isAsked(path) || !isGone || !same(value, fieldAt(other, ...path))) continue;
            takenOut += 1;
            expect(fieldAt(body, ...path)).toBeUndefined();
          }
        }
      }),
      RUNS,
    );
    expect(written).toBeGreaterThan(500);
    expect(takenOut).toBeGreaterThan(100);
  });

  it('says of each overlap what is true', () => {
    let seen = 0;
    fc.assert(
      fc.property(relatives, ({ ancestor, server, phone }) => {
        for (const { path, ...overlap } of join(ancestor, server, phone).overlaps) {
          seen += 1;
          if (path.length === 0) continue;
          const at = (body: Body): unknown => fieldAt(body, ...path.map(String));
          expect([overlap.ancestor, overlap.server, overlap.phone]).toEqual([
            at(ancestor),
            at(server),
            at(phone),
          ]);
          expect(same(overlap.server, overlap.phone)).toBe(false);
          expect(same(overlap.server, overlap.ancestor)).toBe(false);
          expect(same(overlap.phone, overlap.ancestor)).toBe(false);
        }
      }),
      RUNS,
    );
    expect(seen).toBeGreaterThan(100);
  });

  it('lists each field in which it differs from the ancestor, as it was and as it is', () => {
    fc.assert(
      fc.property(relatives, ({ ancestor, server, phone }) => {
        const { body, fields, overlaps } = join(ancestor, server, phone);
        if (overlaps.length > 0) return;
        expect(fields.length === 0).toBe(contentOf(body) === contentOf(ancestor));
        for (const { path, ...field } of fields) {
          const names = path.filter((name) => typeof name === 'string');
          const [before, after] = [fieldAt(ancestor, ...names), fieldAt(body, ...names)];
          const isElement = names.length < path.length;
          const now = isElement ? (after as unknown[])[Number(path.at(-1))] : after;
          expect(same(field.after, now)).toBe(true);
          expect(same(field.before, isElement ? undefined : before)).toBe(true);
          expect(!isElement && same(before, after)).toBe(false);
        }
      }),
      RUNS,
    );
  });

  it('never loses a field that only the server wrote', () => {
    const written = fc.dictionary(fc.constantFrom(...WRITTEN_BY_SERVER), jsonValues, {
      minKeys: 1,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(relatives, written, ({ ancestor, phone }, added) => {
        const alive = { ...phone, _deleted: false };
        const before = { ...ancestor, _deleted: false };
        const { body, overlaps, fields } = join(before, { ...before, ...added }, alive);
        expect(overlaps).toEqual([]);
        for (const [name, value] of Object.entries(added)) {
          expect(same(body[name], value)).toBe(true);
          expect(fields.some(({ path, from }) => path[0] === name && from === 'server')).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('is the same when it is joined again with either side', () => {
    let seen = 0;
    fc.assert(
      fc.property(relatives, ({ ancestor, server, phone }) => {
        const { body, overlaps } = join(ancestor, server, phone);
        const again = [join(ancestor, body, server), join(ancestor, body, phone)];
        if (overlaps.length === 0) {
          seen += 1;
          again.push(join(ancestor, server, body), join(ancestor, phone, body));
        }
        for (const joined of again) expect(contentOf(joined.body)).toBe(contentOf(body));
      }),
      RUNS,
    );
    expect(seen).toBeGreaterThan(300);
  });

  it('goes on for as many visits as it takes when the phone never gets what was joined', () => {
    fc.assert(
      fc.property(
        documents.map((document) => ({ ...document, _deleted: false })),
        fc.array(jsonValues, { minLength: 1, maxLength: 10 }),
        (first, visits) => {
          let [base, onServer] = [{ ...first, notes: [] as unknown[] } as Fields, {} as Fields];
          onServer = { ...base, patient_id: '40003' };
          visits.forEach((value, visit) => {
            const notes = [...(base['notes'] as unknown[]), `phone ${visit}`];
            const phone = { ...base, phone: value, [`visit_${visit}`]: value, notes };
            const { body, overlaps } = join(base, onServer, phone);
            expect(overlaps).toEqual([]);
            const written = [...(body['notes'] as unknown[]), `server ${visit}`];
            [base, onServer] = [phone, { ...body, [`task_${visit}`]: visit, notes: written }];
          });
          expect(onServer['patient_id']).toBe('40003');
          expect(onServer['notes']).toEqual(
            visits.flatMap((_, visit) => [`phone ${visit}`, `server ${visit}`]),
          );
          visits.forEach((value, visit) => {
            expect(onServer[`task_${visit}`]).toBe(visit);
            expect(same(onServer[`visit_${visit}`], value)).toBe(true);
          });
        },
      ),
    );
  });

  it('is muted or not as the phone decided last, however often, and asks nobody', () => {
    const visit = fc.record({ decides: fc.array(fc.boolean(), { maxLength: 3 }), delivers: fc.boolean() });
    fc.assert(
      fc.property(fc.boolean(), fc.array(visit, { minLength: 1, maxLength: 8 }), (mutedBefore, visits) => {
        const first = { _id: 'p', _rev: '1-a', type: 'person', ...(mutedBefore ? { muted: 'T0' } : {}) };
        let [base, phone, onServer]: [StoredDoc, StoredDoc, StoredDoc] = [
          first,
          first,
          { ...first, patient_id: '40003' },
        ];
        let time = 0;
        for (const { decides, delivers } of visits) {
          for (const muted of decides) {
            time += 1;
            phone = {
              ...decided(phone, muted, `T${time} phone`, `report-${time}`),
              _rev: '2-p',
            };
          }
          if (!delivers) continue;
          const { body, overlaps } = join(base, onServer, phone);
          expect(overlaps).toEqual([]);
          const sent: StoredDoc = { ...body, _id: 'p', _rev: '3-j' };
          // Sentinel answers what the app wrote last, with a date of its own.
          time += 1;
          onServer = wasLastWrittenByApp(sent)
            ? (answered(sent, Boolean(sent.muted), `T${time} server`) ?? sent)
            : sent;
          base = phone;
          expect(Boolean(onServer.muted)).toBe(Boolean(phone.muted));
          expect(eventsOfApp(onServer)).toEqual(eventsOfApp(phone));
          expect(onServer.patient_id).toBe('40003');
        }
      }),
      RUNS,
    );
  });
});
