/**
 * One run: makes a dump of a random format, damages it, reads it, and checks what must hold whatever happens:
 * - reading ends, and fails with nothing but an error of the closed list
 * - it gives the same however the bytes come
 * - every record before the damage is taken, as it was
 * - no record is lost without a word, and the first word is about the place of the damage
 * - whatever is taken is a valid record, and ordinals count without gaps
 */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import type { DumpItem } from '../../shared/dump.ts';
import { isErrorCode, StationError } from '../../shared/errors.ts';
import type { Limits } from '../../shared/limits.ts';
import { generationOf, isRevision } from '../../shared/revisions.ts';
import { gunzip } from '../../electron/intake/formats/gunzip.ts';
import { type Made, SAMPLES } from '../support/formats.ts';
import { problemsOf, readBytes, recordsOf } from '../support/reading.ts';
import { type Damaged, damage } from './damage.ts';
import { documents } from './documents.ts';
import { random, type Random } from './random.ts';

const LIMITS: Partial<Limits> = { recordBytes: 30_000, depth: 40, searchBytes: 1_000_000 };

/** Throws when something does not hold. Gives a few words about the run. */
export async function fuzzOnce(seed: number): Promise<string> {
  const chance = random(seed);
  const sample = chance.pick(SAMPLES);
  const made = sample.make(documents(chance));
  const other = chance.pick(SAMPLES).make(documents(chance));
  const once = damage(made.bytes, other.bytes, chance);
  const twice = chance.chance(0.25) ? damage(once.bytes, other.bytes, chance) : undefined;
  const damaged: Damaged =
    twice === undefined ? once : { ...twice, from: Math.min(once.from, twice.from), to: undefined };
  const name = `${sample.name}: ${once.kind}${twice === undefined ? '' : `, ${twice.kind}`}`;

  const items = readAny(damaged.bytes);
  if (chance.chance(0.2)) await checkPacked(damaged.bytes, chance);
  if (items === undefined) {
    const before = made.ends.filter((end) => end <= damaged.from).length;
    assert.equal(before, 0, `${name}: not recognised, though a record stands before the damage`);
    return `${name}: not recognised`;
  }
  const chunk = chance.pick([1, 2, 3, 7, 64, 1000]);
  assert.deepEqual(
    readBytes(damaged.bytes, { chunk, limits: LIMITS }),
    items,
    `${name}: in chunks of ${chunk}`,
  );
  checkItems(items, damaged.bytes.length);
  checkBefore(made, damaged, items);
  // What is left of two records may make a valid one; and where nothing marks the end, it may go unseen.
  const mayLoseQuietly =
    ['splice', 'remove'].includes(damaged.kind) ||
    (sample.open && damaged.kind !== 'flip' && damaged.kind !== 'insert');
  if (twice === undefined && !mayLoseQuietly) checkReported(made, damaged, items);
  return `${name}: ${recordsOf(items).length} records, ${problemsOf(items).length} problems`;
}

function readAny(bytes: Buffer): DumpItem[] | undefined {
  try {
    return readBytes(bytes, { limits: LIMITS });
  } catch (error) {
    if (error instanceof StationError) return undefined;
    throw error;
  }
}

function checkItems(items: readonly DumpItem[], length: number): void {
  let ordinal = 0;
  for (const item of items) {
    if (item.ordinal !== undefined) {
      ordinal += 1;
      assert.equal(item.ordinal, ordinal, 'ordinals count without gaps');
    }
    if (item.kind === 'problem') {
      assert.ok(isErrorCode(item.code));
      assert.ok(
        item.offset !== undefined && item.offset >= 0 && item.offset <= length,
        'the place is in the dump',
      );
      assert.ok(item.line === undefined || item.line >= 1);
      continue;
    }
    assert.ok(item.id !== '' && (!item.id.startsWith('_') || item.id.startsWith('_design/')));
    assert.ok(item.rev === undefined || isRevision(item.rev));
    if (item.history !== undefined) {
      assert.equal(item.history[0], item.rev);
      for (const [at, rev] of item.history.entries()) {
        assert.ok(isRevision(rev));
        assert.equal(generationOf(rev), generationOf(item.rev ?? '') - at);
      }
    }
    for (const key of Object.keys(item.body)) assert.ok(!key.startsWith('_'), 'no reserved field in a body');
    assert.equal(Object.getPrototypeOf(item.body), Object.prototype);
    assert.ok(!JSON.stringify(item.body).includes('"__proto__":'), 'no forbidden key');
    for (const { data } of Object.values(item.attachments)) assert.equal(data.buffer.byteLength, data.length);
  }
  assert.equal(Object.keys(Object.prototype).length, 0, 'nothing was added to all objects');
}

function checkBefore(made: Made, damaged: Damaged, items: readonly DumpItem[]): void {
  const whole = readBytes(made.bytes, { limits: LIMITS });
  const before = made.ends.filter((end) => end <= damaged.from).length;
  assert.deepEqual(
    items.slice(0, before),
    whole.slice(0, before),
    'what stands before the damage is taken as it was',
  );
}

/** Fewer records than there were need a word, and the first word is about the place. */
function checkReported(made: Made, damaged: Damaged, items: readonly DumpItem[]): void {
  const whole = readBytes(made.bytes, { limits: LIMITS });
  const problems = problemsOf(items);
  const added = problems.find(
    (problem) => !problemsOf(whole).some((known) => known.offset === problem.offset),
  );
  if (recordsOf(items).length < recordsOf(whole).length && damaged.from < made.complete) {
    assert.ok(
      problems.length > problemsOf(whole).length || added !== undefined,
      'a record is missing without a word',
    );
  }
  if (
    added?.offset === undefined ||
    added.code === 'end-mismatch' ||
    added.code === 'fewer-than-said' ||
    added.code === 'cut-off' ||
    damaged.to === undefined
  )
    return;
  const shift = damaged.bytes.length - made.bytes.length;
  const ends = [0, ...made.ends, made.bytes.length];
  const earliest = ends.findLast((end) => end <= damaged.from) ?? 0;
  const touched = damaged.to;
  const latest = (ends.find((end) => end >= touched) ?? made.bytes.length) + Math.max(0, shift);
  assert.ok(
    added.offset >= earliest && added.offset <= latest,
    `reported at ${added.offset}, damaged at ${damaged.from}`,
  );
}

/** Packed and then damaged once more: unpacking ends in one of its three ways, and gives no end of bytes. */
async function checkPacked(bytes: Buffer, chance: Random): Promise<void> {
  const packed = damage(gzipSync(bytes), bytes, chance).bytes;
  const unpacking = gunzip(async function* () {
    for (let at = 0; at < packed.length; at += 777) yield packed.subarray(at, at + 777);
  });
  const parts: Buffer[] = [];
  for (;;) {
    const step = await unpacking.next();
    if (step.done === true) {
      assert.ok(['whole', 'cut', 'damaged'].includes(step.value));
      break;
    }
    parts.push(step.value.bytes);
    assert.ok(step.value.used <= packed.length);
  }
  const unpacked = Buffer.concat(parts);
  assert.ok(unpacked.length < 1100 * Math.max(1, packed.length), 'deflate does not give more than that');
  const items = readAny(unpacked);
  if (items !== undefined) checkItems(items, unpacked.length);
}
