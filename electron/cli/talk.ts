/** A person at a terminal: where they are asked, and what they type unseen. */
import { createInterface } from 'node:readline/promises';
import { PassThrough } from 'node:stream';
import { clean } from './say.ts';

/** Where a person is asked and answers. */
export interface Talk {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** Standard output is kept for what scripts read. */
export const TERMINAL: Talk = { input: process.stdin, output: process.stderr };

/** Whether somebody is there to answer. */
export function isAnswered({ input, output }: Talk): boolean {
  return input.isTTY === true && output.isTTY === true;
}

/** What somebody types at the prompt, which the terminal does not show; empty where nobody is there, and after Ctrl-C. */
export async function typed(prompt: string, talk: Talk): Promise<string> {
  if (!isAnswered(talk)) return '';
  talk.output.write(`${clean(prompt)} `);
  // As a terminal, so that readline shows what is typed itself, and it shows it to nobody.
  const unseen = new PassThrough().resume();
  const asking = createInterface({ input: talk.input, output: unseen, terminal: true });
  try {
    const ended = new Promise<string>((resolve) => {
      asking.once('SIGINT', () => resolve(''));
      asking.once('close', () => resolve(''));
    });
    return await Promise.race([asking.question(''), ended]);
  } finally {
    asking.close();
    talk.output.write('\n');
  }
}
