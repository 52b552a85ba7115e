/** Setting people up, changing and resetting them. */
import { StationError } from '../../../shared/errors.ts';
import { isLanguage } from '../../../shared/languages.ts';
import { staffKey, staffName, type StaffMember } from '../../../shared/people.ts';
import type { Requests } from '../../../shared/contract.ts';
import { audit } from '../../ledger/audit.ts';
import { setSetting } from '../../ledger/settings.ts';
import {
  addStaff,
  changeStaff,
  countAdmins,
  findStaff,
  hasStaff,
  listStaff,
  setStaffHash,
  staffOfAccount,
  type StaffRow,
} from '../../ledger/staff.ts';
import type { Core } from '../core.ts';
import { keepCode, newCode } from './recovery.ts';
import { isSecret, newHash } from './secret.ts';

/**
 * The first start: what the station is called, and its first administrator, who works here from now on.
 * @returns the recovery code
 * @throws StationError `already-set-up`, `bad-name`, `weak-secret`, `busy`: a backup is being restored
 */
export async function setUp(core: Core, wanted: Requests['desk.set-up']['params']): Promise<string> {
  const { db, firstRestore } = core;
  const { language, station, place } = wanted;
  if (firstRestore.isRunning) throw new StationError('busy');
  const name = nameFor(wanted.name);
  const hash = await newHash(wanted.secret, 'admin');
  const recovery = await newCode();
  db.transaction(() => {
    if (hasStaff(db)) throw new StationError('already-set-up');
    if (isLanguage(language)) setSetting(db, 'station.language', language);
    setSetting(db, 'station.name', station.trim());
    setSetting(db, 'station.place', place.trim());
    keepCode(db, recovery);
    const addedAt = core.now();
    addStaff(db, { name, role: 'admin', addedAt, hash, mustChoose: false, computer: null });
    audit(db, { person: name, at: addedAt }, 'station-set-up', { detail: { name, station: station.trim() } });
  });
  core.desk.sit(name);
  core.changed('settings', 'desk');
  return recovery.code;
}

/**
 * With the first one comes the recovery code.
 * @throws StationError `bad-name`, `name-taken`, `weak-secret`, `first-is-admin`, `account-taken`
 */
export async function addMember(
  core: Core,
  wanted: Requests['staff.add']['params'],
): Promise<Requests['staff.add']['value']> {
  const { db } = core;
  const { role, computer = null } = wanted;
  const name = nameFor(wanted.name);
  const hash = await newHash(wanted.secret, role);
  const code = hasStaff(db) ? null : await newCode();
  return db.transaction(() => {
    if (findStaff(db, name) !== undefined) throw new StationError('name-taken');
    const isFirst = !hasStaff(db);
    if (isFirst && role !== 'admin') throw new StationError('first-is-admin');
    checkAccount(core, name, computer);
    const recovery = isFirst ? code : null;
    if (recovery !== null) keepCode(db, recovery);
    const addedAt = core.now();
    // Whoever sets up the first one is that one; a script chooses nothing.
    addStaff(db, { name, role, addedAt, hash, mustChoose: !isFirst && role !== 'service', computer });
    audit(db, { person: core.person, at: addedAt }, 'person-added', { detail: { name, role, computer } });
    core.changed('desk', 'settings');
    return { ...memberOf(core, name), ...(recovery === null ? {} : { recovery: recovery.code }) };
  });
}

/** @throws StationError `not-found`, `last-admin`, `account-taken` */
export function changeMember(core: Core, wanted: Requests['staff.change']['params']): StaffMember {
  const { db } = core;
  return db.transaction(() => {
    const row = found(core, wanted.name);
    const role = wanted.role ?? row.role;
    const computer = wanted.computer === undefined ? row.computer : wanted.computer;
    const leftAt = wanted.left === undefined ? row.leftAt : wanted.left ? (row.leftAt ?? core.now()) : null;
    // A clerk's PIN is no passphrase: who is given a role that needs one is given one first.
    if (role !== row.role && role !== 'clerk' && row.role === 'clerk') throw new StationError('reset-first');
    checkAccount(core, row.name, leftAt === null ? computer : null);
    changeStaff(db, row.name, { role, leftAt, computer });
    if (countAdmins(db) === 0) throw new StationError('last-admin');
    audit(db, { person: core.person, at: core.now() }, 'person-changed', {
      detail: { name: row.name, role, computer, left: leftAt !== null },
    });
    core.changed('desk', 'settings');
    return memberOf(core, row.name);
  });
}

/** Gives somebody a new PIN, which they change when they next come; with a role also that. @throws StationError `not-found`, `weak-secret`, `last-admin` */
export async function resetMember(
  core: Core,
  wanted: Requests['staff.reset']['params'],
): Promise<StaffMember> {
  const { db } = core;
  const role = wanted.role ?? found(core, wanted.name).role;
  const hash = await newHash(wanted.secret, role);
  return db.transaction(() => {
    const row = found(core, wanted.name);
    setStaffHash(db, row.name, hash, role !== 'service');
    changeStaff(db, row.name, { ...row, role });
    if (countAdmins(db) === 0) throw new StationError('last-admin');
    audit(db, { person: core.person, at: core.now() }, 'pin-reset', { detail: { name: row.name, role } });
    core.changed('desk', 'settings');
    return memberOf(core, row.name);
  });
}

/** The person who sits here chooses another PIN. @throws StationError `sign-in-needed`, `wrong-secret`, `same-secret`, `weak-secret`, `try-later` */
export async function chooseSecret(core: Core, old: string, next: string): Promise<void> {
  const { db, desk } = core;
  const row = desk.member();
  if (row === undefined || desk.info().state === 'locked') throw new StationError('sign-in-needed');
  await desk.check(row.name, old);
  if (await isSecret(next, row.hash)) throw new StationError('same-secret');
  const hash = await newHash(next, row.role);
  db.transaction(() => {
    setStaffHash(db, row.name, hash, false);
    audit(db, { person: row.name, at: core.now() }, 'pin-chosen', { detail: { name: row.name } });
  });
  core.changed('desk');
}

function nameFor(typed: string): string {
  const name = staffName(typed);
  if (name === null) throw new StationError('bad-name');
  return name;
}

function found({ db }: Core, name: string): StaffRow {
  const row = findStaff(db, name);
  if (row === undefined) throw new StationError('not-found');
  return row;
}

/** One account of the computer stands for one person. */
function checkAccount({ db }: Core, name: string, computer: string | null): void {
  const other = computer === null ? undefined : staffOfAccount(db, computer);
  if (other !== undefined && staffKey(other.name) !== staffKey(name)) throw new StationError('account-taken');
}

function memberOf({ db }: Core, name: string): StaffMember {
  const member = listStaff(db).find((one) => staffKey(one.name) === staffKey(name));
  if (member === undefined) throw new StationError('not-found');
  return member;
}
