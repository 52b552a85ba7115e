/**
 * `cht-bundle`: CHT's own sealed bundle, `<uuid>.bundle` (an age file for the server's key) beside
 * `<uuid>.json` (`{"envelope", "signature"}`, base64). It cannot be opened here; the envelope tells who
 * sent it. The envelope carries the hash of the age header, so it shows whether the halves belong together.
 */
import { createHash } from 'node:crypto';
import type { DumpClaims } from '../../../shared/dump.ts';
import { StationError } from '../../../shared/errors.ts';
import type { Limits } from '../../../shared/limits.ts';
import { asReadError } from '../../../shared/read-errors.ts';
import { claimsOfManifest } from './claims.ts';
import { isFields } from './rows.ts';
import { openStored } from './stored-file.ts';

export const AGE_HEADER = 'age-encryption.org/v1\n';

export interface Bundle {
  readonly user: string;
  readonly device: string;
  /** Counts the bundles of one device; gaps are normal. */
  readonly number: number | undefined;
  /** Size of the sealed half. */
  readonly bytes: number;
}

/** The two halves of the pair that a file belongs to. Named by the same stem. */
export function halvesOf(path: string): { readonly sealed: string; readonly envelope: string } {
  const stem = path.replace(/\.(?:bundle|json)$/i, '');
  return { sealed: `${stem}.bundle`, envelope: `${stem}.json` };
}

/** Is this the text of the envelope half? */
export function isEnvelopeHalf(value: unknown): value is { envelope: string; signature: string } {
  return isFields(value) && typeof value['envelope'] === 'string' && typeof value['signature'] === 'string';
}

/**
 * Reads who sent the bundle.
 * @param head the first bytes of the sealed half
 * @throws StationError `bundle-half` when the other half is not there, not readable or of another bundle
 */
export async function readBundle(path: string, head: Buffer, bytes: number, limits: Limits): Promise<Bundle> {
  const half = await readSmallJson(halvesOf(path).envelope, limits);
  if (!isEnvelopeHalf(half)) throw new StationError('bundle-half');
  const envelope = parse(Buffer.from(half.envelope, 'base64').toString('utf8'));
  const header = ageHeader(head, limits);
  if (!isFields(envelope) || header === undefined) throw new StationError('bundle-half');
  const hash = createHash('sha256').update(header).digest('base64');
  if (envelope['payload_header_sha256'] !== hash) throw new StationError('bundle-half');
  const { user, device } = claimsOfManifest(
    { user: envelope['user'], device: envelope['device_id'] },
    limits,
  );
  if (user === undefined || device === undefined) throw new StationError('bundle-half');
  const number = envelope['bundle_seq'];
  return { user, device, number: Number.isSafeInteger(number) ? (number as number) : undefined, bytes };
}

export function claimsOfBundle({ user, device }: Bundle): DumpClaims {
  return { user, device };
}

/** From the start through the line `--- <mac>`. */
function ageHeader(head: Buffer, limits: Limits): Buffer | undefined {
  const mac = head.indexOf('\n--- ');
  const end = mac === -1 ? -1 : head.indexOf('\n', mac + 1);
  return end === -1 || end >= limits.ageHeaderBytes ? undefined : head.subarray(0, end + 1);
}

async function readSmallJson(path: string, limits: Limits): Promise<unknown> {
  const file = await openStored(path).catch((error: unknown) => {
    throw new StationError('bundle-half', undefined, error);
  });
  try {
    if (file.size > limits.bundleEnvelopeBytes) throw new StationError('bundle-half');
    return parse((await file.handle.readFile()).toString('utf8'));
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
