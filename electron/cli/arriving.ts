/** The commands for what comes in: what is plugged in, and importing it. */
import { basename } from 'node:path';
import { cameSentences } from '../../shared/came-lines.ts';
import { isErrorCode, StationError } from '../../shared/errors.ts';
import { failedImport, type ImportResult } from '../../shared/intake.ts';
import { cleanText } from '../../shared/labels.ts';
import { sentenceOf } from '../../shared/words/index.ts';
import { fromWhereThePersonStands } from './arguments.ts';
import { endOf, finishBegun, type Terminal } from './ask.ts';
import type { Command } from './command-table.ts';
import { DONE, NEEDS_ATTENTION, print } from './outcome.ts';
import { say, sayTable, spoken, word } from './say.ts';

export async function importPaths(terminal: Terminal, command: Command<'import'>): Promise<number> {
  const imports: ImportResult[] = [];
  await finishBegun(terminal);
  for (const path of command.words) imports.push(...(await importPath(terminal, command, path)));
  print(command, { imports }, () => imports.forEach(sayImport));
  if (imports.length > 0 && imports.every((one) => one.outcome === 'failed')) return 1;
  return imports.some((one) => one.problemsTotal > 0 || one.documents.broken > 0) ? NEEDS_ATTENTION : DONE;
}

/** One path that cannot be used does not keep the others: it is an import of its own, that failed. */
async function importPath(
  terminal: Terminal,
  command: Command<'import'>,
  path: string,
): Promise<readonly ImportResult[]> {
  const { user, device } = command.options;
  try {
    const source = await terminal.station.addPath(fromWhereThePersonStands(path));
    const { job } = await terminal.ask('intake.start', {
      source,
      ...(user === undefined ? {} : { user }),
      ...(device === undefined ? {} : { device }),
    });
    return endOf(await terminal.wait(job), 'imported').imports;
  } catch (error) {
    if (!(error instanceof StationError) || error.code === 'cancelled') throw error;
    const file = { dump: '', name: basename(path), takenAt: new Date().toISOString() };
    return [failedImport(file, error)];
  }
}

export function sayImport(one: ImportResult): void {
  const { documents } = one;
  for (const line of cameSentences([one], spoken())) say(line);
  say(
    word('imported', {
      name: one.name,
      new: documents.new,
      known: documents.known,
      broken: documents.broken,
      user: one.user ?? word('ownerUnknown'),
      batch: one.batch ?? '-',
    }),
  );
  const advised = new Set<string>();
  for (const problem of one.problems) {
    const known = isErrorCode(problem.code) ? sentenceOf(problem.code, spoken()) : null;
    const what = known?.sentence ?? problem.code;
    const { line, offset } = problem;
    if (line !== undefined) say(`  ${word('atLine', { problem: what, line })}`);
    else if (offset !== undefined) say(`  ${word('atByte', { problem: what, offset })}`);
    else say(`  ${what}`);
    // Of many problems of one kind, what to do about it is said once.
    if (known !== null && !advised.has(problem.code)) say(`    ${known.action}`);
    advised.add(problem.code);
  }
}

/** One look at what is plugged in, through the same layer as the window. */
export async function sources(terminal: Terminal, command: Command): Promise<number> {
  await terminal.station.settled();
  const found = await terminal.ask('sources.list', {});
  print(command, found, () => {
    sayTable(
      found.sources.map(({ kind, name, state, dumps, unusable }) => ({
        kind,
        name,
        state: state.kind === 'problem' ? state.code : state.kind,
        dumps: dumps.length,
        unusable: unusable.length,
      })),
    );
    for (const { kind, name, state } of found.sources) {
      if (state.kind !== 'problem') continue;
      const { sentence, action } = sentenceOf(state.code, spoken());
      say(
        `${name === '' ? kind : name}: ${sentence} ${action}${state.by === undefined ? '' : ` (${state.by})`}`,
      );
    }
    for (const { name, code } of found.sources.flatMap((source) => source.unusable)) {
      const { sentence, action } = sentenceOf(code, spoken());
      say(`${cleanText(name)}: ${sentence} ${action}`);
    }
    if (found.layer.kind === 'blind') say(Object.values(sentenceOf('devices-blind', spoken())).join(' '));
  });
  return found.sources.some(({ unusable }) => unusable.length > 0) ? NEEDS_ATTENTION : DONE;
}
