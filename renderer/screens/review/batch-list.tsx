/** The batches that wait, or all of them: who, on which device, what is in them, how far they are. */
import { ListChecks, Search, TriangleAlert, X } from 'lucide-react';
import { useCallback, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CLASSES, type BatchFlag, type BatchRow } from '../../../shared/review.ts';
import { BATCH_SORTS, NO_FILTERS, prefer, usePreferences } from '../../hooks/preferences.ts';
import { useQuery } from '../../hooks/use-query.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useKeys } from '../../hooks/use-keys.ts';
import { useStationStatus } from '../../hooks/use-station-status.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../components/button.tsx';
import { Empty } from '../../components/empty.tsx';
import { Failure } from '../../components/failure.tsx';
import { ClassCount } from '../../components/marks.tsx';
import { Opener } from '../../components/opener.tsx';
import { Pager } from '../../components/pager.tsx';
import { Pick } from '../../components/pick.tsx';
import { PlaceHead } from '../../components/place-head.tsx';
import { Segments } from '../../components/segments.tsx';
import { Tick } from '../../components/tick.tsx';
import { TableHead, columnsOf, useStationTable } from '../../components/table.tsx';
import { pendingIn } from './class-counts.ts';
import { Compare } from './compare.tsx';
import { CountedOnce } from './counted-once.tsx';
import { DecideMany } from './decide-many.tsx';

const LIMIT = 50;
const EVERYONE = '*';
const helper = columnsOf<BatchRow>();

