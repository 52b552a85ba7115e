/** The newest visits with how much of each has arrived, and the receipt for the person who came. */
import { ReceiptText } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from '../../hooks/use-query.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { Pager } from '../../components/pager.tsx';
import { ReceiptDialog } from '../../components/receipt.tsx';

const LIMIT = 5;

export function Receipts() {
  const { t } = useTranslation();
  const format = useFormat();
  const [offset, setOffset] = useState(0);
  const [shown, setShown] = useState<string | null>(null);
  const list = useQuery('visits.list', { offset, limit: LIMIT }, ['batches', 'outbox', 'intake']);
  const rows = list.value?.rows ?? [];
  return (
    <section className="receipts">
      <h2>{t('receipts.title')}</h2>
      <Failure failure={list.failure} retry={list.again} />
      {list.value !== undefined && rows.length === 0 ? <p className="help">{t('receipts.none')}</p> : null}
      <ul className="today-list">
        {rows.map((row) => (
          <li key={row.batch} className="card receipt-row">
            <span className="past-words">
              <strong>
                <bdi>{row.user ?? t('batch.unknownUser')}</bdi>
              </strong>
              <span className="help">
                {format.moment(row.takenAt)} · {t('batches.accepted', { count: row.records.accepted })}
              </span>
            </span>
            <Button
              icon={ReceiptText}
              aria-label={t('receipts.of', { user: row.user ?? t('batch.unknownUser') })}
              onPress={() => setShown(row.batch)}
            >
              {t('receipt.open')}
            </Button>
          </li>
        ))}
      </ul>
      <Pager offset={offset} limit={LIMIT} total={list.value?.total ?? 0} onMove={setOffset} />
      {shown === null ? null : <ReceiptDialog batch={shown} open onClose={() => setShown(null)} />}
    </section>
  );
}
