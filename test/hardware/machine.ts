/**
 * One virtual machine: QEMU without KVM, whose root is this machine's own file system, so that the guest
 * runs the station of this very folder. Devices are plugged in and pulled out over QMP; the agent in the guest is
 * asked over a serial line, in lines of JSON.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import type { Answers, Told } from './guest/words.ts';
import { RIG, CACHE, INITRAMFS, KERNEL } from './prepare.ts';

/** A machine that hangs is ended, whatever else happens. */
const LONGEST_MS = 40 * 60_000;
/** A guest that is not up by then is not tested on, which is said: this computer is too busy for it. */
const BOOT_MS = 4 * 60_000;
const BOOTS = 3;
/** What takes longer than this hangs, however busy this computer is. */
export const HANGS_MS = 8 * 60_000;
const MEMORY_MB = 1024;

export interface StickOptions {
  /** Bytes in a second; unlimited without. */
  readonly speed?: number;
  /** The sector that cannot be read. */
  readonly badSector?: number;
  readonly serial?: string;
  /** The guest may write on it: for making a file system that cannot be made from outside. */
  readonly writable?: boolean;
}

/** The guest did not come up: nothing is known of the station. */
export class NotBooted extends Error {}

export class Machine {
  /** Seconds from the start of QEMU until the agent spoke. */
  bootSeconds = 0;
  readonly #folder = mkdtempSync(join(tmpdir(), 'station-rig-'));
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #told: Told[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #answers = new Map<number, (line: AgentLine) => void>();
  #isOver = false;
  #qmp: Socket | undefined;
  #agent: Socket | undefined;
  #pending: ((line: QmpLine) => void)[] = [];
  #asked = 0;