export function BatchList() {
  const { t } = useTranslation();
  const { status } = useStationStatus();
  const { go } = useWhere();
  const { showBatches: show, batchSort: sort } = usePreferences();
  const [user, setUser] = useState(EVERYONE);
  const [offset, setOffset] = useState(0);
  const [offered, setOffered] = useState(false);
  const body = useRef<HTMLTableSectionElement>(null);

  const list = useQuery(
    'batches.list',
    {
      show,
      sort: sort.by,
      descending: sort.descending,
      offset,
      limit: LIMIT,
      ...(user === EVERYONE ? {} : { user }),
    },
    ['batches', 'intake', 'outbox', 'conflicts'],
  );
  // Asked only when the list of people is opened.
  const all = useQuery('batches.list', offered ? { sort: 'user', limit: 1000 } : null, ['batches']);
  const people = useMemo(() => {
    const names = new Set((all.value?.rows ?? []).map((row) => row.user).filter((name) => name !== null));
    if (user !== EVERYONE) names.add(user);
    return [...names].map((name) => ({ key: name, text: name }));
  }, [all.value, user]);

  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const choose = useCallback((batch: string, on: boolean) => {
    setChosen((old) => {
      const next = new Set(old);
      if (on) next.add(batch);
      else next.delete(batch);
      return next;
    });
  }, []);
  const columns = useBatchColumns(chosen, choose);
  const rows = list.value?.rows ?? NONE;
  const table = useStationTable({
    columns,
    rows,
    sort,
    sortable: BATCH_SORTS,
    onSort: (batchSort) => {
      prefer({ batchSort });
      setOffset(0);
    },
  });

  const move = (step: number) => {
    const openers = [...(body.current?.querySelectorAll<HTMLElement>('[data-opener]') ?? [])];
    const at = openers.findIndex((opener) => opener === document.activeElement);
    openers[Math.min(openers.length - 1, Math.max(0, at + step))]?.focus();
  };
  useKeys({ j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1) });

  return (
    <>
      <PlaceHead title={t('place.review')} about="batches">
        <div className="actions">
          <Button icon={Search} onPress={() => go({ find: { text: '', filters: NO_FILTERS } })}>
            {t('find.open')}
          </Button>
          <Segments
            label={t('batches.show')}
            chosen={show}
            choices={(['to-do', 'done', 'all'] as const).map((key) => ({ key, text: t(`batches.${key}`) }))}
            onChoose={(showBatches) => {
              prefer({ showBatches });
              setOffset(0);
            }}
          />
          <Pick
            label={t('batches.user')}
            quietLabel
            chosen={user}
            choices={[{ key: EVERYONE, text: t('batches.everyone') }, ...people]}
            onChoose={(name) => {
              setUser(name);
              setOffset(0);
            }}
            onOpen={() => setOffered(true)}
          />
        </div>
      </PlaceHead>
      <Compare comparedAt={status === undefined ? undefined : status.comparedAt} />
      {chosen.size === 0 ? null : (
        <section className="chosen-batches" aria-label={t('many.batches', { count: chosen.size })}>
          <strong role="status">{t('many.batches', { count: chosen.size })}</strong>
          <DecideMany filter={{ batches: [...chosen] }} onDone={() => setChosen(new Set())} />
          <Button look="quiet" icon={X} onPress={() => setChosen(new Set())}>
            {t('select.clear')}
          </Button>
        </section>
      )}
      <Failure failure={list.failure} retry={list.again} />
      {list.value !== undefined && list.current && rows.length === 0 ? (
        <Empty icon={ListChecks} title={t(show === 'to-do' ? 'batches.noneToDo' : 'batches.none')}>
          {t('batches.noneMore')}
        </Empty>
      ) : (
        <div className="table-box">
          <table className="table batches" aria-label={t('place.review')} aria-busy={list.asking}>
            <TableHead table={table} />
            <tbody ref={body}>
              {table.getRowModel().rows.map((row) => (
                <tr
                  key={row.original.batch}
                  className="row-opens"
                  onClick={({ target }) => {
                    // The tick selects; the rest of the row opens the batch.
                    if (target instanceof Element && target.closest('.column-tick') !== null) return;
                    go({ batch: row.original.batch, change: null });
                  }}
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
      {user === EVERYONE && show !== 'done' && list.current && (list.value?.total ?? 0) === rows.length ? (
        <CountedOnce rows={rows} />
      ) : null}
      <Pager offset={offset} limit={LIMIT} total={list.value?.total ?? 0} onMove={setOffset} />
    </>
  );
}

const NONE: readonly BatchRow[] = [];

/** Of what is to be decided: what one button may approve, and what has to be looked at. */
function ReadyAndOdd({ ready, odd }: { readonly ready: number; readonly odd: number }) {
  const { t } = useTranslation();
  const words = [
    ...(ready > 0 ? [t('many.ready', { count: ready })] : []),
    ...(odd > 0 ? [t('many.odd', { count: odd })] : []),
  ];
  return (
    <span className="lines help">
      {words.map((word) => (
        <span key={word}>{word}</span>
      ))}
    </span>
  );
}

/** That somebody here said whose it is, is nothing to look at in a list; what a class counts is not said twice. */
const isOddIn = (row: BatchRow) => (flag: BatchFlag) =>
  flag !== 'typed-user' && !(flag === 'contradiction' && pendingIn(row, 'contradiction') > 0);

function useBatchColumns(chosen: ReadonlySet<string>, choose: (batch: string, on: boolean) => void) {
  const { t } = useTranslation();
  const format = useFormat();
  const { go } = useWhere();
  return useMemo(
    () =>
      helper.columns([
        helper.display({
          id: 'tick',
          header: () => <span className="unseen">{t('changes.tick')}</span>,
          cell: ({ row: { original } }) => (
            <Tick
              chosen={chosen.has(original.batch)}
              onChange={(on) => choose(original.batch, on)}
              disabled={original.aside !== null}
            >
              <span className="unseen">
                {t('many.tick', {
                  user: original.user ?? t('batch.unknownUser'),
                  ago: format.ago(original.takenAt),
                })}
              </span>
            </Tick>
          ),
        }),
        helper.accessor('user', {
          id: 'user',
          header: () => t('batches.user'),
          cell: ({ row: { original } }) => (
            <>
              <Opener onOpen={() => go({ batch: original.batch, change: null })}>
                {original.user ?? t('batch.unknownUser')}
              </Opener>
              <bdi className="help under" title={original.dumpName}>
                {original.dumpName}
              </bdi>
            </>
          ),
        }),
        helper.accessor('device', {
          id: 'device',
          header: () => t('batches.device'),
          cell: ({ row: { original } }) => (
            <bdi className="device">{original.device ?? t('batch.unknownDevice')}</bdi>
          ),
        }),
        helper.accessor('takenAt', {
          id: 'takenAt',
          header: () => t('batches.takenAt'),
          sortDescFirst: true,
          cell: ({ row: { original } }) => (
            <time dateTime={original.takenAt} title={format.moment(original.takenAt)}>
              {format.ago(original.takenAt)}
            </time>
          ),
        }),
        helper.display({
          id: 'holds',
          header: () => t('batches.holds'),
          cell: ({ row: { original } }) => (
            <span className="marks">
              {CLASSES.map((one) =>
                pendingIn(original, one) > 0 ? (
                  <ClassCount key={one} of={one} count={pendingIn(original, one)} />
                ) : null,
              )}
              {original.aside === null ? null : (
                <span className="mark tone-warning">
                  <TriangleAlert aria-hidden size={16} />
                  {t(`aside.${original.aside}.word`)}
                  {original.dismissedAt === null ? null : `, ${t('aside.dismissedWord')}`}
                </span>
              )}
              {original.flags.filter(isOddIn(original)).map((flag) => (
                <span key={flag} className="mark tone-warning">
                  <TriangleAlert aria-hidden size={16} />
                  {t(`flag.${flag}.word`)}
                </span>
              ))}
            </span>
          ),
        }),
        helper.accessor((row) => row.decided.open, {
          id: 'open',
          header: () => t('batches.open'),
          sortDescFirst: true,
          cell: ({ row: { original } }) =>
            original.decided.open > 0 ? (
              <>
                <strong className="number">{format.number(original.decided.open)}</strong>
                <ReadyAndOdd ready={original.ordinary} odd={original.decided.open - original.ordinary} />
              </>
            ) : (
              <span className="number">0</span>
            ),
        }),
        helper.display({
          id: 'decided',
          header: () => t('batches.decided'),
          cell: ({ row: { original } }) => (
            <span className="lines">
              {original.decided.approved > 0 ? (
                <span>{t('batches.approved', { count: original.decided.approved })}</span>
              ) : null}
              {original.delivered.accepted > 0 ? (
                <span>{t('batches.accepted', { count: original.delivered.accepted })}</span>
              ) : null}
              {original.decided.held > 0 ? (
                <span>{t('batches.held', { count: original.decided.held })}</span>
              ) : null}
            </span>
          ),
        }),
      ]),
    [t, format, go, chosen, choose],
  );
}
