/**
 * The desk: who sits before the station, and whether that is known. One for each open station, whatever carries it: a
 * window, the pages of one browser, a terminal. It outlives a ledger that is closed and opened again. Nobody is let in by
 * a name alone, wrong tries make it slow and never shut it, and who has left or was given another role is that at once.
 */
import { userInfo } from 'node:os';
import type { Events } from '../../../shared/contract.ts';
import { StationError } from '../../../shared/errors.ts';
import type { Asker } from '../../../shared/permissions.ts';
import {
  computerAccount,
  PRACTICE,
  staffKey,
  waitAfter,
  type Desk as DeskInfo,
  type Person,
} from '../../../shared/people.ts';
import type { Timers } from '../../../shared/timers.ts';
import { audit } from '../../ledger/audit.ts';
import type { Database } from '../../ledger/database.ts';
import { peopleRules } from '../../ledger/people-rules.ts';
import { findStaff, hasStaff, setWrongTries, staffOfAccount, type StaffRow } from '../../ledger/staff.ts';
import type { StationOptions } from '../../station-api.ts';
import { isSecret } from './secret.ts';

interface DeskParts {
  readonly clock: () => number;
  readonly timers: Timers;
  readonly changed: (...what: Events['changed']['what']) => void;
}

/** Somebody showed who they are, and has not gone away since. */
interface Sitting {
  /** The key of their name. */
  readonly key: string;
  readonly by: Person['by'];
  readonly isLocked: boolean;
  /** When there last was a key, a click or a move; milliseconds since 1970. */
  readonly hereAt: number;
}

interface Tries {
  readonly wrong: number;
  readonly at: number;
}

export class Desk {
  readonly #parts: DeskParts;
  readonly #options: Pick<StationOptions, 'carrier' | 'practice' | 'account'>;
  #db: Database | null = null;
  #isWritable = false;
  #sitting: Sitting | null = null;
  #callOff: (() => void) | null = null;
  /** Wrong tries under names that nobody has, and where the ledger cannot be written. */
  readonly #tries = new Map<string, Tries>();
  /** One try after the other: a hundred at once are not one. */
  #trying: Promise<unknown> = Promise.resolve();

  constructor(parts: DeskParts, options: Pick<StationOptions, 'carrier' | 'practice' | 'account'>) {
    this.#parts = parts;
    this.#options = options;
  }

  /** From here on this is the ledger. @param isWritable `false`: it can only be read */
  use(db: Database, isWritable: boolean): void {
    this.#db = db;
    this.#isWritable = isWritable;
  }

  /** Who may be asked for now. */
  asker(): Asker {
    const { state, person } = this.info();
    if (state === 'in' && person !== null) return { state, person };
    return { state: state === 'first' ? 'first' : 'nobody' };
  }

