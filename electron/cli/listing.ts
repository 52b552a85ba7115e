/** The records of a batch, as the command line lists them. */
import type { ChangeRow } from '../../shared/review.ts';
import type { Terminal } from './ask.ts';
import type { Command } from './command-table.ts';
import { PAGE } from './outcome.ts';
import { classWord, stateWord } from './say.ts';

/** In the order of ids. A document's revisions stay together, so a list with `--limit` may be a little longer. */
export async function allChanges(terminal: Terminal, command: Command<'show'>): Promise<ChangeRow[]> {
  const { class: classes, limit = Infinity } = command.options;
  const changes: ChangeRow[] = [];
  for (let after = command.options.after ?? ''; changes.length < limit;) {
    const most = Math.min(PAGE, limit - changes.length);
    const { rows } = await terminal.ask('changes.list', {
      batch: command.words[0] ?? '',
      ...(classes === undefined ? {} : { classes: [...classes] }),
      after,
      sort: 'id',
      limit: most,
    });
    changes.push(...rows);
    if (rows.length < most) break;
    after = rows.at(-1)?.id ?? '';
  }
  return changes;
}

/** As the command line has always called it: the decision made, or `open`. */
export function shown({
  id,
  rev,
  kind,
  class: changeClass,
  reason,
  refusal,
  unusual,
  state,
  label,
}: ChangeRow): Record<string, unknown> {
  return {
    id,
    rev,
    kind,
    class: changeClass,
    ...(refusal === null ? {} : { refusal }),
    unusual: unusual.map(({ rule }) => rule),
    ...(reason === null ? {} : { reason }),
    decision: state,
    label,
  };
}

/** A row with its class and its decision in the person's words. */
export function inWords(row: Record<string, unknown>): Record<string, unknown> {
  const { class: changeClass, decision, reason: _reason, ...others } = row;
  return {
    ...others,
    class: classWord(String(changeClass), decision === 'accepted'),
    decision: stateWord(String(decision)),
  };
}
