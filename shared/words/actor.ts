/** Who did something, as the history names them, in the words of a language: a person, or what stands in place of one. */
import type { Language } from '../languages.ts';
import { accountOf, BEFORE_PEOPLE, PRACTICE, STATION } from '../people.ts';
import { WORDS } from './index.ts';

export function actorInWords(name: string, language: Language): string {
  const words = WORDS[language].window.actor;
  if (name === STATION) return words.station;
  if (name === PRACTICE) return words.practice;
  if (name === BEFORE_PEOPLE) return words.before;
  const account = accountOf(name);
  return account === null ? name : words.computer.replace('{{account}}', () => account);
}
