/** Where backups of this station go, and whether one is made after each day: an administrator says so. */
import { stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { BackupState } from '../../../shared/backup.ts';
import { isErrorCode, StationError } from '../../../shared/errors.ts';
import { audit } from '../../ledger/audit.ts';
import { forgetSettings, setSetting, setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';
import { mayKeepLogins } from '../server/kept-logins.ts';
import { checkPassphrase } from './make.ts';

/** Under which name the key store has the passphrase. No server has such an address. */
const SECRET = 'backup passphrase';

export async function backupState(core: Core): Promise<BackupState> {
  const { db } = core;
  const waits = setting(db, 'backup.waits');
  const place = setting(db, 'backup.place');
  return {
    place,
    isThere: place !== null && (await isThere(core, place)),
    onOwnDisk: place !== null && setting(db, 'backup.otherDisk') !== 'yes',
    at: setting(db, 'backup.at'),
    daily: isDaily(core),
    mayKeep: await mayKeepLogins(core),
    waits: isErrorCode(waits) ? waits : null,
  };
}

export function isDaily({ db }: Pick<Core, 'db'>): boolean {
  return setting(db, 'backup.daily') === 'yes';
}

/**
 * The folder for the next one.
 * @throws StationError `backup-no-place`; `backup-place-gone`: the stick is not plugged in
 */
export async function placeFor(core: Core): Promise<string> {
  const place = setting(core.db, 'backup.place');
  if (place === null) throw new StationError('backup-no-place');
  if (!(await isThere(core, place))) throw new StationError('backup-place-gone');
  return place;
}

/** @param path what a dialog or a person named. @throws StationError `backup-place-gone`, `backup-place-closed` */
export async function choosePlace(core: Core, path: string): Promise<void> {
  if (!isAbsolute(path)) throw new StationError('backup-place-gone');
  const place = resolve(path);
  const info = await stat(place).catch((error: unknown) => {
    throw new StationError('backup-place-gone', undefined, error);
  });
  if (!info.isDirectory()) throw new StationError('backup-place-closed');
  const own = await stat(core.options.dataDir);
  record(core, { place: 'chosen' }, () => {
    setSetting(core.db, 'backup.place', place);
    setSetting(core.db, 'backup.otherDisk', info.dev === own.dev ? 'no' : 'yes');
    forgetSettings(core.db, ['backup.waits']);
  });
}

/**
 * @param passphrase for all that are made by themselves; without it the one that is kept already
 * @throws StationError `backup-no-place`, `no-keyring`, `backup-passphrase-needed`, `backup-passphrase-weak`
 */
export async function setDaily(core: Core, daily: boolean, passphrase: string | undefined): Promise<void> {
  const { db, options } = core;
  if (!daily) {
    record(core, { daily }, () => forgetSettings(db, ['backup.daily', 'backup.waits']));
    await options.secrets?.forget(SECRET);
    return;
  }
  if (setting(db, 'backup.place') === null) throw new StationError('backup-no-place');
  if (options.secrets === undefined || (await mayKeepLogins(core)).kind === 'no')
    throw new StationError('no-keyring');
  if (passphrase !== undefined) {
    checkPassphrase({ passphrase });
    await options.secrets.keep(SECRET, passphrase);
  } else await keptPassphrase(core);
  record(core, { daily }, () => setSetting(db, 'backup.daily', 'yes'));
}

/** @throws StationError `backup-passphrase-needed`: none is kept, or the key store does not give it back any more */
export async function keptPassphrase({ options }: Core): Promise<string> {
  const passphrase = (await options.secrets?.read(SECRET)) ?? null;
  if (passphrase === null) throw new StationError('backup-passphrase-needed');
  return passphrase;
}

/**
 * A stick's folder may stay behind without the stick: what would be written there would fill the computer's own disk, and
 * be lost with it.
 */
async function isThere({ db, options }: Core, place: string): Promise<boolean> {
  try {
    const info = await stat(place);
    const isOther = setting(db, 'backup.otherDisk') === 'yes';
    return info.isDirectory() && !(isOther && info.dev === (await stat(options.dataDir)).dev);
  } catch {
    return false;
  }
}

function record(core: Core, detail: Readonly<Record<string, unknown>>, work: () => void): void {
  core.db.transaction(() => {
    work();
    audit(core.db, { person: core.person, at: core.now() }, 'backup-rules-set', { detail });
  });
  core.changed('health');
}
