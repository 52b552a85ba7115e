import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Answer } from '../../shared/record-view.ts';
import { useFormat } from '../hooks/use-format.ts';
import { Button } from './button.tsx';
import { answerText } from './answer.ts';
import { valueText } from './values.ts';

/** Longer texts are cut until somebody asks for all of it. */
const SHOWN = 600;

interface Props {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  /** What it says by the form, where the form is here. */
  readonly said?: Answer | null | undefined;
}

export function FieldValue({ path, value, said }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const [whole, setWhole] = useState(false);
  const missing = value === undefined || value === null || value === '';
  const text = (missing ? null : answerText(t, format, said ?? null)) ?? valueText(t, format, path, value);
  if (missing) return <span className="value-missing">{text}</span>;
  const cut = !whole && text.length > SHOWN;
  return (
    <>
      <bdi className="value">{cut ? `${text.slice(0, SHOWN)}…` : text}</bdi>
      {cut ? (
        <Button look="quiet" onPress={() => setWhole(true)}>
          {t('value.whole')}
        </Button>
      ) : null}
    </>
  );
}
