/** What a value of a record says to a person: the text of a choice, a day, a place on the map, the name of a person. */
import { withoutDisguise } from '../labels.ts';
import type { Answer, DurationUnit } from '../record-view.ts';
import { isObject } from '../untrusted.ts';
import type { Question, Words } from './form-table.ts';

export interface AnswerContext {
  /** How the form asks for it; absent: it is worked out, or no form has it. */
  readonly question?: Question | undefined;
  /** The type by the form's rule, `string` where it has none. */
  readonly type: string;
  /** The field's own name. */
  readonly name: string;
  readonly path: readonly (string | number)[];
  readonly root: string | null;
  readonly attachments: readonly string[];
  /** A text of the form; `undefined`: it has none. */
  readonly say: (words: Words) => string | undefined;
  readonly named: NamedRecords;
}

/** A record by its id or short code, as far as it is here. */
export type NamedRecords = (idOrCode: string) => { readonly id: string; readonly name: string } | undefined;

/** So many answers of one question are told apart. */
const MOST_CHOICES = 200;
/** Milliseconds between the years 2001 and 2286, as a phone's clock writes them. */
const MOMENT_FROM = 1e12;
const MOMENT_TO = 1e13;

/** Ids as CHT and CouchDB make them. */
export const UUID = /^(?:uuid:)?(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32})$/i;
/** Names of fields that hold the id of a record, whatever it looks like. */
const ID_NAME = /(?:^|_)(?:uuid|id)$/i;
/** Of these a person knows the value itself: the number on a card. */
const CODE_NAME = /^(?:patient|place|national|health|register)_id$/i;

/** `undefined`: a group or list, which has no answer of its own. */
export function answerOf(value: unknown, context: AnswerContext): Answer | undefined {
  if (value === null || value === undefined || value === '') return { is: 'not-answered' };
  if (typeof value === 'boolean') return { is: 'truth', truth: value };
  if (typeof value === 'number') return numberAnswer(value, context);
  if (typeof value !== 'string') return undefined;
  const control = context.question?.control;
  if (control === 'one') return chosen([value], context);
  if (control === 'many') return chosen(value.trim().split(/\s+/u), context);
  if (control === 'file' || context.type === 'binary')
    return { is: 'file', attachment: fileOf(value, context) };
  return typed(value, context) ?? recordAnswer(value, context) ?? text(value);
}

const text = (value: string): Answer => ({ is: 'text', text: withoutDisguise(value) });

function numberAnswer(number: number, context: AnswerContext): Answer {
  if (context.question?.control === 'one') return chosen([String(number)], context);
  const isMoment =
    number >= MOMENT_FROM && number < MOMENT_TO && /date|time|_at$|^at$|_on$/iu.test(context.name);
  if (isMoment) return { is: 'moment', moment: number };
  // Short codes are numbers in what servers and SMS forms write, and are no amounts.
  if (ID_NAME.test(context.name)) return recordAnswer(String(number), context) ?? text(String(number));
  return { is: 'number', number };
}

function chosen(values: readonly string[], { question, say }: AnswerContext): Answer {
  const texts = values.slice(0, MOST_CHOICES).map((value) => {
    const choice = question?.choices.find((one) => one.value === value);
    return (choice === undefined ? undefined : say(choice.words)) ?? withoutDisguise(value);
  });
  return { is: 'choices', texts };
}

/** CHT names a photo after its value, older versions after the field. */
function fileOf(value: string, { path, root, attachments }: AnswerContext): string | null {
  const names = path.filter((name) => typeof name === 'string').join('/');
  const wanted = [
    `user-file-${value}`,
    ...(root === null ? [] : [`user-file/${root}/${names}`]),
    `user-file/${names}`,
    value,
  ];
  return wanted.find((name) => attachments.includes(name)) ?? null;
}

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?$/;
const NUMBER = /^[+-]?(?:\d{1,15}(?:\.\d{1,15})?|\.\d{1,15})$/;
const DEGREES = '[+-]?\\d{1,3}(?:\\.\\d{1,20})?';
const POSITION = new RegExp(
  `^(${DEGREES}) (${DEGREES})(?: [+-]?\\d{1,6}(?:\\.\\d{1,20})?(?: (\\d{1,6}(?:\\.\\d{1,20})?))?)?$`,
);

/** What the form's rule makes of a text, and what its shape alone leaves no doubt about. */
function typed(value: string, { type, name }: AnswerContext): Answer | undefined {
  const at = value.trim();
  if (DAY.test(at) && isDay(at)) return { is: 'day', day: at };
  if (MOMENT.test(at) && !Number.isNaN(Date.parse(at))) return { is: 'moment', moment: Date.parse(at) };
  if (['int', 'integer', 'decimal', 'long'].includes(type) && NUMBER.test(at) && !ID_NAME.test(name))
    return { is: 'number', number: Number(at) };
  if (['geopoint', 'geotrace', 'geoshape'].includes(type)) return positionOf(at);
  return durationOf(at);
}

function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

function positionOf(value: string): Answer | undefined {
  const [, latitude, longitude, accuracy] = POSITION.exec(value) ?? [];
  if (latitude === undefined || longitude === undefined) return undefined;
  if (Math.abs(Number(latitude)) > 90 || Math.abs(Number(longitude)) > 180) return undefined;
  return {
    is: 'position',
    latitude: Number(latitude),
    longitude: Number(longitude),
    accuracy: accuracy === undefined ? null : Number(accuracy),
  };
}

const DURATION =
  /^P(?=[\dT])(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})(?:\.\d{1,9})?S)?)?$/;
const UNITS: readonly DurationUnit[] = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second'];

/** ISO 8601: `P1Y2M` is a year and two months. */
function durationOf(value: string): Answer | undefined {
  const match = DURATION.exec(value);
  if (match === null) return undefined;
  const parts = UNITS.flatMap((unit, at) => {
    const number = match[at + 1];
    return number === undefined ? [] : [{ unit, number: Number(number) }];
  });
  return parts.length === 0 ? undefined : { is: 'duration', parts };
}

/** Whether a text names a record, so that a person wants its name and not what is written. */
function namesRecord(name: string, value: unknown): value is string | number {
  if (typeof value === 'number') return ID_NAME.test(name);
  return typeof value === 'string' && value !== '' && (UUID.test(value) || ID_NAME.test(name));
}

function recordAnswer(value: string, { name, named }: AnswerContext): Answer | undefined {
  if (!namesRecord(name, value)) return undefined;
  const record = named(value);
  if (CODE_NAME.test(name) && !UUID.test(value) && record?.id !== value) return undefined;
  return { is: 'record', name: record?.name ?? null };
}

/** A place on the map as the app keeps it beside the answers. */
export function geolocationOf(value: unknown): Answer | undefined {
  if (!isObject(value)) return undefined;
  const { latitude, longitude, accuracy } = value;
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined;
  return {
    is: 'position',
    latitude,
    longitude,
    accuracy: typeof accuracy === 'number' ? accuracy : null,
  };
}
