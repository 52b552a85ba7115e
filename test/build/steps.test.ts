import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { environmentOf, PARTS, STEPS, stepsOf } from '../../build/steps.mjs';

const ROOT = join(import.meta.dirname, '../..');
const names = (part?: string) => stepsOf(part)?.map(({ name }) => name);

describe('npm test', () => {
  test('without a part runs every usual step', () => {
    expect(stepsOf()).toBe(STEPS);
    expect(names()).toEqual(
      expect.arrayContaining(['lock', 'types', 'lint', 'format', 'unit', 'build', 'window', 'package']),
    );
  });

  test('with a part runs it and what it needs', () => {
    expect(names('unit')).toEqual(['build', 'unit']);
    expect(names('window')).toEqual(['build', 'window']);
    expect(names('server')).toEqual(['server']);
    expect(stepsOf('nothing')).toBeNull();
  });

  test('goes onto virtual hardware for a minute where that was made ready', () => {
    const usual = names();
    expect(stepsOf(undefined, { STATION_HARDWARE: 'minute' })?.map(({ name }) => name)).toEqual([
      ...(usual ?? []),
      'minute',
    ]);
    const [minute] = stepsOf('minute') ?? [];
    expect(minute?.only).not.toEqual([]);
    for (const name of minute?.only ?? [])
      expect(existsSync(join(ROOT, `test/hardware/${name}.test.ts`)), name).toBe(true);
  });

  test('has what a step needs before the step', () => {
    const late = STEPS.filter(
      ({ needs }, index) => needs !== undefined && !STEPS.slice(0, index).some(({ name }) => name === needs),
    );
    expect(late).toEqual([]);
    expect(STEPS.some(({ needs }) => needs !== undefined)).toBe(true);
  });

  test('starts tools that are there', () => {
    const tools = STEPS.flatMap(({ script }) => script?.slice(0, 1) ?? []);
    expect(tools.filter((tool) => !existsSync(join(ROOT, tool)))).toEqual([]);
    expect(tools.length).toBeGreaterThan(3);
  });

  test('leaves no folder of tests out', async () => {
    const { default: config } = await import('../../vitest.config.ts');
    const projects = (config as { test: { projects: { test: { name: string; exclude?: string[] } }[] } }).test
      .projects;
    const known = new Set(projects.map(({ test: { name } }) => name));
    const run = new Set(PARTS.flatMap((part) => stepsOf(part) ?? []).flatMap(({ vitest }) => vitest ?? []));
    expect(known).toEqual(run);
    const excluded = projects.find(({ test: { name } }) => name === 'unit')?.test.exclude ?? [];
    const leftOut = readdirSync(join(ROOT, 'test')).filter((folder) =>
      excluded.some((pattern) => pattern.startsWith(`test/${folder}/**`)),
    );
    expect(leftOut.filter((folder) => !known.has(folder))).toEqual([]);
    expect(leftOut).not.toEqual([]);
  });
});

test('a real server is met only by the part that is asked for it', () => {
  const env = { PATH: '/bin', CHT_URL: 'x', CHT_ADMIN: 'x', CHT_ADMIN_PASSWORD: 'x' };
  expect(environmentOf({ name: 'unit' }, env)).toEqual({ PATH: '/bin' });
  expect(environmentOf({ name: 'server' }, env)).toEqual(env);
});
