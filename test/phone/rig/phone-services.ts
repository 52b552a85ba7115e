/**
 * What the debugging daemon of a phone offers, without a phone: commands, files, and the sockets of its web views,
 * which lead to a real Chromium. Both front doors (an ADB server, USB) open the same services.
 */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { syncService } from './sync-service.ts';

/** What stands behind the socket of a web view. */
export type WebView =
  /** A DevTools port on this computer. */
  | { readonly kind: 'devtools'; readonly port: number }
  /** The system froze the app: its socket takes connections and answers nothing. */
  | { readonly kind: 'frozen' };

export class PhoneServices {
  readonly serial: string;
  readonly model: string;
  /** A folder that plays `/sdcard`. */
  readonly root: string;
  /** By the process of the app. */
  readonly webViews = new Map<number, WebView>();
  isLocked = false;
  /** The first line of what was asked of each web view: `GET /json/list`, … */
  readonly asked: string[] = [];
  /** Called with the bytes that came out of a web view, for tests that pull the cable at some point. */
  onBytes: (bytes: number) => void = () => {};
  readonly #open = new Set<Duplex>();

  constructor(serial: string, model: string, root: string) {
    this.serial = serial;
    this.model = model;
    this.root = root;
  }

  /** How many streams are open now. */
  get streams(): number {
    return this.#open.size;
  }

  /** Opens a service, or `null` where the phone has none of that name. */
  open(service: string): Duplex | null {
    const stream = this.#service(service);
    if (stream === null) return null;
    this.#open.add(stream);
    stream.on('error', () => {});
    stream.on('close', () => this.#open.delete(stream));
    return stream;
  }

  /** The cable is pulled: every stream ends in the middle. */
  cut(): void {
    for (const stream of this.#open) stream.destroy();
    this.#open.clear();
  }

  #service(service: string): Duplex | null {
    const [name, ...rest] = service.split(':');
    const argument = rest.join(':');
    switch (name) {
      case 'exec':
      case 'shell':
        return this.#command(argument);
      case 'sync':
        return syncService(this.root);
      case 'localabstract':
        return this.#webView(argument);
      default:
        return null;
    }
  }

  #webView(name: string): Duplex | null {
    const process = Number(/^webview_devtools_remote_(\d+)$/.exec(name)?.[1]);
    const view = this.webViews.get(process);
    if (view === undefined) return null;
    if (view.kind === 'frozen') return new PassThrough().resume();
    const socket = connect(view.port, '127.0.0.1');
    socket.on('data', (part: Buffer) => this.onBytes(part.length));
    socket.pause();
    // What is written to the phone first says what is wanted.
    const write = socket._write.bind(socket);
    let isFirst = true;
    socket._write = (chunk: Buffer, encoding, done) => {
      if (isFirst) this.asked.push(chunk.toString('latin1').split(' HTTP/')[0] ?? '');
      isFirst = false;
      write(chunk, encoding, done);
    };
    return socket;
  }

  #command(command: string): Duplex {
    if (command === 'cat /proc/net/unix') return said(this.#unixSockets());
    if (command === 'dumpsys trust') {
      const locked = this.isLocked ? 1 : 0;
      return said(
        `Trust manager state:\n User "Owner" (id=0, flags=0x4c13) (current): trusted=0, trustManaged=0, deviceLocked=${locked}, isActiveUnlockRunning=0\n`,
      );
    }
    // A real shell on a folder that plays the phone's storage.
    const child = spawn('sh', ['-c', command.replaceAll('/sdcard', `${this.root}/sdcard`)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Duplex.from({ readable: child.stdout, writable: new PassThrough().resume() });
  }

  #unixSockets(): string {
    const names = ['@jdwp-control', '/dev/socket/adbd', '@chrome_devtools_remote'];
    for (const process of this.webViews.keys()) names.push(`@webview_devtools_remote_${process}`);
    const line = (name: string, at: number) =>
      `0000000000000000: 00000002 00000000 00010000 0001 01 ${10_000 + at} ${name}\n`;
    return `Num       RefCount Protocol Flags    Type St Inode Path\n${names.map(line).join('')}`;
  }
}

function said(text: string): Duplex {
  const stream = new PassThrough();
  stream.end(text);
  return stream;
}
