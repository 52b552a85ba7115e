import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import { claimsOfManifest, claimsOfName } from '../../electron/intake/formats/claims.ts';
import { MANIFEST } from '../support/formats.ts';

describe('the name of a file', () => {
  it.each([
    ['chw_1_20260102T030405.txt', { user: 'chw_1', exportedAt: '2026-01-02T03:04:05' }],
    ['chw_1_20260102T0304.txt', { user: 'chw_1', exportedAt: '2026-01-02T03:04:00' }],
    ['/media/stick/folder/ann-lee_20260102T0304.txt', { user: 'ann-lee', exportedAt: '2026-01-02T03:04:00' }],
    ['E:\\dumps\\ann_20260102T0304.txt', { user: 'ann', exportedAt: '2026-01-02T03:04:00' }],
    ['ann_20260102T0304.txt.gz', { user: 'ann', exportedAt: '2026-01-02T03:04:00' }],
    ['ann_20260102T0304 (1).txt', { user: 'ann', exportedAt: '2026-01-02T03:04:00' }],
    ['ann_20260102T0304.txt (2)', { user: 'ann', exportedAt: '2026-01-02T03:04:00' }],
    ['Copy of chw1_20260102T0304.txt', { user: 'chw1', exportedAt: '2026-01-02T03:04:00' }],
    ['~$chw1_20260102T0304.txt', { user: 'chw1', exportedAt: '2026-01-02T03:04:00' }],
    // No user of CHT is called so.
    ['ANN_20260102T0304.TXT', { exportedAt: '2026-01-02T03:04:00' }],
    ['\u0441hw1_20260102T0304.txt', { exportedAt: '2026-01-02T03:04:00' }],
    ['_20260102T0304.txt', {}],
    ['ann_20260102.txt', {}],
    ['ann_20260102T0304.json', {}],
    ['notes.txt', {}],
    ['', {}],
    [`${'x'.repeat(300)}_20260102T0304.txt`, { exportedAt: '2026-01-02T03:04:00' }],
    [
      'cht-cht.example.org-chw_1-20260102T030405Z.chtdump',
      { server: 'cht.example.org', user: 'chw_1', exportedAt: '2026-01-02T03:04:05Z' },
    ],
    [
      'cht-my-own.cht-host.org-ann-marie-lee-20260102T030405Z.chtdump.gz',
      { server: 'my-own.cht-host.org', user: 'ann-marie-lee', exportedAt: '2026-01-02T03:04:05Z' },
    ],
    [
      'cht-localhost-ann-20260102T030405Z.chtdump',
      { server: 'localhost', user: 'ann', exportedAt: '2026-01-02T03:04:05Z' },
    ],
    // Which hyphen is it?
    ['cht-my-host-ann-20260102T030405Z.chtdump', { exportedAt: '2026-01-02T03:04:05Z' }],
    [
      'cht-192.168.1.5-ann-20260102T030405Z (3).chtdump',
      { server: '192.168.1.5', user: 'ann', exportedAt: '2026-01-02T03:04:05Z' },
    ],
  ])('%s', (name, claims) => {
    expect(claimsOfName(name, LIMITS)).toEqual(claims);
  });
});

describe('a manifest', () => {
  it('gives its texts', () => {
    expect(claimsOfManifest(MANIFEST, LIMITS)).toEqual({
      user: 'chw_1',
      userContactId: 'contact-1',
      facilityId: 'place-1',
      device: 'device-1',
      app: { cht: '4.21.0', android: '1.5.2', pouchdb: '9.0.0' },
      server: 'https://cht.example.org',
      database: 'medic-user-chw_1',
      exportedAt: '2026-01-02T03:04:05Z',
      since: '0',
      lastReplicatedSeq: '17',
    });
  });

  it('is not believed where it has other types, control characters or no end', () => {
    const odd = {
      user: 'x'.repeat(201),
      device: { id: 1 },
      facilityId: ['a'],
      userContactId: '',
      server: 'https://x\u0000',
      database: 'a\nb',
      exportedAt: 'yesterday',
      since: null,
      app: { cht: 4, android: {}, more: 'x' },
      ['__proto__']: { lastReplicatedSeq: '1' },
    };
    expect(claimsOfManifest(odd, LIMITS)).toEqual({ app: { cht: '4' } });
    for (const value of [null, [], 'x', 5, undefined]) expect(claimsOfManifest(value, LIMITS)).toEqual({});
  });
});
