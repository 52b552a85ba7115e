/** What is typed at a terminal, and who ends a command that serves. */
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { typed, type Talk } from '../../electron/cli/talk.ts';
import { untilEnded } from '../../electron/cli/until-ended.ts';

describe('a password', () => {
  function terminal(answer: string, isTTY = true): { readonly talk: Talk; shown: () => string } {
    const input = Object.assign(new PassThrough(), { isTTY });
    const output = Object.assign(new PassThrough(), { isTTY });
    let shown = '';
    output.setEncoding('utf8').on('data', (part: string) => (shown += part));
    input.end(answer);
    return { talk: { input, output }, shown: () => shown };
  }

  it('is typed and not shown', async () => {
    const { talk, shown } = terminal('p\u00e4ss wo\u0301rd$1\n');
    expect(await typed('Password of chw1:', talk)).toBe('p\u00e4ss wo\u0301rd$1');
    expect(shown()).toBe('Password of chw1: \n');
  });

  it.each(['\u0003', '', '\u0004'])('is none after %j', async (answer) => {
    expect(await typed('Password:', terminal(answer).talk)).toBe('');
  });

  it('is not waited for where nobody is', async () => {
    const { talk, shown } = terminal('secret\n', false);
    expect(await typed('Password:', talk)).toBe('');
    expect(shown()).toBe('');
  });

  it('asks with nothing that could steer the terminal', async () => {
    const { talk, shown } = terminal('x\n');
    await typed('Password of \u001b[2Jchw1:', talk);
    expect(shown()).not.toContain('\u001b');
  });
});

describe('a command that serves', () => {
  function program(connected: boolean) {
    let cut = 0;
    const host = Object.assign(new EventEmitter(), {
      connected,
      disconnect: () => {
        cut += 1;
      },
    });
    return { host, ended: untilEnded(host as unknown as NodeJS.Process), cut: () => cut };
  }

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'])(
    'ends by %s, and leaves nothing that keeps it',
    async (how) => {
      const { host, ended, cut } = program(how !== 'disconnect');
      host.emit(how);
      await ended;
      expect(host.eventNames()).toEqual([]);
      expect(cut()).toBe(how === 'disconnect' ? 0 : 1);
    },
  );
});
