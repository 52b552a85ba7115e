/**
 * The station from a terminal. With `--json` exactly one JSON object on stdout; everything for people goes
 * to stderr. Exit codes: 0 done; 2 wrong usage; 3 done, but something was put aside or needs a decision;
 * 1 failed.
 */
import { type ErrorCode, isErrorCode, sentenceOf, StationError } from '../shared/errors.ts';
import { parseCommand, USAGE, UsageError } from './cli/arguments.ts';
import { COMMANDS } from './cli/commands.ts';

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  if (['help', '--help', '-h'].includes(argv[0] ?? '')) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  try {
    const command = parseCommand(argv);
    return await COMMANDS[command.name](command);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${USAGE}\n`);
      if (argv.includes('--json')) printFailure('bad-params', error.message);
      return 2;
    }
    return failed(error, argv.includes('--json'));
  }
}

function failed(error: unknown, json: boolean): number {
  const code = error instanceof StationError && isErrorCode(error.code) ? error.code : 'internal';
  const { sentence, action } = sentenceOf(code);
  const detail = error instanceof StationError ? error.detail : undefined;
  process.stderr.write(`${sentence} ${action}${detail === undefined ? '' : ` (${detail})`}\n`);
  if (code === 'internal')
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  if (json) printFailure(code, detail);
  return 1;
}

function printFailure(code: ErrorCode, detail: string | undefined): void {
  const { sentence, action } = sentenceOf(code);
  process.stdout.write(`${JSON.stringify({ error: { code, sentence, action, detail } })}\n`);
}

// Not process.exit: what was written to a pipe has to get there first.
process.exitCode = await main();
