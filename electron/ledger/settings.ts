/** The station's few settings. Never a password. */
import { type Database, text } from './database.ts';

export type Setting =
  | 'server.url'
  /** A dump was set aside at some time: its records may have no tree in the replica. */
  | 'server.asideOnce'
  /** Further addresses of the same server, as JSON. */
  | 'server.names'
  /** The ledger was put back from a backup: JSON of `Health['ledger']['restored']`. */
  | 'ledger.restored'
  /** When damaged indexes of the ledger were written anew. */
  | 'ledger.mended'
  /** When the last whole backup of the station was made. */
  | 'backup.at'
  /** The station was restored from a backup of this time, and not everybody has compared with the server since. */
  | 'backup.restored'
  /** Whose logins have compared since it was restored, as JSON. */
  | 'backup.compared'
  /** The folder or stick for backups, and `yes` where that was on another disk than the station when it was chosen. */
  | 'backup.place'
  | 'backup.otherDisk'
  /** `yes`: one is made after each day. */
  | 'backup.daily'
  /** Why the last one that was to be made by itself was not; an error code. */
  | 'backup.waits'
  /** The newest version of the program that ever ran here; nothing older is offered. */
  | 'update.newest'
  /** Which version was given to the system's installer. */
  | 'update.handedOver'
  | 'server.version'
  /** When it was last tried, and why it did not answer then (an error code; unset: it answered). */
  | 'server.checkedAt'
  | 'server.checkError'
  | 'server.comparedAt'
  | 'server.used'
  /** When the server was last asked who works here, and for whom of those who had come by then. */
  | 'people.askedAt'
  | 'people.askedFor'
  | 'replica.id'
  /** `yes`: a run has it open, or ended without closing it. */
  | 'replica.open'
  /** It is being written anew: `set-aside`, then `from-copies`. */
  | 'replica.restoring'
  /** At so many starts in a row the program ended while the store was opened or looked through. */
  | 'replica.endings'
  /** How often it ended while a store that was set aside was read, as JSON: its name, the number. */
  | 'replica.asideEndings'
  /** When a store that had ended the program was last set aside unread. */
  | 'replica.gaveUp'
  /** When this computer's clock was last believed enough for something to go for good. */
  | 'clock.believedAt'
  /** Days; `never`: everything stays; unset: as it comes. */
  | 'retention.days'
  /** When it was last looked by itself whether anything is to be given up. */
  | 'retention.lookedAt'
  /** `clock`: what is to go waits until the clock is known to be right. */
  | 'retention.waits'
  /** Something was given up, and perhaps still lies in the replica, in freed space or in a backup. */
  | 'retention.unfinished'
  | 'station.name'
  | 'station.place'
  | 'people.lockMinutes'
  /** `no`: an administrator turned it off. */
  | 'people.fourEyes'
  /** What scrypt made of the recovery code; unset: there is none, or it was used. */
  | 'people.recovery'
  /** Number of the last entry of the history that was made before people were named. */
  | 'people.before'
  /** One of `LANGUAGES`; unset: what the computer says. */
  | 'station.language'
  /** Whose logins are kept, as JSON; the passwords are in the system's key store. */
  | 'logins'
  /** One of `AGREEING`; unset: everybody. */
  | 'phones.agreeing'
  /** What is asked of the disk: `required` where it has to be encrypted. */
  | 'disk.encryption'
  /** Codes of rules that are turned off, with spaces between; unset: as they come. */
  | 'review.rulesOff'
  /** `yes`: rules were turned on or off, and not all records were looked at again since. */
  | 'review.rulesPending'
  | 'intake.auto'
  | 'intake.folders';

export function setting(db: Database, key: Setting): string | null {
  const row = db.get('SELECT value FROM settings WHERE key = ?', key);
  return row === undefined ? null : text(row, 'value');
}

export function setSetting(db: Database, key: Setting, value: string): void {
  db.run(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    key,
    value,
  );
}

export function forgetSettings(db: Database, keys: readonly Setting[]): void {
  for (const key of keys) db.run('DELETE FROM settings WHERE key = ?', key);
}
