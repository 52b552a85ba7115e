/** A simulator of simulated devices for one test, and how its sticks and phones are described. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  Simulator,
  type SimulatedPhone,
  type SimulatedStick,
} from '../../electron/sources/simulated/simulator.ts';

export class TestSimulator extends Simulator {
  constructor() {
    super(mkdtempSync(join(tmpdir(), 'station-simulator-')));
  }

  /** Puts a file on a device, with a time of long ago, so that a change shows. */
  put(device: string, name: string, bytes: string | Uint8Array): string {
    const path = join(this.filesOf(device), name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function stick(different: Partial<SimulatedStick> = {}): SimulatedStick {
  return { kind: 'stick', as: 'system', name: 'Blue stick', uuid: 'AAAA-0001', ...different };
}

export function phone(different: Partial<SimulatedPhone> = {}): SimulatedPhone {
  return { kind: 'phone', name: 'Tecno Pop', serial: 'SER1', ...different };
}
