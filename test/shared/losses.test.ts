import { describe, expect, it } from 'vitest';
import { lossesOfJoin, lossesWithoutJoin } from '../../shared/losses.ts';
import { joinVersions } from '../../shared/three-way-merge.ts';
import type { Body } from '../../shared/untrusted.ts';

const photo = (digest: string) => ({ digest: `md5-${digest}`, content_type: 'image/jpeg' });
const sides = { server: '2-s', phone: '2-p' };

function lost(ancestor: Body, server: Body, phone: Body, result: Body) {
  const version = (body: Body) => ({ body, digestsOf: 'bytes' }) as const;
  const joined = joinVersions({
    ancestor: version(ancestor),
    server: version(server),
    phone: version(phone),
  });
  return lossesOfJoin(result, joined.fields, sides);
}

describe('what a settled conflict would lose', () => {
  it('is what the other side alone wrote, removed or added to a list', () => {
    const ancestor = { name: 'A', old: 1, tasks: ['x'], _attachments: { a: photo('1') } };
    const server = { name: 'B', id: '4', tasks: ['x', 's'], _attachments: { a: photo('2') } };
    const phone = {
      name: 'C',
      old: 1,
      tasks: ['x', 'p'],
      sex: 'f',
      _attachments: { a: photo('1'), b: photo('3') },
    };
    expect(lost(ancestor, server, phone, phone)).toEqual([
      { path: ['id'], of: '2-s', value: '4' },
      { path: ['tasks'], of: '2-s', value: 's' },
      { path: ['old'], of: '2-s' },
      { path: ['_attachments', 'a'], of: '2-s', value: photo('2') },
    ]);
    expect(lost(ancestor, server, phone, server)).toEqual([
      { path: ['tasks'], of: '2-p', value: 'p' },
      { path: ['sex'], of: '2-p', value: 'f' },
      { path: ['_attachments', 'b'], of: '2-p', value: photo('3') },
    ]);
  });

  it('is nothing of a version that has all of it', () => {
    const [ancestor, server, phone] = [{ a: 1 }, { a: 1, s: 1 }, { a: 1, p: 1 }];
    expect(lost(ancestor, server, phone, { a: 1, s: 1, p: 1 })).toEqual([]);
    expect(lost(ancestor, { a: 2, b: 1 }, { a: 3, b: 1 }, { a: 3, b: 1 })).toEqual([]);
  });

  it('is, where nobody knows who wrote what, whatever only another side has', () => {
    const kept = { name: 'A', group: { x: 1 }, list: [1] };
    const others = [
      {
        rev: '2-b',
        body: { name: 'B', group: { x: 1, y: 2 }, list: [1, 2], _attachments: { a: photo('1') } },
      },
      { rev: '2-c', body: { extra: 1, _deleted: true } },
    ];
    expect(lossesWithoutJoin(kept, others)).toEqual([
      { path: ['group', 'y'], of: '2-b', value: 2 },
      { path: ['list'], of: '2-b', value: 2 },
      { path: ['_attachments', 'a'], of: '2-b', value: photo('1') },
    ]);
    expect(
      lossesWithoutJoin(kept, [{ rev: '2-d', body: { name: 'D', list: [1], group: { x: 2 } } }]),
    ).toEqual([]);
  });
});
