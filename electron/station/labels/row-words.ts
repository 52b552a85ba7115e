/**
 * What the rows of a list are called now, in the reviewer's language: whom a record is about, in which household, what
 * kind of thing it is. The same material as in the record itself (words.ts); no document is read for it.
 */
import type { Language } from '../../../shared/languages.ts';
import type { ChangeRow } from '../../../shared/review.ts';
import type { ListedChange } from '../../ledger/change-lists.ts';
import { contactNamed, placeAbove, type NamedContact } from '../../ledger/contact-names.ts';
import type { Database } from '../../ledger/database.ts';
import { LabelsOfDump } from './words.ts';

/** Names for the rows of one answer: what several rows share is looked up once. */
export class RowWords {
  readonly #db: Database;
  readonly #language: Language;
  readonly #labels = new Map<string | null, LabelsOfDump>();
  readonly #titles = new Map<string, string | null>();
  readonly #contacts = new Map<string, NamedContact | undefined>();

  constructor(db: Database, language: Language) {
    this.#db = db;
    this.#language = language;
  }

  row({ naming, ...row }: ListedChange): ChangeRow {
    const { dump, about, aboutName } = naming;
    const title = this.#titleOf(row, naming);
    const contact = about === null ? undefined : this.#named(about, dump);
    const isContact = row.kind === 'contact';
    const name = isContact ? row.label : (contact?.name ?? aboutName);
    const place = isContact
      ? contact?.name
      : contact === undefined
        ? undefined
        : this.#placeOf(contact, dump);
    return {
      ...row,
      ...(title === null ? {} : { title }),
      ...(name === null ? {} : { about: name }),
      ...(place === undefined ? {} : { place }),
    };
  }

  /** What a form is called; `null`: nothing says it. Without a dump: as the server or all dumps call it. */
  form(form: string, dump: string | null = null): string | null {
    return this.#titleOf({ kind: 'report', form }, { dump, titleKey: null });
  }

  #titleOf(
    { kind, form }: Pick<ChangeRow, 'kind' | 'form'>,
    { dump, titleKey }: Pick<ListedChange['naming'], 'dump' | 'titleKey'>,
  ): string | null {
    const code = kind === 'report' ? form : titleKey;
    if (code === null && kind !== 'target') return null;
    const key = JSON.stringify([kind, code, dump]);
    const known = this.#titles.get(key);
    if (known !== undefined) return known;
    const title = this.#labelsOf(dump).title(kind, code ?? '') ?? null;
    this.#titles.set(key, title);
    return title;
  }

  #labelsOf(dump: string | null): LabelsOfDump {
    const known = this.#labels.get(dump) ?? new LabelsOfDump(this.#db, dump, this.#language);
    this.#labels.set(dump, known);
    return known;
  }

  #named(idOrCode: string, dump: string | null): NamedContact | undefined {
    const key = JSON.stringify([idOrCode, dump]);
    if (!this.#contacts.has(key)) this.#contacts.set(key, contactNamed(this.#db, idOrCode, dump));
    return this.#contacts.get(key);
  }

  #placeOf({ id, rev }: NamedContact, dump: string | null): string | undefined {
    const above = rev === null ? null : placeAbove(this.#db, { id, rev });
    return above === null ? undefined : this.#named(above, dump)?.name;
  }
}
