import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../hooks/use-format.ts';
import { Button } from './button.tsx';
import { valueText } from './values.ts';

/** Longer texts are cut until somebody asks for all of it. */
const SHOWN = 600;

interface Props {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

export function FieldValue({ path, value }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const [whole, setWhole] = useState(false);
  const text = valueText(t, format, path, value);
  const missing = value === undefined || value === null || value === '';
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
