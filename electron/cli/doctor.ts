/** `doctor`: how the disk, the store, the history, its backups, the safe copies and what lies around the station are, and what can be repaired. */
import { join } from 'node:path';
import { isWell, LEDGER_TROUBLES, type DiskProtection, type Health } from '../../shared/health.ts';
import { surroundingsLines, type SurroundingsLine } from '../../shared/surroundings.ts';
import { phrases, sentenceOf } from '../../shared/words/index.ts';
import { sayImport } from './arriving.ts';
import { endOf, VERSION, type Terminal } from './ask.ts';
import type { Command } from './command-table.ts';
import { DONE, NEEDS_ATTENTION, print } from './outcome.ts';
import { say, spoken, word } from './say.ts';

/** Done where nothing is left to do for a person; 3 where something is, which is said. */
export async function doctor(terminal: Terminal, command: Command<'doctor'>): Promise<number> {
  if (command.options.repair === true) {
    const { jobs } = await terminal.ask('health.repair', {});
    for (const job of jobs) await terminal.wait(job);
  }
  const { again } = command.options;
  if (again !== undefined) {
    const { job } = await terminal.ask('intake.again', { dump: again });
    const { imports } = endOf(await terminal.wait(job), 'imported');
    if (!command.json) imports.forEach(sayImport);
  }
  const health = await terminal.ask('health.get', {});
  const protection = await terminal.ask('health.protection', {});
  const around = await terminal.ask('health.surroundings', {});
  const lines = surroundingsLines(around, VERSION);
  const well = isWell(health) && !protection.refuses && !lines.some(({ asks }) => asks);
  print(command, { well, ...health, protection, surroundings: around }, () => {
    for (const line of linesOf(health, protection, command.dataDir)) say(line);
    lines.map(spokenLine).forEach(say);
    if (well) say(word('doctorWell'));
  });
  return well ? DONE : NEEDS_ATTENTION;
}

function spokenLine({ key, values, code }: SurroundingsLine): string {
  const text = phrases('computer', spoken())(key, values);
  return code === null ? text : [text, ...Object.values(sentenceOf(code, spoken()))].join(' ');
}

function linesOf(health: Health, protection: DiskProtection, dataDir: string): string[] {
  return [
    ...linesOfDisk(health, protection),
    ...linesOfStore(health, dataDir),
    ...linesOfLedger(health, dataDir),
    ...linesOfCopies(health, dataDir),
  ];
}

function linesOfDisk({ disk }: Health, { encryption, refuses }: DiskProtection): string[] {
  const lines: string[] = [];
  if (disk.free !== null) {
    const megabytes = Math.floor(disk.free / 1_000_000);
    lines.push(word(disk.tight ? 'doctorTight' : 'doctorDisk', { count: megabytes }));
  }
  lines.push(word(ENCRYPTION_WORDS[encryption]));
  if (refuses) lines.push(word('doctorRefuses'));
  return lines;
}

const ENCRYPTION_WORDS = {
  on: 'doctorEncryptionOn',
  off: 'doctorEncryptionOff',
  unknown: 'doctorEncryptionUnknown',
} as const;

function linesOfStore({ store }: Health, dataDir: string): string[] {
  const lines = [word(STORE_WORDS[store.state])];
  if (store.error !== null) lines.push(Object.values(sentenceOf(store.error, spoken())).join(' '));
  if (store.gone > 0) lines.push(word('doctorGone', { count: store.gone }));
  for (const { dump, name, records } of store.goneFrom)
    lines.push(word('doctorGoneFrom', { name, count: records, file: copyOf(dataDir, dump) }));
  if (store.gaveUp !== null) lines.push(word('doctorGaveUp', { at: store.gaveUp }));
  for (const name of store.aside) lines.push(word('doctorAside', { file: join(dataDir, name) }));
  return lines;
}

const STORE_WORDS = {
  good: 'doctorStoreGood',
  restoring: 'doctorStoreRestoring',
  incomplete: 'doctorStoreIncomplete',
  closed: 'doctorStoreClosed',
  shared: 'doctorStoreShared',
} as const;

function linesOfLedger({ ledger, backups }: Health, dataDir: string): string[] {
  const lines: string[] = [];
  if (ledger.state === 'good') lines.push(word('doctorLedgerGood'));
  else lines.push(Object.values(sentenceOf(LEDGER_TROUBLES[ledger.state], spoken())).join(' '));
  const { restored, mended } = ledger;
  if (mended !== null) lines.push(word('doctorMended', { at: mended }));
  if (restored !== null) {
    const { backup, at, complete, lost, reopened } = restored;
    if (backup === null) lines.push(word('doctorBegunAnew', { at }));
    else lines.push(word(complete ? 'doctorRestoredWhole' : 'doctorRestored', { backup, at }));
    if (lost.length > 0) {
      const done = phrases('audit', spoken());
      lines.push(
        word('doctorLost', { what: lost.map(({ what, count }) => `${count} × ${done(what)}`).join(', ') }),
      );
    }
    if (reopened > 0) lines.push(word('doctorReopened', { count: reopened }));
    if (restored.aside !== null) lines.push(word('doctorAside', { file: join(dataDir, restored.aside) }));
  }
  const [newest] = backups;
  lines.push(
    newest === undefined
      ? word('doctorNoBackup')
      : word('doctorBackups', { count: backups.length, at: newest.at }),
  );
  return lines;
}

function linesOfCopies({ copies }: Health, dataDir: string): string[] {
  const lines = [word('doctorCopies', { count: copies.kept, folder: join(dataDir, 'dumps') })];
  if (copies.unknown > 0) lines.push(word('doctorUnknown', { count: copies.unknown }));
  for (const { dump, name } of copies.missing)
    lines.push(word('doctorMissing', { name, file: copyOf(dataDir, dump) }));
  for (const { dump, name } of copies.givenUp) lines.push(word('doctorGivenUp', { name, sha: dump }));
  return lines;
}

function copyOf(dataDir: string, dump: string): string {
  return join(dataDir, 'dumps', `${dump}.dump`);
}
