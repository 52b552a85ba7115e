/** The transitions that the settings switch on, in the order in which sentinel runs them. */
import { isObject } from '../http.ts';
import type { Doc, StoredDoc } from '../pouch.ts';
import { SENTINEL } from '../users.ts';
import { deathReporting } from './death.ts';
import { muting } from './muting.ts';
import { registration } from './registration.ts';
import { shortCodes } from './short-codes.ts';
import type { Transition, TransitionContext, TransitionOptions } from './transition.ts';
import { contextOf } from './transition.ts';
import { userReplacement } from './user-replacement.ts';

/** By the name under which the settings switch them on. */
const TRANSITIONS: Readonly<Record<string, Transition>> = {
  registration,
  generate_patient_id_on_people: shortCodes,
  death_reporting: deathReporting,
  muting,
  create_user_for_contacts: userReplacement,
};

/** Answers the names of the transitions that changed something. */
export function createTransitions(options: TransitionOptions): (doc: StoredDoc) => Promise<string[]> {
  return async (doc) => {
    const done: string[] = [];
    // A transition may write the document: the next one goes on from there.
    const work: { doc: StoredDoc; changed: boolean } = { doc, changed: false };
    // All of it is stored at once: nobody sees a household muted and its report not looked at yet.
    const others = new Map<string, Doc>();
    for (const [name, transition] of Object.entries(TRANSITIONS)) {
      const context: TransitionContext = await contextOf(options, others);
      const enabled = isObject(context.settings.transitions) ? context.settings.transitions[name] : undefined;
      if (enabled !== true && !isObject(enabled)) continue;
      // A report is worked on once; contacts are looked at with each revision.
      if (work.doc.type === 'data_record' && options.infoDocs.hasRun(doc._id, name)) continue;
      const next = await transition(work.doc, context);
      if (next === undefined) continue;
      done.push(name);
      work.doc = next;
      work.changed = true;
    }
    const written = [...others.values(), ...(work.changed ? [work.doc] : [])];
    if (written.length > 0) await options.store.write(written, SENTINEL);
    return done;
  };
}
