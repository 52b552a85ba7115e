/** Tasks and targets, which come from no form: by their translated titles. */
import type { Language } from '../languages.ts';
import type { Answer, RecordField } from '../record-view.ts';
import { fieldAt, isObject, textAt, type Body } from '../untrusted.ts';
import type { NamedRecords } from './answers.ts';
import { recordPhrases } from './form-words.ts';
import type { Translations } from './translations.ts';
import type { Place } from './relevance.ts';

interface Spoken {
  readonly translations: Translations;
  readonly language: Language;
}

/** Targets of one month are some dozens. */
const MOST_TARGETS = 500;

function field(path: Place, label: string, answer: Answer | undefined): RecordField[] {
  if (answer === undefined) return [];
  return [{ kind: 'field', depth: 0, path, label, unnamed: false, answer }];
}

const text = (said: string | undefined): Answer | undefined =>
  said === undefined || said === '' ? undefined : { is: 'text', text: said };

const STATES = ['Draft', 'Ready', 'Cancelled', 'Completed', 'Failed'] as const;

export function taskRows(
  body: Body,
  { translations, language, named }: Spoken & { readonly named: NamedRecords },
): RecordField[] {
  const word = recordPhrases(language);
  const emission = fieldAt(body, 'emission');
  const day = (name: string): Answer | undefined => {
    const at = textAt(emission, name);
    return at !== undefined && /^\d{4}-\d\d-\d\d$/.test(at) ? { is: 'day', day: at } : undefined;
  };
  const said = (name: string): Answer | undefined => {
    const value = fieldAt(emission, name);
    const known = typeof value === 'string' ? translations.key(value, emission) : undefined;
    return text(known ?? translations.from(value, emission));
  };
  const about = textAt(emission, 'forId') ?? textAt(emission, 'contact', '_id') ?? textAt(body, 'owner');
  const name = textAt(emission, 'contact', 'name');
  const state = STATES.find((one) => one === fieldAt(body, 'state'));
  return [
    ...field(
      ['emission', 'contact'],
      word('task.about'),
      about === undefined && name === undefined
        ? undefined
        : { is: 'record', name: (about === undefined ? undefined : named(about)?.name) ?? name ?? null },
    ),
    ...field(['state'], word('task.state'), state && { is: 'text', text: word(`task.${state}`) }),
    ...field(['emission', 'dueDate'], word('task.due'), day('dueDate')),
    ...field(['emission', 'startDate'], word('task.from'), day('startDate')),
    ...field(['emission', 'endDate'], word('task.until'), day('endDate')),
    ...field(['emission', 'priorityLabel'], word('task.priority'), said('priorityLabel')),
    ...field(['emission', 'description'], word('task.description'), said('description')),
  ];
}

/** @param targets those of the settings */
export function targetRows(
  body: Body,
  targets: readonly Body[],
  { translations, language }: Spoken,
): RecordField[] {
  const word = recordPhrases(language);
  const list = fieldAt(body, 'targets');
  const counted = Array.isArray(list) ? (list as unknown[]).filter(isObject).slice(0, MOST_TARGETS) : [];
  return [
    ...field(['reporting_period'], word('target.period'), text(textAt(body, 'reporting_period'))),
    ...counted.flatMap((one, at) => {
      const known = targets.find((target) => fieldAt(target, 'id') === fieldAt(one, 'id'));
      const key = textAt(known, 'translation_key');
      const title =
        (key === undefined ? undefined : translations.key(key)) ?? translations.from(fieldAt(known, 'name'));
      const [pass, total] = [fieldAt(one, 'value', 'pass'), fieldAt(one, 'value', 'total')];
      if (typeof pass !== 'number' || typeof total !== 'number') return [];
      const answer: Answer =
        fieldAt(known, 'type') === 'percent' || pass !== total
          ? { is: 'text', text: word('target.of', { pass, total }) }
          : { is: 'number', number: pass };
      return field(['targets', at], title ?? word('target.unnamed'), answer);
    }),
  ];
}
