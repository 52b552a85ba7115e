/** Receipts and the numbers of imports, each held against its own sum. */
import { expect } from 'vitest';
import { RECEIPT_PARTS } from './numbers.ts';
import type { TestStation } from './station.ts';

/** Every record of a dump stands in one place of its receipt, and the numbers of the import add up. */
export async function checkReceipts({ ask }: Pick<TestStation, 'ask'>): Promise<void> {
  const { rows } = await ask('batches.list', {});
  for (const { batch } of rows) {
    const { content } = await ask('receipt.get', { batch, format: 'json' });
    const receipt = JSON.parse(content) as Record<string, number>;
    expect(RECEIPT_PARTS.reduce((sum, place) => sum + (receipt[place] ?? 0), 0)).toBe(receipt['read']);
  }
  for (const {
    documents: { read, new: fresh, known, skipped, broken },
  } of (await ask('intake.list', {})).rows) {
    expect(fresh + known + skipped + broken).toBe(read);
    expect(Math.min(fresh, known)).toBeGreaterThanOrEqual(0);
  }
}
