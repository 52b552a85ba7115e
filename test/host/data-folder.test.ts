/** Where the records lie, on systems that this computer is not. */
import { describe, expect, it } from 'vitest';
import { dataFolder, programFolder, type Computer } from '../../electron/host/data-folder.ts';

const NAME = 'CHT Aggregation Station';
const ENV = {
  LOCALAPPDATA: 'C:\\Users\\zoe\\AppData\\Local',
  APPDATA: '\\\\server\\profiles\\zoe',
};
const LOCAL = `C:\\Users\\zoe\\AppData\\Local\\${NAME}`;
const ROAMING = `\\\\server\\profiles\\zoe\\${NAME}`;

/** A Windows computer with these folders. */
function windows(folders: readonly string[], fails = false) {
  const there = new Set(folders);
  const computer: Computer = {
    system: 'win32',
    env: ENV,
    home: 'C:\\Users\\zoe',
    exists: (path) => there.has(path),
    move: (from, to) => {
      if (fails) throw Object.assign(new Error('EXDEV'), { code: 'EXDEV' });
      there.delete(from);
      there.add(to);
    },
  };
  return { computer, there };
}

describe('on Windows', () => {
  it('is the account’s own folder, never the one that roams', () => {
    const { computer } = windows([]);
    expect(programFolder(computer)).toBe(LOCAL);
    expect(dataFolder(computer)).toBe(`${LOCAL}\\station`);
    expect(dataFolder({ ...computer, env: {} })).toBe(`C:\\Users\\zoe\\AppData\\Local\\${NAME}\\station`);
  });

  it('takes along, once, what an earlier version put into the roaming profile', () => {
    const { computer, there } = windows([`${ROAMING}\\station`]);
    expect(dataFolder(computer)).toBe(`${LOCAL}\\station`);
    expect([...there]).toEqual([`${LOCAL}\\station`]);
    expect(dataFolder(computer)).toBe(`${LOCAL}\\station`);
  });

  it('leaves it where it is, and uses it there, while it cannot be moved', () => {
    const { computer, there } = windows([`${ROAMING}\\station`], true);
    expect(programFolder(computer)).toBe(ROAMING);
    expect(dataFolder(computer)).toBe(`${ROAMING}\\station`);
    expect([...there]).toEqual([`${ROAMING}\\station`]);
  });

  it('is not a folder of the whole computer, which anybody there could have made', () => {
    const { computer } = windows([`C:\\ProgramData\\${NAME}\\station`]);
    const env = { ...ENV, ProgramData: 'C:\\ProgramData' };
    expect(dataFolder({ ...computer, env })).toBe(`${LOCAL}\\station`);
  });

  it('never moves anything over what is there', () => {
    const { computer, there } = windows([`${ROAMING}\\station`, `${LOCAL}\\station`]);
    expect(dataFolder(computer)).toBe(`${LOCAL}\\station`);
    expect(there.size).toBe(2);
  });
});

it.each([
  ['linux', {}, `/home/zoe/.config/${NAME}/station`],
  ['linux', { XDG_CONFIG_HOME: '/cfg' }, `/cfg/${NAME}/station`],
  ['darwin', {}, `/home/zoe/Library/Application Support/${NAME}/station`],
] as const)('on %s with %j', (system, env, folder) => {
  const computer = { ...windows([]).computer, system, env, home: '/home/zoe' };
  expect(dataFolder(computer)).toBe(folder);
});
