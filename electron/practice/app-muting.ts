/**
 * What the CHT app itself does on a phone when muting is switched on: a new report that mutes or unmutes changes its
 * subject and everybody below it at once, before any server has seen it, and who is new in a muted place is muted too.
 * After cht-core's `webapp/src/ts/services/transitions/muting.transition.ts`.
 */
import type { Doc, StoredDoc } from './pouch.ts';
import { isObject } from './http.ts';
import {
  CLIENT,
  eventsOfApp,
  inside,
  mutesByForm,
  topmostMuted,
  wasLastWrittenByApp,
} from './transitions/muting.ts';
import { contactOf, subjectOf } from './transitions/transition.ts';
import { isContact, lineage } from './visibility.ts';

/** What the phone holds, by id, and the server's settings as it has them. */
export interface Held {
  readonly docs: ReadonlyMap<string, StoredDoc>;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The contact as the app stores it. `report`: which report said so; absent where that is not known. */
export function decided(contact: Doc, muted: boolean, date: string, report: string | undefined): Doc {
  const { muted: before, ...rest } = contact;
  const history = isObject(contact.muting_history)
    ? contact.muting_history
    : { server_side: { muted: Boolean(before), ...(before ? { date: before } : {}) }, [CLIENT]: [] };
  const events = Array.isArray(history[CLIENT]) ? (history[CLIENT] as unknown[]) : [];
  const event = { muted, date, ...(report === undefined ? {} : { report_id: report }) };
  return {
    ...rest,
    ...(muted ? { muted: date } : {}),
    muting_history: { ...history, [CLIENT]: [...events, event], last_update: CLIENT },
  };
}

/** Muting is switched on, and not left to the server. */
function isOnPhones({ transitions }: Held['settings']): boolean {
  const own = isObject(transitions) ? transitions['muting'] : undefined;
  return Boolean(own) && !(isObject(own) && (own['disable'] || own['client_side'] === false));
}

/**
 * What the app stores where a person saves these documents, which are new: they themselves, and the contacts that they
 * mute or unmute.
 * @param now ISO 8601
 */
export function savedByApp(docs: readonly Doc[], { docs: held, settings }: Held, now: string): Doc[] {
  if (!isOnPhones(settings)) return [...docs];
  const saved = new Map<string, Doc>(docs.map((doc) => [doc._id, doc]));
  const current = new Map([...held, ...(saved as Map<string, StoredDoc>)]);
  const save = (doc: Doc) => {
    saved.set(doc._id, doc);
    current.set(doc._id, doc as StoredDoc);
  };
  const mutedAbove = (doc: Doc) =>
    lineage(doc).flatMap(({ id }) => {
      const above = current.get(id);
      return above?.muted ? [above] : [];
    });
  for (const doc of docs) {
    const mutes =
      doc.type === 'data_record' && !held.has(doc._id) ? mutesByForm(settings, doc.form) : undefined;
    const subject = mutes === undefined ? undefined : contactOf(current, subjectOf(doc));
    if (mutes === undefined || subject === undefined || mutedAbove(subject).length > 0 === mutes) continue;
    save({ ...doc, client_side_transitions: { muting: true } });
    const top = mutes ? subject : topmostMuted(current, subject);
    for (const contact of inside(current, top)) save(decided(contact, mutes, now, doc._id));
  }
  for (const doc of docs) {
    if (!isContact(doc) || held.has(doc._id) || saved.get(doc._id)?.muted) continue;
    const [above] = mutedAbove(doc);
    const report =
      above !== undefined && wasLastWrittenByApp(above) ? eventsOfApp(above).at(-1)?.report : undefined;
    if (above !== undefined) save(decided(doc, true, now, typeof report === 'string' ? report : undefined));
  }
  return [...saved.values()];
}
