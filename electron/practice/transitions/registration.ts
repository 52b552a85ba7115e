/**
 * `registration`: what the settings say of a form. Its reports get the messages that are due later (`scheduled_tasks`),
 * and an error where nobody has the code they name.
 */
import { isObject } from '../http.ts';
import type { StoredDoc } from '../pouch.ts';
import type { Transition, TransitionContext } from './transition.ts';
import { contactOf, subjectOf, valueAt, withError } from './transition.ts';

const UNITS: Readonly<Record<string, number>> = { day: 1, days: 1, week: 7, weeks: 7, month: 30, months: 30 };
const DAY = 86_400_000;

/** Milliseconds in `3 weeks`. */
function offsetOf(text: unknown): number {
  const [count = '0', unit = 'days'] = String(text).split(' ');
  return Number(count) * (UNITS[unit] ?? 1) * DAY;
}

function scheduled(doc: StoredDoc, { settings, clock }: TransitionContext, name: string): unknown[] {
  const schedules: unknown[] = Array.isArray(settings.schedules) ? settings.schedules : [];
  const schedule = schedules.find((one) => isObject(one) && one.name === name);
  if (!isObject(schedule) || !Array.isArray(schedule.messages)) return [];
  const from = valueAt(doc, String(schedule.start_from ?? 'reported_date'));
  const start = typeof from === 'number' ? from : Date.parse(String(from)) || Number(doc.reported_date);
  return (schedule.messages as unknown[]).filter(isObject).map((message) => ({
    due: new Date(start + offsetOf(message.offset)).toISOString(),
    message_key: message.translation_key,
    recipient: message.recipient ?? 'reporting_unit',
    group: message.group,
    type: name,
    state: 'scheduled',
    state_history: [{ state: 'scheduled', timestamp: new Date(clock()).toISOString() }],
  }));
}

export const registration: Transition = async (doc, context) => {
  if (doc.type !== 'data_record' || !doc.form) return undefined;
  const all: unknown[] = Array.isArray(context.settings.registrations) ? context.settings.registrations : [];
  const own = all.find((one) => isObject(one) && one.form === doc.form);
  if (!isObject(own)) return undefined;
  const subject = subjectOf(doc);
  if (subject !== undefined && contactOf(context.current, subject) === undefined) {
    return withError(doc, 'registration_not_found', `No registration found for ${subject}`);
  }
  const events: unknown[] = Array.isArray(own.events) ? own.events : [];
  const tasks = events
    .filter(isObject)
    .filter(({ trigger }) => trigger === 'assign_schedule')
    .flatMap(({ params }) => scheduled(doc, context, String(params)));
  if (tasks.length === 0) return undefined;
  const before: unknown[] = Array.isArray(doc.scheduled_tasks) ? doc.scheduled_tasks : [];
  return { ...doc, scheduled_tasks: [...before, ...tasks] };
};
