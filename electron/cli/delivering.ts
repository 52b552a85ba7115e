/** The commands around an upload: send, foresee and list what is refused, choose a password, prove the audit trail. */
import { isAuditAction } from '../../shared/audit.ts';
import type { JobEnd } from '../../shared/contract.ts';
import { isErrorCode, StationError } from '../../shared/errors.ts';
import { isGuessed, type RefusalRow } from '../../shared/refusals.ts';
import { refusalInWords } from '../../shared/record-size.ts';
import type { OthersWork, RefusedRecord, UploadResult } from '../../shared/upload.ts';
import { reasonInWords, sentenceOf, WORDS } from '../../shared/words/index.ts';
import { actorInWords } from '../../shared/words/actor.ts';
import { UsageError, type Command } from './command-table.ts';
import { agreeToAccount, agreeToDelete } from './agree.ts';
import { endOf, passwordFor, type Terminal } from './ask.ts';
import { DONE, every, NEEDS_ATTENTION, PAGE, print } from './outcome.ts';
import { give } from './out.ts';
import { say, sayTable, signsInWord, spoken, word } from './say.ts';

/** Who signs in, from `--as` or `--account`. */
async function signingIn(
  command: Command<'upload'>,
): Promise<{ user: string; password: string; account?: true }> {
  const { as, account } = command.options;
  return {
    user: as ?? account ?? '',
    password: await passwordFor(command),
    ...(account === undefined ? {} : { account: true }),
  };
}

type Uploaded = Extract<JobEnd, { kind: 'uploaded' }>;

export async function upload(terminal: Terminal, command: Command<'upload'>): Promise<number> {
  const batches = command.words.length > 0 ? { batches: [...command.words] } : {};
  if (command.options.dryRun) return dryRun(terminal, command, batches);
  const login = await signingIn(command);
  const agreed = async (account: boolean): Promise<number> =>
    agreeToDelete(
      await terminal.ask('outbox.deletions', { user: login.user, account, ...batches }),
      command.options,
    );
  const send = async (more: { account?: true; deleting: number }): Promise<Uploaded> => {
    const { job } = await terminal.ask('upload.start', { ...login, ...batches, ...more });
    return endOf(await terminal.wait(job), 'uploaded');
  };
  const deleting = await agreed(login.account === true);
  const { upload: result, others } = await send({ deleting }).catch(async (error: unknown) => {
    if (!(error instanceof StationError) || error.code !== 'is-account') throw error;
    const { owners } = await terminal.ask('outbox.owners', {});
    await agreeToAccount(login.user, owners);
    return send({ account: true, deleting: await agreed(true) });
  });
  print(command, { ...result, others }, () => sayResult(result, others));
  if (result.outcome === 'failed' || result.outcome === 'stopped') return 1;
  return result.outcome === 'done' ? DONE : NEEDS_ATTENTION;
}

function sayResult(result: UploadResult, others: readonly OthersWork[]): void {
  const waiting = result.waiting ?? [];
  if (result.outcome === 'nothing')
    say(others.length > 0 ? word('nothingOfTheirs', { user: result.user }) : word('nothingApproved'));
  else
    say(
      word('sent', {
        sent: result.sent,
        accepted: result.accepted,
        already: result.already,
        refused: result.totals.refused,
        failed: result.totals.failed,
        lapsed: result.totals.lapsed,
        waiting: result.totals.waiting,
      }),
    );
  sayOthers(others);
  if (result.account === true) say(word('byAccount', { user: result.user }));
  const listed = [...result.refused, ...waiting];
  for (const record of listed) sayRefusal(record);
  const notListed = result.totals.refused + result.totals.waiting - listed.length;
  if (notListed > 0) say(`  ${word('andMore', { count: notListed })}`);
  if (result.error !== null && isErrorCode(result.error))
    say(Object.values(sentenceOf(result.error, spoken())).join(' '));
}

function sayRefusal(record: RefusedRecord | RefusalRow): void {
  const { id, label } = record;
  say(`  ${label === undefined || label === '' ? id : label}: ${refusalInWords(record, spoken())}`);
}

function sayOthers(others: readonly OthersWork[]): void {
  for (const { user, records, signsIn } of others) {
    say(user === null ? word('ofNobody', { count: records }) : word('ofOthers', { count: records, user }));
    const way = signsInWord(signsIn);
    if (user !== null && way !== undefined) say(word('accountFor', { user, way }));
  }
}

/** Sends nothing: finds out what the server would not take, and lists it. */
async function dryRun(
  terminal: Terminal,
  command: Command<'upload'>,
  batches: { batches?: string[] },
): Promise<number> {
  const { job } = await terminal.ask('dry-run.start', { ...(await signingIn(command)), ...batches });
  const { dryRun: found } = endOf(await terminal.wait(job), 'dry-run');
  const { toSend, others } = found;
  const rows = (await allRefusals(terminal, {})).filter(
    (row) =>
      (batches.batches?.includes(row.batch) ?? true) &&
      (command.options.as === undefined || row.user === command.options.as),
  );
  print(command, { checked: toSend.records, refused: rows, overruled: toSend.overruled, others }, () => {
    if (toSend.records === 0)
      say(word(others.length > 0 ? 'dryRunNotTheirs' : 'dryRunNothing', { user: command.options.as ?? '' }));
    else say(word('dryRun', { checked: toSend.records, refused: toSend.refused }));
    if (toSend.overruled > 0) say(word('dryRunOverruled', { count: toSend.overruled }));
    sayOthers(others);
    for (const user of found.notTold) say(word('notTold', { user }));
    sayTable(
      rows.map((row) => ({
        user: row.user,
        form: row.form,
        month: row.month,
        label: row.label,
        words: refusalInWords(row, spoken()),
      })),
    );
    if (rows.some(({ reason }) => isGuessed(reason))) say(word('guessedReasons'));
  });
  return rows.length + found.notTold.length > 0 || toSend.records === 0 ? NEEDS_ATTENTION : DONE;
}

