/** Who did what and when: a line for each act, found by person, day, health worker or record; opens what it was about. */
import { BookOpenText } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from '../../hooks/use-query.ts';
import { useWhere, type HistoryFilters } from '../../hooks/use-where.ts';
import { Empty } from '../../components/empty.tsx';
import { Failure } from '../../components/failure.tsx';
import { Pager } from '../../components/pager.tsx';
import { PlaceHead } from '../../components/place-head.tsx';
import { ActRow } from './act-row.tsx';
import { askedBy, isNarrowed, TOPICS } from './asked.ts';
import { Filters } from './filters.tsx';
import { Proof } from './proof.tsx';
import { ReceiptByCode } from './receipt-by-code.tsx';

const LIMIT = 50;

export function History() {
  const { t } = useTranslation();
  const { where, go } = useWhere();
  const filters = where.history;
  const [offset, setOffset] = useState(0);
  useEffect(() => setOffset(0), [filters]);
  const asked = askedBy(filters);
  const list = useQuery('history.list', { ...asked, offset, limit: LIMIT }, TOPICS);
  const { rows = [], total = 0 } = list.value ?? {};
  const set = (change: Partial<HistoryFilters>) => go({ history: { ...filters, ...change } });
  return (
    <>
      <PlaceHead title={t('place.history')} under={t('history.about')} />
      <Filters filters={filters} set={set} asked={asked} />
      <p className="help" role="status">
        {list.value === undefined ? '' : t('history.shown', { count: total })}
      </p>
      <Failure failure={list.failure} retry={list.again} />
      {list.value !== undefined && list.current && rows.length === 0 ? (
        <Empty icon={BookOpenText} title={t(isNarrowed(filters) ? 'history.noneSuch' : 'history.none')} />
      ) : (
        <div className="table-box">
          <table className="table history" aria-label={t('place.history')} aria-busy={list.asking}>
            <thead>
              <tr>
                <th scope="col">{t('history.when')}</th>
                <th scope="col">{t('history.who')}</th>
                <th scope="col">{t('history.what')}</th>
                <th scope="col">{t('history.aboutWhat')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((act) => (
                <ActRow key={act.act} act={act} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager offset={offset} limit={LIMIT} total={total} onMove={setOffset} />
      <section className="card" aria-label={t('history.proof')}>
        <h2>{t('history.proof')}</h2>
        <Proof />
        <ReceiptByCode />
      </section>
    </>
  );
}
