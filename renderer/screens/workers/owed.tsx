import { useTranslation } from 'react-i18next';
import type { PersonCounts } from '../../../shared/health-workers.ts';

/** What is still to be done here for a person, a line for each thing. */
export function Owed({ records: { undecided, toSend, held } }: { readonly records: PersonCounts }) {
  const { t } = useTranslation();
  if (undecided + toSend + held === 0) return <span className="help">{t('workers.nothingOwed')}</span>;
  return (
    <span className="lines">
      {undecided > 0 ? <span>{t('workers.undecided', { count: undecided })}</span> : null}
      {toSend > 0 ? <span>{t('workers.toSend', { count: toSend })}</span> : null}
      {held > 0 ? <span>{t('batches.held', { count: held })}</span> : null}
    </span>
  );
}
