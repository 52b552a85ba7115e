/** Finding records by a few words, in all of them: their own words, whom they are about, a phone number, a code, an id. */
import { soughtIn } from '../../shared/finding.ts';

/** A condition, or a statement, and what stands for its `?`. */
export interface Condition {
  readonly sql: string;
  readonly values: (string | number)[];
}

/** The changes that are meant by what a person typed, as a statement that gives their `seq`. */
export function found(text: string): Condition {
  const { words, phone, id } = soughtIn(text);
  const parts: string[] = [];
  const values: string[] = [];
  const match = matchOf(words, phone);
  if (match !== null) {
    // What is about somebody is found by their name, though it may hold an id alone.
    parts.push(
      'SELECT rowid FROM change_words WHERE change_words MATCH ?',
      `SELECT seq FROM changes WHERE about IN (${NAMED_SO})`,
    );
    values.push(match, match);
  }
  if (id !== null) {
    parts.push(
      'SELECT seq FROM changes WHERE id >= ? AND id < ? || char(1114111)',
      'SELECT seq FROM changes WHERE about = ?',
    );
    values.push(id.toLowerCase(), id.toLowerCase(), id.toLowerCase());
  }
  return { sql: parts.length === 0 ? 'SELECT seq FROM changes WHERE false' : parts.join(' UNION '), values };
}

/** People and places with these words, by what records call them. */
const NAMED_SO = `WITH named AS MATERIALIZED (
    SELECT id, code FROM changes
    WHERE seq IN (SELECT rowid FROM change_words WHERE change_words MATCH ?) AND kind = 'contact')
  SELECT id FROM named UNION SELECT code FROM named WHERE code IS NOT NULL`;

/** As SQLite's full-text search writes it; `null`: nothing to look for. */
function matchOf(words: readonly string[], phone: readonly string[]): string | null {
  const beginning = (word: string): string => `"${word}"*`;
  const all = words.map(beginning).join(' AND ');
  const parts = [...(all === '' ? [] : [`(${all})`]), ...phone.map(beginning)];
  return parts.length === 0 ? null : parts.join(' OR ');
}
