/**
 * The one place that says who may ask what of the station: a row for each request of the contract, printed into
 * docs/security.md. What does not stand here is refused.
 */
import type { RequestName } from './contract.ts';
import type { Person, Role } from './people.ts';

/**
 * `anyone`: also where nobody has signed in, or the station is locked. `first`: only while nobody was set up here. The
 * others need somebody who has signed in: `staff` a person of any role, `people` somebody who is no script, `admin` an
 * administrator.
 */
export type Who = 'anyone' | 'first' | 'staff' | 'people' | 'admin';

export const MAY_ASK: Readonly<Record<RequestName, Who>> = {
  'desk.get': 'anyone',
  'desk.set-up': 'first',
  'desk.sign-in': 'anyone',
  'desk.unlock': 'anyone',
  'desk.recover': 'anyone',
  'desk.choose': 'anyone',
  'desk.here': 'anyone',
  'desk.lock': 'anyone',
  'desk.sign-out': 'anyone',
  'staff.list': 'admin',
  'staff.add': 'admin',
  'staff.change': 'admin',
  'staff.reset': 'admin',
  'staff.recovery': 'admin',
  'rules.get': 'staff',
  'rules.set': 'admin',

  'station.info': 'staff',
  'station.status': 'staff',
  'health.get': 'staff',
  'health.repair': 'staff',
  'health.protection': 'staff',
  'health.surroundings': 'staff',
  'health.rules': 'staff',
  'lost.get': 'staff',
  'health.set-rules': 'admin',
  'backup.get': 'admin',
  'backup.place': 'admin',
  'backup.configure': 'admin',
  'backup.make': 'admin',
  'restore.get': 'first',
  'restore.choose': 'first',
  'restore.start': 'first',
  'restore.stop': 'first',
  'update.get': 'admin',
  'update.copy': 'admin',
  'update.install': 'admin',
  'retention.get': 'staff',
  'retention.set': 'admin',
  'retention.apply': 'admin',
  'settings.get': 'anyone',
  'settings.set': 'admin',

  'sources.list': 'staff',
  'sources.choose': 'people',
  'sources.forget': 'staff',
  'sources.look': 'staff',
  'sources.eject': 'staff',
  'sources.discard': 'people',
  'intake.settings': 'staff',
  'intake.configure': 'admin',
  'folders.watch': 'admin',
  'folders.unwatch': 'admin',
  'transfer.begin': 'people',
  'transfer.part': 'people',
  'transfer.end': 'people',
  'transfer.cancel': 'people',
  'intake.start': 'staff',
  'intake.list': 'staff',
  'intake.again': 'staff',
  'intake.dismiss': 'people',
  'phones.list': 'staff',
  'phones.read': 'staff',
  'phones.sync': 'staff',
  'phones.rules': 'staff',
  'phones.set-rules': 'admin',
  'phones.prepare': 'staff',
  'phones.apply': 'staff',
  'phones.confirm': 'staff',
  'parcels.list': 'staff',
  'jobs.list': 'staff',
  'job.stop': 'staff',
  'job.pause': 'staff',
  'job.resume': 'staff',

  'batches.list': 'staff',
  'batch.get': 'staff',
  'batch.assign': 'people',
  'batch.dismiss': 'people',
  'people.names': 'staff',
  'unusual.rules': 'staff',
  'unusual.set-rules': 'admin',
  'changes.list': 'staff',
  'changes.counts': 'staff',
  'find.meant': 'staff',
  'change.get': 'staff',
  'difference.get': 'staff',
  'attachment.get': 'staff',
  'decide.approve': 'staff',
  'decide.deletions': 'staff',
  'decide.unplaced': 'staff',
  'decide.hold': 'staff',
  'decide.release': 'staff',
  'decide.rebase': 'people',
  'decide.bring-back': 'people',
  'decide.undo': 'staff',
  'contradiction.get': 'staff',
  'decide.choose': 'people',
  'conflicts.list': 'staff',
  'conflict.get': 'staff',
  'conflict.losses': 'staff',
  'conflict.resolve': 'people',

  'server.get': 'staff',
  'server.set': 'admin',
  'server.name': 'admin',
  'server.check': 'staff',
  'compare.start': 'staff',
  'upload.start': 'staff',
  'outbox.deletions': 'staff',
  'password.change': 'people',
  'outbox.owners': 'staff',
  'outbox.people': 'staff',
  'logins.list': 'staff',
  'logins.keep': 'admin',
  'logins.forget': 'admin',
  'dry-run.start': 'staff',
  'refusals.list': 'staff',
  'refusals.count': 'staff',
  'refusals.csv': 'admin',
  'uploads.list': 'staff',

  'receipt.get': 'staff',
  'receipt.find': 'staff',
  'visits.list': 'staff',
  'workers.list': 'staff',
  'worker.get': 'staff',
  'history.list': 'staff',
  'history.counts': 'staff',
  'history.records': 'staff',
  'ledger.list': 'staff',
  'ledger.export': 'admin',
  'ledger.verify': 'staff',
};

/** What of a request only an administrator may ask, in words; where nothing is said, all of it is as in the table. */
export const ONLY_ADMIN: Partial<Readonly<Record<RequestName, string>>> = {
  'decide.approve': 'over a refusal of the server',
};

/** Who asks, as far as the station knows. */
export type Asker =
  { readonly state: 'in'; readonly person: Person } | { readonly state: 'first' | 'nobody' };

const ROLES_OF: Readonly<Record<Who, readonly Role[]>> = {
  anyone: ['admin', 'clerk', 'service'],
  first: [],
  staff: ['admin', 'clerk', 'service'],
  people: ['admin', 'clerk'],
  admin: ['admin'],
};

/** Whether this request may be asked. */
export function mayAsk(asker: Asker, request: RequestName): boolean {
  if (!Object.hasOwn(MAY_ASK, request)) return false;
  const who = MAY_ASK[request];
  if (asker.state === 'in') return ROLES_OF[who].includes(asker.person.role);
  return who === 'anyone' || (who === 'first' && asker.state === 'first');
}

/** Whether it may be asked with these parameters, where it may be asked at all. */
export function mayAskSo(asker: Asker, request: RequestName, params: unknown): boolean {
  const isAdmin = asker.state === 'in' && asker.person.role === 'admin';
  return isAdmin || request !== 'decide.approve' || (params as { refused?: unknown }).refused !== true;
}
