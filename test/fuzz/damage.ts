/** Ways in which a dump gets damaged: by a stick, by a program, on purpose. */
import type { Random } from './random.ts';

export interface Damaged {
  readonly bytes: Buffer;
  /** The first byte that differs: everything before it is as it was. */
  readonly from: number;
  /** Nothing at or after this place of the undamaged dump was touched; `undefined` where that is not known. */
  readonly to: number | undefined;
  readonly kind: string;
}

const STRUCTURE = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\n',
  '\0',
  '\xff',
  '{"',
  '"}',
  '},{',
  '}]',
  '[{',
  '","',
  '{"_id":"x"}',
  '"__proto__":{},',
  '\\u0000',
];

type Way = (
  bytes: Buffer,
  chance: Random,
  other: Buffer,
) => { bytes: Buffer; from: number; to: number | undefined };

function replaced(
  bytes: Buffer,
  from: number,
  to: number,
  by: Buffer,
): { bytes: Buffer; from: number; to: number } {
  return { bytes: Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)]), from, to };
}

const WAYS: Readonly<Record<string, Way>> = {
  cut: (bytes, chance) => {
    const at = chance.int(0, bytes.length);
    return { bytes: bytes.subarray(0, at), from: at, to: undefined };
  },
  flip: (bytes, chance) => {
    const at = chance.int(0, bytes.length - 1);
    return replaced(bytes, at, at + 1, Buffer.from([(bytes[at] as number) ^ (1 << chance.int(0, 7))]));
  },
  overwrite: (bytes, chance) => {
    const at = chance.int(0, bytes.length - 1);
    const by = Buffer.from(chance.pick(STRUCTURE), 'latin1');
    return replaced(bytes, at, Math.min(bytes.length, at + by.length), by);
  },
  insert: (bytes, chance) => {
    const at = chance.int(0, bytes.length);
    return replaced(bytes, at, at, Buffer.from(chance.pick(STRUCTURE), 'latin1'));
  },
  remove: (bytes, chance) => {
    const at = chance.int(0, bytes.length - 1);
    return replaced(bytes, at, Math.min(bytes.length, at + chance.pick([1, 2, 16, 500])), Buffer.alloc(0));
  },
  zeros: (bytes, chance) => {
    const at = chance.int(0, bytes.length - 1);
    const to = Math.min(bytes.length, at + chance.pick([1, 16, 512]));
    return replaced(bytes, at, to, Buffer.alloc(to - at));
  },
  noise: (bytes, chance) => {
    const at = chance.int(0, bytes.length - 1);
    const to = Math.min(bytes.length, at + chance.int(1, 64));
    return replaced(bytes, at, to, Buffer.from(Array.from({ length: to - at }, () => chance.int(0, 255))));
  },
  repeat: (bytes, chance) => {
    const at = chance.int(0, bytes.length - 1);
    const piece = bytes.subarray(at, at + chance.int(1, 300));
    return replaced(bytes, at, at, Buffer.concat(Array.from({ length: chance.int(1, 3) }, () => piece)));
  },
  nest: (bytes, chance) => {
    const at = chance.int(0, bytes.length);
    return replaced(
      bytes,
      at,
      at,
      Buffer.from(chance.pick(['[', '{"a":', '[{"a":', '{"docs":[']).repeat(chance.pick([1, 30, 3000]))),
    );
  },
  splice: (bytes, chance, other) => {
    const at = chance.int(0, bytes.length);
    const from = chance.int(0, other.length);
    return { bytes: Buffer.concat([bytes.subarray(0, at), other.subarray(from)]), from: at, to: undefined };
  },
};

export const KINDS = Object.keys(WAYS);

/** Damages a dump once. `other` is another dump, for splicing. */
export function damage(bytes: Buffer, other: Buffer, chance: Random): Damaged {
  const kind = chance.pick(KINDS);
  const way = WAYS[kind] as Way;
  return { ...way(bytes, chance, other), kind };
}
