/** When a computer saves its battery, from what each system tells of it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  linuxBattery,
  macBattery,
  saves,
  watchPower,
  windowsBattery,
  type Battery,
} from '../../electron/host/battery.ts';

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
  test.each([
    ['{"BatteryStatus":1,"EstimatedChargeRemaining":15}', { onBattery: true, percent: 15 }],
    ['{"BatteryStatus":2,"EstimatedChargeRemaining":15}', { onBattery: false, percent: 15 }],
    [
      '[{"BatteryStatus":1,"EstimatedChargeRemaining":8},{"BatteryStatus":2,"EstimatedChargeRemaining":90}]',
      { onBattery: true, percent: 90 },
    ],
  ])('%s', (told, battery) => expect(windowsBattery(told)).toEqual({ ...battery, lowPowerMode: false }));
  test('a computer without a battery tells nothing', () => expect(windowsBattery('\r\n')).toBeNull());
});

describe('following it', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const LOW: Battery = { onBattery: true, percent: 10, lowPowerMode: false };
  const settle = () => vi.advanceTimersByTimeAsync(0);

  test('it is looked at once a minute while somebody listens, and at once when the system tells', async () => {
    let battery: Battery | null = null;
    let looks = 0;
    let again: () => void = () => undefined;
    const power = watchPower(
      async () => ((looks += 1), battery),
      (look) => (again = look),
    );
    await settle();
    expect([looks, power.saving()]).toEqual([1, false]);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(looks).toBe(1);

    const heard: boolean[] = [];
    const stop = power.onChange(() => heard.push(power.saving()));
    battery = LOW;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(heard).toEqual([true]);
    battery = { ...LOW, onBattery: false };
    again();
    await settle();
    expect(heard).toEqual([true, false]);

    stop();
    const before = looks;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(looks).toBe(before);
  });

  test('a system that does not tell never holds anything back', async () => {
    const power = watchPower(() => Promise.reject(new Error('no pmset')));
    await settle();
    expect(power.saving()).toBe(false);
  });
});
