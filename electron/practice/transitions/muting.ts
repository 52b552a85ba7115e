/**
 * `muting`: a report mutes its subject and everything below it, another unmutes them from the topmost muted place on; who
 * comes new into a muted place is muted too. The history is in the info documents.
 */
import type { Doc, StoredDoc } from '../pouch.ts';
import { isContact, lineage } from '../visibility.ts';
import type { Transition, TransitionContext } from './transition.ts';
import { contactOf, listOf, ownSettings, subjectOf, withError } from './transition.ts';

/** The contact and whoever has it above, those first whose state is another one. */
function inside(current: ReadonlyMap<string, StoredDoc>, top: StoredDoc): StoredDoc[] {
  return [...current.values()].filter(
    (doc) => isContact(doc) && lineage(doc).some(({ id }) => id === top._id),
  );
}

function topmostMuted(current: ReadonlyMap<string, StoredDoc>, contact: StoredDoc): StoredDoc {
  let top = contact;
  for (const { id } of lineage(contact)) {
    const above = current.get(id);
    if (above?.muted) top = above;
  }
  return top;
}

function setMuted(
  context: TransitionContext,
  contacts: readonly StoredDoc[],
  muted: boolean,
  report: string,
): void {
  const date = new Date(context.clock()).toISOString();
  const changed = contacts.filter((contact) => Boolean(contact.muted) !== muted);
  context.write(
    changed.map((contact): Doc => {
      if (muted) return { ...contact, muted: date };
      const { muted: _, ...heard } = contact;
      return heard;
    }),
  );
  for (const { _id } of changed) context.infoDocs.muted(_id, { muted, date, report_id: report });
}

function ofNewContact(doc: StoredDoc, context: TransitionContext): StoredDoc | undefined {
  if (doc.muted || context.infoDocs.hasRun(doc._id, 'muting')) return undefined;
  const above = lineage(doc)
    .slice(1)
    .some(({ id }) => context.current.get(id)?.muted);
  // Only on arrival: later only reports mute and unmute.
  const isNew = !doc._rev.startsWith('1-') ? !wasSeen(context, doc._id) : true;
  return above && isNew ? { ...doc, muted: new Date(context.clock()).toISOString() } : undefined;
}

function wasSeen(context: TransitionContext, id: string): boolean {
  return context.infoDocs.read(id)?.transitions !== undefined;
}

export const muting: Transition = async (doc, context) => {
  if (isContact(doc)) return ofNewContact(doc, context);
  if (doc.type !== 'data_record' || !doc.form) return undefined;
  const { mute_forms, unmute_forms } = ownSettings(context, 'muting');
  const mutes = listOf(mute_forms).includes(String(doc.form));
  if (!mutes && !listOf(unmute_forms).includes(String(doc.form))) return undefined;
  const contact = contactOf(context.current, subjectOf(doc));
  if (contact === undefined) return withError(doc, 'contact_not_found', 'Contact was not found');
  const { current } = context;
  const top = mutes ? contact : topmostMuted(current, contact);
  setMuted(context, inside(current, top), mutes, doc._id);
  // The report is stored once more as it is.
  return doc;
};
