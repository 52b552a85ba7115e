/**
 * About how many records a file holds, by samples from all over it. Its beginning alone would mislead: contacts stand before
 * reports, and photos anywhere.
 */
import { LIMITS } from '../../../shared/limits.ts';

/** A piece of a file, in stored bytes. */
export interface Piece {
  readonly offset: number;
  readonly length: number;
}

/** Where samples are taken: at equal distances from the beginning to the end. */
export function samplesOf(bytes: number): readonly Piece[] {
  const length = Math.min(LIMITS.glimpseSampleBytes, bytes);
  const step = (bytes - length) / (LIMITS.glimpseSamples - 1);
  return Array.from({ length: LIMITS.glimpseSamples }, (_, at) => ({
    offset: Math.floor(at * step),
    length,
  }));
}

/** Every document of these formats has one, and nothing inside of it has; in a text its quotes are escaped. */
const REVISION = /"_rev"\s*:\s*"\d{1,9}-[\da-f]{32}"/g;
/** Fewer records in all samples say nothing. */
const ENOUGH = 10;
/** With a larger share of error nothing is said, … */
const TOO_UNSURE = 0.3;
/** … and with a smaller one two digits are. */
const SURE = 0.1;

/** A round number; `undefined` where the samples say too little or differ too much. */
export function reckonRecords(samples: readonly Uint8Array[], bytes: number): number | undefined {
  if (samples.length < 2) return undefined;
  const counts = samples.map((sample) => Buffer.from(sample).toString('latin1').match(REVISION)?.length ?? 0);
  const sum = counts.reduce((total, count) => total + count, 0);
  const sampled = samples.reduce((total, { length }) => total + length, 0);
  if (sum < ENOUGH || sampled === 0) return undefined;
  const mean = sum / counts.length;
  const spread = counts.reduce((total, count) => total + (count - mean) ** 2, 0) / (counts.length - 1);
  const error = Math.sqrt(spread / counts.length) / mean;
  if (error > TOO_UNSURE) return undefined;
  const reckoned = (sum * bytes) / sampled;
  if (reckoned > LIMITS.records) return undefined;
  return Number(Math.round(reckoned).toPrecision(error > SURE ? 1 : 2));
}
