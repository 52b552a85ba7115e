/** Backups: where they go, when, and one now. */
import type { Handlers } from '../../../shared/answer.ts';
import { StationError } from '../../../shared/errors.ts';
import type { Core } from '../core.ts';
import { isRestoring } from '../health/store.ts';
import type { Intakes } from '../import/queue.ts';
import { checkPassphrase, makeBackup } from './make.ts';
import { backupState, choosePlace, keptPassphrase, placeFor, setDaily } from './place.ts';

export function backupHandlers(
  core: Core,
  intakes: Intakes,
): Pick<Handlers, 'backup.get' | 'backup.place' | 'backup.configure' | 'backup.make'> {
  const { jobs, options } = core;
  // Where there is a dialog, no path ever comes from the window.
  const checkPath = (path: string | undefined): void => {
    if (options.choose !== undefined && path !== undefined) throw new StationError('not-allowed');
  };
  return {
    'backup.get': () => backupState(core),
    'backup.place': async ({ path }) => {
      checkPath(path);
      const chosen = options.choose === undefined ? (path ?? null) : await options.choose('folder');
      if (chosen !== null) await choosePlace(core, chosen);
      return backupState(core);
    },
    'backup.configure': async ({ daily, passphrase }) => {
      await setDaily(core, daily, passphrase);
      return backupState(core);
    },
    'backup.make': async ({ to, passphrase: typed }) => {
      checkPath(to);
      if (typed !== undefined) checkPassphrase({ passphrase: typed });
      const request = {
        to: to ?? (await placeFor(core)),
        passphrase: typed ?? (await keptPassphrase(core)),
      };
      if (jobs.isRunning('backup')) throw new StationError('busy');
      if (isRestoring(core)) throw new StationError('replica-restoring');
      return { job: intakes.start(null, '', (job) => makeBackup(core, job, request), 'backup') };
    },
  };
}
