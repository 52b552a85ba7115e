/** The visits of a health worker, the newest first: what each brought, and its receipt. */
import { ReceiptText } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../hooks/use-format.ts';
import { useQuery } from '../../hooks/use-query.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { Opener } from '../../components/opener.tsx';
import { Pager } from '../../components/pager.tsx';
import { ReceiptDialog } from '../../components/receipt.tsx';

const LIMIT = 10;

export function Visits({ user }: { readonly user: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { go } = useWhere();
  const [offset, setOffset] = useState(0);
  const [shown, setShown] = useState<string | null>(null);
  const list = useQuery('visits.list', { user, offset, limit: LIMIT }, ['intake', 'batches', 'outbox']);
  const rows = list.value?.rows ?? [];
  return (
    <section className="box-list">
      <h2>{t('workers.batches')}</h2>
      <Failure failure={list.failure} retry={list.again} />
      {list.value !== undefined && rows.length === 0 ? (
        <p className="help">{t('workers.noVisits')}</p>
      ) : (
        <div className="table-box">
          <table className="table" aria-label={t('workers.batches')} aria-busy={list.asking}>
            <thead>
              <tr>
                <th scope="col">{t('batches.takenAt')}</th>
                <th scope="col">{t('batches.device')}</th>
                <th scope="col">{t('batches.open')}</th>
                <th scope="col">{t('batches.decided')}</th>
                <th scope="col">
                  <span className="unseen">{t('receipt.title')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ batch, takenAt, device, records }) => (
                <tr key={batch}>
                  <th scope="row">
                    <Opener onOpen={() => go({ place: 'review', batch, change: null })}>
                      {format.moment(takenAt)}
                    </Opener>
                  </th>
                  <td>
                    <bdi>{device ?? t('batch.unknownDevice')}</bdi>
                  </td>
                  <td>{format.number(records.open)}</td>
                  <td>
                    <span className="lines">
                      {records.approved > 0 ? (
                        <span>{t('batches.approved', { count: records.approved })}</span>
                      ) : null}
                      {records.accepted > 0 ? (
                        <span>{t('batches.accepted', { count: records.accepted })}</span>
                      ) : null}
                      {records.held > 0 ? <span>{t('batches.held', { count: records.held })}</span> : null}
                    </span>
                  </td>
                  <td>
                    <Button
                      icon={ReceiptText}
                      aria-label={`${t('receipt.open')}: ${format.moment(takenAt)}`}
                      onPress={() => setShown(batch)}
                    >
                      {t('receipt.title')}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager offset={offset} limit={LIMIT} total={list.value?.total ?? 0} onMove={setOffset} />
      {shown === null ? null : <ReceiptDialog batch={shown} open onClose={() => setShown(null)} />}
    </section>
  );
}
