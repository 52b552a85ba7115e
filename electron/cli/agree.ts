/** Asks in a terminal before records are deleted, or sent beside a version that may be newer: how many, and which. */
import { createInterface } from 'node:readline/promises';
import type { Deletions } from '../../shared/deletions.ts';
import { StationError, type ErrorCode } from '../../shared/errors.ts';
import type { OthersWork } from '../../shared/upload.ts';
import type { PhraseKey } from '../../shared/words/index.ts';
import { say, word } from './say.ts';
import { isAnswered, TERMINAL, type Talk } from './talk.ts';

interface Options {
  readonly yes?: boolean | undefined;
}

/** What somebody is asked, and what is thrown where they do not agree. */
interface Question {
  readonly told: PhraseKey<'cli'>;
  readonly needsYes: PhraseKey<'cli'>;
  readonly question: PhraseKey<'cli'>;
  readonly otherwise: ErrorCode;
}

const DELETE: Question = {
  told: 'wouldDelete',
  needsYes: 'needsYes',
  question: 'deleteThem',
  otherwise: 'would-delete',
};
const SEND_AS_IT_IS: Question = {
  told: 'wouldConflict',
  needsYes: 'needsYesToSend',
  question: 'approveAsTheyAre',
  otherwise: 'would-conflict',
};

/**
 * How many deletions the person agreed to: all of them, by `--yes` or by the answer.
 * @throws StationError `would-delete`: they did not agree, or there is nobody to ask
 */
export function agreeToDelete(deletions: Deletions, options: Options, talk?: Talk): Promise<number> {
  return agree(DELETE, deletions, options, talk);
}

/**
 * How many records of unknown order the person agreed to.
 * @throws StationError `would-conflict`: they did not agree, or there is nobody to ask
 */
export function agreeToUnplaced(unplaced: Deletions, options: Options, talk?: Talk): Promise<number> {
  return agree(SEND_AS_IT_IS, unplaced, options, talk);
}

/**
 * The login is not a health worker's, as which it was given: it is said whose records it would send.
 * @throws StationError `is-account`: the person did not agree, or there is nobody to ask
 */
export async function agreeToAccount(
  user: string,
  owners: readonly OthersWork[],
  talk: Talk = TERMINAL,
): Promise<void> {
  say(word('isAccount', { user }));
  for (const { user: owner, records } of owners)
    say(`  ${word('ownerRecords', { user: owner ?? word('nobodyYet'), count: records })}`);
  const asked = { needsYes: 'needsAccount', question: 'sendAsAccount' } as const;
  if (!(await isAgreed(asked, talk))) throw new StationError('is-account');
}

async function agree(
  asked: Question,
  { records, names }: Deletions,
  options: Options,
  talk: Talk = TERMINAL,
): Promise<number> {
  if (records === 0) return 0;
  say(word(asked.told, { count: records }));
  for (const name of names) say(`  ${name}`);
  if (records > names.length) say(`  ${word('andMore', { count: records - names.length })}`);
  if (options.yes !== true && !(await isAgreed(asked, talk)))
    throw new StationError(asked.otherwise, String(records));
  return records;
}

async function isAgreed(asked: Pick<Question, 'needsYes' | 'question'>, talk: Talk): Promise<boolean> {
  if (!isAnswered(talk)) {
    say(word(asked.needsYes));
    return false;
  }
  const asking = createInterface({ input: talk.input, output: talk.output });
  try {
    const yes = word('yes');
    // Ctrl+C and Ctrl+D end the question without an answer.
    const ended = new Promise<string>((resolve) => asking.once('close', () => resolve('')));
    const answer = await Promise.race([asking.question(`${word(asked.question, { yes })} `), ended]);
    return answer.trim().toLowerCase() === yes;
  } finally {
    asking.close();
  }
}
