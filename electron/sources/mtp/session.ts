/**
 * A session with a phone: one transaction after the other. A transaction is a command, perhaps data from the
 * phone, and a response. Whatever breaks in the middle of one ends the session, since nobody can tell any more
 * what the next bytes mean; a refusal does not.
 */
import { orAfter, SYSTEM_TIMERS, type Timers } from '../../../shared/timers.ts';
import { CONTAINER, HEADER_BYTES, OPERATION, RESPONSE } from './codes.ts';
import { commandContainer, ContainerStream } from './containers.ts';
import { MtpError } from './failure.ts';
import type { MtpLink } from './link.ts';

export interface SessionTimes {
  /** Milliseconds for the answer to one command. */
  readonly answerMs: number;
  /** The same for opening a session: a phone that answers at all does so at once. */
  readonly openMs: number;
  /** Milliseconds of quiet after which nothing of an older conversation is left in the pipe. */
  readonly quietMs: number;
}

const TIMES: SessionTimes = { answerMs: 8000, openMs: 5000, quietMs: 300 };

export interface Transaction {
  readonly operation: number;
  readonly params?: readonly number[];
  /** The most bytes of data that are taken; what says to be longer is nonsense. */
  readonly dataBytes?: number;
  /** In place of the usual time. */
  readonly answerMs?: number;
  /** The phone has to look through what it holds: three times the usual time. */
  readonly isSlow?: boolean;
}

/** Containers of older transactions that are passed over before one answer. */
const LEFTOVERS = 64;
/** The most that one of them may hold, and the most that is drained. */
const LEFTOVER_BYTES = 16 * 1024 * 1024;
/** A response carries at most five parameters. */
const RESPONSE_BYTES = HEADER_BYTES + 5 * 4;
/** Milliseconds for the end of a session; whoever closes it does not wait longer. */
const FAREWELL_MS = 2000;
/** The only session there is; zero means none (MTP 1.1, D.2.2). */
const SESSION = 1;

export class MtpSession {
  readonly #link: MtpLink;
  readonly #stream: ContainerStream;
  readonly #times: SessionTimes;
  readonly #timers: Timers;
  #transaction = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #ended: MtpError | undefined;

  private constructor(link: MtpLink, times: SessionTimes, timers: Timers) {
    this.#link = link;
    this.#stream = new ContainerStream(link, timers);
    this.#times = times;
    this.#timers = timers;
  }

  /**
   * Opens the session. One that is open already was left behind by a program that ended badly: it is closed
   * first. What that program left in the pipe is thrown away.
   * @throws MtpError; the link is then closed
   */
  static async open(
    link: MtpLink,
    times: SessionTimes = TIMES,
    timers: Timers = SYSTEM_TIMERS,
  ): Promise<MtpSession> {
    const session = new MtpSession(link, times, timers);
    try {
      await session.#begin();
      return session;
    } catch (error) {
      await link.close();
      throw error;
    }
  }

  async #begin(): Promise<void> {
    const answerMs = this.#times.openMs;
    const open = { operation: OPERATION.openSession, params: [SESSION], answerMs };
    try {
      await this.transact(open);
    } catch (error) {
      if (!(error instanceof MtpError)) throw error;
      if (error.failure === 'nonsense' || error.failure === 'silent' || error.failure === 'stalled') {
        await this.#stream.drain(LEFTOVER_BYTES, this.#times.quietMs);
        this.#ended = undefined;
      } else if (error.response !== RESPONSE.sessionAlreadyOpen) throw error;
      await this.transact({ operation: OPERATION.closeSession, answerMs }).catch(passRefusal);
      await this.transact(open);
    }
  }

  /**
   * Sends one command and waits for its answer; what is asked meanwhile waits for its turn.
   * @returns the data of the answer, empty where there is none
   * @throws MtpError `refused` with the phone's response; every other failure ends the session
   */
  transact(transaction: Transaction): Promise<Uint8Array> {
    const run = this.#turn.then(() => this.#run(transaction));
    this.#turn = run.catch(() => undefined);
    return run;
  }

  async #run(asked: Transaction): Promise<Uint8Array> {
    if (this.#ended !== undefined) throw this.#ended;
    // Opening a session is the one operation without a transaction of its own.
    const id = asked.operation === OPERATION.openSession ? 0 : this.#nextId();
    if (id === 0) this.#transaction = 0;
    try {
      const usual = this.#times.answerMs * (asked.isSlow === true ? 3 : 1);
      const deadline = this.#timers.now() + (asked.answerMs ?? usual);
      const command = commandContainer(asked.operation, id, asked.params ?? []);
      await this.#link.send(command, Math.max(1, deadline - this.#timers.now()));
      return await this.#answer(id, asked.dataBytes ?? 0, deadline);
    } catch (error) {
      const failure =
        error instanceof MtpError ? error : new MtpError('failed', 'transfer', undefined, error);
      if (failure.failure !== 'refused') this.#ended = failure;
      throw failure;
    }
  }

  async #answer(id: number, most: number, deadline: number): Promise<Uint8Array> {
    let data: Uint8Array | undefined;
    for (let leftovers = 0; leftovers < LEFTOVERS;) {
      const header = await this.#stream.header(data === undefined ? most : 0, deadline);
      const rest = header.length - HEADER_BYTES;
      if (header.transaction !== id && isLeftover(header.transaction, id)) {
        if (rest > LEFTOVER_BYTES) throw new MtpError('nonsense', 'a container is too long');
        await this.#stream.skip(rest, deadline);
        leftovers += 1;
      } else if (header.transaction !== id) {
        throw new MtpError('nonsense', 'an answer to a question that was not asked');
      } else if (header.type === CONTAINER.data) {
        if (data !== undefined) throw new MtpError('nonsense', 'data twice');
        if (rest > most) throw new MtpError('nonsense', 'more data than was asked for');
        data = await this.#stream.payload(rest, deadline);
      } else if (header.type === CONTAINER.response) {
        if (header.length > RESPONSE_BYTES) throw new MtpError('nonsense', 'a response is too long');
        await this.#stream.skip(rest, deadline);
        if (header.code === RESPONSE.ok) return data ?? new Uint8Array(0);
        throw new MtpError('refused', `response 0x${header.code.toString(16)}`, header.code);
      } else {
        throw new MtpError('nonsense', `a container of type ${header.type}`);
      }
    }
    throw new MtpError('nonsense', 'no end of old answers');
  }

  #nextId(): number {
    // Zero and 0xffffffff mean something else (MTP 1.1, 4.4.2).
    this.#transaction = this.#transaction >= 0xfffffffe ? 1 : this.#transaction + 1;
    return this.#transaction;
  }

  /** Says goodbye where the phone still listens, then gives it free, whatever is under way. Never throws. */
  async close(): Promise<void> {
    if (this.#ended === undefined) {
      const farewell = this.transact({ operation: OPERATION.closeSession, answerMs: FAREWELL_MS });
      await orAfter(
        this.#timers,
        FAREWELL_MS,
        farewell.catch(() => undefined),
        undefined,
      );
    }
    this.#ended ??= new MtpError('closed', 'the session was closed');
    await this.#link.close();
  }
}

/** An answer to an earlier question: of this session, or of the one that another program left open. */
function isLeftover(transaction: number, id: number): boolean {
  return id === 0 || transaction < id || (id === 1 && transaction > 1);
}

function passRefusal(error: unknown): void {
  if (!(error instanceof MtpError) || error.failure !== 'refused') throw error;
}
