/** A receipt as text, for a terminal or a file. Pure: the same receipt gives the same words. */
import { layoutOf, type ReceiptStyle } from './receipt-layout.ts';
import type { Receipt } from './receipt.ts';

export function receiptText(receipt: Receipt, style: ReceiptStyle = {}): string {
  const { title, code, codeWord, facts, read, parts, besides, end, lists } = layoutOf(receipt, style);
  const table = [...facts, read, ...parts, ...besides, ...end, [codeWord, code] as const];
  const width = Math.max(...table.map(([label]) => label.length));
  const lines = table.map(([label, value]) => `${label.padEnd(width)}  ${value}`);
  const listed = lists.flatMap(({ heading, entries }) => [
    '',
    `${heading}:`,
    ...entries.map((entry) => `  - ${entry}`),
  ]);
  return `${[title, '='.repeat(title.length), ...lines, ...listed].join('\n')}\n`;
}
