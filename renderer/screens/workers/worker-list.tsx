/** Who came, who has not, what is still to be done for each, and what the server never took: who should be called. */
import { Printer, Users } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Input, Label, SearchField } from 'react-aria-components';
import {
  owedBy,
  WORKER_SORTS,
  type HealthWorkerRow,
  type WorkerSort,
} from '../../../shared/health-workers.ts';
import { useDelayed } from '../../hooks/use-delayed.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useQuery } from '../../hooks/use-query.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../components/button.tsx';
import { Empty } from '../../components/empty.tsx';
import { Failure } from '../../components/failure.tsx';
import { Opener } from '../../components/opener.tsx';
import { Pager } from '../../components/pager.tsx';
import { Pick } from '../../components/pick.tsx';
import { PlaceHead } from '../../components/place-head.tsx';
import { reasonText } from '../../components/reason.ts';
import { Segments } from '../../components/segments.tsx';
import { TableHead, columnsOf, useStationTable, type Sort } from '../../components/table.tsx';
import { Absence } from './absence.tsx';
import { Owed } from './owed.tsx';

const LIMIT = 200;
const ABSENCES = ['0', '7', '14', '30', '60', '90'] as const;
const SHOWN = ['all', 'owing', 'refused'] as const;
const helper = columnsOf<HealthWorkerRow>();
const NONE: readonly HealthWorkerRow[] = [];

export function WorkerList() {
  const { t } = useTranslation();
  const format = useFormat();
  const { go } = useWhere();
  const [absent, setAbsent] = useState<(typeof ABSENCES)[number]>('0');
  const [show, setShow] = useState<(typeof SHOWN)[number]>('all');
  const [text, setText] = useState('');
  const [offset, setOffset] = useState(0);
  const [sort, setSort] = useState<Sort<WorkerSort>>({ by: 'lastVisit', descending: false });
  const typed = useDelayed(text, 250);
  const list = useQuery(
    'workers.list',
    {
      offset,
      limit: LIMIT,
      sort: sort.by,
      descending: sort.descending,
      ...(absent === '0' ? {} : { absentDays: Number(absent) }),
      ...(show === 'owing' ? { owing: true } : {}),
      ...(show === 'refused' ? { refused: true } : {}),
      ...(typed === '' ? {} : { text: typed }),
    },
    ['intake', 'batches', 'outbox', 'server', 'conflicts'],
  );
  const { rows = NONE, total = 0, known = 0, nobodys = 0 } = list.value ?? {};
  const columns = useColumns();
  const table = useStationTable({
    columns,
    rows,
    sort,
    sortable: WORKER_SORTS,
    onSort: (next) => {
      setSort(next);
      setOffset(0);
    },
  });
  /** Another filter begins at its first page. */
  const first =
    <Value,>(set: (value: Value) => void) =>
    (value: Value) => {
      set(value);
      setOffset(0);
    };
  return (
    <>
      <PlaceHead title={t('place.workers')} about="list">
        <div className="actions">
          <Button icon={Printer} isDisabled={rows.length === 0} onPress={() => window.print()}>
            {t('workers.print')}
          </Button>
        </div>
      </PlaceHead>
      <div className="filters" role="group" aria-label={t('filter.title')}>
        <SearchField className="field field-inline" value={text} onChange={first(setText)} maxLength={200}>
          <Label className="unseen">{t('workers.find')}</Label>
          <Input className="input" placeholder={t('workers.find')} />
        </SearchField>
        <Pick
          label={t('workers.absent')}
          quietLabel
          chosen={absent}
          choices={ABSENCES.map((key) => ({
            key,
            text: key === '0' ? t('workers.anyVisit') : t('workers.absentFor', { count: Number(key) }),
          }))}
          onChoose={first(setAbsent)}
        />
        <Segments
          label={t('batches.show')}
          chosen={show}
          choices={SHOWN.map((key) => ({ key, text: t(`workers.show.${key}`) }))}
          onChoose={first(setShow)}
        />
      </div>
      <p className="help" role="status">
        {list.value === undefined ? '' : t('workers.shown', { count: known, shown: format.number(total) })}
        {nobodys > 0 ? ` ${t('workers.nobodys', { count: nobodys })}` : ''}
      </p>
      <Failure failure={list.failure} retry={list.again} />
      {list.value !== undefined && list.current && rows.length === 0 ? (
        <Empty icon={Users} title={t(known === 0 ? 'workers.none' : 'workers.noneSuch')}>
          {known === 0 ? t('workers.noneMore') : null}
        </Empty>
      ) : (
        <div className="table-box">
          <table className="table workers" aria-label={t('place.workers')} aria-busy={list.asking}>
            <TableHead table={table} />
            <tbody>
              {table.getRowModel().rows.map((row) => (
                <tr
                  key={row.original.user}
                  className="row-opens"
                  onClick={() => go({ person: row.original.user })}
                >
                  {row.getAllCells().map((cell) => (
                    <td key={cell.id} className={`column-${cell.column.id}`}>
                      <table.FlexRender cell={cell} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager offset={offset} limit={LIMIT} total={total} onMove={setOffset} />
      <p className="only-printed">{t('workers.printed', { moment: format.now() })}</p>
    </>
  );
}

function useColumns() {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { go } = useWhere();
  return useMemo(
    () =>
      helper.columns([
        helper.accessor('user', {
          id: 'user',
          header: () => t('batches.user'),
          cell: ({ row: { original } }) => (
            <>
              <Opener onOpen={() => go({ person: original.user })}>{original.name ?? original.user}</Opener>
              <span className="help under">
                {original.name === null ? null : <bdi>{original.user}</bdi>}
                {original.name === null || original.phone === null ? null : ' · '}
                {original.phone === null ? null : <bdi>{original.phone}</bdi>}
              </span>
            </>
          ),
        }),
        helper.accessor('lastVisit', {
          id: 'lastVisit',
          header: () => t('workers.lastVisit'),
          cell: ({ row: { original } }) => <Absence at={original.lastVisit} />,
        }),
        helper.accessor('syncedAt', {
          id: 'syncedAt',
          header: () => t('workers.syncedAt'),
          cell: ({ row: { original } }) =>
            original.syncedAt === null ? (
              <span className="help">{t('workers.notKnown')}</span>
            ) : (
              <time dateTime={original.syncedAt} title={format.moment(original.syncedAt)}>
                {format.ago(original.syncedAt)}
              </time>
            ),
        }),
        helper.accessor(({ records }) => owedBy(records), {
          id: 'owed',
          sortDescFirst: true,
          header: () => t('workers.owed'),
          cell: ({ row: { original } }) => <Owed records={original.records} />,
        }),
        helper.accessor(({ records }) => records.refused, {
          id: 'refused',
          sortDescFirst: true,
          header: () => t('workers.refused'),
          cell: ({ row: { original } }) =>
            original.records.refused === 0 ? (
              <span className="number">0</span>
            ) : (
              <span className="lines">
                <strong className="tone-bad">{format.number(original.records.refused)}</strong>
                {original.refusals.slice(0, 2).map(({ reason }) => (
                  <bdi key={reason}>{reasonText(t, i18n, reason)}</bdi>
                ))}
              </span>
            ),
        }),
      ]),
    [t, i18n, format, go],
  );
}
