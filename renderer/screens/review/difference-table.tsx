/** What a change changes, field by field: as it was before, as it is after. Text only, whatever is in it. */
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Difference, FieldDifference } from '../../../shared/review.ts';
import { Button } from '../../components/button.tsx';
import { FieldValue } from '../../components/field-value.tsx';
import { fieldsOf, isTechnical, pathText } from '../../components/values.ts';

interface Props {
  readonly difference: Difference;
  /** The body of a deletion: what would be gone is what has to be looked at. */
  readonly said?: Readonly<Record<string, unknown>>;
}

export function DifferenceTable({ difference, said }: Props) {
  const { t } = useTranslation();
  const [more, setMore] = useState(false);
  const whole = said !== undefined && difference.fields.length === 0;
  const { notCompared } = difference;
  const from = whole ? null : difference.from;
  const fields = whole ? fieldsOf(said) : difference.fields;
  // In a new record the app's own fields would bury the answers; in a change each one may matter.
  const answers = from === null ? fields.filter((field) => !isTechnical(field.path)) : fields;
  const main = answers.length === 0 ? fields : answers;
  const others = fields.filter((field) => !main.includes(field));
  return (
    <section className="difference">
      <h3>
        {t(whole ? 'difference.titleDeleted' : from === null ? 'difference.titleNew' : 'difference.title')}
      </h3>
      {notCompared === null || notCompared === 'no-earlier-version' ? null : (
        <p className="help">{t(`difference.${notCompared}`)}</p>
      )}
      {fields.length === 0 ? (
        <p className="help">{t('difference.none')}</p>
      ) : (
        <table className="table fields-table">
          <thead>
            <tr>
              <th scope="col">{t('difference.field')}</th>
              {from === null ? (
                <th scope="col">{t('difference.value')}</th>
              ) : (
                <>
                  <th scope="col">{t(`difference.before.${from.origin}`)}</th>
                  <th scope="col">{t('difference.after')}</th>
                </>
              )}
            </tr>
          </thead>
          <tbody>
            {main.map((field) => (
              <FieldRow key={JSON.stringify(field.path)} field={field} alone={from === null} />
            ))}
            {more
              ? others.map((field) => <FieldRow key={JSON.stringify(field.path)} field={field} alone />)
              : null}
          </tbody>
        </table>
      )}
      {others.length === 0 ? null : (
        <Button
          look="quiet"
          icon={more ? ChevronDown : ChevronRight}
          aria-expanded={more}
          onPress={() => setMore(!more)}
        >
          {t('difference.others', { count: others.length })}
        </Button>
      )}
    </section>
  );
}

function FieldRow({ field, alone }: { readonly field: FieldDifference; readonly alone: boolean }) {
  return (
    <tr>
      <th scope="row">
        {field.label === undefined ? (
          <bdi>{pathText(field.path)}</bdi>
        ) : (
          <bdi title={pathText(field.path)}>{field.label}</bdi>
        )}
      </th>
      {alone ? null : (
        <td className={field.before === undefined ? '' : 'value-before'}>
          <FieldValue path={field.path} value={field.before} said={field.beforeSaid} />
        </td>
      )}
      <td className={alone ? '' : 'value-after'}>
        <FieldValue path={field.path} value={field.after} said={field.afterSaid} />
      </td>
    </tr>
  );
}