function allRefusals(terminal: Terminal, query: { user?: string; batch?: string }): Promise<RefusalRow[]> {
  return every((offset) => terminal.ask('refusals.list', { ...query, offset, limit: PAGE }));
}

export async function refused(terminal: Terminal, command: Command<'refused'>): Promise<number> {
  const { of } = command.options;
  const [batch] = command.words;
  const query = { ...(of === undefined ? {} : { user: of }), ...(batch === undefined ? {} : { batch }) };
  if (command.options.csv) {
    const { name, content } = await terminal.ask('refusals.csv', query);
    print(command, { name, content }, () => give(content));
    return DONE;
  }
  const refusals = await allRefusals(terminal, query);
  const { counts } = await terminal.ask('refusals.count', query);
  print(command, { refused: refusals, counts }, () => {
    sayTable(
      counts.map(({ user, month, form, reason, records }) => ({
        user,
        month,
        form,
        records,
        words: reasonInWords(reason, spoken()),
      })),
    );
    for (const row of refusals) if (row.size !== undefined) sayRefusal(row);
  });
  return refusals.length > 0 ? NEEDS_ATTENTION : DONE;
}

/**
 * Approves what is refused by a guess only, sends it as its author with what else is approved in the batch, and says what
 * the server made of it. Where nobody is let in, the approval is taken back.
 */
export async function tryRefused(terminal: Terminal, command: Command<'try'>): Promise<number> {
  const [batch = ''] = command.words;
  const login = { user: command.options.as, password: await passwordFor(command) };
  const ids = (await allRefusals(terminal, { batch })).filter((row) => row.mayTry).map(({ id }) => id);
  if (ids.length === 0) {
    print(command, { tried: [], accepted: 0, also: 0, refused: [] }, () => say(word('nothingToTry')));
    return DONE;
  }
  const { decision } = await terminal.ask('decide.approve', { batch, ids, refused: true });
  const result = await sendAsAuthor(terminal, { ...login, batches: [batch] }).catch(
    async (error: unknown) => {
      if (decision !== null) await terminal.ask('decide.undo', { decision });
      throw error;
    },
  );
  if (result.outcome === 'nothing') {
    // Whose the batch is did not sign in.
    if (decision !== null) await terminal.ask('decide.undo', { decision });
    print(command, { tried: [], accepted: 0, also: 0, refused: [] }, () =>
      say(word('nothingOfTheirs', { user: login.user })),
    );
    return NEEDS_ATTENTION;
  }
  const inBatch = await every((offset) =>
    terminal.ask('changes.list', { batch, box: 'accepted', offset, limit: PAGE }),
  );
  const accepted = inBatch.filter(({ id }) => ids.includes(id)).length;
  const also = result.accepted + result.already - accepted;
  print(command, { tried: ids, accepted, also, refused: result.refused }, () => {
    say(word('tried', { count: ids.length, accepted }));
    if (also > 0) say(word('alsoSent', { count: also }));
    for (const record of result.refused) sayRefusal(record);
  });
  return result.outcome === 'done' ? DONE : NEEDS_ATTENTION;
}

async function sendAsAuthor(
  terminal: Terminal,
  which: { readonly user: string; readonly password: string; readonly batches: string[] },
): Promise<UploadResult> {
  const { job } = await terminal.ask('upload.start', which);
  return endOf(await terminal.wait(job), 'uploaded').upload;
}

export async function password(terminal: Terminal, command: Command<'password'>): Promise<number> {
  const newPassword = process.env['STATION_NEW_PASSWORD'] ?? '';
  if (newPassword === '') throw new UsageError(word('giveNewPassword'));
  const user = command.options.as;
  const current = await passwordFor(command);
  await terminal.ask('password.change', { user, password: current, newPassword });
  print(command, { user, changed: true }, () => say(word('newPassword', { user })));
  return DONE;
}

export async function ledger(terminal: Terminal, command: Command<'ledger'>): Promise<number> {
  const { since } = command.options;
  const entries: unknown[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const { rows } = await terminal.ask('ledger.list', {
      offset,
      limit: PAGE,
      ...(since === undefined ? {} : { since }),
    });
    entries.push(...rows);
    if (!command.json)
      sayTable(
        rows.map(({ at, person, what, batch, id }) => ({
          at,
          person: actorInWords(person, spoken()),
          what: isAuditAction(what) ? WORDS[spoken()].audit[what] : what,
          batch,
          id,
        })),
      );
    if (rows.length < PAGE) break;
  }
  print(command, { entries }, () => {});
  return DONE;
}

export async function exportLedger(terminal: Terminal, command: Command<'ledger export'>): Promise<number> {
  const format = command.options.format ?? 'ndjson';
  let content = '';
  for (let after: number | null = 0; after !== null;) {
    const part: { content: string; next: number | null } = await terminal.ask('ledger.export', {
      format,
      after,
    });
    if (command.json) content += part.content;
    else give(part.content);
    after = part.next;
  }
  if (command.json) print(command, { format, content }, () => {});
  return DONE;
}

export async function verify(terminal: Terminal, command: Command<'ledger verify'>): Promise<number> {
  const { head } = command.options;
  const report = await terminal.ask('ledger.verify', head === undefined ? {} : { head });
  print(command, { unchanged: report.brokenAt === null, ...report }, () =>
    say(
      report.brokenAt === null
        ? word('verified', { count: report.entries, head: report.head ?? word('none') })
        : word('notVerified', { number: report.brokenAt }),
    ),
  );
  return report.brokenAt === null ? DONE : 1;
}
