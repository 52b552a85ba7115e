/** React's side of a list of changes that may be a hundred thousand rows long. */
import { useCallback, useEffect, useMemo, useReducer, useRef } from 'react';
import type { Requests } from '../../shared/contract.ts';
import type { ChangeRow } from '../../shared/review.ts';
import { useLanguage } from './use-language.ts';
import { createRowPages, type RowPages } from './row-pages.ts';
import { useClient } from './use-query.ts';

export type ChangeParams = Omit<Requests['changes.list']['input'], 'offset' | 'limit'>;

export interface Changes {
  readonly total: number | null;
  readonly failure: unknown;
  readonly row: (index: number) => ChangeRow | undefined;
  readonly want: (first: number, last: number) => void;
  readonly again: () => void;
  /** Rows of a range that need not be in sight; `null` where they are more than `MOST_BETWEEN`. */
  readonly between: (first: number, last: number) => Promise<readonly ChangeRow[] | null>;
}

export const MOST_BETWEEN = 5_000;
const LARGEST_PAGE = 1_000;

const GATHER = 150;

export function useChanges(params: ChangeParams): Changes {
  const client = useClient();
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const language = useLanguage();
  const key = JSON.stringify({ ...params, language });
  const shown = useRef<RowPages<ChangeRow> | null>(null);
  const range = useRef({ first: 0, last: 0 });

  const pages = useMemo(() => {
    const asked = JSON.parse(key) as ChangeParams;
    const own: RowPages<ChangeRow> = createRowPages(
      (offset, limit) => client.ask('changes.list', { ...asked, offset, limit }),
      () => {
        // The old list stays in sight until the new one has something to show.
        shown.current = own;
        redraw();
      },
    );
    return own;
  }, [client, key]);

  useEffect(() => {
    pages.want(range.current.first, range.current.last);
    let gathering: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      gathering ??= setTimeout(() => {
        gathering = undefined;
        pages.refresh();
      }, GATHER);
    };
    const offChanged = client.on('changed', ({ what }) => {
      if (what.includes('batches') || what.includes('outbox') || what.includes('conflicts')) soon();
    });
    const offConnection = client.onConnection((connection) => {
      if (connection === 'connected') soon();
    });
    return () => {
      clearTimeout(gathering);
      offChanged();
      offConnection();
    };
  }, [client, pages]);

  const want = useCallback(
    (first: number, last: number) => {
      range.current = { first, last };
      pages.want(first, last);
    },
    [pages],
  );
  const between = useCallback(
    async (first: number, last: number) => {
      if (last - first + 1 > MOST_BETWEEN) return null;
      const asked = JSON.parse(key) as ChangeParams;
      const rows: ChangeRow[] = [];
      for (let offset = first; offset <= last; offset += LARGEST_PAGE) {
        const limit = Math.min(LARGEST_PAGE, last - offset + 1);
        rows.push(...(await client.ask('changes.list', { ...asked, offset, limit })).rows);
      }
      return rows;
    },
    [client, key],
  );
  const current = shown.current ?? pages;
  return {
    total: current.total(),
    failure: pages.failure(),
    row: current.row,
    want,
    again: pages.refresh,
    between,
  };
}