  private constructor() {
    this.#process = spawn('nice', ['-n', '5', 'qemu-system-x86_64', ...argumentsOf(this.#folder)], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), LONGEST_MS);
    const kill = (): void => void this.#process.kill('SIGKILL');
    process.once('exit', kill);
    this.#ended = new Promise((resolve) => {
      this.#process.once('error', () => resolve());
      this.#process.once('close', () => resolve());
    });
    void this.#ended.then(() => {
      clearTimeout(killer);
      process.removeListener('exit', kill);
      this.#isOver = true;
      for (const listener of this.#listeners) listener();
    });
  }

  /**
   * Boots, and again where that failed: V8 was seen to crash in the emulated processor, in about one start of five.
   * @throws NotBooted
   */
  static async start(): Promise<Machine> {
    for (let left = BOOTS - 1; ; left -= 1) {
      try {
        return await Machine.#boot();
      } catch (error) {
        if (left === 0) throw error;
        console.log(`  A boot failed, and is tried again: ${String(error)}`);
      }
    }
  }

  static async #boot(): Promise<Machine> {
    const machine = new Machine();
    const begun = performance.now();
    try {
      await machine.#connect();
      await machine.told((one) => one.tells === 'ready', BOOT_MS);
      machine.bootSeconds = Math.round((performance.now() - begun) / 1000);
      return machine;
    } catch (error) {
      await machine.stop();
      throw new NotBooted(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  async #connect(): Promise<void> {
    this.#qmp = await this.#socket('qmp');
    this.#agent = await this.#socket('agent');
    createInterface(this.#qmp).on('line', (line) => {
      const said = JSON.parse(line) as QmpLine;
      if (said.return !== undefined || said.error !== undefined) this.#pending.shift()?.(said);
    });
    createInterface(this.#agent).on('line', (line) => this.#hear(line));
    await this.qmp('qmp_capabilities');
  }

  async #socket(name: string): Promise<Socket> {
    for (let left = 100; left > 0 && !this.#isOver; left--) {
      const socket = connect(join(this.#folder, name));
      const opened = await new Promise<boolean>((resolve) => {
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      });
      if (opened) return socket.on('error', () => {});
      await wait(100);
    }
    throw new Error('QEMU does not start');
  }

  #hear(line: string): void {
    let said: AgentLine;
    try {
      said = JSON.parse(line) as AgentLine;
    } catch {
      return;
    }
    if (process.env['RIG_VERBOSE'] !== undefined) console.error(line.slice(0, 800));
    if (said.answers !== undefined) {
      this.#answers.get(said.answers)?.(said);
      this.#answers.delete(said.answers);
    } else {
      this.#told.push(said as unknown as Told);
      for (const listener of this.#listeners) listener();
    }
  }

  /** A command of QEMU's. */
  qmp(execute: string, args: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#pending.push(({ error, return: value }) =>
        error === undefined ? resolve(value) : reject(new Error(`${execute}: ${error.desc}`)),
      );
      this.#qmp?.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    });
  }

  /** Asks the agent, and waits for its answer. */
  async ask<Name extends keyof Answers>(
    name: Name,
    params: Parameters<Answers[Name]>[0],
    timeoutMs = HANGS_MS,
  ): Promise<Awaited<ReturnType<Answers[Name]>>> {
    const id = ++this.#asked;
    const answer = new Promise<AgentLine>((resolve) => this.#answers.set(id, resolve));
    this.#agent?.write(`${JSON.stringify({ ask: name, id, params })}\n`);
    const said = await Promise.race([answer, this.#over(), wait(timeoutMs, null, { ref: false })]);
    if (said === null) throw new Error(`no answer to ${name}\n${this.console()}`);
    if (said.failed !== undefined) throw new Error(`${name}: ${said.failed}`);
    return said.value as Awaited<ReturnType<Answers[Name]>>;
  }

  /** The first thing that the agent has told, or tells, of this kind. */
  async told(matches: (one: Told) => boolean, timeoutMs = HANGS_MS): Promise<Told> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const found = this.#told.find(matches);
      if (found !== undefined) return found;
      if (this.#isOver || performance.now() > until)
        throw new Error(`the guest did not tell what was waited for\n${this.console()}`);
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          this.#listeners.delete(done);
          resolve();
        };
        const timer = setTimeout(done, 1000);
        this.#listeners.add(done);
      });
    }
  }

  forgetWhatWasTold(): void {
    this.#told.length = 0;
  }

  async #over(): Promise<never> {
    await this.#ended;
    throw new Error(`the virtual machine ended\n${this.console()}`);
  }

  /** Plugs in a USB stick with this image, read-only, so that a case cannot spoil it for the next. */
  async plugStick(id: string, image: string, options: StickOptions = {}): Promise<void> {
    const readOnly = { 'read-only': options.writable !== true };
    const file = { driver: 'file', filename: image, ...readOnly };
    let layer: object = file;
    if (options.badSector !== undefined)
      layer = {
        driver: 'blkdebug',
        image: file,
        'inject-error': [
          { event: 'read_aio', iotype: 'read', errno: 5, once: false, sector: options.badSector },
        ],
      };
    if (options.speed !== undefined) {
      const limits = { 'bps-total': options.speed };
      await this.qmp('object-add', { 'qom-type': 'throttle-group', id: `${id}-speed`, limits });
      layer = { driver: 'throttle', 'throttle-group': `${id}-speed`, file: layer, ...readOnly };
    }
    await this.qmp('blockdev-add', { driver: 'raw', 'node-name': `${id}-node`, file: layer, ...readOnly });
    const { serial = id } = options;
    await this.qmp('device_add', {
      driver: 'usb-storage',
      id,
      bus: 'xhci.0',
      drive: `${id}-node`,
      removable: true,
      serial,
    });
  }

  /** Plugs in QEMU's own MTP phone, with a folder of this machine as its storage. */
  async plugPhone(id: string, folder: string, serial: string): Promise<void> {
    const phone = { driver: 'usb-mtp', id, bus: 'xhci.0', rootdir: folder, readonly: true };
    await this.qmp('device_add', { ...phone, desc: 'Phone', serial });
  }

  /** Pulls it out, as a person does: without a word to the guest. */
  async pull(id: string): Promise<void> {
    await this.qmp('device_del', { id });
    // The backend of a stick can only go once the guest has noticed.
    for (let left = 50; left > 0; left--) {
      await wait(200);
      const gone = await this.qmp('blockdev-del', { 'node-name': `${id}-node` }).then(
        () => true,
        (error: Error) => /find node|not found/i.test(error.message),
      );
      if (gone) break;
    }
    await this.qmp('object-del', { id: `${id}-speed` }).catch(() => undefined);
  }

  /** The last lines of the guest's console. */
  console(): string {
    try {
      return readFileSync(join(this.#folder, 'console.log'), 'latin1').slice(-3000);
    } catch {
      return '';
    }
  }

  async stop(): Promise<void> {
    if (!this.#isOver) this.#process.kill('SIGKILL');
    await this.#ended;
    this.#qmp?.destroy();
    this.#agent?.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

interface QmpLine {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

interface AgentLine {
  readonly answers?: number;
  readonly value?: unknown;
  readonly failed?: string;
}

function argumentsOf(folder: string): string[] {
  const boot = join(KERNEL, 'boot');
  const kernel = readdirSync(boot).find((file) => file.startsWith('vmlinuz')) ?? '';
  const words = 'console=ttyS0 quiet loglevel=3 panic=-1 tsc=unstable mitigations=off random.trust_cpu=on';
  const append = `${words} rig=${RIG} cache=${CACHE}`;
  const devices = [
    'virtio-9p-pci,fsdev=root,mount_tag=hostroot',
    'virtio-rng-pci,rng=rng',
    'qemu-xhci,id=xhci,p2=8,p3=8',
  ];
  const options: readonly (readonly [name: string, value?: string])[] = [
    // Where there is KVM, a stock kernel was seen to hang in it; emulation works everywhere.
    ['accel', 'tcg,thread=multi'],
    ['M', 'q35,usb=off,hpet=off'],
    ['cpu', 'max'],
    ['m', String(MEMORY_MB)],
    ['smp', '2'],
    ['nodefaults'],
    ['no-user-config'],
    ['no-reboot'],
    ['display', 'none'],
    ['kernel', join(boot, kernel)],
    ['initrd', INITRAMFS],
    ['append', append],
    ['fsdev', 'local,id=root,path=/,security_model=none,readonly=on,multidevs=remap'],
    ['object', 'rng-random,filename=/dev/urandom,id=rng'],
    ['serial', `file:${join(folder, 'console.log')}`],
    ['serial', `unix:${join(folder, 'agent')},server=on,wait=off`],
    ['qmp', `unix:${join(folder, 'qmp')},server=on,wait=off`],
    ...devices.map((device) => ['device', device] as const),
  ];
  return options.flatMap(([name, value]) => (value === undefined ? [`-${name}`] : [`-${name}`, value]));
}
