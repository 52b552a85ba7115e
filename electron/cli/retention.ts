/** `retention`: how long what the server is proven to hold stays here, what would go now, and letting it go. */
import { RETENTION_DAYS, type Retention } from '../../shared/retention.ts';
import { endOf, type Terminal } from './ask.ts';
import { UsageError, type Command } from './command-table.ts';
import { DONE, print } from './outcome.ts';
import { say, word } from './say.ts';

/** For days: everything stays. */
const NEVER = 'never';

export async function retention(terminal: Terminal, command: Command<'retention'>): Promise<number> {
  return told(command, await terminal.ask('retention.get', {}));
}

/** @throws UsageError */
export async function setRetention(terminal: Terminal, command: Command<'retention set'>): Promise<number> {
  const [given = ''] = command.words;
  const days = given === NEVER ? null : Number(given);
  const { least, most } = RETENTION_DAYS;
  if (days !== null && !(Number.isInteger(days) && days >= least && days <= most))
    throw new UsageError(word('retentionDays', { least, most }));
  return told(command, await terminal.ask('retention.set', { days }));
}

export async function applyRetention(
  terminal: Terminal,
  command: Command<'retention apply'>,
): Promise<number> {
  const { job } = await terminal.ask('retention.apply', {});
  const { records, copies, bytes } = endOf(await terminal.wait(job), 'given-up');
  print(command, { records, copies, bytes }, () =>
    say(word('retentionGone', { records, copies, size: Math.ceil(bytes / 1_000_000) })),
  );
  return DONE;
}

function told(command: Command, found: Retention): number {
  const { days, going, gone } = found;
  print(command, found, () => {
    say(days === null ? word('retentionNever') : word('retentionIs', { count: days }));
    const { records, copies, bytes } = going;
    say(word('retentionGoing', { records, copies, size: Math.ceil(bytes / 1_000_000) }));
    say(word('retentionSoFar', { records: gone.records, copies: gone.copies }));
  });
  return DONE;
}
