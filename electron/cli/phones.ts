/** The commands for phones on the debugging cable: which are there, reading one, and what it gets from the server. */
import { StationError } from '../../shared/errors.ts';
import { cleanText } from '../../shared/labels.ts';
import type { ParcelApplied, ParcelPrepared } from '../../shared/parcel.ts';
import { GOING, type NamedRecords, type SyncPlan, type SyncResult } from '../../shared/phone-sync.ts';
import type { PhoneConfirmed } from '../../shared/phone-confirmation.ts';
import type { PhoneInfo } from '../../shared/phones.ts';
import { sentenceOf, WORDS } from '../../shared/words/index.ts';
import { endOf, passwordFor, type Terminal } from './ask.ts';
import { sayImport } from './arriving.ts';
import { UsageError, type Command } from './command-table.ts';
import { DONE, NEEDS_ATTENTION, print } from './outcome.ts';
import { say, spoken, word } from './say.ts';

export async function phones(terminal: Terminal, command: Command): Promise<number> {
  const found = await look(terminal);
  print(command, { phones: found }, () => {
    if (found.length === 0) say(word('noPhone'));
    for (const { phone, name, apps, trouble } of found) {
      say(`${phone}  ${cleanText(name)}`);
      for (const { server, people } of apps) {
        const names = people.map(({ user, signedIn }) => (signedIn ? user : `(${user})`)).join(', ');
        say(`  ${server}  ${names}`);
      }
      if (trouble !== null) say(`  ${Object.values(sentenceOf(trouble, spoken())).join(' ')}`);
    }
  });
  return found.some(({ trouble }) => trouble !== null) ? NEEDS_ATTENTION : DONE;
}

async function look(terminal: Terminal): Promise<readonly PhoneInfo[]> {
  await terminal.station.settled();
  return (await terminal.ask('phones.list', {})).phones;
}

interface Chosen {
  readonly phone: string;
  readonly app: string;
  readonly user: string;
}

/** @throws UsageError where it is not clear which is meant; StationError why the phone's app cannot be used */
async function chosen(
  terminal: Terminal,
  command: Command<'phone apply' | 'phone confirm' | 'phone read' | 'phone sync'>,
  signedIn: boolean,
): Promise<Chosen> {
  return choose(terminal, { phone: command.words[0], user: command.options.user, signedIn });
}

interface Wanted {
  readonly phone?: string | undefined;
  readonly user?: string | undefined;
  /** Only who is signed in. */
  readonly signedIn: boolean;
}

async function choose(terminal: Terminal, { phone: wanted, user: named, signedIn }: Wanted): Promise<Chosen> {
  const found = (await look(terminal)).filter(({ phone }) => wanted === undefined || phone === wanted);
  const [phone] = found;
  if (phone === undefined) throw new StationError('source-gone');
  if (found.length > 1) throw new UsageError(word('whichPhone'));
  if (phone.trouble !== null) throw new StationError(phone.trouble);
  const people = phone.apps.flatMap(({ app, people: all }) =>
    all
      .filter((one) => !signedIn || one.signedIn)
      .filter(({ user }) => named === undefined || named === user)
      .map(({ user }) => ({ phone: phone.phone, app, user })),
  );
  const [person] = people;
  if (person === undefined) {
    const isSomebody = phone.apps.some(({ people: all }) => all.some((one) => one.signedIn));
    throw new StationError(isSomebody ? 'app-other-person' : 'app-signed-out');
  }
  if (people.length > 1) throw new UsageError(word('whoseRecords'));
  return person;
}

export async function readPhone(terminal: Terminal, command: Command<'phone read'>): Promise<number> {
  const request = { ...(await chosen(terminal, command, false)), whole: command.options.whole === true };
  const { job } = await terminal.ask('phones.read', request);
  const { imports, reading } = endOf(await terminal.wait(job), 'imported');
  print(command, { imports, reading: reading ?? null }, () => {
    if (imports.length === 0) say(word('phoneNothingNew'));
    imports.forEach(sayImport);
  });
  if (imports.some(({ outcome }) => outcome === 'failed')) return 1;
  return imports.some((one) => one.problemsTotal > 0) ? NEEDS_ATTENTION : DONE;
}

export async function syncPhone(terminal: Terminal, command: Command<'phone sync'>): Promise<number> {
  const { agree } = command.options;
  const request = {
    ...(await chosen(terminal, command, true)),
    ...(agree === undefined ? {} : { agreed: agree }),
  };
  const { job } = await terminal.ask('phones.sync', request);
  const { sync } = endOf(await terminal.wait(job), 'synced');
  print(command, sync, () => saySync(sync));
  if (sync.outcome === 'asks') return NEEDS_ATTENTION;
  if (sync.outcome !== 'done') return 1;
  return isUpToDate(sync) ? DONE : NEEDS_ATTENTION;
}

function isUpToDate({ outcome, compared, sent, accepted, left, lacking }: SyncResult): boolean {
  return outcome === 'done' && compared && accepted === sent && left + lacking === 0;
}

/** What came of a sync, for a person; before somebody agreed, what would go. */
export function saySync(sync: SyncResult): void {
  const {
    outcome,
    plan,
    mayAgree,
    error,
    failures,
    sent,
    accepted,
    refused,
    received,
    arrived,
    endedAt,
    compared,
    left,
    lacking,
  } = sync;
  if (outcome === 'asks') {
    sayPlan(plan, mayAgree);
    return;
  }
  say(word('synced', { sent, accepted, refused, received }));
  if (outcome !== 'done') say(word('syncNotDone'));
  else if (!compared) say(word('syncNotCompared'));
  if (failures > 0) say(word('syncFailures', { count: failures }));
  if (left > 0) say(word('syncLeft', { count: left }));
  if (lacking > 0) say(word('syncLacking', { count: lacking }));
  if (isUpToDate(sync) && endedAt !== null) say(word('syncUpToDate', { time: clockTime(endedAt) }));
  if (error !== null) say(Object.values(sentenceOf(error, spoken())).join(' '));
  if (outcome === 'done' && plan.versions !== null) say(word('syncProgram', { ...plan.versions }));
  if (arrived.records === 0) return;
  say(word('syncArrived'));
  sayNames(arrived);
}

