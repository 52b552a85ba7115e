/** The commands about a version that came with several contents: look at them, and choose the true one. */
import { StationError } from '../../shared/errors.ts';
import type { ContradictionDetail } from '../../shared/contradictions.ts';
import type { Command } from './command-table.ts';
import type { Terminal } from './ask.ts';
import { DONE, NEEDS_ATTENTION, print } from './outcome.ts';
import { say, sayTable, word } from './say.ts';

/** Enough of a digest to be typed. */
const SHOWN = 12;

export async function contents(terminal: Terminal, command: Command<'contents'>): Promise<number> {
  const detail = await terminal.ask('contradiction.get', asked(command.words[0], command.options.rev));
  print(command, { ...detail }, () => sayContents(detail));
  return NEEDS_ATTENTION;
}

function sayContents({ rev, sides, fields, proposed }: ContradictionDetail): void {
  say(rev);
  sayTable(
    sides.flatMap(({ content, origin, brought, deleted, delivered, unproven }): Record<string, unknown>[] => {
      const left = unproven ? word('unprovenContent') : delivered ? word('deliveredContent') : null;
      const side = {
        content: content.slice(0, SHOWN),
        deleted: deleted ? word('deletedContent') : null,
        state: left,
      };
      if (origin === 'server') return [{ ...side, user: word('serverContent') }];
      return brought.map(({ user, device, format, takenAt, verified }) => ({
        ...side,
        user,
        device,
        format,
        takenAt,
        verified: verified ? word('verifiedDump') : null,
      }));
    }),
  );
  sayTable(
    fields.map(({ path, values }) => ({
      field: path.join('.'),
      ...Object.fromEntries(values.map((value, at) => [sides[at]?.content.slice(0, SHOWN) ?? '', value])),
    })),
  );
  if (proposed !== null) say(word('proposedContent', { content: proposed.slice(0, SHOWN) }));
}

/** Every content is named, the true one first: who does not name one has not looked at it. */
export async function choose(terminal: Terminal, command: Command<'choose'>): Promise<number> {
  const [id, ...named] = command.words;
  const about = asked(id, command.options.rev);
  const { sides } = await terminal.ask('contradiction.get', about);
  const seen = named.map((begin) => {
    const found = sides.filter(({ content }) => content.startsWith(begin));
    const [only] = found;
    if (found.length !== 1 || only === undefined) throw new StationError('not-found');
    return only.content;
  });
  const chosen = await terminal.ask('decide.choose', { ...about, content: seen[0] ?? '', seen });
  print(command, { ...chosen }, () => {
    say(
      word(chosen.rev === null ? 'choseServer' : 'chose', { rev: chosen.rev ?? '', closed: chosen.closed }),
    );
    say(word('decisionId', { decision: chosen.decision }));
  });
  return DONE;
}

function asked(id = '', rev?: string): { id: string; rev?: string } {
  return rev === undefined ? { id } : { id, rev };
}
