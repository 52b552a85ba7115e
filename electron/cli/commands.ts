/** What each command does. A command returns its exit code: 0 done, 3 something was unreadable or needs a decision. */
import { readFileSync } from 'node:fs';
import type { Decided, ServerInfo } from '../../shared/contract.ts';
import { StationError } from '../../shared/errors.ts';
import type { BatchRow } from '../../shared/review.ts';
import { hasNoPassword } from '../../shared/sign-in-ways.ts';
import { sentenceOf } from '../../shared/words/index.ts';
import { removeFolderHere } from '../disk/own-disk.ts';
import { temporaryFolder } from '../disk/temporary.ts';
import { fromWhereThePersonStands } from './arguments.ts';
import { UsageError, type Command, type CommandName } from './command-table.ts';
import { agreeToDelete, agreeToUnplaced } from './agree.ts';
import { backup, restore } from './backup.ts';
import { applyRetention, retention, setRetention } from './retention.ts';
import { importPaths, sources } from './arriving.ts';
import { choose, contents } from './choosing.ts';
import { endOf, passwordFor, withStation, type Terminal } from './ask.ts';
import { exportLedger, ledger, password, refused, tryRefused, upload, verify } from './delivering.ts';
import { doctor } from './doctor.ts';
import { allChanges, inWords, shown } from './listing.ts';
import { DONE, every, NEEDS_ATTENTION, PAGE, print } from './outcome.ts';
import { give } from './out.ts';
import {
  addPerson,
  changePerson,
  choosePin,
  makeCode,
  people,
  recoverPerson,
  resetPerson,
} from './people.ts';
import { applyToPhone, confirmPhone, phones, preparePhone, readPhone, syncPhone } from './phones.ts';
import { workers } from './workers.ts';
import { asideWord, say, sayDifference, sayTable, signsInWord, spoken, word } from './say.ts';
import { untilEnded } from './until-ended.ts';
import { forkedDevices } from '../host/forked-devices.ts';
import { serve, servePractice } from './serve.ts';

type Run<Name extends CommandName> = (command: Command<Name>) => Promise<number>;

/** A command that opens the station, asks, and prints. */
function asking<Name extends CommandName>(
  work: (terminal: Terminal, command: Command<Name>) => Promise<number>,
): Run<Name> {
  return (command) => withStation(command, (terminal) => work(terminal, command));
}

/** As `asking`, and what is plugged in is seen. */
function withDevices<Name extends CommandName>(
  work: (terminal: Terminal, command: Command<Name>) => Promise<number>,
): Run<Name> {
  return (command) => withStation(command, (terminal) => work(terminal, command), forkedDevices());
}

function sayDecided({ approved, held, open, decision, otherVersion = 0 }: Decided): void {
  say(word('decided', { approved, held, open }));
  if (otherVersion > 0) say(word('otherVersion', { count: otherVersion }));
  if (decision !== null) say(word('decisionId', { decision }));
}

function everyBatch(terminal: Terminal): Promise<BatchRow[]> {
  return every((offset) => terminal.ask('batches.list', { offset, limit: PAGE }));
}

async function batches(terminal: Terminal, command: Command): Promise<number> {
  const rows = await everyBatch(terminal);
  print(command, { batches: rows }, () =>
    sayTable(
      rows.map(({ batch, user, signsIn, device, takenAt, counts, decided, aside }) => ({
        batch,
        user,
        ...(rows.some((row) => hasNoPassword(row.signsIn)) ? { signsIn: signsInWord(signsIn) } : {}),
        device,
        takenAt,
        ...(aside === null ? {} : { aside: asideWord(aside) }),
        ...counts,
        ...decided,
      })),
    ),
  );
  return DONE;
}

async function conflicts(terminal: Terminal, command: Command): Promise<number> {
  const rows = await every((offset) => terminal.ask('conflicts.list', { offset, limit: PAGE }));
  print(command, { conflicts: rows, total: rows.length }, () =>
    sayTable(rows.map(({ id, label, leaves }) => ({ id, label, leaves: leaves.length }))),
  );
  return rows.length > 0 ? NEEDS_ATTENTION : DONE;
}

