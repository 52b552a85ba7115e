/**
 * The changes of a batch. Only the rows in sight are drawn; the table says how many there are and which these
 * are. The focus stays on the table and an active row moves in it, so that a row may scroll out of the
 * document without taking the focus along.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, type KeyboardEvent, type MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChangeRow } from '../../../shared/review.ts';
import { CHANGE_SORTS, prefer, usePreferences } from '../../hooks/preferences.ts';
import { notify } from '../../hooks/notices.ts';
import { MOST_BETWEEN, type Changes } from '../../hooks/use-changes.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { failureSentence } from '../../components/failure.tsx';
import { recordName, RecordName } from '../../components/record-name.tsx';
import { ClassMark, StateMark } from '../../components/marks.tsx';
import { TableHead, columnsOf, useStationTable } from '../../components/table.tsx';
import { clear, extend, moveTo, staysOf, toggle, type Item, type Selection } from './selection.ts';

const ROW_HEIGHT = 56;
/** A browser draws no element taller than about 33 million pixels; a filter finds what is further down. */
const MOST_ROWS = 600_000;
const helper = columnsOf<ChangeRow>();

export const keyOf = (row: ChangeRow): string => `${row.id}@${row.rev}`;
const itemOf = (row: ChangeRow): Item => ({
  key: keyOf(row),
  id: row.id,
  label: recordName(row),
  deleted: row.deleted,
  stays: staysOf(row),
  unusual: row.unusual.length > 0,
  unplaced: row.class === 'unplaced' && row.state === 'open',
});

interface Props {
  readonly label: string;
  readonly changes: Changes;
  readonly selection: Selection;
  readonly setSelection: (selection: Selection) => void;
  /** The change in the panel; null: the panel is closed. */
  readonly opened: string | null;
  readonly onOpen: (row: ChangeRow) => void;
  readonly onClose: () => void;
  /** The records are of several people: each says whose it is. */
  readonly withWhose?: boolean;
}

