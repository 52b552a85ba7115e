/** Titles of forms, from whatever dump carried the form: they make the labels of reports. */
import { type Database, text } from './database.ts';

export function formTitles(db: Database): [form: string, title: string][] {
  return db.all('SELECT form, title FROM forms').map((row) => [text(row, 'form'), text(row, 'title')]);
}

export function recordFormTitles(db: Database, titles: readonly (readonly [string, string])[]): void {
  db.transaction(() => {
    for (const [form, title] of titles) {
      db.run(
        'INSERT INTO forms (form, title) VALUES (?, ?) ON CONFLICT (form) DO UPDATE SET title = excluded.title',
        form,
        title,
      );
    }
  });
}
