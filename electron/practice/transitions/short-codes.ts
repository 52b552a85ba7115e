/**
 * `generate_patient_id_on_people`: a short code, unique on the server, for every person (`patient_id`) and place
 * (`place_id`) that has none.
 */
import { isObject } from '../http.ts';
import type { StoredDoc } from '../pouch.ts';
import { isContact } from '../visibility.ts';
import type { Transition, TransitionContext } from './transition.ts';

function isPerson(doc: StoredDoc, settings: TransitionContext['settings']): boolean {
  const types: unknown[] = Array.isArray(settings.contact_types) ? settings.contact_types : [];
  const own = String(doc.contact_type ?? doc.type);
  const known = types.find((type) => isObject(type) && type.id === own);
  return isObject(known) ? known.person === true : own === 'person';
}

function freeCode({ current, random }: TransitionContext): string {
  const taken = new Set<string>();
  for (const doc of current.values()) {
    for (const code of [doc.patient_id, doc.place_id]) if (code !== undefined) taken.add(String(code));
  }
  for (;;) {
    const code = String(10_000 + Math.floor(random() * 89_999));
    if (!taken.has(code)) return code;
  }
}

export const shortCodes: Transition = async (doc, context) => {
  if (!isContact(doc)) return undefined;
  const field = isPerson(doc, context.settings) ? 'patient_id' : 'place_id';
  return doc[field] ? undefined : { ...doc, [field]: freeCode(context) };
};