export function ChangeTable(props: Props) {
  const { label, changes, selection, setSelection, opened, onOpen, onClose, withWhose = false } = props;
  const { t } = useTranslation();
  const { changeSort: sort } = usePreferences();
  const box = useRef<HTMLDivElement>(null);
  const { total, row: rowAt, want } = changes;
  const count = Math.min(total ?? 0, MOST_ROWS);

  const virtual = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });
  const drawnItems = virtual.getVirtualItems();
  const first = drawnItems[0]?.index ?? 0;
  const last = drawnItems.at(-1)?.index ?? 0;
  useEffect(() => want(first, last), [want, first, last]);

  const here = drawnItems.flatMap(({ index }) => {
    const row = rowAt(index);
    return row === undefined ? [] : [{ index, row }];
  });
  const columns = useChangeColumns(opened !== null, withWhose);
  const table = useStationTable({
    columns,
    rows: here.map(({ row }) => row),
    sort,
    sortable: CHANGE_SORTS,
    onSort: (changeSort) => {
      prefer({ changeSort });
      box.current?.scrollTo({ top: 0 });
    },
  });
  const drawn = table.getRowModel().rows;

  const { active } = selection;
  const showActive = useRef(() => undefined as void);
  showActive.current = () => {
    if (count > 0) virtual.scrollToIndex(Math.min(active, count - 1), { align: 'auto' });
  };
  // Only a move of the active row scrolls; a new answer must not.
  useEffect(() => showActive.current(), [active]);

  const goTo = (index: number) => {
    const next = moveTo(selection, index, count);
    setSelection(next);
    const row = rowAt(next.active);
    if (opened !== null && row !== undefined) onOpen(row);
  };
  const stretchTo = (index: number) => {
    const to = Math.min(Math.max(0, index), count - 1);
    const [from, until] = to < selection.anchor ? [to, selection.anchor] : [selection.anchor, to];
    const items: Item[] = [];
    for (let at = from; at <= until; at += 1) {
      const row = rowAt(at);
      if (row !== undefined) items.push(itemOf(row));
    }
    if (items.length === until - from + 1) setSelection(extend(selection, to, items));
    else void stretchFar(from, until, to);
  };
  /** A range whose rows are not all here has to be asked for: nothing is left out in silence. */
  const stretchFar = async (from: number, until: number, to: number) => {
    try {
      const rows = await changes.between(from, until);
      if (rows === null) notify({ tone: 'plain', text: t('select.tooMany', { count: MOST_BETWEEN }) });
      else setSelection(extend(selection, to, rows.map(itemOf)));
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    }
  };
  const pageRows = Math.max(1, Math.floor((box.current?.clientHeight ?? 480) / ROW_HEIGHT) - 2);

  const press = (event: KeyboardEvent) => {
    // The sort buttons in the head keep their own keys.
    if (event.target !== event.currentTarget) return;
    const step = STEPS[event.key];
    const row = rowAt(active);
    if (step !== undefined) {
      const to =
        step === 'first'
          ? 0
          : step === 'last'
            ? count - 1
            : active + (Math.abs(step) === 2 ? (step / 2) * pageRows : step);
      if (event.shiftKey) stretchTo(to);
      else goTo(to);
    } else if (event.key === ' ' && row !== undefined) setSelection(toggle(selection, active, itemOf(row)));
    else if (event.key === 'Enter' && row !== undefined) onOpen(row);
    else if (event.key === 'Escape' && selection.chosen.size > 0) setSelection(clear(selection));
    else if (event.key === 'Escape' && opened !== null) onClose();
    else return;
    event.preventDefault();
  };
  const click = (event: MouseEvent, index: number, row: ChangeRow) => {
    const onTick = event.target instanceof Element && event.target.closest('.column-tick') !== null;
    if (event.shiftKey) stretchTo(index);
    else if (onTick || event.ctrlKey || event.metaKey) setSelection(toggle(selection, index, itemOf(row)));
    else {
      setSelection(moveTo(selection, index, count));
      onOpen(row);
    }
  };

  const rowId = (index: number) => `change-row-${index}`;
  const isActiveDrawn = here.some(({ index }) => index === active);
  return (
    <div className="table-box table-scroll" ref={box}>
      <table
        className={opened === null ? 'table changes' : 'table changes changes-narrow'}
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={count + 1}
        aria-multiselectable
        {...(isActiveDrawn ? { 'aria-activedescendant': rowId(active) } : {})}
        onKeyDown={press}
        data-changes
      >
        <TableHead table={table} counted />
        <tbody>
          <Gap height={drawnItems[0]?.start ?? 0} />
          {here.map(({ index, row }, position) => {
            const key = keyOf(row);
            const chosen = selection.chosen.has(key);
            return (
              <tr
                key={key}
                id={rowId(index)}
                aria-rowindex={index + 2}
                aria-selected={chosen}
                className={[
                  'row-opens',
                  chosen ? 'row-chosen' : '',
                  index === active ? 'row-active' : '',
                  opened === key ? 'row-opened' : '',
                ].join(' ')}
                onClick={(event) => click(event, index, row)}
              >
                {drawn[position]?.getAllCells().map((cell) => (
                  <td key={cell.id} className={`column-${cell.column.id}`}>
                    {cell.column.id === 'tick' ? (
                      <span className={chosen ? 'tick-box tick-on' : 'tick-box'} aria-hidden />
                    ) : (
                      <table.FlexRender cell={cell} />
                    )}
                  </td>
                ))}
              </tr>
            );
          })}
          <Gap height={virtual.getTotalSize() - (drawnItems.at(-1)?.end ?? 0)} />
        </tbody>
      </table>
      {(total ?? 0) > MOST_ROWS ? <p className="help">{t('changes.tooMany')}</p> : null}
    </div>
  );
}

const STEPS: Readonly<Record<string, number | 'first' | 'last'>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 2,
  PageUp: -2,
  Home: 'first',
  End: 'last',
};

/** Room for the rows that are not drawn. One cell: on a small screen a column is hidden, and more cells would bring it back. */
function Gap({ height }: { readonly height: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden className="gap">
      <td style={{ height }} />
    </tr>
  );
}

function useChangeColumns(narrow: boolean, withWhose: boolean) {
  const { t } = useTranslation();
  const format = useFormat();
  return useMemo(() => {
    const tick = helper.display({
      id: 'tick',
      header: () => <span className="unseen">{t('changes.tick')}</span>,
    });
    const label = helper.accessor('label', {
      id: 'label',
      header: () => t('changes.label'),
      cell: ({ row: { original } }) => <RecordName row={original} withDate={narrow} withWhose={withWhose} />,
    });
    const date = helper.accessor('reportedAt', {
      id: 'reportedAt',
      header: () => t('changes.date'),
      sortDescFirst: true,
      cell: ({ row: { original } }) => (original.reportedAt === null ? '–' : format.day(original.reportedAt)),
    });
    const what = helper.accessor('class', {
      id: 'odd',
      header: () => t('changes.class'),
      cell: ({ row: { original } }) => (
        <span className="what-lines">
          <ClassMark of={original} />
          {original.state === 'open' ? null : <StateMark of={original.state} class={original.class} />}
        </span>
      ),
    });
    // Where the records are of several people, one decision is about all that is listed, or about one.
    return helper.columns([...(withWhose ? [] : [tick]), label, ...(narrow ? [] : [date]), what]);
  }, [t, format, narrow, withWhose]);
}
