/** Where a computer tells that something was plugged in or pulled out. None of these is asked on a timer. */
import { watch, type FSWatcher } from 'node:fs';
import { userInfo } from 'node:os';

/** Calls `hint` when a USB device comes or goes. The returned function stops that. */
export function watchUsb(hint: () => void, log: (line: string) => void): () => void {
  let stop = () => {};
  let stopped = false;
  const listen = async (): Promise<void> => {
    const { usb } = await import('usb');
    if (stopped) return;
    usb.on('attach', hint);
    usb.on('detach', hint);
    stop = () => {
      usb.off('attach', hint);
      usb.off('detach', hint);
    };
  };
  listen().catch(() => log('usb does not tell what is plugged in'));
  return () => {
    stopped = true;
    stop();
  };
}

/**
 * Folders of Linux in which something appears: block devices (also cards in a slot and unlocked sticks, of which
 * USB does not tell) and what desktops mount.
 */
export function watchLinux(hint: () => void): () => void {
  const user = userInfo().username;
  const watchers: FSWatcher[] = [];
  const follow = (folder: string, counts: RegExp): void => {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name === null || counts.test(name)) hint();
      });
      watcher.on('error', () => watcher.close());
      watchers.push(watcher);
    } catch {
      // Not on every computer: the other hints are left.
    }
  };
  follow('/dev', /^(?:sd|mmcblk|nvme|dm-)/);
  for (const folder of ['/media', `/media/${user}`, '/run/media', `/run/media/${user}`]) follow(folder, /^/);
  return () => watchers.forEach((watcher) => watcher.close());
}
