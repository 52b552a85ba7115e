/** PINs and passphrases: only what scrypt makes of them is ever kept. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { StationError } from '../../../shared/errors.ts';
import { weaknessOf, type Role } from '../../../shared/people.ts';

/** 32 MiB and about a tenth of a second for each try, on a clerk's computer too. The exponent of 2, block size, lanes. */
const COST = { n: 15, r: 8, p: 1 } as const;
const MEMORY = 128 * 1024 * 1024;
const BYTES = 32;

/** `scrypt:n:r:p:salt:hash`, so that the cost may grow later. */
export async function hashOf(secret: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(secret, salt, COST);
  return ['scrypt', COST.n, COST.r, COST.p, salt.toString('base64'), hash.toString('base64')].join(':');
}

/** What is kept of a secret that somebody of this role may have. @throws StationError `weak-secret` with why */
export function newHash(secret: string, role: Role): Promise<string> {
  const weakness = weaknessOf(secret, role);
  if (weakness !== null) throw new StationError('weak-secret', weakness);
  return hashOf(secret);
}

/** Whether it is the secret of which `kept` was made. @param kept `null`: there is none; it takes as long and is no */
export async function isSecret(secret: string, kept: string | null): Promise<boolean> {
  const [kind, n, r, p, salt = '', hash = ''] = (kept ?? '').split(':');
  if (kind !== 'scrypt') {
    await derive(secret, randomBytes(16), COST);
    return false;
  }
  const found = await derive(secret, Buffer.from(salt, 'base64'), {
    n: Number(n),
    r: Number(r),
    p: Number(p),
  });
  const meant = Buffer.from(hash, 'base64');
  return meant.length === found.length && timingSafeEqual(meant, found);
}

function derive(
  secret: string,
  salt: Buffer,
  { n, r, p }: { readonly n: number; readonly r: number; readonly p: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret.normalize('NFKC'), salt, BYTES, { N: 2 ** n, r, p, maxmem: MEMORY }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
