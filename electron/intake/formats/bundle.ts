/**
 * `cht-bundle`: CHT's own sealed bundle, `<uuid>.bundle` (an age file for the server's key) beside
 * `<uuid>.json` (`{"envelope", "signature"}`, base64). It cannot be opened here and may be the only copy, so a
 * pair is known by nothing but the age magic and two base64 texts: its form changed several times and will change
 * again. What the envelope says (sender, number, the hash of the age header) is read where it is there and never
 * required (docs/cht.md §7).
 */
import { createHash } from 'node:crypto';
import type { DumpClaims } from '../../../shared/dump.ts';
import { StationError } from '../../../shared/errors.ts';
import type { Limits } from '../../../shared/limits.ts';
import { asReadError } from '../../../shared/read-errors.ts';
import { claimsOfManifest } from './claims.ts';
import { isFields } from './fields.ts';
import { openStored } from './stored-file.ts';

export const AGE_HEADER = 'age-encryption.org/v1\n';

export interface Bundle {
  /** `undefined`: the envelope does not say, or cannot be read. */
  readonly user: string | undefined;
  readonly device: string | undefined;
  /** Counts the bundles of one device; gaps are normal. */
  readonly number: number | undefined;
  /** Size of the sealed half. */
  readonly bytes: number;
  /** Does the envelope belong to this sealed half? `undefined`: it cannot be checked. */
  readonly matches: boolean | undefined;
}

/** The two texts of the small half, as they stand in the file. */
export interface EnvelopeHalf {
  readonly envelope: string;
  readonly signature: string;
}

/** The two halves of the pair that a file belongs to. Named by the same stem. */
export function halvesOf(path: string): { readonly sealed: string; readonly envelope: string } {
  const stem = path.replace(/\.(?:bundle|json)$/i, '');
  return { sealed: `${stem}.bundle`, envelope: `${stem}.json` };
}

/** Is this the text of the envelope half? */
export function isEnvelopeHalf(value: unknown): value is EnvelopeHalf {
  return isFields(value) && isBase64(value['envelope']) && isBase64(value['signature']);
}

function isBase64(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && /^[A-Za-z0-9+/_\s-]+={0,2}\s*$/.test(value);
}

/**
 * What makes two bundles different though their sealed halves are the same: the same records may be signed again.
 * It is hashed after the sealed half.
 * @param half the bytes of the envelope half
 * @throws StationError `bundle-half`
 */
export function identityAfter(half: Uint8Array): Uint8Array {
  const { envelope, signature } = envelopeHalf(half);
  return Buffer.from(`\0${envelope}\0${signature}`, 'latin1');
}

function envelopeHalf(bytes: Uint8Array): EnvelopeHalf {
  const half = parse(Buffer.from(bytes).toString('utf8'));
  if (!isEnvelopeHalf(half)) throw new StationError('bundle-half');
  return half;
}

/**
 * Reads who sent the bundle.
 * @param head the first bytes of the sealed half
 * @throws StationError `bundle-half` when the other half is not there, not readable or no envelope
 */
export async function readBundle(path: string, head: Buffer, bytes: number, limits: Limits): Promise<Bundle> {
  const half = envelopeHalf(await readSmall(halvesOf(path).envelope, limits));
  const read = parse(Buffer.from(half.envelope, 'base64').toString('utf8'));
  const envelope = isFields(read) ? read : {};
  const { user, device } = claimsOfManifest(
    { user: envelope['user'], device: envelope['device_id'] },
    limits,
  );
  const number = envelope['bundle_seq'];
  return {
    user,
    device,
    number: Number.isSafeInteger(number) ? (number as number) : undefined,
    bytes,
    matches: doesMatch(envelope['payload_header_sha256'], head, limits),
  };
}

function doesMatch(said: unknown, head: Buffer, limits: Limits): boolean | undefined {
  const header = ageHeader(head, limits);
  if (typeof said !== 'string' || header === undefined) return undefined;
  return said === createHash('sha256').update(header).digest('base64');
}

export function claimsOfBundle({ user, device }: Bundle): DumpClaims {
  return { ...(user === undefined ? {} : { user }), ...(device === undefined ? {} : { device }) };
}

/** From the start through the line `--- <mac>`. */
function ageHeader(head: Buffer, limits: Limits): Buffer | undefined {
  const mac = head.indexOf('\n--- ');
  const end = mac === -1 ? -1 : head.indexOf('\n', mac + 1);
  return end === -1 || end >= limits.ageHeaderBytes ? undefined : head.subarray(0, end + 1);
}

async function readSmall(path: string, limits: Limits): Promise<Buffer> {
  const file = await openStored(path).catch((error: unknown) => {
    throw new StationError('bundle-half', undefined, error);
  });
  try {
    if (file.size > limits.bundleEnvelopeBytes) throw new StationError('bundle-half');
    return await file.handle.readFile();
  } catch (error) {
    throw asReadError(error);
  } finally {
    await file.handle.close();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
