/** Random documents that are valid and awkward: quotes, braces and backslashes in texts, depth, attachments. */
import { attachment, document, type Json } from '../support/documents.ts';
import type { Random } from './random.ts';

const SCRAPS = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '},{',
  '"id":"',
  '\n',
  '\r\n',
  '\t',
  '/',
  'é',
  '漢',
  '🙂',
  '\u0000',
  'x',
  'yes',
  '_id',
  '}],',
  '\\"',
  ' ',
];

function text(chance: Random, most: number): string {
  return Array.from({ length: chance.int(0, most) }, () => chance.pick(SCRAPS)).join('');
}

function value(chance: Random, depth: number): unknown {
  const kind = chance.int(0, depth > 0 ? 7 : 4);
  if (kind === 0) return chance.int(-1e9, 1e9);
  if (kind === 1) return chance.pick([true, false, null, 0.5, -1.25e-7]);
  if (kind <= 4) return text(chance, 12);
  if (kind === 5) return Array.from({ length: chance.int(0, 4) }, () => value(chance, depth - 1));
  return fields(chance, depth - 1);
}

function fields(chance: Random, depth: number): Json {
  const entries = Array.from({ length: chance.int(0, 5) }, (_, at) => [
    `f${at}${chance.chance(0.2) ? text(chance, 3) : ''}`,
    value(chance, depth),
  ]);
  return Object.fromEntries(entries) as Json;
}

/** Some documents, with ids of their own so that each can be told from the others. */
export function documents(chance: Random): Json[] {
  return Array.from({ length: chance.int(1, 8) }, (_, at) => {
    const more: Json = { ...fields(chance, 4) };
    if (chance.chance(0.2)) more['_deleted'] = true;
    if (chance.chance(0.1)) more['long'] = text(chance, 4000);
    if (chance.chance(0.25)) {
      const bytes = Buffer.from(
        Array.from({ length: chance.pick([0, 1, 50, 9000]) }, () => chance.int(0, 255)),
      );
      more['_attachments'] = { [`file ${text(chance, 2)}`]: attachment(bytes) };
    }
    return document(`doc ${at} ${text(chance, 2).replaceAll('\0', '')}`, more, {
      generations: chance.int(1, 6),
    });
  });
}
