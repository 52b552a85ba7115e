/** Backups: where they go, when, and one now; and a station out of one, at its first start. */
import type { Handlers } from '../../../shared/answer.ts';
import type { Requests } from '../../../shared/contract.ts';
import { StationError } from '../../../shared/errors.ts';
import type { Core } from '../core.ts';
import { isRestoring } from '../health/store.ts';
import type { Intakes } from '../import/queue.ts';
import { checkPassphrase, makeBackup, type BackupRequest } from './make.ts';
import { hasDumps } from '../../ledger/dumps.ts';
import { backupState, choosePlace, keptPassphrase, placeFor, setDaily } from './place.ts';

export function backupHandlers(
  core: Core,
  intakes: Intakes,
): Pick<Handlers, 'backup.get' | 'backup.place' | 'backup.configure' | 'backup.make'> {
  const { jobs, options } = core;
  return {
    'backup.get': () => backupState(core),
    'backup.place': async ({ path }) => {
      checkPath(core, path);
      const chosen = options.choose === undefined ? (path ?? null) : await options.choose('folder');
      if (chosen !== null) await choosePlace(core, chosen);
      return backupState(core);
    },
    'backup.configure': async ({ daily, passphrase }) => {
      await setDaily(core, daily, passphrase);
      return backupState(core);
    },
    'backup.make': async (asked) => {
      const request = await backupRequest(core, asked);
      if (jobs.isRunning('backup')) throw new StationError('busy');
      if (isRestoring(core)) throw new StationError('replica-restoring');
      return { job: intakes.start(null, '', (job) => makeBackup(core, job, request), 'backup') };
    },
  };
}

/** Only while nobody was set up here (`MAY_ASK`). */
export function restoreHandlers({
  db,
  firstRestore,
}: Core): Pick<Handlers, 'restore.get' | 'restore.choose' | 'restore.start' | 'restore.stop'> {
  const checkNew = (): void => {
    if (hasDumps(db)) throw new StationError('restore-not-empty');
  };
  return {
    'restore.get': () => firstRestore.state(),
    'restore.choose': async ({ path }) => {
      checkNew();
      await firstRestore.choose(path);
      return firstRestore.state();
    },
    'restore.start': ({ passphrase }) => {
      checkNew();
      firstRestore.start(passphrase);
      return firstRestore.state();
    },
    'restore.stop': async () => {
      await firstRestore.stop();
      return firstRestore.state();
    },
  };
}

/**
 * Where a backup goes and by which passphrase, as somebody said or as it is set.
 * @throws StationError `not-allowed`, `backup-passphrase-weak`, `backup-no-place`, `backup-place-gone`, `backup-passphrase-needed`
 */
export async function backupRequest(
  core: Core,
  { to, passphrase: typed }: Requests['backup.make']['params'],
): Promise<BackupRequest> {
  checkPath(core, to);
  if (typed !== undefined) checkPassphrase({ passphrase: typed });
  return { to: to ?? (await placeFor(core)), passphrase: typed ?? (await keptPassphrase(core)) };
}

/** Where there is a dialog, no path ever comes from the window. */
function checkPath({ options }: Core, path: string | undefined): void {
  if (options.choose !== undefined && path !== undefined) throw new StationError('not-allowed');
}
