/** A failure as a person reads it: one sentence, and one thing to do. */
import type { TFunction } from 'i18next';
import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { StationError, isErrorCode, type ErrorCode } from '../../shared/errors.ts';
import { StationLost } from '../carrier.ts';
import { Button } from './button.tsx';
import { HelpLink } from './help-pages.tsx';

export interface Sentence {
  readonly sentence: string;
  readonly action: string;
}

/** The sentence of a code in the person's language. The list is closed, so each code has one. */
export function sentenceIn(t: TFunction, code: ErrorCode): Sentence {
  // The errors are a namespace of their own, which the types of the words do not cover.
  const say = t as unknown as (key: string, options: { ns: 'errors' }) => string;
  return {
    sentence: say(`${code}.sentence`, { ns: 'errors' }),
    action: say(`${code}.action`, { ns: 'errors' }),
  };
}

/** For a code that arrives as plain text, which may come from a newer station. */
export function sentenceOfText(t: TFunction, code: string): Sentence {
  return isErrorCode(code)
    ? sentenceIn(t, code)
    : { sentence: t('failure.unknown', { code }), action: t('failure.unknownAction') };
}

export function failureSentence(t: TFunction, failure: unknown): Sentence {
  if (failure instanceof StationLost) return { sentence: t('failure.lost'), action: t('failure.lostAction') };
  if (failure instanceof StationError) return sentenceIn(t, failure.code);
  return sentenceIn(t, 'internal');
}

interface Props {
  readonly failure: unknown;
  readonly retry?: () => void;
}

export function Failure({ failure, retry }: Props) {
  const { t } = useTranslation();
  if (failure === undefined || failure === null) return null;
  const { sentence, action } = failureSentence(t, failure);
  return (
    <div className="failure" role="alert">
      <TriangleAlert aria-hidden size={20} />
      <div>
        <strong>{sentence}</strong> <span>{action}</span>
      </div>
      {failure instanceof StationError ? <HelpLink code={failure.code} /> : null}
      {retry === undefined ? null : <Button onPress={retry}>{t('action.tryAgain')}</Button>}
    </div>
  );
}