async function settle(terminal: Terminal, command: Command<'resolve'>): Promise<number> {
  const [id = ''] = command.words;
  const { keep, merged, dryRun } = command.options;
  const { leaves, label } = await terminal.ask('conflict.get', { id });
  const ending = {
    ...(keep === undefined ? {} : { keep }),
    ...(merged === undefined ? {} : { merged: readMerged(merged) }),
  };
  const { losses } = await terminal.ask('conflict.losses', { id, ...ending });
  const sayLosses = (): void => {
    if (losses.length === 0) return;
    say(word('loses'));
    sayTable(
      losses.map(({ path, of, value }) => ({
        field: path.join('.'),
        of,
        value: JSON.stringify(value) ?? '',
      })),
    );
  };
  if (dryRun === true) {
    print(command, { lost: losses }, sayLosses);
    return losses.length === 0 ? DONE : NEEDS_ATTENTION;
  }
  const seen = leaves.map((leaf) => leaf.rev);
  const losing = losses.map(({ path }) => [...path]);
  const isDeletion = leaves.some(({ rev, origin, deleted }) => rev === keep && origin === 'dump' && deleted);
  const deletions = isDeletion ? { records: 1, names: [label] } : { records: 0, names: [] };
  const deleting = await agreeToDelete(deletions, command.options);
  const result = await terminal.ask('conflict.resolve', { id, seen, ...ending, losing, deleting });
  print(command, losses.length === 0 ? result : { ...result, lost: losses }, () => {
    say(word('kept', { kept: result.kept, closed: result.closed.length }));
    sayLosses();
  });
  return DONE;
}

function readMerged(path: string): Record<string, unknown> {
  try {
    const value = JSON.parse(readFileSync(fromWhereThePersonStands(path), 'utf8')) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below, for a file that is not there as for one that is no JSON.
  }
  throw new UsageError(word('mergedTakes'));
}

function sayServer({ url, reachable, version, error }: ServerInfo): void {
  const found = version === null ? word('serverUnknown') : `CHT ${version}`;
  say(`${url ?? ''}: ${reachable === true ? found : sentenceOf(error ?? 'offline', spoken()).sentence}`);
}

async function compare(terminal: Terminal, command: Command<'compare'>): Promise<number> {
  const user = command.options.as;
  const { job } = await terminal.ask('compare.start', { user, password: await passwordFor(command) });
  const { checked, hidden } = endOf(await terminal.wait(job), 'compared');
  const counts: Record<string, number> = {};
  for (const row of await everyBatch(terminal))
    for (const [name, count] of Object.entries(row.counts)) counts[name] = (counts[name] ?? 0) + count;
  print(command, { checked, hidden, counts }, () => say(word('compared', { count: checked })));
  return DONE;
}

