/** Where the rows of a list of batches add up to more than there is to decide: why. */
import { useTranslation } from 'react-i18next';
import type { BatchRow } from '../../../shared/review.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';

/** `rows`: every batch that has something to decide. */
export function CountedOnce({ rows }: { readonly rows: readonly BatchRow[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { status } = useStationStatus();
  const sum = rows.reduce((all, { decided }) => all + decided.open, 0);
  if (status === undefined || sum <= status.toReview) return null;
  return (
    <p className="help">
      {t('batches.once', { rows: format.number(sum), all: format.number(status.toReview) })}
    </p>
  );
}
