/**
 * Rows of a long list, held page by page and only around what is in sight. Each **round** is one question to
 * the station with one filter and order; answers of an earlier round are thrown away.
 */
import type { Page } from '../../shared/contract.ts';

export const PAGE_ROWS = 100;

export interface RowPages<Row> {
  /** Makes sure that these rows are here or on their way; pages far from them are let go. */
  want(first: number, last: number): void;
  /** Everything may have changed: what is wanted is asked again, and shown as it was until the answer comes. */
  refresh(): void;
  row(index: number): Row | undefined;
  /** `null` until the first answer. */
  total(): number | null;
  failure(): unknown;
  stop(): void;
}

export function createRowPages<Row>(
  ask: (offset: number, limit: number) => Promise<Page<Row>>,
  changed: () => void,
): RowPages<Row> {
  const pages = new Map<number, readonly Row[]>();
  /** Pages of this round that are here or under way. */
  let asked = new Set<number>();
  let round = 0;
  let total: number | null = null;
  let failure: unknown;
  let wanted = { first: 0, last: 0 };

  const fetchPage = async (page: number) => {
    const mine = round;
    asked.add(page);
    try {
      const answer = await ask(page * PAGE_ROWS, PAGE_ROWS);
      if (mine !== round) return;
      pages.set(page, answer.rows);
      total = answer.total;
      failure = undefined;
    } catch (error) {
      if (mine !== round) return;
      asked.delete(page);
      failure = error;
    }
    changed();
  };

  const fill = () => {
    const first = Math.floor(wanted.first / PAGE_ROWS);
    const last = Math.floor(wanted.last / PAGE_ROWS);
    for (let page = first; page <= last; page += 1) {
      const exists = total === null ? page === first : page * PAGE_ROWS < Math.max(total, 1);
      if (exists && !asked.has(page)) void fetchPage(page);
    }
    for (const page of pages.keys()) {
      if (page >= first - 2 && page <= last + 2) continue;
      pages.delete(page);
      asked.delete(page);
    }
  };

  return {
    want(first, last) {
      wanted = { first, last };
      fill();
    },
    refresh() {
      round += 1;
      asked = new Set();
      fill();
    },
    row: (index) => pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS],
    total: () => total,
    failure: () => failure,
    stop() {
      round += 1;
    },
  };
}
