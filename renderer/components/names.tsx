/** Records by the names that people know: a handful, and how many more there are. */
import { useTranslation } from 'react-i18next';
import { NAMES_TOLD } from '../../shared/deletions.ts';

interface Props {
  readonly names: readonly string[];
  /** All of them. */
  readonly records: number;
}

export function Names({ names, records }: Props) {
  const { t } = useTranslation();
  const shown = names.slice(0, NAMES_TOLD);
  return (
    <>
      <ul className="names">
        {shown.map((name, at) => (
          <li key={`${at} ${name}`}>
            <bdi>{name}</bdi>
          </li>
        ))}
      </ul>
      {records > shown.length ? (
        <p className="help">{t('ask.more', { count: records - shown.length })}</p>
      ) : null}
    </>
  );
}
