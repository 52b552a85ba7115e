/** Writes down what a verdict already settles, so that nothing of it is sent. */
import type { Sendable, SenderParts, Verdict, Waiting } from './sender-parts.ts';

/** Records what became of those that do not go, and answers the others. What waits for another one is only answered. */
export function settle<Item extends Sendable>(
  items: readonly Item[],
  verdicts: readonly Verdict[],
  parts: SenderParts<Item>,
): { readonly going: Item[]; readonly waiting: Waiting<Item>[] } {
  const waiting: Waiting<Item>[] = [];
  const there: Item[] = [];
  const joined: Item[] = [];
  const going: Item[] = [];
  for (const [at, item] of items.entries()) {
    const verdict = verdicts[at];
    switch (verdict?.kind) {
      case undefined:
        break;
      case 'send':
        going.push(item);
        break;
      case 'has-it':
        there.push(item);
        break;
      case 'joined':
        joined.push(item);
        break;
      case 'same-content':
        parts.recordSameContent(item);
        break;
      case 'lapsed':
        parts.recordLapsed(item, verdict.reason);
        break;
      case 'refused':
        parts.recordRefused(item, verdict.reason);
        break;
      case 'waits':
        waiting.push({ item, reason: verdict.reason });
    }
  }
  if (there.length > 0) parts.recordAccepted(there, true);
  if (joined.length > 0) {
    // Nothing more of it leaves, but it is this upload that delivered it.
    parts.recordSent(joined.map(({ id, rev }) => ({ id, rev, bytes: 0 })));
    parts.recordAccepted(joined, false);
  }
  return { going, waiting };
}
