/**
 * The station from a terminal. With `--json` exactly one JSON object on stdout; everything for people goes
 * to stderr. Exit codes: 0 done; 2 wrong usage; 3 done, but something was unreadable or needs a decision;
 * 1 failed.
 */
import type { ErrorCode } from '../shared/errors.ts';
import { sentenceOf } from '../shared/words/index.ts';
import { parseCommand } from './cli/arguments.ts';
import { UsageError } from './cli/command-table.ts';
import { runCommand } from './cli/commands.ts';
import { give, tell } from './cli/out.ts';
import { spoken } from './cli/say.ts';
import { startFailure } from './host/start-failure.ts';

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  const json = argv.includes('--json');
  try {
    const command = parseCommand(argv);
    if (command.name !== 'help') return await runCommand(command);
    give(command.text);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) return failed(error, json);
    tell(`${error.message}\n${error.usage === undefined ? '' : `\n${error.usage}`}`);
    if (json) printFailure('bad-params', error.message);
    return 2;
  }
}

function failed(error: unknown, json: boolean): number {
  const { code, sentence, action, detail } = startFailure(error, spoken());
  tell(`${sentence} ${action}${detail === null ? '' : ` (${detail})`}\n`);
  if (code === 'internal')
    tell(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  if (json) printFailure(code, detail ?? undefined);
  return 1;
}

function printFailure(code: ErrorCode, detail: string | undefined): void {
  const { sentence, action } = sentenceOf(code, spoken());
  give(`${JSON.stringify({ error: { code, sentence, action, detail } })}\n`);
}

// What is written here is people's health: nobody else on this computer reads it.
process.umask(0o077);
// Not process.exit: what was written to a pipe has to get there first.
process.exitCode = await main();
