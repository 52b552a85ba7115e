/** What came in today, newest first. */
import { ArrowRight, CircleCheck, CircleX, Info, TriangleAlert } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImportResult } from '../../../shared/intake.ts';
import { useQuery } from '../../hooks/use-query.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { GivenUp } from '../../components/given-up.tsx';
import { addUp, endingOf, takenSentence, type Ending } from '../../components/results.ts';
import { BundleWords } from './bundle-words.tsx';
import { CameLines } from './came.tsx';
import { Problems } from './problems.tsx';

const SHOWN = 20;

const MARKS = {
  new: { icon: CircleCheck, tone: 'good' },
  partly: { icon: TriangleAlert, tone: 'warning' },
  nothing: { icon: Info, tone: 'plain' },
  failed: { icon: CircleX, tone: 'bad' },
} as const satisfies Record<Ending, unknown>;

function startOfToday(): string {
  const day = new Date();
  day.setHours(0, 0, 0, 0);
  return day.toISOString();
}

export function Today() {
  const { t } = useTranslation();
  const format = useFormat();
  const since = useMemo(startOfToday, []);
  const [limit, setLimit] = useState(SHOWN);
  const list = useQuery('intake.list', { since, descending: true, limit }, ['intake']);
  const rows = list.value?.rows ?? [];
  const total = list.value?.total ?? 0;
  return (
    <section className="today">
      <h2>{t('today.title')}</h2>
      <Failure failure={list.failure} retry={list.again} />
      {list.value !== undefined && rows.length === 0 ? <p className="help">{t('today.none')}</p> : null}
      <ul className="today-list">
        {rows.map((row, index) => (
          <TodayRow key={`${row.takenAt} ${row.dump} ${index}`} row={row} />
        ))}
      </ul>
      {total > rows.length ? (
        <Button look="quiet" onPress={() => setLimit(limit + 50)}>
          {t('today.more', { number: format.number(total - rows.length) })}
        </Button>
      ) : null}
    </section>
  );
}

function TodayRow({ row }: { readonly row: ImportResult }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { go } = useWhere();
  const taken = addUp([row]);
  const { icon: Icon, tone } = MARKS[endingOf(taken)];
  return (
    <li className="card today-row">
      <div className="today-line">
        <Icon aria-hidden size={22} className={`tone-${tone}`} />
        <time dateTime={row.takenAt}>{format.time(row.takenAt)}</time>
        <span className="today-who">
          {row.came === null ? (
            <strong>
              <bdi>{row.user ?? t('batch.unknownUser')}</bdi>
            </strong>
          ) : (
            <CameLines imports={[row]} />
          )}
          <bdi className="help">{row.name}</bdi>
          {row.bundle === undefined ? null : (
            <span className="help">
              {t('format.cht-bundle')}
              <BundleWords bundle={row.bundle} user={null} />, {format.bytes(row.bundle.bytes)}
            </span>
          )}
        </span>
        <span className="today-result">
          {row.outcome === 'again' ? `${t('today.again')} ` : ''}
          {takenSentence(t, taken)}
        </span>
        {row.batch === null ? null : (
          <Button
            look="quiet"
            icon={ArrowRight}
            onPress={() =>
              go({ place: 'review', batch: row.batches.length > 1 ? null : row.batch, change: null })
            }
          >
            {t('today.open')}
          </Button>
        )}
      </div>
      <Problems imports={[row]} />
      {row.problems[0]?.code === 'reader-died' ? <GivenUp dump={row.dump} /> : null}
    </li>
  );
}
