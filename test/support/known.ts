/** What a station knows, to be compared with what another one does. */
import type { TestStation } from './station.ts';

/** Records with their values, decisions, proofs, receipts and the whole history. */
export async function knownOf({ ask }: Pick<TestStation, 'ask'>) {
  const { rows: batches } = await ask('batches.list', { offset: 0, limit: 100 });
  const changes = await Promise.all(
    batches.map(({ batch }) => ask('changes.list', { batch, offset: 0, limit: 100 })),
  );
  const rows = changes.flatMap((page) => page.rows);
  return {
    batches,
    rows,
    records: await Promise.all(rows.map(({ id, rev }) => ask('change.get', { id, rev }))),
    receipts: await Promise.all(
      batches.map(async ({ batch }) => {
        const { content } = await ask('receipt.get', { batch });
        // But for when it was printed, and how long the history was then.
        return { ...(JSON.parse(content) as Record<string, unknown>), printedAt: null, history: null };
      }),
    ),
    history: (await ask('ledger.list', { offset: 0, limit: 1000 })).rows,
    uploads: (await ask('uploads.list', { offset: 0, limit: 100 })).rows,
  };
}
