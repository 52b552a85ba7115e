/**
 * `muting`: a report mutes its subject and everything below it, another unmutes them from the topmost muted place on; who
 * comes new into a muted place is muted too. What the app decided on a phone (`../app-muting.ts`) is answered: the server
 * puts its own date and says in `muting_history` that it was the last. The history of all of it is in the info documents.
 * After cht-core's `shared-libs/transitions/src/transitions/muting.js`.
 */
import { isObject } from '../http.ts';
import type { Doc, StoredDoc } from '../pouch.ts';
import { isContact, lineage } from '../visibility.ts';
import type { Transition, TransitionContext } from './transition.ts';
import { contactOf, listOf, ownSettings, subjectOf, valueAt, withError } from './transition.ts';

/** Who wrote last, in `muting_history.last_update`, and the names of what each wrote there. */
export const CLIENT = 'client_side';
const SERVER = 'server_side';

/** Whether reports of this form mute or unmute; `undefined`: neither. */
export function mutesByForm(settings: Readonly<Record<string, unknown>>, form: unknown): boolean | undefined {
  const { mute_forms, unmute_forms } = ownSettings({ settings }, 'muting');
  if (listOf(mute_forms).includes(String(form))) return true;
  return listOf(unmute_forms).includes(String(form)) ? false : undefined;
}

/** The contact and whoever has it above. */
export function inside(current: ReadonlyMap<string, StoredDoc>, top: StoredDoc): StoredDoc[] {
  return [...current.values()].filter(
    (doc) => isContact(doc) && lineage(doc).some(({ id }) => id === top._id),
  );
}

export function topmostMuted(current: ReadonlyMap<string, StoredDoc>, contact: StoredDoc): StoredDoc {
  let top = contact;
  for (const { id } of lineage(contact)) {
    const above = current.get(id);
    if (above?.muted) top = above;
  }
  return top;
}

/** What the app noted on a contact: one for each time it muted or unmuted it. */
export function eventsOfApp(contact: Doc): { readonly report: unknown; readonly date: string }[] {
  const events = valueAt(contact, `muting_history.${CLIENT}`);
  if (!Array.isArray(events)) return [];
  return (events as unknown[])
    .filter(isObject)
    .map(({ report_id, date }) => ({ report: report_id, date: String(date) }));
}

export function wasLastWrittenByApp(contact: Doc): boolean {
  return valueAt(contact, 'muting_history.last_update') === CLIENT;
}

/** The contact as the server stores it, muted or not; `undefined`: it is so already. */
export function answered(contact: StoredDoc, muted: boolean, now: string): StoredDoc | undefined {
  const history = isObject(contact.muting_history) ? contact.muting_history : undefined;
  const isUpToDate =
    history === undefined ||
    (history.last_update === SERVER && isObject(history[SERVER]) && history[SERVER].muted === muted);
  if (isUpToDate && Boolean(contact.muted) === muted) return undefined;
  const { muted: before, ...rest } = contact;
  const date = isUpToDate ? (before ?? now) : now;
  return {
    ...rest,
    ...(muted ? { muted: date } : {}),
    ...(isUpToDate ? {} : { muting_history: { ...history, [SERVER]: { muted, date }, last_update: SERVER } }),
  };
}

/** One report's muting, and what the app did after it on the same contacts, which comes again in its order. */
function work(report: StoredDoc, mutes: boolean, context: TransitionContext): void {
  const current = new Map(context.current);
  const now = new Date(context.clock()).toISOString();
  const run = (of: StoredDoc, muted: boolean, subject: StoredDoc): StoredDoc[] => {
    const contacts = inside(current, muted ? subject : topmostMuted(current, subject));
    const changed = contacts.flatMap((contact) => answered(contact, muted, now) ?? []);
    context.write(changed);
    for (const doc of changed) current.set(doc._id, doc);
    for (const { _id } of contacts) context.infoDocs.muted(_id, { muted, date: now, report_id: of._id });
    return contacts;
  };
  const subject = contactOf(current, subjectOf(report));
  if (subject === undefined) return;
  const contacts = run(report, mutes, subject);
  if (!isByApp(report)) return;
  const later = contacts.flatMap((contact) => {
    const events = eventsOfApp(contact);
    const own = events.findIndex((event) => event.report === report._id);
    return own === -1 ? [] : events.slice(own + 1);
  });
  const inOrder = later.toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
  for (const id of new Set(inOrder.map((event) => String(event.report)))) {
    const again = current.get(id);
    const muted = again === undefined ? undefined : mutesByForm(context.settings, again.form);
    const about = again === undefined ? undefined : contactOf(current, subjectOf(again));
    if (again !== undefined && muted !== undefined && about !== undefined) run(again, muted, about);
  }
}

/** The app worked on it when it was saved. */
function isByApp(report: Doc): boolean {
  return valueAt(report, 'client_side_transitions.muting') === true;
}

/** It arrived after a place above it had been muted, and nothing was muted or unmuted about it yet. */
function isNewInMutedPlace(doc: StoredDoc, { current, infoDocs }: TransitionContext): boolean {
  const info = infoDocs.read(doc._id);
  if (doc.muted || info?.muting_history !== undefined || wasLastWrittenByApp(doc)) return false;
  const arrived = Date.parse(String(info?.initial_replication_date));
  return lineage(doc)
    .slice(1)
    .some(({ id }) => {
      const muted = current.get(id)?.muted;
      return Boolean(muted) && Date.parse(String(muted)) <= arrived;
    });
}

function ofContact(doc: StoredDoc, context: TransitionContext): StoredDoc | undefined {
  const isNew = isNewInMutedPlace(doc, context);
  if (!isNew && !wasLastWrittenByApp(doc)) return undefined;
  const muted = isNew || Boolean(doc.muted);
  const now = new Date(context.clock()).toISOString();
  const report = eventsOfApp(doc).at(-1)?.report;
  const by = typeof report === 'string' ? { report_id: report } : {};
  context.infoDocs.muted(doc._id, { muted, date: now, ...by });
  return answered(doc, muted, now);
}

export const muting: Transition = async (doc, context) => {
  if (isContact(doc)) return ofContact(doc, context);
  if (doc.type !== 'data_record' || !doc.form) return undefined;
  const mutes = mutesByForm(context.settings, doc.form);
  if (mutes === undefined) return undefined;
  const contact = contactOf(context.current, subjectOf(doc));
  if (contact === undefined) return withError(doc, 'contact_not_found', 'Contact was not found');
  if (Boolean(contact.muted) !== mutes || isByApp(doc)) work(doc, mutes, context);
  // The report is stored once more as it is.
  return doc;
};
