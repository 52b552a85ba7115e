/** The passphrase of a backup as somebody types it: unseen, a new one twice. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { passphraseFor } from '../../electron/cli/backup.ts';
import type { Command } from '../../electron/cli/command-table.ts';
import type { Talk } from '../../electron/cli/talk.ts';

/** Types the next line at each prompt. */
function person(lines: readonly string[], isTTY = true): { readonly talk: Talk; shown: () => string } {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = Object.assign(new PassThrough(), { isTTY });
  const left = [...lines];
  let shown = '';
  output.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    if (shown.endsWith(': ')) setImmediate(() => input.write(`${left.shift() ?? ''}\r`));
  });
  return { talk: { input, output }, shown: () => shown };
}

const command = (name: 'backup' | 'restore') =>
  ({ name, words: [], options: {} }) as unknown as Command<'backup' | 'restore'>;

describe('the passphrase of a backup', () => {
  it('is typed twice for a new one, and shown to nobody', async () => {
    const { talk, shown } = person(['green mango tree', 'green mango tree']);
    expect(await passphraseFor(command('backup'), talk)).toBe('green mango tree');
    expect(shown().match(/: /g)).toHaveLength(2);
    expect(shown()).not.toContain('mango');
  });
  it('is refused where the second differs', async () => {
    const { talk } = person(['green mango tree', 'green mango treE']);
    await expect(passphraseFor(command('backup'), talk)).rejects.toThrow();
  });
  it('is typed once to restore', async () => {
    const { talk, shown } = person(['green mango tree']);
    expect(await passphraseFor(command('restore'), talk)).toBe('green mango tree');
    expect(shown().match(/: /g)).toHaveLength(1);
  });
  it('is asked of nobody where nobody is there', async () => {
    await expect(passphraseFor(command('backup'), person([], false).talk)).rejects.toThrow(/passphrase/);
  });
});
