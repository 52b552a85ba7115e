/**
 * Whether the computer saves its battery: it runs on battery, and its low-power mode is on or the charge has
 * fallen to where systems turn that mode on by themselves. Electron tells only battery or mains, so the system is
 * asked: `/sys` on Linux (kernel: Documentation/ABI/testing/sysfs-class-power, sysfs-platform_profile), `pmset` on
 * macOS, `Win32_Battery` on Windows. A computer that does not tell is never held back.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join, win32 } from 'node:path';
import { promisify } from 'node:util';
import type { Power } from '../station-api.ts';

/** Windows, macOS and GNOME begin to save at 20 %. */
const LOW_PERCENT = 20;
const LOOK_EVERY_MS = 60_000;
const COMMAND_MS = 10_000;

/** By its full path, so that no other program of that name is started. */
const POWERSHELL = win32.join(
  process.env['SystemRoot'] ?? 'C:\\Windows',
  'System32\\WindowsPowerShell\\v1.0\\powershell.exe',
);

export interface Battery {
  readonly onBattery: boolean;
  /** 0 to 100; `null`: not told. */
  readonly percent: number | null;
  readonly lowPowerMode: boolean;
}

export function saves({ onBattery, percent, lowPowerMode }: Battery): boolean {
  return onBattery && (lowPowerMode || (percent !== null && percent <= LOW_PERCENT));
}

/** Follows the battery while somebody listens. `again`: told when to look at once (plugged in, woken up). */
export function watchPower(
  read: () => Promise<Battery | null> = readBattery,
  again: (look: () => void) => void = () => {},
): Power {
  let saving = false;
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | null = null;
  const look = (): void => {
    void read()
      .catch(() => null)
      .then((battery) => {
        const now = battery !== null && saves(battery);
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
      };
    },
  };
}

/** `null`: this computer does not tell. */
export async function readBattery(): Promise<Battery | null> {
  switch (process.platform) {
    case 'linux':
      return linuxBattery('/sys');
    case 'darwin':
      return macBattery(await output('pmset', ['-g', 'batt']), await output('pmset', ['-g']));
    case 'win32':
      return windowsBattery(
        await output(POWERSHELL, [
          '-NoProfile',
          '-NonInteractive',
          '-Command',
          'Get-CimInstance Win32_Battery | Select-Object BatteryStatus,EstimatedChargeRemaining | ConvertTo-Json -Compress',
        ]),
      );
    default:
      return null;
  }
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

/** One battery or a list of them; `BatteryStatus` 1, 4 and 5 are on battery (CIM: Win32_Battery). */
export function windowsBattery(json: string): Battery | null {
  if (json.trim() === '') return null;
  const told = JSON.parse(json) as unknown;
  const batteries = (Array.isArray(told) ? told : [told]) as {
    BatteryStatus?: unknown;
    EstimatedChargeRemaining?: unknown;
  }[];
  const charges = batteries
    .map((battery) => battery.EstimatedChargeRemaining)
    .filter((charge) => typeof charge === 'number');
  return {
    onBattery: batteries.some(({ BatteryStatus }) => [1, 4, 5].includes(Number(BatteryStatus))),
    percent: charges.length === 0 ? null : Math.max(...charges),
    // Windows does not say here whether the energy saver is on, so only the charge counts.
    lowPowerMode: false,
  };
}
