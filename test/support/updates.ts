/** Newer versions of the program for tests: real keys, packages of some bytes, notes that are signed like those of the build. */
import { createHash, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { signNote, type UpdateNote } from '../../electron/updates/note.ts';
import { noteNameOf } from '../../shared/updates.ts';

export interface Keys {
  readonly privateKey: KeyObject;
  /** As the build is given it. */
  readonly pem: string;
}

export function makeKeys(): Keys {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, pem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

export interface TestUpdate {
  readonly note: UpdateNote;
  /** The note's file, and how it is called. */
  readonly signed: string;
  readonly noteName: string;
  readonly bytes: Uint8Array;
}

export const CHANGES = {
  en: 'Receipts show the visit.',
  fr: 'Les reçus montrent la visite.',
  sw: 'Risiti zinaonyesha ziara.',
} as const;

/** A package for a Linux computer with `.deb`, and its note. */
export function makeUpdate(
  { privateKey }: Keys,
  different: Partial<UpdateNote> = {},
  bytes: Uint8Array = randomBytes(5000),
): TestUpdate {
  const version = different.version ?? '1.2.0';
  const note: UpdateNote = {
    version,
    platform: 'linux',
    arch: 'x64',
    kind: 'deb',
    file: `cht-aggregation-station-${version}-linux-amd64.deb`,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    date: '2026-11-30',
    changes: CHANGES,
    ...different,
  };
  return { note, signed: signNote(note, privateKey), noteName: noteNameOf(note.file), bytes };
}