  info(): DeskInfo {
    const lockMinutes = this.#db === null ? 0 : peopleRules(this.#db).lockMinutes;
    return { ...this.#seat(), lockMinutes };
  }

  /**
   * A computer that slept counts no minutes: whoever opens it again after the time for which the desk may be left finds it
   * locked. A clock that was set back changes nothing; the timer counts all the same.
   */
  #lockAfterSleep(db: Database): void {
    const sitting = this.#sitting;
    if (sitting === null || sitting.isLocked || this.#options.carrier === 'terminal') return;
    if (this.#parts.clock() - sitting.hereAt >= peopleRules(db).lockMinutes * 60_000) this.lock();
  }

  #seat(): Pick<DeskInfo, 'state' | 'person'> {
    const db = this.#db;
    if (this.#options.practice)
      return { state: 'in', person: { name: PRACTICE, role: 'admin', by: 'practice' } };
    if (db === null) return { state: 'signed-out', person: null };
    this.#lockAfterSleep(db);
    const isTerminal = this.#options.carrier === 'terminal';
    if (!hasStaff(db)) {
      if (this.#isWritable && !isTerminal) return { state: 'first', person: null };
      // A ledger that is gone or damaged is put back by whoever is there: it says nothing of people.
      const name = computerAccount(this.#account());
      return { state: 'in', person: { name, role: 'admin', by: 'computer' } };
    }
    const sitting = this.#sitting;
    const mapped = sitting === null && isTerminal ? staffOfAccount(db, this.#account()) : undefined;
    if (mapped !== undefined)
      return { state: 'in', person: { name: mapped.name, role: mapped.role, by: 'computer' } };
    const row = sitting === null ? undefined : findStaff(db, sitting.key);
    if (sitting === null || row === undefined || row.leftAt !== null)
      return { state: 'signed-out', person: null };
    // A script has no window, not even that of whoever was made one while sitting there.
    if (row.role === 'service' && !isTerminal) return { state: 'signed-out', person: null };
    if (sitting.isLocked) return { state: 'locked', person: null };
    if (row.mustChoose) return { state: 'choosing', person: null };
    return { state: 'in', person: { name: row.name, role: row.role, by: sitting.by } };
  }

  #account(): string {
    return this.#options.account ?? userInfo().username;
  }

  /**
   * Somebody comes, or takes the place of another.
   * @throws StationError `wrong-secret`, `try-later` with the seconds
   */
  async signIn(name: string, secret: string): Promise<void> {
    const row = await this.check(name, secret);
    this.sit(row.name);
    // Terminals come and go with each command: what they do says who they are.
    if (this.#isWritable && this.#options.carrier !== 'terminal')
      audit(this.#ledger(), { person: row.name, at: this.#now() }, 'signed-in');
  }

  /** They have just been let in. */
  sit(name: string): void {
    this.#sitting = { key: staffKey(name), by: 'secret', isLocked: false, hereAt: this.#parts.clock() };
    this.here();
    this.#parts.changed('desk');
  }

  /** Whoever locked it, or before whom it locked itself, is back. */
  async unlock(secret: string): Promise<void> {
    const sitting = this.#sitting;
    if (sitting === null) throw new StationError('sign-in-needed');
    const row = await this.check(sitting.key, secret);
    this.sit(row.name);
  }

  /** Nothing more is shown or done until they are back. Jobs go on. */
  lock(): void {
    this.#callOff?.();
    if (this.#sitting === null || this.#sitting.isLocked) return;
    this.#sitting = { ...this.#sitting, isLocked: true };
    this.#parts.changed('desk');
  }

  signOut(): void {
    this.#callOff?.();
    if (this.#sitting === null) return;
    this.#sitting = null;
    this.#parts.changed('desk');
  }

  /** There was a key, a click or a move: the time until it locks begins anew. */
  here(): void {
    if (this.#db !== null) this.#lockAfterSleep(this.#db);
    const sitting = this.#sitting;
    if (sitting === null || sitting.isLocked || this.#options.carrier === 'terminal') return;
    this.#sitting = { ...sitting, hereAt: this.#parts.clock() };
    this.#callOff?.();
    this.#callOff = this.#parts.timers.after(this.info().lockMinutes * 60_000, () => this.lock());
  }

  close(): void {
    this.#callOff?.();
  }

  /**
   * Whoever sits here shows once more who they are, before something is sent with a login that they did not type. At a
   * terminal that was just done; in practice, and where the computer's account works, nobody has a PIN.
   * @throws StationError `unlock-needed`, `wrong-secret`, `try-later`
   */
  async showAgain(secret: string | undefined): Promise<void> {
    const member = this.member();
    if (this.#options.practice || this.#options.carrier === 'terminal' || member === undefined) return;
    if (secret === undefined) throw new StationError('unlock-needed');
    await this.check(member.name, secret);
  }

  /** The person who sits here, as the ledger has them; `undefined` in practice and where a computer's account works. */
  member(): StaffRow | undefined {
    return this.#sitting === null ? undefined : findStaff(this.#ledger(), this.#sitting.key);
  }

  /** Whoever has this name and this secret. @throws StationError `wrong-secret`, `try-later` with the seconds */
  check(name: string, secret: string): Promise<StaffRow> {
    const trial = this.#trying.then(() => this.#try(name, secret));
    this.#trying = trial.catch(() => {});
    return trial;
  }

  async #try(name: string, secret: string): Promise<StaffRow> {
    const row = findStaff(this.#ledger(), name);
    const key = staffKey(name);
    const { wrong, at } = this.#triesOf(key, row);
    const now = this.#parts.clock();
    // A clock that was set back must not shut anybody out for longer than the wait itself.
    const wait = Math.min(waitAfter(wrong), at + waitAfter(wrong) - now);
    if (wait > 0) throw new StationError('try-later', String(Math.ceil(wait / 1000)));
    const isRight = await isSecret(secret, row === undefined || row.leftAt !== null ? null : row.hash);
    // A script has no window.
    const mayCome = row?.role !== 'service' || this.#options.carrier === 'terminal';
    if (row === undefined || !isRight || !mayCome) {
      this.#setTries(key, row, { wrong: wrong + 1, at: this.#parts.clock() });
      throw new StationError('wrong-secret');
    }
    if (wrong > 0) this.#setTries(key, row, { wrong: 0, at: 0 });
    return row;
  }

  /** As `isSecret`, one after the other: each costs a tenth of a second. */
  isSecret(secret: string, kept: string | null): Promise<boolean> {
    const trial = this.#trying.then(() => isSecret(secret, kept));
    this.#trying = trial.catch(() => {});
    return trial;
  }

  #triesOf(key: string, row: StaffRow | undefined): Tries {
    const kept = this.#tries.get(key);
    if (kept !== undefined) return kept;
    return row === undefined ? { wrong: 0, at: 0 } : { wrong: row.wrong, at: row.wrongAt };
  }

  #setTries(key: string, row: StaffRow | undefined, { wrong, at }: Tries): void {
    if (row !== undefined && this.#isWritable) setWrongTries(this.#ledger(), row.name, wrong, at);
    else if (wrong === 0) this.#tries.delete(key);
    else this.#tries.set(key, { wrong, at });
  }

  #ledger(): Database {
    if (this.#db === null) throw new Error('there is no ledger yet');
    return this.#db;
  }

  #now(): string {
    return new Date(this.#parts.clock()).toISOString();
  }
}
