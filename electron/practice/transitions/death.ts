/** `death_reporting`: the date of death on the person a report says has died; taken back by an undo report. */
import type { Transition } from './transition.ts';
import { contactOf, listOf, ownSettings, subjectOf, valueAt } from './transition.ts';

export const deathReporting: Transition = async (doc, context) => {
  if (doc.type !== 'data_record' || !doc.form) return undefined;
  const { mark_deceased_forms, undo_deceased_forms, date_field } = ownSettings(context, 'death_reporting');
  const marks = listOf(mark_deceased_forms).includes(String(doc.form));
  if (!marks && !listOf(undo_deceased_forms).includes(String(doc.form))) return undefined;
  const person = contactOf(context.current, subjectOf(doc));
  if (person === undefined) return undefined;
  const date = (typeof date_field === 'string' && valueAt(doc, date_field)) || doc.reported_date;
  if (marks && !person.date_of_death) context.write([{ ...person, date_of_death: date }]);
  if (!marks && person.date_of_death) {
    const { date_of_death: _, ...alive } = person;
    context.write([alive]);
  }
  // The report is stored once more as it is.
  return doc;
};
