/** Asks in a terminal before records are deleted: how many, and which. */
import { createInterface } from 'node:readline/promises';
import { checkDeletions, type Deletions } from '../../shared/deletions.ts';
import { say, word } from './say.ts';
import { isAnswered, TERMINAL, type Talk } from './talk.ts';

/**
 * How many deletions the person agreed to: all of them, by `--yes` or by the answer.
 * @throws StationError `would-delete`: they did not agree, or there is nobody to ask
 */
export async function agreeToDelete(
  deletions: Deletions,
  options: { readonly yes?: boolean | undefined },
  talk: Talk = TERMINAL,
): Promise<number> {
  const { records, names } = deletions;
  if (records === 0) return 0;
  say(word('wouldDelete', { count: records }));
  for (const name of names) say(`  ${name}`);
  if (records > names.length) say(`  ${word('andMore', { count: records - names.length })}`);
  if (options.yes === true) return records;
  const agreed = (await isAgreed(talk)) ? records : 0;
  checkDeletions(records, agreed);
  return agreed;
}

async function isAgreed(talk: Talk): Promise<boolean> {
  if (!isAnswered(talk)) {
    say(word('needsYes'));
    return false;
  }
  const asking = createInterface({ input: talk.input, output: talk.output });
  try {
    const yes = word('yes');
    // Ctrl+C and Ctrl+D end the question without an answer.
    const ended = new Promise<string>((resolve) => asking.once('close', () => resolve('')));
    const answer = await Promise.race([asking.question(`${word('deleteThem', { yes })} `), ended]);
    return answer.trim().toLowerCase() === yes;
  } finally {
    asking.close();
  }
}
