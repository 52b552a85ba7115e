/** `backup` and `restore`: the whole station as one sealed file, and out of it again on another computer. */
import { userInfo } from 'node:os';
import { computerAccount } from '../../shared/people.ts';
import { restoreStation } from '../station.ts';
import { fromWhereThePersonStands } from './arguments.ts';
import { endOf, type Terminal } from './ask.ts';
import { UsageError, type Command } from './command-table.ts';
import { lineOfInput } from './input.ts';
import { tellInPlace } from './out.ts';
import { DONE, print } from './outcome.ts';
import { say, word } from './say.ts';
import { TERMINAL, typed, type Talk } from './talk.ts';

/**
 * From STATION_BACKUP_PASSPHRASE or standard input, or typed where a person looks; a new one twice, because nobody can give
 * it back.
 * @throws UsageError
 */
export async function passphraseFor(
  command: Command<'backup' | 'restore'>,
  talk: Talk = TERMINAL,
): Promise<string> {
  const given = command.options.passphraseStdin
    ? lineOfInput()
    : (process.env['STATION_BACKUP_PASSPHRASE'] ?? '');
  const passphrase = given || (await typed(word('passphrasePrompt'), talk));
  if (passphrase === '') throw new UsageError(word('givePassphrase'));
  const isNew = command.name === 'backup' && given === '';
  if (isNew && (await typed(word('passphraseAgain'), talk)) !== passphrase)
    throw new UsageError(word('passphraseDiffers'));
  return passphrase;
}

export async function backup(terminal: Terminal, command: Command<'backup'>): Promise<number> {
  const to = fromWhereThePersonStands(command.words[0] ?? '');
  const { job } = await terminal.ask('backup.make', { to, passphrase: await passphraseFor(command) });
  const { name: file, files, bytes, isShared } = endOf(await terminal.wait(job), 'backed-up');
  print(command, { file, files, bytes, isShared }, () => {
    say(word('backupMade', { file, size: Math.ceil(bytes / 1_000_000) }));
    if (isShared) say(word('backupShared'));
  });
  return DONE;
}

/** No station is open yet: there is none. What opens the backup is its passphrase. */
export async function restore(command: Command<'restore'>): Promise<number> {
  const file = fromWhereThePersonStands(command.words[0] ?? '');
  const passphrase = await passphraseFor(command);
  const restored = await restoreStation({
    file,
    passphrase,
    dataDir: command.dataDir,
    by: { person: computerAccount(userInfo().username), at: new Date().toISOString() },
    told: (bytes, of) => tellInPlace(`restore ${of === 0 ? 0 : Math.floor((100 * bytes) / of)} %`),
  }).finally(() => tellInPlace(''));
  print(command, restored, () => {
    const { station, at, reopened } = restored;
    say(word('restoredStation', { station, at, count: reopened }));
    if (restored.isShared) say(word('backupShared'));
  });
  return DONE;
}
