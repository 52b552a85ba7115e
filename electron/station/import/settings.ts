/** What the administrator set about how dumps come in. */
import { randomUUID } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { AuditAction } from '../../../shared/audit.ts';
import type { IntakeSettings } from '../../../shared/contract.ts';
import { StationError } from '../../../shared/errors.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { audit } from '../../ledger/audit.ts';
import type { Database } from '../../ledger/database.ts';
import { setSetting, setting } from '../../ledger/settings.ts';
import { lastPart } from '../../sources/files.ts';
import type { WatchedFolder } from '../../sources/watched-folder.ts';
import type { Core } from '../core.ts';

export function watchedFolders(db: Database): readonly WatchedFolder[] {
  return JSON.parse(setting(db, 'intake.folders') ?? '[]') as WatchedFolder[];
}

export function intakeSettings(db: Database): IntakeSettings {
  return {
    auto: setting(db, 'intake.auto') === 'yes',
    folders: watchedFolders(db).map(({ id, path }) => ({ folder: id, name: lastPart(path) })),
  };
}

export function configureIntake(core: Core, auto: boolean): IntakeSettings {
  const { db } = core;
  db.transaction(() => {
    setSetting(db, 'intake.auto', auto ? 'yes' : 'no');
    audit(db, by(core), auto ? 'auto-import-on' : 'auto-import-off');
  });
  core.changed('sources');
  return intakeSettings(db);
}

/** @throws StationError `folder-gone`, `link-skipped`, `not-readable`, `too-many-files` */
export async function watchFolder(core: Core, path: string): Promise<string> {
  if (!isAbsolute(path)) throw new StationError('folder-gone');
  const whole = resolve(path);
  const info = await lstat(whole).catch((error: unknown) => {
    throw new StationError('folder-gone', undefined, error);
  });
  if (info.isSymbolicLink()) throw new StationError('link-skipped');
  if (!info.isDirectory()) throw new StationError('not-readable');
  const folders = watchedFolders(core.db);
  const same = folders.find((folder) => folder.path === whole);
  if (same !== undefined) return same.id;
  if (folders.length >= LIMITS.watchedFolders)
    throw new StationError('too-many-files', String(LIMITS.watchedFolders));
  const folder = { id: randomUUID(), path: whole };
  keep(core, [...folders, folder], 'folder-watched');
  return folder.id;
}

export function unwatchFolder(core: Core, id: string): void {
  const folders = watchedFolders(core.db);
  if (!folders.some((folder) => folder.id === id)) throw new StationError('not-found');
  keep(
    core,
    folders.filter((folder) => folder.id !== id),
    'folder-unwatched',
  );
}

function keep(core: Core, folders: readonly WatchedFolder[], what: AuditAction): void {
  core.db.transaction(() => {
    setSetting(core.db, 'intake.folders', JSON.stringify(folders));
    audit(core.db, by(core), what);
  });
  core.changed('sources');
}

function by(core: Core): { person: string; at: string } {
  return { person: core.person, at: core.now() };
}
