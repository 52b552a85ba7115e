/**
 * Whether the computer saves its battery: it runs on battery, and its low-power mode is on or the charge has
 * fallen to where systems turn that mode on by themselves. Electron tells only battery or mains, so the system is
 * asked: `/sys` on Linux (kernel: Documentation/ABI/testing/sysfs-class-power, sysfs-platform_profile), `pmset` on
 * macOS, `Win32_Battery` on Windows (`build/windows-devices.ps1`). A computer that does not tell is never held back.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StationError } from '../../shared/errors.ts';
import { SYSTEM_TIMERS } from '../../shared/timers.ts';
import { isObject } from '../../shared/untrusted.ts';
import { HelperProcess, type Command } from '../sources/helper-process.ts';
import { windowsCommand } from '../sources/real/windows-command.ts';
import type { Power } from '../station-api.ts';

/** Windows, macOS and GNOME begin to save at 20 %. */
const LOW_PERCENT = 20;
const LOOK_EVERY_MS = 60_000;
const COMMAND_MS = 10_000;
/** A PowerShell takes its time to start on an old computer. */
const HELPER_MS = 20_000;

/** By its full path, so that no other program of that name is started. */
const PMSET = '/usr/bin/pmset';

export interface Battery {
  readonly onBattery: boolean;
  /** 0 to 100; `null`: not told. */
  readonly percent: number | null;
  readonly lowPowerMode: boolean;
}

export function saves({ onBattery, percent, lowPowerMode }: Battery): boolean {
  return onBattery && (lowPowerMode || (percent !== null && percent <= LOW_PERCENT));
}

/** Tells of this computer's battery. */
export interface BatteryReader {
  /** `null`: this computer does not tell. */
  read(): Promise<Battery | null>;
  /** Nobody wants to know for now: ends what it keeps running, and may be asked again. */
  rest(): void;
}

/** Follows the battery while somebody listens. `again`: told when to look at once (plugged in, woken up). */
export function watchPower(
  battery: BatteryReader = batteryHere(),
  again: (look: () => void) => void = () => {},
): Power {
  let saving = false;
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | null = null;
  const look = (): void => {
    void battery
      .read()
      .catch(() => null)
      .then((told) => {
        if (listeners.size === 0) battery.rest();
        const now = told !== null && saves(told);
        if (now === saving) return;
        saving = now;
        for (const listener of listeners) listener();
      });
  };
  look();
  again(look);
  return {
    saving: () => saving,
    onChange: (listener) => {
      listeners.add(listener);
      timer ??= setInterval(look, LOOK_EVERY_MS).unref();
      look();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0 || timer === null) return;
        clearInterval(timer);
        timer = null;
        battery.rest();
      };
    },
  };
}

/** This computer's own. */
export function batteryHere(system = process.platform): BatteryReader {
  if (system === 'win32') return new WindowsBattery();
  return {
    read: async () => {
      if (system === 'linux') return linuxBattery('/sys');
      if (system !== 'darwin') return null;
      return macBattery(await output(PMSET, ['-g', 'batt']), await output(PMSET, ['-g']));
    },
    rest: () => {},
  };
}

async function output(command: string, words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, [...words], {
    timeout: COMMAND_MS,
    windowsHide: true,
  });
  return stdout;
}

/** `sys`: where sysfs is mounted. Batteries of mice and keyboards (`scope` Device) do not count. */
export async function linuxBattery(sys: string): Promise<Battery | null> {
  const supplies = join(sys, 'class', 'power_supply');
  const value = (...path: string[]): Promise<string> =>
    readFile(join(...path), 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
  let onBattery = false;
  let percent: number | null = null;
  for (const name of await readdir(supplies).catch(() => [])) {
    const of = (key: string): Promise<string> => value(supplies, name, key);
    if ((await of('type')) !== 'Battery' || (await of('scope')) === 'Device') continue;
    const charge = await of('capacity');
    if (/^\d+$/.test(charge)) percent = Math.max(percent ?? 0, Number(charge));
    if ((await of('status')) === 'Discharging') onBattery = true;
  }
  if (percent === null && !onBattery) return null;
  const profile = await value(sys, 'firmware', 'acpi', 'platform_profile');
  return { onBattery, percent, lowPowerMode: profile === 'low-power' };
}

/** `pmset -g batt` and `pmset -g`. */
export function macBattery(batt: string, settings: string): Battery | null {
  const charge = /(\d+)%/.exec(batt)?.[1];
  if (charge === undefined) return null;
  return {
    onBattery: batt.includes("'Battery Power'"),
    percent: Number(charge),
    lowPowerMode: /^\s*(lowpowermode|powermode)\s+1\s*$/m.test(settings),
  };
}

/**
 * By the helper for Windows. Starting a PowerShell costs an old computer a second of its processor, so one is kept for as
 * long as somebody listens, and where there is no battery, or a policy forbids to ask, it is never started again.
 */
export class WindowsBattery implements BatteryReader {
  readonly #command: Command | null;
  #helper: HelperProcess | null = null;
  #isTold = true;

  constructor(command = windowsCommand()) {
    this.#command = command;
  }

  async read(): Promise<Battery | null> {
    if (!this.#isTold) return null;
    this.#helper ??= new HelperProcess(this.#command, SYSTEM_TIMERS);
    try {
      const battery = windowsBattery(await this.#helper.ask({ ask: 'battery' }, { timeoutMs: HELPER_MS }));
      if (battery === null) this.#isTold = false;
      return battery;
    } catch (error) {
      if (error instanceof StationError && error.code === 'devices-blind') this.#isTold = false;
      return null;
    } finally {
      if (!this.#isTold) this.rest();
    }
  }

  rest(): void {
    this.#helper?.close();
    this.#helper = null;
  }
}

/** What the helper tells of all batteries. `BatteryStatus` 1, 4 and 5 are on battery (CIM: Win32_Battery). */
export function windowsBattery(told: unknown): Battery | null {
  const batteries = Array.isArray(told) ? told.filter(isObject) : [];
  if (batteries.length === 0) return null;
  const charges = batteries.map(({ charge }) => charge).filter((charge) => typeof charge === 'number');
  return {
    onBattery: batteries.some(({ status }) => [1, 4, 5].includes(Number(status))),
    percent: charges.length === 0 ? null : Math.max(...charges),
    // Windows does not say here whether the energy saver is on, so only the charge counts.
    lowPowerMode: false,
  };
}
