/**
 * The cable to the practice phone: an ADB server (Android's `OVERVIEW.TXT`, `SERVICES.TXT`) that knows this one phone, whose
 * only service is the socket of its web view. It listens on a path that other accounts of this computer cannot open,
 * since whoever reaches a web view can run scripts in it.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface DebuggedPhone {
  /** Neither has a blank: they are words of a list. */
  readonly serial: string;
  readonly model: string;
  /** Serves a stream to the phone's web view. */
  readonly serve: (stream: Duplex) => void;
}

/** The number of the app's process, as it stands in the name of its socket. */
const PROCESS = 4321;
const WEB_VIEW = `webview_devtools_remote_${PROCESS}`;
const UNIX_SOCKETS = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 10000 @${WEB_VIEW}
`;
const TRUST = ' User "Owner" (id=0, flags=0x4c13) (current): trusted=1, trustManaged=0, deviceLocked=0\n';

/** Listens on `path`: a socket's in a folder of one's own, on Windows the name of a pipe. */
export async function listenForDebugging(path: string, phone: DebuggedPhone): Promise<() => Promise<void>> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    answer(socket, phone);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
}

function answer(socket: Socket, phone: DebuggedPhone): void {
  let input = Buffer.alloc(0);
  let isChosen = false;
  const hear = (part: Buffer): void => {
    input = Buffer.concat([input, part]);
    while (input.length >= 4) {
      const length = Number.parseInt(input.toString('latin1', 0, 4), 16);
      if (Number.isNaN(length)) return void socket.destroy();
      if (input.length < 4 + length) return;
      const request = input.toString('utf8', 4, 4 + length);
      input = input.subarray(4 + length);
      if (isChosen) {
        socket.off('data', hear);
        return openService(socket, phone, request);
      }
      isChosen = answerServer(socket, phone, request);
    }
  };
  socket.on('data', hear);
}

/** A request to the server itself. `true`: the next one is to the phone. */
function answerServer(socket: Socket, { serial, model }: DebuggedPhone, request: string): boolean {
  const list = `${serial} device usb:1-1 product:practice model:${model} device:practice transport_id:1\n`;
  if (request === 'host:devices-l') socket.end(`OKAY${counted(list)}`);
  else if (request === 'host:track-devices') socket.write(`OKAY${counted(list)}`);
  else if (request === `host:transport:${serial}`) return socket.write('OKAY') || true;
  else socket.end(`FAIL${counted('unknown host service')}`);
  return false;
}

function openService(socket: Socket, { serve }: DebuggedPhone, service: string): void {
  const said = { 'exec:cat /proc/net/unix': UNIX_SOCKETS, 'exec:dumpsys trust': TRUST }[service];
  if (said !== undefined) socket.end(`OKAY${said}`);
  else if (service === `localabstract:${WEB_VIEW}`) {
    socket.write('OKAY');
    serve(socket);
  } else socket.end(`FAIL${counted('closed')}`);
}

/** Four hexadecimal digits of length, then the text. */
function counted(text: string): string {
  return Buffer.byteLength(text).toString(16).padStart(4, '0') + text;
}