/** "14:05", by this computer's clock. */
function clockTime(at: string): string {
  return new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(
    new Date(at),
  );
}

function sayPlan({ counts, asked, deletions, versions, digest }: SyncPlan, mayAgree: boolean): void {
  const isDeleting = asked.length === 0 && deletions.records > 0;
  say(word(isDeleting ? 'syncDeletes' : 'syncAsks'));
  for (const going of GOING) {
    if (counts[going] === 0) continue;
    const words = WORDS[spoken()].window.going[going];
    const deleting = going === 'approved' && deletions.records > 0;
    say(
      `  ${words}: ${counts[going]}${deleting ? ` (${word('syncDeleting', { count: deletions.records })})` : ''}`,
    );
    sayNames(going === 'approved' ? deletions : asked.find((one) => one.going === going));
  }
  if (versions !== null) say(`  ${word('syncVersions', { ...versions })}`);
  say(mayAgree ? word('syncAgree', { digest }) : word('syncAdminOnly'));
}

/** Each with what a person knows it by: title, form or kind, person, day, and the batch in which it can be looked at. */
function sayNames(of: NamedRecords | undefined): void {
  if (of === undefined) return;
  const { kind: kinds } = WORDS[spoken()].window;
  for (const { label, form, kind, user, reportedAt, deleted, batch } of of.rows) {
    const parts = [
      cleanText(label),
      form === null ? kinds[kind] : cleanText(form),
      user === null ? '-' : cleanText(user),
      reportedAt === null ? '-' : new Date(reportedAt).toISOString().slice(0, 10),
      ...(deleted ? [word('syncDeleted')] : []),
      ...(batch === '' ? [] : [batch]),
    ];
    say(`    ${parts.join(' · ')}`);
  }
  const more = of.records - of.rows.length;
  if (more > 0) say(`    ${word('andMore', { count: more })}`);
}

/** Fetches what the server has for a person, for the person's phone. */
export async function preparePhone(terminal: Terminal, command: Command<'phone prepare'>): Promise<number> {
  const [user = ''] = command.words;
  const { job } = await terminal.ask(
    'phones.prepare',
    command.options.byPhone === true
      ? { user, by: await thePhoneOf(terminal, user) }
      : { user, password: await passwordFor(command, undefined, user) },
  );
  const { prepared } = endOf(await terminal.wait(job), 'prepared');
  print(command, prepared, () => sayPrepared(prepared));
  return Object.values(prepared.leftOut).some((count) => count > 0) ? NEEDS_ATTENTION : DONE;
}

async function thePhoneOf(terminal: Terminal, user: string): Promise<{ phone: string; app: string }> {
  const { phone, app } = await choose(terminal, { user, signedIn: true });
  return { phone, app };
}

export function sayPrepared({ parcel, leftOut }: ParcelPrepared): void {
  const { user, documents, deletes } = parcel;
  say(word('parcelPrepared', { user, records: documents, deletes }));
  const left = Object.values(leftOut).reduce((sum, one) => sum + one, 0);
  if (left > 0) say(word('parcelLeftOut', { left }));
}

/** Writes to a phone what was fetched for it. */
export async function applyToPhone(terminal: Terminal, command: Command<'phone apply'>): Promise<number> {
  const { job } = await terminal.ask('phones.apply', await chosen(terminal, command, true));
  const { applied } = endOf(await terminal.wait(job), 'applied');
  print(command, applied, () => sayApplied(applied));
  const { unproven, version, failed } = applied.counts;
  if (applied.outcome !== 'done') return 1;
  return unproven + version + failed > 0 ? NEEDS_ATTENTION : DONE;
}

export function sayApplied({ outcome, error, madeAt, counts }: ParcelApplied): void {
  const { written, dropped, unproven, version, failed } = counts;
  say(word('parcelApplied', { written, dropped, madeAt }));
  if (unproven > 0) say(word('parcelUnproven', { unproven }));
  if (version > 0) say(word('parcelVersion', { version }));
  if (failed > 0) say(word('parcelFailed', { failed }));
  if (outcome !== 'done') say(word('syncNotDone'));
  if (error !== null) say(Object.values(sentenceOf(error, spoken())).join(' '));
}

/** Tells a phone's app that the server has what it holds, where that is so. */
export async function confirmPhone(terminal: Terminal, command: Command<'phone confirm'>): Promise<number> {
  const { job } = await terminal.ask('phones.confirm', await chosen(terminal, command, true));
  const { confirmed } = endOf(await terminal.wait(job), 'confirmed');
  print(command, confirmed, () => sayConfirmed(confirmed));
  return confirmed.outcome === 'unproven' || confirmed.refused > 0 ? NEEDS_ATTENTION : DONE;
}

export function sayConfirmed({ user, outcome, proven, refused, unproven }: PhoneConfirmed): void {
  if (outcome === 'unproven') {
    say(word('confirmUnproven', { records: unproven.records }));
    sayNames(unproven);
    return;
  }
  say(word(outcome === 'told' ? 'confirmTold' : 'confirmAlready', { user, records: proven }));
  if (refused > 0) say(word('confirmRefused', { refused }));
}