const COMMANDS: { readonly [Name in CommandName]: Run<Name> } = {
  import: asking(importPaths),
  batches: asking(batches),
  'health-workers': asking(workers),
  show: asking(async (terminal, command) => {
    await terminal.ask('batch.get', { batch: command.words[0] ?? '' });
    const changes = (await allChanges(terminal, command)).map(shown);
    print(command, { changes }, () => sayTable(changes.map(inWords)));
    return DONE;
  }),
  difference: asking(async (terminal, command) => {
    const { rev } = command.options;
    const difference = await terminal.ask('difference.get', {
      id: command.words[0] ?? '',
      ...(rev === undefined ? {} : { rev }),
    });
    print(command, difference, () => sayDifference(difference));
    return DONE;
  }),
  approve: asking(async (terminal, command) => {
    const { class: classes, except, unusual } = command.options;
    const approval = {
      batch: command.words[0] ?? '',
      ...(classes === undefined ? {} : { classes: [...classes] }),
      ...(except === undefined ? {} : { except: [...except] }),
      ...(unusual === undefined ? {} : { unusual: [...unusual] }),
      refused: command.options.refused === true,
    };
    const deleting = await agreeToDelete(await terminal.ask('decide.deletions', approval), command.options);
    const unplaced = await agreeToUnplaced(await terminal.ask('decide.unplaced', approval), command.options);
    const decided = await terminal.ask('decide.approve', { ...approval, deleting, unplaced });
    print(command, decided, () => {
      if (decided.changed === 0 && decided.otherVersion === undefined) say(word('nothingToApprove'));
      sayDecided(decided);
    });
    return decided.open > 0 || decided.changed === 0 ? NEEDS_ATTENTION : DONE;
  }),
  hold: asking(async (terminal, command) => {
    const [batch = '', ...ids] = command.words;
    const decided = await terminal.ask('decide.hold', { batch, ids, reason: command.options.reason });
    if (decided.changed === 0) throw new StationError('nothing-to-decide');
    print(command, decided, () => sayDecided(decided));
    return DONE;
  }),
  'bring-back': asking(async (terminal, command) => {
    const brought = await terminal.ask('decide.bring-back', { batch: command.words[0] ?? '' });
    print(command, { ...brought }, () => {
      say(word('broughtBack', { changed: brought.changed, notHere: brought.notHere }));
      say(word('decisionId', { decision: brought.decision }));
    });
    return DONE;
  }),
  release: asking(async (terminal, command) => {
    const [batch = '', ...ids] = command.words;
    const decided = await terminal.ask('decide.release', { batch, ...(ids.length > 0 ? { ids } : {}) });
    print(command, decided, () => sayDecided(decided));
    return DONE;
  }),
  dismiss: asking(async (terminal, command) => {
    const [batch = ''] = command.words;
    if (/^[0-9a-f]{64}$/.test(batch)) {
      await terminal.ask('intake.dismiss', { dump: batch });
      print(command, { dump: batch }, () => say(word('dismissed')));
      return DONE;
    }
    const row = await terminal.ask('batch.dismiss', { batch, dismissed: command.options.undo !== true });
    print(command, { batch, dismissedAt: row.dismissedAt }, () =>
      say(word(row.dismissedAt === null ? 'dismissalUndone' : 'dismissed')),
    );
    return DONE;
  }),
  undo: asking(async (terminal, command) => {
    const [decision = ''] = command.words;
    const { undone, later, lapsed } = await terminal.ask('decide.undo', { decision });
    print(command, { undone, later, lapsed }, () => say(word('undone', { undone, later, lapsed })));
    return later + lapsed > 0 ? NEEDS_ATTENTION : DONE;
  }),
  contents: asking(contents),
  choose: asking(choose),
  conflicts: asking(conflicts),
  resolve: asking(settle),
  'server set': asking(async (terminal, command) => {
    const info = await terminal.ask('server.set', { url: command.words[0] ?? '' });
    print(command, info, () => sayServer(info));
    return DONE;
  }),
  'server name': asking(async (terminal, command) => {
    const [address = ''] = command.words;
    const info = await terminal.ask('server.name', { address, same: command.options.not !== true });
    print(command, info, () => say([info.url ?? '', ...info.otherNames].join(', ')));
    return DONE;
  }),
  'server check': asking(async (terminal, command) => {
    const info = await terminal.ask('server.check', {});
    print(command, info, () => sayServer(info));
    return info.reachable === false ? 1 : DONE;
  }),
  compare: asking(compare),
  upload: asking(upload),
  refused: asking(refused),
  try: asking(tryRefused),
  password: asking(password),
  receipt: asking(async (terminal, command) => {
    const format = command.json ? 'json' : (command.options.format ?? 'text');
    const { content } = await terminal.ask('receipt.get', { batch: command.words[0] ?? '', format });
    give(content.endsWith('\n') ? content : `${content}\n`);
    return DONE;
  }),
  status: asking(async (terminal, command) => {
    const status = await terminal.ask('station.status', {});
    print(command, status, () => {
      const { onlyHere, sealed, toReview, conflicts: inConflict, outbox, comparedAt, lastUploadAt } = status;
      const { backedUpAt, behindSince } = status;
      if (behindSince !== null) say(word('behind', { at: behindSince }));
      say(onlyHere === null ? word('notComparedYet') : word('onlyHere', { count: onlyHere }));
      if (sealed > 0) say(word('sealedHere', { count: sealed }));
      say(
        word('status', {
          toReview,
          conflicts: inConflict,
          waiting: outbox.waiting,
          unproven: outbox.unproven,
        }),
      );
      say(word('asked', { compared: comparedAt ?? word('never'), sent: lastUploadAt ?? word('never') }));
      say(word('backedUp', { at: backedUpAt ?? word('never') }));
    });
    return DONE;
  }),
  doctor: asking(doctor),
  backup: asking(backup),
  retention: asking(retention),
  'retention set': asking(setRetention),
  'retention apply': asking(applyRetention),
  restore,
  ledger: asking(ledger),
  'ledger export': asking(exportLedger),
  'ledger verify': asking(verify),
  people: asking(people),
  'people add': asking(addPerson),
  'people change': asking(changePerson),
  'people reset': asking(resetPerson),
  'people pin': asking(choosePin),
  'people code': asking(makeCode),
  'people recover': asking(recoverPerson),
  sources: withDevices(sources),
  phones: withDevices(phones),
  'phone read': withDevices(readPhone),
  'phone sync': withDevices(syncPhone),
  // Without a phone nothing need watch for one.
  'phone prepare': (command) =>
    (command.options.byPhone === true ? withDevices(preparePhone) : asking(preparePhone))(command),
  'phone apply': withDevices(applyToPhone),
  'phone confirm': withDevices(confirmPhone),
  serve: async (command) => {
    if (!command.options.practice) return serve(command, null);
    // Practice leaves nothing behind: its data goes with it.
    const folder = temporaryFolder('station-practice-');
    try {
      // Nor a replica elsewhere: that would be the real one.
      return await servePractice({ ...command, dataDir: folder, replica: undefined });
    } finally {
      await removeFolderHere(folder);
    }
  },
  practice: async (command) => {
    // Loaded here, so that no other command pays for it.
    const { startPractice } = await import('../practice/start.ts');
    // Heard from the start, so that an early Ctrl+C leaves nothing behind either.
    const ended = untilEnded();
    const { port = 0, configuration } = command.options;
    const practice = await startPractice({ port, ...(configuration === undefined ? {} : { configuration }) });
    give(`${JSON.stringify(practice.announcement)}\n`);
    await ended;
    await practice.close();
    return DONE;
  },
};

/** Runs a command. @returns its exit code */
export function runCommand<Name extends CommandName>(command: Command<Name>): Promise<number> {
  const run: Run<Name> = COMMANDS[command.name];
  return run(command);
}
