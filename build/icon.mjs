// Draws the program's icon, an arrow going into a tray, and writes it for each system:
// `icon.png` (Linux), `icon.ico` (Windows), `icon.icns` (macOS). Run again after a change of the drawing.
//
//   node build/icon.mjs
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { ROOT } from './paths.mjs';

const BACK = [20, 92, 99];
const FRONT = [255, 255, 255];

/** In a square of 0…1: 'back' and 'front' are the two colours, `null` is see-through. */
function colourAt(x, y) {
  const corner = 0.2;
  const [dx, dy] = [x, y].map((at) => Math.max(0, Math.abs(at - 0.5) - (0.5 - corner)));
  if (Math.hypot(dx, dy) > corner) return null;
  const shaft = Math.abs(x - 0.5) < 0.06 && y > 0.18 && y < 0.5;
  const head = y >= 0.42 && y < 0.62 && Math.abs(x - 0.5) < (0.62 - y) * 0.9;
  const insideTray = x > 0.28 && x < 0.72 && y < 0.7;
  const tray = x > 0.2 && x < 0.8 && y > 0.56 && y < 0.8 && !insideTray;
  return shaft || head || tray ? FRONT : BACK;
}

/** The drawing as a PNG, each pixel the mean of sixteen. */
function png(size) {
  const rows = [];
  for (let row = 0; row < size; row += 1) {
    const line = Buffer.alloc(1 + size * 4);
    for (let column = 0; column < size; column += 1) line.set(pixel(column, row, size), 1 + column * 4);
    rows.push(line);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function pixel(column, row, size) {
  const seen = [];
  for (let part = 0; part < 16; part += 1) {
    const colour = colourAt(
      (column + ((part % 4) + 0.5) / 4) / size,
      (row + (Math.floor(part / 4) + 0.5) / 4) / size,
    );
    if (colour !== null) seen.push(colour);
  }
  const mean = (channel) =>
    seen.length === 0 ? 0 : Math.round(seen.reduce((sum, colour) => sum + colour[channel], 0) / seen.length);
  return [mean(0), mean(1), mean(2), Math.round((seen.length / 16) * 255)];
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function ico(images) {
  const head = Buffer.alloc(6 + images.length * 16);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(images.length, 4);
  let offset = head.length;
  images.forEach(({ size, data }, index) => {
    const at = 6 + index * 16;
    head.set([size % 256, size % 256], at);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(data.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += data.length;
  });
  return Buffer.concat([head, ...images.map(({ data }) => data)]);
}

function icns(images) {
  const parts = images.map(({ name, data }) => {
    const head = Buffer.from(`${name}\0\0\0\0`, 'latin1');
    head.writeUInt32BE(data.length + 8, 4);
    return Buffer.concat([head, data]);
  });
  const head = Buffer.from('icns\0\0\0\0', 'latin1');
  head.writeUInt32BE(8 + parts.reduce((sum, part) => sum + part.length, 0), 4);
  return Buffer.concat([head, ...parts]);
}

const write = (name, data) => writeFileSync(join(ROOT, 'build', name), data);
const drawn = new Map([16, 32, 48, 128, 256, 512, 1024].map((size) => [size, png(size)]));
write('icon.png', drawn.get(512));
write('icon.ico', ico([16, 32, 48, 256].map((size) => ({ size, data: drawn.get(size) }))));
write(
  'icon.icns',
  icns([
    { name: 'ic07', data: drawn.get(128) },
    { name: 'ic08', data: drawn.get(256) },
    { name: 'ic09', data: drawn.get(512) },
    { name: 'ic10', data: drawn.get(1024) },
  ]),
);
