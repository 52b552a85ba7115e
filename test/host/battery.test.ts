/** When a computer saves its battery, from what each system tells of it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  linuxBattery,
  macBattery,
  saves,
  watchPower,
  WindowsBattery,
  windowsBattery,
  type Battery,
} from '../../electron/host/battery.ts';
import { temporaryFolder } from '../support/folder.ts';

const HELPER = fileURLToPath(new URL('../support/fake-windows-helper.mjs', import.meta.url));

test.each([
  [{ onBattery: false, percent: 5, lowPowerMode: true }, false],
  [{ onBattery: true, percent: 80, lowPowerMode: false }, false],
  [{ onBattery: true, percent: 80, lowPowerMode: true }, true],
  [{ onBattery: true, percent: 20, lowPowerMode: false }, true],
  [{ onBattery: true, percent: 21, lowPowerMode: false }, false],
  [{ onBattery: true, percent: null, lowPowerMode: false }, false],
] as const)('%j saves: %j', (battery, so) => expect(saves(battery)).toBe(so));

describe('Linux', () => {
  let sys: string;
  const supply = (name: string, values: Record<string, string>) => {
    for (const [key, value] of Object.entries(values)) file(join('class', 'power_supply', name, key), value);
  };
  const file = (path: string, value: string) => {
    mkdirSync(dirname(join(sys, path)), { recursive: true });
    writeFileSync(join(sys, path), `${value}\n`);
  };
  beforeEach(() => (sys = mkdtempSync(join(tmpdir(), 'station-sys-'))));
  afterEach(() => rmSync(sys, { recursive: true, force: true }));

  test('a laptop', async () => {
    supply('AC', { type: 'Mains', online: '0' });
    supply('BAT0', { type: 'Battery', status: 'Discharging', capacity: '63' });
    supply('mouse', { type: 'Battery', scope: 'Device', status: 'Discharging', capacity: '3' });
    file('firmware/acpi/platform_profile', 'low-power');
    expect(await linuxBattery(sys)).toEqual({ onBattery: true, percent: 63, lowPowerMode: true });
    supply('BAT0', { status: 'Charging' });
    file('firmware/acpi/platform_profile', 'balanced');
    expect(await linuxBattery(sys)).toEqual({ onBattery: false, percent: 63, lowPowerMode: false });
  });
  test('a computer without a battery tells nothing', async () => {
    expect(await linuxBattery(sys)).toBeNull();
    supply('AC', { type: 'Mains', online: '1' });
    expect(await linuxBattery(sys)).toBeNull();
  });
});

describe('macOS', () => {
  const batt = (from: string, percent: number) =>
    `Now drawing from '${from}'\n -InternalBattery-0 (id=1234)\t${percent}%; discharging; 3:22 remaining present: true\n`;
  test('on battery, with low power mode on', () => {
    const settings =
      'Currently in use:\n standby              1\n lowpowermode         1\n sleep                1\n';
    expect(macBattery(batt('Battery Power', 77), settings)).toEqual({
      onBattery: true,
      percent: 77,
      lowPowerMode: true,
    });
  });
  test('on mains; a computer without a battery tells nothing', () => {
    expect(macBattery(batt('AC Power', 9), ' lowpowermode         0\n')).toEqual({
      onBattery: false,
      percent: 9,
      lowPowerMode: false,
    });
    expect(macBattery("Now drawing from 'AC Power'\n", '')).toBeNull();
  });
});

describe('Windows', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => folder.remove());
  const starts = () => readFileSync(join(folder.path, 'started'), 'utf8').length;
  const reader = (told: unknown, habit = '') => {
    writeFileSync(join(folder.path, 'battery.json'), JSON.stringify(told));
    return new WindowsBattery([process.execPath, HELPER, folder.path, habit]);
  };

  test.each([
    [[{ status: 1, charge: 15 }], { onBattery: true, percent: 15 }],
    [[{ status: 2, charge: 15 }], { onBattery: false, percent: 15 }],
    [[{ status: 1, charge: null }], { onBattery: true, percent: null }],
    [
      [
        { status: 1, charge: 8 },
        { status: 2, charge: 90 },
      ],
      { onBattery: true, percent: 90 },
    ],
  ])('%j', (told, battery) => expect(windowsBattery(told)).toEqual({ ...battery, lowPowerMode: false }));

  test('a helper is started once for many questions, and again after a rest', async () => {
    const battery = reader([{ status: 1, charge: 7 }]);
    for (let time = 0; time < 3; time += 1)
      expect(await battery.read()).toEqual({ onBattery: true, percent: 7, lowPowerMode: false });
    expect(starts()).toBe(1);
    battery.rest();
    expect((await battery.read())?.percent).toBe(7);
    expect(starts()).toBe(2);
    battery.rest();
  });

  test.each([
    ['a computer without a battery', [], ''],
    ['a policy that forbids to ask', [{ status: 1, charge: 7 }], 'policy'],
  ])('%s is asked once', async (_, told, habit) => {
    const battery = reader(told, habit);
    expect([await battery.read(), await battery.read()]).toEqual([null, null]);
    expect(starts()).toBe(1);
  });
});

describe('following it', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const LOW: Battery = { onBattery: true, percent: 10, lowPowerMode: false };
  const settle = () => vi.advanceTimersByTimeAsync(0);

  test('it is looked at once a minute while somebody listens, and at once when the system tells', async () => {
    let battery: Battery | null = null;
    let looks = 0;
    let rests = 0;
    let again: () => void = () => undefined;
    const power = watchPower(
      { read: async () => ((looks += 1), battery), rest: () => (rests += 1) },
      (look) => (again = look),
    );
    await settle();
    expect([looks, power.saving()]).toEqual([1, false]);
    await vi.advanceTimersByTimeAsync(600_000);
    // Nobody listens: nothing is kept running for it.
    expect([looks, rests]).toEqual([1, 1]);

    const heard: boolean[] = [];
    const stop = power.onChange(() => heard.push(power.saving()));
    battery = LOW;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(heard).toEqual([true]);
    battery = { ...LOW, onBattery: false };
    again();
    await settle();
    expect(heard).toEqual([true, false]);

    expect(rests).toBe(1);
    stop();
    expect(rests).toBe(2);
    const before = looks;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(looks).toBe(before);
  });

  test('a system that does not tell never holds anything back', async () => {
    const power = watchPower({ read: () => Promise.reject(new Error('no pmset')), rest: () => {} });
    await settle();
    expect(power.saving()).toBe(false);
  });
});
