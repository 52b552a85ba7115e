/** The station opened for one command, and the few ways commands talk to it. */
import { readFileSync } from 'node:fs';
import type { Job, JobEnd, RequestName, Requests } from '../../shared/contract.ts';
import { StationError } from '../../shared/errors.ts';
import { encryptionHere } from '../host/disk-encryption.ts';
import { phoneRule } from '../host/phone-rule.ts';
import type { DeviceSetup, LiveReading, OpenStation } from '../station-api.ts';
import { openStation } from '../station.ts';
import { UsageError, type Command } from './command-table.ts';
import { lineOfInput } from './input.ts';
import { tell, tellInPlace } from './out.ts';
import { secondAtTerminal, signInAtTerminal } from './people.ts';
import { say, speak, word } from './say.ts';
import { TERMINAL, typed, type Talk } from './talk.ts';

export const VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/** Phones over the debugging cable; the built script is only needed to read their apps. */
export const LIVE: LiveReading = { script: new URL('../../out/main/phone.js', import.meta.url), usb: true };

export interface Terminal {
  ask<Name extends RequestName>(
    name: Name,
    params: Requests[Name]['input'],
  ): Promise<Requests[Name]['value']>;
  /** Waits for a job, showing how far it is on stderr where a person looks. */
  wait(job: string): Promise<JobEnd>;
  readonly station: OpenStation;
}

/** Ctrl-C, the end that the system asks for, and a window that is closed. */
const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Opens the station, lets `work` use it, and closes it whatever happens. Ctrl-C stops what runs, safely. */
export async function withStation<Value>(
  command: Command,
  work: (terminal: Terminal) => Promise<Value>,
  devices: DeviceSetup | null = null,
): Promise<Value> {
  const station = await openStation({
    dataDir: command.dataDir,
    ...(command.replica === undefined ? {} : { replica: command.replica }),
    carrier: 'terminal',
    version: VERSION,
    replicaWorkerUrl: new URL('../replica-worker.ts', import.meta.url),
    devices,
    encryption: encryptionHere(),
    phoneRule: () => phoneRule(),
    live: LIVE,
    log: (line) => tell(`${line}\n`),
  });
  const terminal = terminalOf(station, command);
  const interrupt = (): void => void stopJobs(terminal);
  for (const signal of STOPPING) process.once(signal, interrupt);
  try {
    const { language } = await terminal.ask('settings.get', {});
    if (language !== null) speak(language);
    await signInAtTerminal(terminal, command);
    return await work(terminal);
  } finally {
    for (const signal of STOPPING) process.removeListener(signal, interrupt);
    await station.close();
  }
}

function terminalOf(station: OpenStation, command: Command): Terminal {
  const ask = async <Name extends RequestName>(
    name: Name,
    params: Requests[Name]['input'],
  ): Promise<Requests[Name]['value']> => {
    let answer = await station.ask(name, params);
    // Refused before anything began: what was begun at the start ends first, or no command ever gets to its turn.
    if (!answer.ok && answer.code === 'replica-restoring' && (await hasRestored())) {
      answer = await station.ask(name, params);
    }
    if (!answer.ok && answer.code === 'second-needed') {
      const second = await secondAtTerminal(command);
      if (second !== null) answer = await station.ask(name, { ...params, second });
    }
    if (!answer.ok) throw new StationError(answer.code, answer.detail);
    return answer.value as Requests[Name]['value'];
  };
  const wait = (id: string): Promise<JobEnd> =>
    new Promise((resolve, reject) => {
      let said: readonly string[] = [];
      const show = (job: Job): void => {
        if (job.job !== id) return;
        showProgress(job);
        const lines = job.end === null ? stillLines(job) : said;
        for (const line of lines) if (!said.includes(line)) say(line);
        said = lines;
        if (job.end !== null) resolve(job.end);
      };
      station.on('job', show);
      // It may have ended before anybody listened.
      ask('jobs.list', {}).then(({ jobs }) => jobs.forEach(show), reject);
    });
  /** Waits until the store of records is written anew; whether anybody was doing that. */
  const hasRestored = async (): Promise<boolean> => {
    const { jobs } = await ask('jobs.list', {});
    const restoring = jobs.find(({ kind, end }) => kind === 'restore' && end === null);
    if (restoring !== undefined) await wait(restoring.job);
    return restoring !== undefined;
  };
  return { ask, wait, station };
}

/**
 * An earlier run may have been cut off in a dump: it is finished before anything else is taken in. What only looks, decides or
 * sends does not wait for it; closing stops it, and the next start goes on with it.
 */
export async function finishBegun(terminal: Terminal): Promise<void> {
  const { jobs } = await terminal.ask('jobs.list', {});
  for (const job of jobs) await terminal.wait(job.job);
}

async function stopJobs(terminal: Terminal): Promise<void> {
  const { jobs } = await terminal.ask('jobs.list', {});
  for (const job of jobs) if (job.end === null) await terminal.ask('job.stop', { job: job.job });
}

function showProgress(job: Job): void {
  tellInPlace(job.end === null ? progressLine(job) : '');
}

/** Where it is: the step, and how far that is. */
export function progressLine({ step, subject, done, total, counts }: Job): string {
  if (step === 'sync') {
    const received = counts['received'] ?? 0;
    return `${step} ${subject} ${word('syncProgress', { sent: done, total: total ?? 0, received })}`;
  }
  const share = total === null || total === 0 ? '' : ` ${Math.floor((100 * done) / total)} %`;
  return `${step} ${subject}${share}`;
}

/** Where the app on a phone stands still: what is known of its sync, and what a person can do. */
export function stillLines({ step, counts }: Pick<Job, 'step' | 'counts'>): readonly string[] {
  if (step !== 'quiet' && step !== 'unended') return [];
  const { failures = 0, sent = 0, confirmed } = counts;
  return [
    step === 'quiet' ? word('syncQuiet') : word('syncUnended', { count: failures }),
    word('syncGoOn'),
    ...(confirmed === undefined ? [] : [word('syncConfirmed', { sent, confirmed })]),
  ];
}

/** The end of a job that is no failure. @throws StationError the job's failure, or `cancelled` */
export function endOf<Kind extends JobEnd['kind']>(end: JobEnd, kind: Kind): Extract<JobEnd, { kind: Kind }> {
  if (end.kind === 'failed') throw new StationError(end.code, end.detail);
  if (end.kind === 'stopped') throw new StationError('cancelled');
  if (end.kind !== kind) throw new Error(`a job ended as ${end.kind}`);
  return end as Extract<JobEnd, { kind: Kind }>;
}

interface SigningIn {
  readonly as?: string | undefined;
  readonly account?: string | undefined;
  readonly passwordStdin?: boolean | undefined;
}

/**
 * From STATION_PASSWORD or standard input, or typed where a person looks; never from an argument: arguments are seen by
 * everybody.
 * @param of whose it is, where no option says so
 * @throws UsageError
 */
export async function passwordFor(
  command: Command<'compare' | 'password' | 'phone prepare' | 'try' | 'upload'>,
  talk: Talk = TERMINAL,
  of = '',
): Promise<string> {
  const { as, account, passwordStdin }: SigningIn = command.options;
  const user = as ?? account ?? of;
  const password = passwordStdin
    ? lineOfInput()
    : process.env['STATION_PASSWORD'] || (await typed(word('passwordPrompt', { user }), talk));
  if (password === '') throw new UsageError(word('givePassword'));
  return password;
}
