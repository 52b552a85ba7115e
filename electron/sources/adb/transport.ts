/** Phones over ADB as a way to their files. */
import type { PhoneTransport } from '../source.ts';
import { adbFiles } from './files.ts';
import type { AdbHub } from './hub.ts';

/** The hub stays its owner's: whoever made it closes it. */
export function openAdb(hub: AdbHub): PhoneTransport {
  return {
    kind: 'adb',
    phones: (signal) => hub.phones(signal),
    open: async (phone) => {
      const { link, letGo } = await hub.hold(phone);
      return adbFiles(link, letGo);
    },
    watch: (hint) => hub.watch(hint),
    close: () => Promise.resolve(),
  };
}
