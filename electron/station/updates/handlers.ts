/** A newer version of the program: which there is, copied here, installed. */
import type { Handlers } from '../../../shared/answer.ts';
import { backupRequest } from '../backup/handlers.ts';
import type { Core } from '../core.ts';
import type { Sources } from '../sources/index.ts';
import type { Updates } from './updates.ts';

export function updateHandlers(
  core: Core,
  updates: Updates,
  { plugged }: Pick<Sources, 'plugged'>,
): Pick<Handlers, 'update.get' | 'update.copy' | 'update.install'> {
  return {
    'update.get': () => updates.state(),
    'update.copy': ({ source, file }) => {
      plugged.checkUsable(source);
      return { job: updates.copy(source, file) };
    },
    'update.install': async (backup) => ({ job: updates.install(await backupRequest(core, backup)) }),
  };
}
