/** Where the window stood when it was last closed. A file that makes no sense is as good as none. */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { replaceFileNow } from '../disk/own-disk-now.ts';

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const CHECK = v.object({
  x: v.pipe(v.number(), v.integer()),
  y: v.pipe(v.number(), v.integer()),
  width: v.pipe(v.number(), v.integer(), v.minValue(1)),
  height: v.pipe(v.number(), v.integer(), v.minValue(1)),
  maximized: v.boolean(),
});
export type WindowState = v.InferOutput<typeof CHECK>;

/** Fits the small screens that facilities have (1366×768) with room for the task bar. */
export const FIRST_SIZE = { width: 1280, height: 720 } as const;
export const SMALLEST_SIZE = { width: 800, height: 560 } as const;

/** `null` where there is none, or where no screen of `screens` would show enough of it to be grabbed. */
export function readWindowState(file: string, screens: readonly Area[]): WindowState | null {
  try {
    const state = v.parse(CHECK, JSON.parse(readFileSync(file, 'utf8')));
    return screens.some((screen) => overlap(state, screen) >= 100) ? state : null;
  } catch {
    return null;
  }
}

/** Written beside and renamed, so that a pulled plug leaves the old file or the new one. */
export function writeWindowState(file: string, state: WindowState): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    replaceFileNow(file, JSON.stringify(state));
  } catch {
    // Only the place of the window is lost.
  }
}

/** The shorter side of what both share, in pixels. */
function overlap(one: Area, other: Area): number {
  const wide = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
  const high = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
  return Math.max(0, Math.min(wide, high));
}
