/**
 * The head and the columns of every table. TanStack Table holds the columns and which of them the list is
 * sorted by; the sorting itself, the filtering and the paging are the station's.
 */
import {
  createColumnHelper,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type SortingState,
  type TableOptions,
} from '@tanstack/react-table';
import { ArrowDown, ArrowUp, ArrowUpDown } from 'lucide-react';
import { useMemo } from 'react';

export const features = tableFeatures({ rowSortingFeature });
export type Features = typeof features;
/** TanStack's own rows of columns: each column has a type of values that only its own cell needs to know. */
export type Columns<Row extends object> = TableOptions<Features, Row>['columns'];

export function columnsOf<Row extends object>() {
  return createColumnHelper<Features, Row>();
}

export interface Sort<By extends string> {
  readonly by: By;
  readonly descending: boolean;
}

interface Options<Row extends object, By extends string> {
  readonly columns: Columns<Row>;
  readonly rows: readonly Row[];
  readonly sort: Sort<By>;
  readonly onSort: (sort: Sort<By>) => void;
  /** Columns that the station can sort by; their ids are its words. */
  readonly sortable: readonly By[];
}

export function useStationTable<Row extends object, By extends string>(options: Options<Row, By>) {
  const { columns, rows, sort, onSort, sortable } = options;
  const sorting = useMemo<SortingState>(
    () => [{ id: sort.by, desc: sort.descending }],
    [sort.by, sort.descending],
  );
  return useTable<Features, Row>({
    features,
    columns,
    data: rows,
    manualSorting: true,
    enableSortingRemoval: false,
    enableMultiSort: false,
    state: { sorting },
    onSortingChange: (updater) => {
      const [next] = typeof updater === 'function' ? updater(sorting) : updater;
      const by = sortable.find((word) => word === next?.id);
      if (next !== undefined && by !== undefined) onSort({ by, descending: next.desc });
    },
  });
}

interface HeadProps<Row extends object> {
  readonly table: ReturnType<typeof useStationTable<Row, string>>;
  /** The head is the first row of a table whose rows are counted. */
  readonly counted?: boolean;
}

const SORTED = { asc: 'ascending', desc: 'descending' } as const;

export function TableHead<Row extends object>({ table, counted = false }: HeadProps<Row>) {
  return (
    <thead>
      {table.getHeaderGroups().map((group) => (
        <tr key={group.id} {...(counted ? { 'aria-rowindex': 1 } : {})}>
          {group.headers.map((header) => {
            const { column } = header;
            const sorted = column.getIsSorted();
            const label = <table.FlexRender header={header} />;
            return (
              <th
                key={header.id}
                scope="col"
                className={`column-${column.id}`}
                {...(column.getCanSort()
                  ? { 'aria-sort': sorted === false ? ('none' as const) : SORTED[sorted] }
                  : {})}
              >
                {column.getCanSort() ? (
                  <button type="button" className="sort" onClick={column.getToggleSortingHandler()}>
                    {label}
                    {sorted === false ? (
                      <ArrowUpDown aria-hidden size={16} className="sort-idle" />
                    ) : sorted === 'asc' ? (
                      <ArrowUp aria-hidden size={16} />
                    ) : (
                      <ArrowDown aria-hidden size={16} />
                    )}
                  </button>
                ) : (
                  label
                )}
              </th>
            );
          })}
        </tr>
      ))}
    </thead>
  );
}
