/** Whose a dump is, asked only where the dump itself does not say it. */
import { UserRound } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';

export interface Whose {
  readonly user: string;
  readonly device: string;
}

export const NOBODY: Whose = { user: '', device: '' };

interface FieldsProps {
  readonly whose: Whose;
  readonly onChange: (whose: Whose) => void;
}

export function WhoseFields({ whose, onChange }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <Field
        label={t('arrivals.user')}
        value={whose.user}
        onChange={(user) => onChange({ ...whose, user })}
        maxLength={200}
      />
      <Field
        label={t('arrivals.device')}
        value={whose.device}
        onChange={(device) => onChange({ ...whose, device })}
        maxLength={200}
      />
    </>
  );
}

interface Props {
  readonly names: readonly string[];
  /** It was said already, and the station kept what it knew. */
  readonly said: boolean;
  readonly onSay: (names: readonly string[], whose: Whose) => void;
}

/** After the intake: the station could not tell, so the clerk says it and the dump is taken again. */
export function SayWhose({ names, said, onSay }: Props) {
  const { t } = useTranslation();
  const [whose, setWhose] = useState(NOBODY);
  const say = (event: FormEvent) => {
    event.preventDefault();
    if (whose.user.trim() !== '') onSay(names, { user: whose.user.trim(), device: whose.device.trim() });
  };
  return (
    <form className="say-whose" onSubmit={say} autoComplete="off">
      <p className="hint tone-warning">
        <UserRound aria-hidden size={20} />
        <span>
          {t('arrivals.unknown', { count: names.length })} <bdi className="help">{names.join(', ')}</bdi>
        </span>
      </p>
      {said ? (
        <p className="help">{t('arrivals.notChanged')}</p>
      ) : (
        <div className="fields">
          <WhoseFields whose={whose} onChange={setWhose} />
          <Button type="submit" isDisabled={whose.user.trim() === ''}>
            {t('arrivals.say')}
          </Button>
        </div>
      )}
    </form>
  );
}
