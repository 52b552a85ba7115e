/** Health workers: who has not come for long, what is still to be done for whom, what was never accepted. */
import type { Terminal } from './ask.ts';
import type { Command } from './command-table.ts';
import { DONE, every, PAGE, print } from './outcome.ts';
import { sayTable } from './say.ts';

export async function workers(terminal: Terminal, command: Command<'health-workers'>): Promise<number> {
  const { absent } = command.options;
  const rows = await every((offset) =>
    terminal.ask('workers.list', {
      offset,
      limit: PAGE,
      ...(absent === undefined ? {} : { absentDays: absent }),
    }),
  );
  print(command, { healthWorkers: rows }, () =>
    sayTable(
      rows.map(({ user, name, phone, lastVisit, syncedAt, records }) => ({
        user,
        name,
        phone,
        lastVisit,
        syncedAt,
        undecided: records.undecided,
        toSend: records.toSend,
        held: records.held,
        neverAccepted: records.refused,
      })),
    ),
  );
  return DONE;
}
