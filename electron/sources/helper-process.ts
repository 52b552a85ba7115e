/**
 * A helper program that is asked in lines of JSON: one question at a time, each with a time in which it must
 * be answered. A helper that breaks a rule, hangs or ends is ended, and started anew for the next question.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { StationError } from '../../shared/errors.ts';
import { tellingStop } from '../../shared/stopping.ts';
import type { Timers } from '../../shared/timers.ts';
import { fieldAt, isObject } from '../../shared/untrusted.ts';

/** A program with its arguments. */
export type Command = readonly [program: string, ...args: string[]];

export interface Question {
  readonly ask: string;
  readonly [field: string]: unknown;
}

export interface AskOptions {
  /** Milliseconds without any answer, or without one that moves on. */
  readonly timeoutMs: number;
  /** Lines of answers that come before the last one. Returns whether it moves things on. */
  readonly onPart?: (part: unknown) => boolean;
  readonly signal?: AbortSignal;
}

/** One line of the helper's; names of files are at most 255 characters. */
const LINE_LENGTH = 64 * 1024;
/** Lines that are no answer (warnings of PowerShell), until it is plain that this is not our helper. */
const STRANGE_LINES = 1000;

interface Open {
  readonly id: number;
  readonly onPart: (part: unknown) => boolean;
  readonly moved: () => void;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StationError) => void;
}

export class HelperProcess {
  readonly #command: Command | null;
  readonly #timers: Timers;
  #child: ChildProcessWithoutNullStreams | null = null;
  #open: Open | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #line = '';
  #strange = 0;
  #last = 0;
  #closed = false;
  /** A policy of this computer lets the helper do nothing: it is not started again. */
  #blind: boolean;

  /** @param command `null`: there is none on this computer */
  constructor(command: Command | null, timers: Timers) {
    this.#blind = command === null;
    this.#command = command;
    this.#timers = timers;
  }

  /** Whether the helper that answered earlier is still the same one: what it numbered is still valid. */
  get generation(): number {
    return this.#generation;
  }
  #generation = 0;

  /**
   * @returns the `value` of the last answer
   * @throws StationError with the code the helper answers (`failed`), `device-stuck` where it hangs, ends or
   * talks nonsense, `devices-blind` where it cannot be started, `cancelled`
   */
  ask(question: Question, options: AskOptions): Promise<unknown> {
    const answer = this.#turn.then(() => this.#ask(question, options));
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  async #ask(question: Question, { timeoutMs, onPart, signal }: AskOptions): Promise<unknown> {
    if (this.#closed) throw new StationError('source-gone');
    if (this.#blind) throw new StationError('devices-blind');
    const stop = (): void => this.#end(new StationError('cancelled'));
    return tellingStop(signal, stop, () => this.#send(question, timeoutMs, onPart));
  }

  async #send(question: Question, timeoutMs: number, onPart: AskOptions['onPart']): Promise<unknown> {
    const child = (this.#child ??= this.#start());
    const id = ++this.#last;
    let callOff: (() => void) | undefined;
    try {
      return await new Promise<unknown>((resolve, reject) => {
        const moved = (): void => {
          callOff?.();
          callOff = this.#timers.after(timeoutMs, () => this.#end(new StationError('device-stuck')));
        };
        this.#open = { id, onPart: onPart ?? (() => false), moved, resolve, reject };
        moved();
        child.stdin.write(`${JSON.stringify({ ...question, id })}\n`);
      });
    } finally {
      callOff?.();
      this.#open = null;
    }
  }

  #start(): ChildProcessWithoutNullStreams {
    const [program, ...args] = this.#command ?? [''];
    const child = spawn(program, args, { windowsHide: true, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#line = '';
    this.#strange = 0;
    this.#generation += 1;
    const ended = (error: StationError) => (): void => {
      if (this.#child === child) this.#end(error);
    };
    child.once('error', ended(new StationError('devices-blind')));
    child.once('close', ended(new StationError('device-stuck')));
    child.stdin.on('error', () => undefined);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (this.#child === child) this.#hear(text);
    });
    // What it complains about may name files; nobody reads it.
    child.stderr.resume();
    return child;
  }

  #hear(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#answer(line);
    if (this.#line.length > LINE_LENGTH) this.#end(new StationError('device-stuck'));
  }

  #answer(line: string): void {
    const open = this.#open;
    const said = line.length > LINE_LENGTH ? undefined : parsed(line);
    if (!isObject(said)) {
      this.#strange += 1;
      if (this.#strange > STRANGE_LINES) this.#end(new StationError('device-stuck'));
      return;
    }
    if (said['id'] === 0 && said['failed'] === 'blind') {
      this.#blind = true;
      this.#end(new StationError('devices-blind'));
      return;
    }
    // An answer to a question that was given up is passed over.
    if (open === null || said['id'] !== open.id) return;
    if ('value' in said) open.resolve(said['value']);
    else if ('failed' in said) open.reject(new StationError(codeOf(said['failed'])));
    else if (open.onPart(fieldAt(said, 'part'))) open.moved();
  }

  #end(error: StationError): void {
    const child = this.#child;
    this.#child = null;
    child?.kill('SIGKILL');
    this.#open?.reject(error);
  }

  close(): void {
    this.#closed = true;
    this.#end(new StationError('source-gone'));
  }
}

/** The helper's own words for what failed; anything else is a helper that is not ours. */
function codeOf(failed: unknown) {
  switch (failed) {
    case 'gone':
      return 'source-gone';
    case 'not-readable':
      return 'not-readable';
    case 'disk-full':
      return 'disk-full';
    case 'blind':
      return 'devices-blind';
    default:
      return 'device-stuck';
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
