import { expect, test } from 'vitest';
import { receiptQr } from '../../shared/receipt-qr.ts';

/** The dark squares of a path, a row a string. */
function squaresOf({ size, path }: { readonly size: number; readonly path: string }): string[] {
  const dark = new Set([...path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map(([, x, y]) => `${x} ${y}`));
  return Array.from({ length: size }, (_, y) =>
    Array.from({ length: size }, (__, x) => (dark.has(`${x} ${y}`) ? '#' : '.')).join(''),
  );
}

test('a code is drawn as the smallest QR code, with the three corners by which it is found', () => {
  const drawing = receiptQr('7K2M9Q-4TX');
  if (drawing === null) throw new Error('nothing was drawn');
  const rows = squaresOf(drawing);
  expect(drawing.size).toBe(21);
  const corner = ['#######', '#.....#', '#.###.#', '#.###.#', '#.###.#', '#.....#', '#######'];
  const at = (x: number, y: number) => rows.slice(y, y + 7).map((row) => row.slice(x, x + 7));
  for (const [x, y] of [
    [0, 0],
    [14, 0],
    [0, 14],
  ] as const)
    expect(at(x, y)).toEqual(corner);
  // Read back by another program (jsQR) when it was written down.
  expect(rows.join('\n')).toMatchInlineSnapshot(`
    "#######.#.###.#######
    #.....#...###.#.....#
    #.###.#..#..#.#.###.#
    #.###.#.#.##..#.###.#
    #.###.#..####.#.###.#
    #.....#...#.#.#.....#
    #######.#.#.#.#######
    .........#...........
    ..#.###.#.##.#...#..#
    #..#....##.#...#.#..#
    ##...##..#....#.#.##.
    #......##..#.#.##.##.
    .###.####...##.....##
    ........####..#.##...
    #######.....##..#.#.#
    #.....#.##.#..#......
    #.###.#.#.#.#.##...##
    #.###.#..#..##.#.###.
    #.###.#.###.##.#.#..#
    #.....#..####.#...###
    #######....##....#..#"
  `);
});

test('two codes are two drawings, and what is no code is none', () => {
  expect(receiptQr('7K2M9Q-4TX')).not.toEqual(receiptQr('7K2M9Q-4TY'));
  for (const text of ['', '?', '<svg onload=alert(1)>', 'a'.repeat(3000)]) expect(receiptQr(text)).toBeNull();
});
