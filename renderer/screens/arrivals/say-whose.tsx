/** Whose a dump is, asked only where the dump itself does not say it: before it is taken, and after. */
import { UserRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useQuery } from '../../hooks/use-query.ts';
import { Failure } from '../../components/failure.tsx';
import { Field } from '../../components/field.tsx';
import { WhoseButton } from '../../components/whose.tsx';

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

/** More than these are looked at in Review. */
const SHOWN = 10;

interface Props {
  readonly dumps: readonly { readonly batch: string; readonly name: string }[];
}

/** After the intake: the station could not tell, so the clerk says it, of each dump by itself. */
export function SayWhose({ dumps }: Props) {
  const { t } = useTranslation();
  const others = dumps.length - SHOWN;
  return (
    <div className="say-whose">
      <p className="hint tone-warning">
        <UserRound aria-hidden size={20} />
        <span>{t('arrivals.unknown', { count: dumps.length })}</span>
      </p>
      <ul className="say-whose-list">
        {dumps.slice(0, SHOWN).map((dump) => (
          <OneDump key={dump.batch} {...dump} />
        ))}
      </ul>
      {others > 0 ? <p className="help">{t('whose.others', { count: others })}</p> : null}
    </div>
  );
}

function OneDump({ batch, name }: Props['dumps'][number]) {
  const about = useQuery('batch.get', { batch }, ['batches', 'outbox']);
  const row = about.value;
  return (
    <li>
      <bdi className="help cut-off" title={name}>
        {name}
      </bdi>
      {row === undefined || row.user === null ? null : (
        <strong>
          <bdi>{row.user}</bdi>
        </strong>
      )}
      {row === undefined ? null : <WhoseButton batch={row} />}
      <Failure failure={about.failure} retry={about.again} />
    </li>
  );
}
