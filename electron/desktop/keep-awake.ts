/** What keeps this computer awake: Electron's blocker, which lets the screen go dark. */
import { powerSaveBlocker } from 'electron';
import type { KeepAwake } from '../host/stay-awake.ts';

export const keepAwake: KeepAwake = () => {
  const blocker = powerSaveBlocker.start('prevent-app-suspension');
  return () => void powerSaveBlocker.stop(blocker);
};
