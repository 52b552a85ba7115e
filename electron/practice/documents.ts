/**
 * Builders of documents as the CHT app writes them, and the few words they are filled with. All names are
 * invented from a colour and a tree: nothing here belongs to a real person.
 */
import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import type { Doc } from './pouch.ts';

/** The `parent` field of a contact: the id of the place and of all places above it. */
export interface Parent {
  _id: string;
  parent?: Parent;
}

const COLOURS = [
  'Amber',
  'Copper',
  'Indigo',
  'Ivory',
  'Olive',
  'Scarlet',
  'Silver',
  'Teal',
  'Umber',
  'Violet',
];
const TREES = [
  'Acacia',
  'Baobab',
  'Cedar',
  'Fig',
  'Juniper',
  'Mango',
  'Neem',
  'Palm',
  'Sycamore',
  'Tamarind',
];

/** Numbers between 0 and 1, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One of the list. */
export function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

/** An obviously invented name. */
export function inventedName(random: () => number): string {
  return `${pick(random, COLOURS)} ${pick(random, TREES)}`;
}

/** How a place appears as `parent` in what lies below it. */
export function asParent(place: Doc): Parent {
  const parent = place.parent as Parent | undefined;
  return { _id: place._id, ...(parent === undefined ? {} : { parent }) };
}

export interface ContactFields {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly parent?: Parent;
  readonly reportedAt: number;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** A place or a person. Types that CHT has always known stand in `type`, others in `contact_type`. */
export function contact({ id, type, name, parent, reportedAt, more }: ContactFields): Doc {
  const old = ['person', 'clinic', 'health_center', 'district_hospital'].includes(type);
  return {
    _id: id,
    ...(old ? { type } : { type: 'contact', contact_type: type }),
    name,
    ...(parent === undefined ? {} : { parent }),
    reported_date: reportedAt,
    ...more,
  };
}

export interface ReportFields {
  readonly id: string;
  readonly form: string;
  /** The health worker who wrote it: id and places. */
  readonly by: Parent;
  /** The person it is about. */
  readonly about: string;
  readonly reportedAt: number;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A report as the app saves it. */
export function report({ id, form, by, about, reportedAt, fields }: ReportFields): Doc {
  return {
    _id: id,
    type: 'data_record',
    form,
    content_type: 'xml',
    form_version: { time: 1_760_000_000_000 },
    from: '',
    contact: by,
    reported_date: reportedAt,
    hidden_fields: ['meta'],
    fields: { patient_uuid: about, ...fields, meta: { instanceID: `uuid:${id}` } },
  };
}

/** A PNG of one colour, valid to its checksums; `edge` pixels wide and high. */
export function tinyPng(edge: number, red: number, green: number, blue: number): Buffer {
  const row = Buffer.from([0, ...Array.from({ length: edge }, () => [red, green, blue]).flat()]);
  const size = Buffer.alloc(8);
  size.writeUInt32BE(edge, 0);
  size.writeUInt32BE(edge, 4);
  const header = Buffer.concat([size, Buffer.from([8, 2, 0, 0, 0])]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: edge }, () => row)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [pngChunk('IHDR', header), pngChunk('IDAT', pixels), pngChunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([signature, ...chunks]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const chunk = Buffer.alloc(8 + body.length);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), 4 + body.length);
  return chunk;
}

/** `md5-` and the base64 of the md5, as CouchDB writes an attachment's digest. */
export function digestOf(bytes: Uint8Array): string {
  return `md5-${createHash('md5').update(bytes).digest('base64')}`;
}
