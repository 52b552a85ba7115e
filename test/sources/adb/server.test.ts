import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { AdbServer, parseDevices } from '../../../electron/sources/adb/server.ts';

test('the list of an ADB server is read in every state', () => {
  const text = [
    'R58M123ABC             device usb:1-2 product:a12 model:SM_A125F device:a12 transport_id:3',
    '0123456789ABCDEF       unauthorized usb:1-3 transport_id:4',
    'emulator-5554          offline transport_id:1',
    '????????????           no permissions (user in plugdev group; are your udev rules wrong?); see [http://x]',
    'XYZ                    no permissions; see [http://developer.android.com/tools/device.html] usb:1-4',
    'R58M999                recovery usb:1-5',
    '',
  ].join('\n');
  expect(parseDevices(text)).toEqual([
    { key: 'R58M123ABC', name: 'SM A125F', serial: 'R58M123ABC', port: '1-2', trouble: null },
    {
      key: '0123456789ABCDEF',
      name: '',
      serial: '0123456789ABCDEF',
      port: '1-3',
      trouble: { code: 'phone-allow' },
    },
    {
      key: 'emulator-5554',
      name: '',
      serial: 'emulator-5554',
      port: null,
      trouble: { code: 'device-stuck' },
    },
    { key: 'XYZ', name: '', serial: 'XYZ', port: '1-4', trouble: { code: 'no-permission' } },
    { key: 'R58M999', name: '', serial: 'R58M999', port: '1-5', trouble: { code: 'device-stuck' } },
  ]);
});

/** Something on the port that is no ADB server. */
async function listener(serve: (socket: Socket) => void): Promise<{ port: number; close: () => void }> {
  const server = createServer(serve).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

test.each([
  ['says nothing', () => {}],
  ['hangs up', (socket: Socket) => socket.destroy()],
  ['speaks another language', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['promises more than it sends', (socket: Socket) => socket.end('OKAYffffabc')],
])('a program on that port which %s is no ADB server', async (_what, serve) => {
  const { port, close } = await listener((socket) => {
    socket.on('error', () => {});
    serve(socket);
  });
  try {
    expect(await new AdbServer(port).phones()).toBeNull();
  } finally {
    close();
  }
});
