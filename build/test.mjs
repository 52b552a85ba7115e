// `npm test`: installs what is missing, then checks everything, two steps at a time. With the name of a part
// only that part, as it goes. Runs on plain Node 20 with nothing installed; needs no standard input.
//
//   npm test [-- PART [FILTER...]]
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { closingLine, countStep, countTests, verdictOf } from './counts.mjs';
import { ensureInstalled } from './install.mjs';
import { ownEnvironment, ownNode, ROOT } from './paths.mjs';
import { environmentOf, PARTS, stepsOf } from './steps.mjs';
import { watchStep } from './watch-step.mjs';

/** Minutes without a sign of life after which a step hangs; it is ended so that its output is seen. */
const LONGEST_SILENCE = 12;
/** Minutes for everything together: CI gives 90, the installation before it included. What is left then is not run. */
const LONGEST_RUN = 78;

/** A log that is read as a file has no use for colours. */
const PLAIN = { NO_COLOR: '1', FORCE_COLOR: undefined };

const [part, ...filters] = process.argv.slice(2);
const reports = mkdtempSync(join(tmpdir(), 'station-test-'));
const running = new Map();
const lanes = part === undefined ? 2 : 1;
const runEndsAt = performance.now() + LONGEST_RUN * 60_000;

const steps = stepsOf(part, process.env);
if (steps === null) {
  console.error(`There is no part "${part}". Parts: ${PARTS.join(', ')}.`);
  process.exit(2);
}
if (!ensureInstalled()) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => interrupt(signal));
if (part === 'server' && !process.env.CHT_URL) {
  console.log('CHT_URL is not set: this runs against the practice server, not against a real one.');
}

const results = await runAll(steps);
rmSync(reports, { recursive: true, force: true });
console.log('');
for (const result of results) console.log(`${verdictOf(result)} ${result.heading} (${result.seconds} s)`);
for (const name of results.flatMap((result) => result.skipped)) console.log(`not run: ${name}`);
console.log(closingLine(results));
// A part that was asked for by name and tested nothing has not passed.
const nothing = part !== undefined && results.every((result) => result.passed + result.failed === 0);
process.exitCode = nothing || results.some((result) => result.failed > 0) ? 1 : 0;

/** As many steps at a time as there are lanes; a step waits for the one it needs. */
async function runAll(waiting) {
  const queue = [...waiting];
  const started = new Map();
  const lane = async () => {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
      const needed = step.needs === undefined ? null : await started.get(step.needs);
      const obstacle = whyNot(needed);
      const run = obstacle === null ? runStep(step) : notRun(step, obstacle);
      started.set(step.name, run);
      await run;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return Promise.all(waiting.map((step) => started.get(step.name)));
}

function whyNot(needed) {
  if (needed !== null && needed.failed > 0) return `"${needed.heading}" failed`;
  return performance.now() > runEndsAt ? `the run has taken ${LONGEST_RUN} minutes` : null;
}

async function notRun(step, obstacle) {
  console.log(`\n== ${step.heading}: not run, because ${obstacle}`);
  return { heading: step.heading, seconds: 0, ...countStep(1) };
}

/** Runs one step. With one lane its output is seen as it comes, with two it is printed whole at its end. */
async function runStep(step) {
  const live = lanes === 1;
  const report = join(reports, `${step.name}.json`);
  if (live) console.log(`\n== ${step.heading}`);
  const startedAt = performance.now();
  const { code, output } = await runProgram(step, argumentsOf(step, report), live);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  if (!live) console.log(`\n== ${step.heading} (${seconds} s)\n${output.trimEnd()}`);
  const counts = step.vitest === undefined ? countStep(code) : countTests(readReport(report), code);
  return { heading: step.heading, seconds, ...counts };
}

function argumentsOf(step, report) {
  if (step.vitest === undefined) return step.script;
  return [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...step.vitest.flatMap((project) => ['--project', project]),
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    '--reporter=./build/heartbeat.mjs',
    `--outputFile.json=${report}`,
    ...(step.only ?? []),
    ...(step.name === part ? filters : []),
  ];
}

function runProgram(step, args, live) {
  const stdio = live ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'];
  const heartbeat = join(reports, `${step.name}.beat`);
  // A group of its own, so that whatever a step started can be ended with it.
  const detached = process.platform !== 'win32';
  const env = {
    ...environmentOf(step, ownEnvironment()),
    ...(process.stdout.isTTY ? {} : PLAIN),
    STATION_HEARTBEAT: heartbeat,
  };
  const child = spawn(ownNode(), args, { cwd: ROOT, env, stdio, detached });
  const state = { step, child, output: '' };
  running.set(child, state);
  // Some tools colour their words whatever they are told.
  const plain = process.stdout.isTTY ? (text) => text : stripVTControlCharacters;
  const collect = (text) => (state.output += plain(text));
  const watch = watchStep({
    heartbeat,
    silenceMs: (step.silence ?? LONGEST_SILENCE) * 60_000,
    leftMs: runEndsAt - performance.now(),
    stop: (why) => {
      collect(`\n${why}\n`);
      if (live) console.log(why);
      endGroup(child, 'SIGKILL');
    },
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      watch.heard();
      collect(text);
    });
  }
  return new Promise((resolve) => {
    const end = (code) => {
      watch.end();
      running.delete(child);
      resolve({ code, output: state.output });
    };
    child.once('error', (error) => {
      collect(`${error.message}\n`);
      end(1);
    });
    child.once('close', (code) => end(code ?? 1));
  });
}

/** Ends what runs, and prints what it had said so far. */
function interrupt(signal) {
  for (const { step, child, output } of running.values()) {
    console.log(`\n== ${step.heading}: stopped\n${output.trimEnd()}`);
    endGroup(child, signal);
  }
  rmSync(reports, { recursive: true, force: true });
  process.exit(1);
}

function endGroup(child, signal) {
  try {
    if (process.platform === 'win32' || child.pid === undefined) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
