/** Lists that leave the station as text: refused records for those who settle pay, the audit trail for auditors. */
import { csvOf } from '../../../shared/csv.ts';
import type { Language } from '../../../shared/languages.ts';
import { saidBy } from '../../../shared/refusals.ts';
import { refusalInWords } from '../../../shared/record-size.ts';
import { WORDS } from '../../../shared/words/index.ts';
import { chainedEntries } from '../../ledger/chain.ts';
import { listRefusals, type RefusalQuery } from '../../ledger/refusals.ts';
import type { Core } from '../core.ts';

const PAGE = 1000;
const LEDGER_COLUMNS = ['number', 'at', 'person', 'what', 'batch', 'id', 'rev', 'detail', 'hash'];
/** In the order of the columns. */
const REFUSAL_COLUMNS = [
  'user',
  'month',
  'reported',
  'form',
  'record',
  'reason',
  'reasonCode',
  'saidBy',
  'id',
  'version',
  'device',
  'batch',
] as const;

export function refusalsCsv(
  core: Core,
  query: RefusalQuery,
  language: Language,
): { name: string; content: string } {
  const rows: (string | null)[][] = [];
  for (let offset = 0; ; offset += PAGE) {
    const page = listRefusals(core.db, { ...query, offset, limit: PAGE }).rows;
    for (const row of page) {
      const reported = row.reportedAt === null ? null : new Date(row.reportedAt).toISOString();
      const what = [
        row.form ?? row.kind,
        row.label,
        refusalInWords(row, language),
        row.reason,
        WORDS[language].lists[saidBy(row.reason)],
        row.id,
        row.rev,
      ];
      rows.push([row.user, row.month, reported, ...what, row.device, row.batch]);
    }
    if (page.length < PAGE) break;
  }
  const columns = REFUSAL_COLUMNS.map((column) => WORDS[language].lists[column]);
  return { name: `refused-${core.now().slice(0, 10)}.csv`, content: csvOf(columns, rows) };
}

/** One part of the audit trail, after an entry's number. The first part of a CSV begins with the names of the columns. */
export function ledgerExport(
  core: Core,
  format: 'ndjson' | 'csv',
  after: number,
): { content: string; next: number | null } {
  const entries = chainedEntries(core.db, after, PAGE);
  const next = entries.length < PAGE ? null : (entries.at(-1)?.seq ?? null);
  if (format === 'ndjson')
    return { content: entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''), next };
  const rows = entries.map(({ seq, at, person, what, batch, id, rev, detail, hash }) => [
    seq,
    at,
    person,
    what,
    batch,
    id,
    rev,
    JSON.stringify(detail),
    hash,
  ]);
  const content = csvOf(LEDGER_COLUMNS, rows);
  return { content: after === 0 ? content : content.slice(content.indexOf('\n') + 1), next };
}
