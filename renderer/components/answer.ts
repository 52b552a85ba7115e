/** An answer of a form as text for a person, in their language. */
import type { TFunction } from 'i18next';
import type { Answer } from '../../shared/record-view.ts';
import type { Format } from '../hooks/use-format.ts';

/** `null`: a file, which its value names, or nothing is known of it. */
export function answerText(t: TFunction, format: Format, answer: Answer | null): string | null {
  switch (answer?.is) {
    case 'text':
      return answer.text;
    case 'choices':
      return answer.texts.join(', ');
    case 'number':
      return format.number(answer.number);
    case 'truth':
      return t(answer.truth ? 'value.yes' : 'value.no');
    case 'day':
      return format.date(answer.day);
    case 'moment':
      return format.moment(answer.moment);
    case 'duration':
      return format.span(answer.parts);
    case 'position': {
      const where = `${format.degrees(answer.latitude)}; ${format.degrees(answer.longitude)}`;
      return answer.accuracy === null
        ? where
        : t('record.within', { where, metres: Math.round(answer.accuracy) });
    }
    case 'record':
      return answer.name ?? t('record.unknown');
    case 'not-answered':
      return t('record.notAnswered');
    case 'not-asked':
      return t('record.notAsked');
    case 'file':
    case undefined:
      return null;
  }
}

/** It says nothing, or nothing that is here. */
export function isMissing(answer: Answer): boolean {
  return (
    answer.is === 'not-answered' ||
    answer.is === 'not-asked' ||
    (answer.is === 'record' && answer.name === null)
  );
}
