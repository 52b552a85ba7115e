/**
 * The recovery code: the way back where no administrator can sign in any more. It is made at the first start, shown once
 * and written on paper; the ledger has only what scrypt makes of it. It lets in once, whoever has it, as an administrator
 * who is named, and the history says so.
 */
import { randomBytes } from 'node:crypto';
import { StationError } from '../../../shared/errors.ts';
import { SIGNS, signsTyped } from '../../../shared/signs.ts';
import type { Requests } from '../../../shared/contract.ts';
import { audit } from '../../ledger/audit.ts';
import type { Database } from '../../ledger/database.ts';
import { forgetSettings, setSetting, setting } from '../../ledger/settings.ts';
import { findStaff, setStaffHash } from '../../ledger/staff.ts';
import type { Core } from '../core.ts';
import { hashOf, newHash } from './secret.ts';

/** 120 bits: nobody guesses it, so that no wait is needed. */
const LENGTH = 24;

export interface RecoveryCode {
  /** In groups of four. */
  readonly code: string;
  readonly hash: string;
}

export async function newCode(): Promise<RecoveryCode> {
  const signs = Array.from(randomBytes(LENGTH), (byte) => SIGNS[byte & 31] ?? '').join('');
  return { code: signs.match(/.{4}/g)?.join('-') ?? '', hash: await hashOf(signs) };
}

export function keepCode(db: Database, { hash }: RecoveryCode): void {
  setSetting(db, 'people.recovery', hash);
}

export function hasCode(db: Database): boolean {
  return setting(db, 'people.recovery') !== null;
}

/** Another code in place of the one that was lost or used. @returns the code, which is shown this once */
export async function renewCode(core: Core): Promise<string> {
  const { db } = core;
  const made = await newCode();
  db.transaction(() => {
    keepCode(db, made);
    audit(db, { person: core.person, at: core.now() }, 'recovery-code-made');
  });
  core.changed('settings');
  return made.code;
}

/**
 * An administrator comes in with the code and chooses a new passphrase. The code is used up.
 * @throws StationError `wrong-code`: also where the name is no administrator's who works here; `weak-secret`
 */
export async function recover(core: Core, wanted: Requests['desk.recover']['params']): Promise<void> {
  const { db, desk } = core;
  const kept = setting(db, 'people.recovery');
  const isRight = await desk.isSecret(signsTyped(wanted.code), kept);
  const row = findStaff(db, wanted.name);
  if (!isRight || row === undefined || row.role !== 'admin' || row.leftAt !== null)
    throw new StationError('wrong-code');
  const hash = await newHash(wanted.next, 'admin');
  db.transaction(() => {
    // Two at once with one code are one.
    if (setting(db, 'people.recovery') !== kept) throw new StationError('wrong-code');
    forgetSettings(db, ['people.recovery']);
    setStaffHash(db, row.name, hash, false);
    audit(db, { person: row.name, at: core.now() }, 'recovered', { detail: { name: row.name } });
  });
  desk.sit(row.name);
  core.changed('settings', 'desk');
}
