/** Hints that something was plugged in or pulled out, on every system that libusb tells it on. */
import type * as Usb from 'usb';

/** Calls `hint` at every attaching and detaching. Where libusb cannot tell, whoever lists devices says so. */
export function watchUsb(load: () => Promise<typeof Usb>, hint: () => void): () => void {
  let stop = (): void => {};
  let stopped = false;
  const begin = async (): Promise<void> => {
    const { usb } = await load();
    if (stopped) return;
    usb.on('attach', hint);
    usb.on('detach', hint);
    // Waiting for a plug must not keep the program alive.
    usb.unrefHotplugEvents();
    stop = () => {
      usb.off('attach', hint);
      usb.off('detach', hint);
    };
  };
  begin().catch(() => undefined);
  return () => {
    stopped = true;
    stop();
  };
}
