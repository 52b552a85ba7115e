/**
 * The key by which a phone knows this computer again. It is made once, and kept in a file that only the
 * station's own account may read: whoever has it may read every phone that said "Always allow".
 */
import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  privateEncrypt,
  type KeyObject,
} from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

const make = promisify(generateKeyPair);
/** The ASN.1 that stands before a SHA-1 in a signature: adb has its token signed as if it were one. */
const SHA1_PREFIX = Buffer.from('3021300906052b0e03021a05000414', 'hex');
/** Words of 32 bits in the modulus. */
const WORDS = 64;

export interface PhoneKey {
  /** The signature of a token of the phone. */
  sign(token: Uint8Array): Buffer;
  /** The public half as Android takes it, with the name that the question on the phone may show. */
  readonly publicKey: Buffer;
}

/** The key in this file, made if it is not there. @param file PKCS #8, DER */
export async function phoneKey(file: string): Promise<PhoneKey> {
  const key = createPrivateKey({ key: await storedOrNew(file), format: 'der', type: 'pkcs8' });
  return {
    sign: (token) =>
      privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.concat([SHA1_PREFIX, token])),
    publicKey: Buffer.from(`${androidForm(createPublicKey(key)).toString('base64')} station@${hostname()}\0`),
  };
}

async function storedOrNew(file: string): Promise<Buffer> {
  const stored = () => readFile(file).catch(() => null);
  const found = await stored();
  if (found !== null) return found;
  const { privateKey } = await make('rsa', {
    modulusLength: WORDS * 32,
    publicExponent: 65537,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  // Never over another one: two stations that start at once share the first.
  await writeFile(file, privateKey, { flag: 'wx', mode: 0o600 }).catch(() => {});
  return (await stored()) ?? privateKey;
}

/**
 * Android's own form of an RSA public key (`libcrypto_utils/android_pubkey.c`): the length in words, −1/n modulo
 * 2³², the modulus n, R² modulo n with R = 2²⁰⁴⁸, the exponent; all little-endian.
 */
export function androidForm(key: KeyObject): Buffer {
  const { n = '', e = '' } = key.export({ format: 'jwk' });
  const modulus = BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`);
  const exponent = BigInt(`0x${Buffer.from(e, 'base64url').toString('hex')}`);
  const word = 1n << 32n;
  const r = 1n << BigInt(WORDS * 32);
  return Buffer.concat([
    littleEndian(BigInt(WORDS), 4),
    littleEndian(word - inverse(modulus % word, word), 4),
    littleEndian(modulus, WORDS * 4),
    littleEndian((r * r) % modulus, WORDS * 4),
    littleEndian(exponent, 4),
  ]);
}

/** The inverse of an odd number modulo a power of two, by Newton's steps: each doubles the bits that are right. */
function inverse(value: bigint, modulo: bigint): bigint {
  let found = value;
  for (let step = 0; step < 5; step += 1) found = (found * (2n - value * found)) % modulo;
  return ((found % modulo) + modulo) % modulo;
}

function littleEndian(value: bigint, bytes: number): Buffer {
  return Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex').reverse();
}
