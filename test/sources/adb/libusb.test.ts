import { expect, test } from 'vitest';
import { libusbPort } from '../../../electron/sources/adb/libusb.ts';

test('libusb is asked without opening anything, and ends with its watcher', async () => {
  const port = libusbPort();
  const stop = port.watch(() => {});
  for (const phone of await port.list()) {
    expect(phone).toMatchObject({ key: expect.stringMatching(/^\d+\.\d+$/) as unknown, trouble: null });
  }
  await expect(port.device('0.0')).rejects.toMatchObject({ code: 'source-gone' });
  stop();
});
