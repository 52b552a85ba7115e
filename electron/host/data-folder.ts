/**
 * Where the station's data lies on each system, for the desktop program and the command line alike. Never in a roaming
 * profile: Windows would carry databases and safe copies over the network at each log-off.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';
import { renameNow } from '../disk/own-disk-now.ts';

const NAME = 'CHT Aggregation Station';

/** This computer; a test has another. */
export interface Computer {
  readonly system: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly exists: (path: string) => boolean;
  /** Gives a folder another name, whole or not at all. Makes the folder around it. */
  readonly move: (from: string, to: string) => void;
}

const thisComputer = (): Computer => ({
  system: process.platform,
  env: process.env,
  home: homedir(),
  exists: existsSync,
  move: (from, to) => {
    mkdirSync(win32.dirname(to), { recursive: true });
    renameNow(from, to);
  },
});

/**
 * The folder of the program itself on this computer (window, log, saved logins); the records are in `station` inside of it.
 * On Windows, what an earlier version put into the roaming profile is moved once. Where that does not work (it is on another
 * disk, or in use) it stays where it is and is used there: records are never copied and never left behind. A folder that
 * several accounts share is never guessed: anybody may make one in `%ProgramData%`. An administrator names it (`STATION_DATA`).
 */
export function programFolder({ system, env, home, exists, move }: Computer = thisComputer()): string {
  if (system === 'darwin') return posix.join(home, 'Library', 'Application Support', NAME);
  if (system !== 'win32') return posix.join(env['XDG_CONFIG_HOME'] || posix.join(home, '.config'), NAME);
  const own = win32.join(env['LOCALAPPDATA'] || win32.join(home, 'AppData', 'Local'), NAME);
  const roaming = win32.join(env['APPDATA'] || win32.join(home, 'AppData', 'Roaming'), NAME);
  if (exists(win32.join(own, 'station')) || !exists(win32.join(roaming, 'station'))) return own;
  try {
    move(win32.join(roaming, 'station'), win32.join(own, 'station'));
    return own;
  } catch {
    return roaming;
  }
}

/** The folder of the records: what is to be backed up. */
export function dataFolder(computer: Computer = thisComputer()): string {
  const { join } = computer.system === 'win32' ? win32 : posix;
  return join(programFolder(computer), 'station');
}
