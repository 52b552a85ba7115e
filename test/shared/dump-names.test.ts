import { describe, expect, it } from 'vitest';
import { hasDumpName, isKnownFolder, lookingOrder } from '../../shared/dump-names.ts';

describe('the name of an export', () => {
  it.each([
    'export.json',
    'DCIM/export (1).json',
    'cht-127.0.0.1-chw3-20261120T101500Z.chtdump',
    'chw2_20261120T101500.txt',
    'chw2_20261120T1015.txt.gz',
    'chw5_20261120T101500.zip',
    'medic-user-chw11.json.gz',
    'medic-user-chw11',
    'records.ndjson.7z',
    'records.json.crdownload',
    'x.bundle',
    'cht_data/anything at all',
    'CHT_DATA\\2026\\four.txt',
  ])('is known: %s', (name) => {
    expect(hasDumpName(name)).toBe(true);
    expect(lookingOrder(name)).toBe(0);
  });

  it.each([
    'letter.txt',
    'IMG_20261120.jpg',
    'IMG_20261120_101500.jpg',
    'photos.zip',
    'cht_data.txt.exe',
    'medicine.txt',
    '',
    'json',
    'song.mp3',
  ])('is not: %s', (name) => {
    expect(hasDumpName(name)).toBe(false);
  });

  it('comes before what may be anything, and that before pictures', () => {
    const names = ['a.jpg', 'b.bin', 'c.json'];
    expect(names.toSorted((a, b) => lookingOrder(a) - lookingOrder(b))).toEqual(['c.json', 'b.bin', 'a.jpg']);
  });

  it('may lie in a folder that is looked into first', () => {
    expect(['Download', 'documents', 'cht_data', 'DCIM'].map(isKnownFolder)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});
