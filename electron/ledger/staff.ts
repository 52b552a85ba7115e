/** The people of the station. Nobody is ever taken out: the history names them. */
import { staffKey, type Role, type StaffMember } from '../../shared/people.ts';
import { type Database, type Row, number, text, textOrNull } from './database.ts';

/** One of them, with what only the station itself looks at. */
export interface StaffRow extends StaffMember {
  /** What scrypt made of the PIN or passphrase. */
  readonly hash: string;
  /** Wrong tries in a row, and when the last one was, in milliseconds since 1970. */
  readonly wrong: number;
  readonly wrongAt: number;
}

function memberOf(row: Row): StaffMember {
  return {
    name: text(row, 'name'),
    role: text(row, 'role') as Role,
    addedAt: text(row, 'added_at'),
    leftAt: textOrNull(row, 'left_at'),
    mustChoose: row['must_choose'] === 1,
    computer: textOrNull(row, 'computer'),
  };
}

function staffRow(row: Row): StaffRow {
  return {
    ...memberOf(row),
    hash: text(row, 'hash'),
    wrong: number(row, 'wrong'),
    wrongAt: number(row, 'wrong_at'),
  };
}

export function listStaff(db: Database): StaffMember[] {
  return db.all('SELECT * FROM staff ORDER BY left_at IS NOT NULL, key').map(memberOf);
}

/** Somebody of that name, also one who has left. */
export function findStaff(db: Database, name: string): StaffRow | undefined {
  const row = db.get('SELECT * FROM staff WHERE key = ?', staffKey(name));
  return row === undefined ? undefined : staffRow(row);
}

/** Whoever this account of the computer stands for. */
export function staffOfAccount(db: Database, account: string): StaffRow | undefined {
  const row = db.get('SELECT * FROM staff WHERE computer = ? AND left_at IS NULL', account);
  return row === undefined ? undefined : staffRow(row);
}

/** Whether anybody was ever set up here. */
export function hasStaff(db: Database): boolean {
  return db.get('SELECT 1 FROM staff LIMIT 1') !== undefined;
}

/** Administrators who work here. */
export function countAdmins(db: Database): number {
  return number(db.get(`SELECT count(*) AS n FROM staff WHERE role = 'admin' AND left_at IS NULL`), 'n');
}

export function addStaff(
  db: Database,
  one: Pick<StaffRow, 'name' | 'role' | 'addedAt' | 'hash' | 'mustChoose' | 'computer'>,
): void {
  db.run(
    `INSERT INTO staff (key, name, role, hash, added_at, must_choose, computer) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    staffKey(one.name),
    one.name,
    one.role,
    one.hash,
    one.addedAt,
    one.mustChoose ? 1 : 0,
    one.computer,
  );
}

export function changeStaff(
  db: Database,
  name: string,
  { role, leftAt, computer }: Pick<StaffRow, 'role' | 'leftAt' | 'computer'>,
): void {
  db.run(
    'UPDATE staff SET role = ?, left_at = ?, computer = ? WHERE key = ?',
    role,
    leftAt,
    computer,
    staffKey(name),
  );
}

/** A new PIN or passphrase; wrong tries of the old one are forgotten. */
export function setStaffHash(db: Database, name: string, hash: string, mustChoose: boolean): void {
  db.run(
    'UPDATE staff SET hash = ?, must_choose = ?, wrong = 0, wrong_at = 0 WHERE key = ?',
    hash,
    mustChoose ? 1 : 0,
    staffKey(name),
  );
}

export function setWrongTries(db: Database, name: string, wrong: number, at: number): void {
  db.run('UPDATE staff SET wrong = ?, wrong_at = ? WHERE key = ?', wrong, at, staffKey(name));
}
