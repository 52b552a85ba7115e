// The steps of `npm test`, and which of them a part needs.

/**
 * What is run, on the installed Node. `vitest` steps count each test, the others count as one. `silence`: minutes
 * without a sign of life after which it hangs, where that is more than usual.
 */
export const STEPS = [
  { name: 'lock', heading: 'Lock file', script: ['build/lock-check.mjs'] },
  { name: 'build', heading: 'Build', script: ['node_modules/electron-vite/bin/electron-vite.js', 'build'] },
  { name: 'types', heading: 'Types', script: ['build/typecheck.mjs'] },
  { name: 'lint', heading: 'Lint', script: ['node_modules/oxlint/bin/oxlint', '--type-aware'] },
  { name: 'dead', heading: 'Dead code', script: ['node_modules/knip/bin/knip.js', '--no-progress'] },
  { name: 'format', heading: 'Format', script: ['node_modules/prettier/bin/prettier.cjs', '--check', '.'] },
  { name: 'unit', heading: 'Tests of the parts', vitest: ['unit', 'renderer', 'server'], needs: 'build' },
  { name: 'window', heading: 'The window in Chromium', vitest: ['window'], needs: 'build' },
  { name: 'package', heading: 'What is packaged', vitest: ['package'], needs: 'build' },
  { name: 'faults', heading: 'Upload under faults', vitest: ['faults'] },
  { name: 'phone', heading: 'Live reading of a phone', vitest: ['phone'] },
];

/** Parts that are asked for by name only: they need a real server or a virtual machine. */
const BY_NAME = [
  { name: 'server', heading: 'Against a CHT server', vitest: ['server'] },
  { name: 'hardware', heading: 'On virtual hardware', vitest: ['hardware'], silence: 25 },
  { name: 'minute', heading: 'A minute on virtual hardware', vitest: ['hardware'], only: ['quick'] },
];

/** The names that may be asked for. */
export const PARTS = [...STEPS, ...BY_NAME].map((step) => step.name);

/**
 * The steps of a part, with what it needs before it; every usual step without a name; `null` for no such part.
 * Where the machine was made ready for it (`.ci/run`), the minute on virtual hardware is a usual step.
 */
export function stepsOf(part, env = {}) {
  if (part === undefined && env.STATION_HARDWARE === 'minute')
    return [...STEPS, ...BY_NAME.filter(({ name }) => name === 'minute')];
  if (part === undefined) return STEPS;
  const step = [...BY_NAME, ...STEPS].find(({ name }) => name === part);
  if (step === undefined) return null;
  const needed = STEPS.filter(({ name }) => name === step.needs);
  return [...needed, step];
}

/**
 * The environment of a step. Only the part `server` meets a real CHT server: a plain `npm test` must not
 * write places and users into one because an address was left in the shell.
 */
export function environmentOf(step, env) {
  const { CHT_URL: _url, CHT_ADMIN: _admin, CHT_ADMIN_PASSWORD: _password, ...others } = env;
  return step.name === 'server' ? env : others;
}
