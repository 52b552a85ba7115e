/** What each item of a dump tells by itself: what it is, what it says of people and forms, and how large it is. */
import type { DumpProblem, DumpRecord } from '../../../shared/dump.ts';
import type { NewChange, NumberedProblem, PurgedRecord, UserSettings } from '../../../shared/intake.ts';
import type { LabelDocument } from '../../../shared/label-documents.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { generationOf } from '../../../shared/revision-names.ts';
import type { AsideReason } from '../../../shared/set-aside.ts';
import { digest } from '../../host/digest.ts';
import {
  changeOfRecord,
  handoversOfRecord,
  labelOfRecord,
  settingsOfRecord,
  titleOfRecord,
  userOfWork,
} from '../../intake/facts.ts';
import { recordsOf } from '../../intake/formats/problem-ranges.ts';
import { isSpareId } from '../../replica/spares.ts';
import { independent } from '../../replica/waves.ts';
import type { ImportStep, Taken, TakeRequest } from './calls.ts';

/** At most this many people are told apart in one dump; a dump of one phone has one or two. The rest is said. */
const PEOPLE = 1000;

/** A record and what the ledger will say of it. */
export interface Looked {
  readonly record: DumpRecord;
  readonly change: NewChange;
}

/** What is recorded beside the changes. */
export interface Rest {
  readonly problems: NumberedProblem[];
  readonly broken: ImportStep['broken'][number][];
  readonly named: ImportStep['named'][number][];
  readonly purges: PurgedRecord[];
  readonly labels: LabelDocument[];
}

/** A chunk of the dump, looked at. In one wave no revision is another's or its ancestor. */
export interface Chunk {
  readonly waves: readonly (readonly Looked[])[];
  readonly rest: Rest;
}

/** For one dump: what it has seen so far decides what later items are called. */
export class Examiner {
  readonly #titles: Map<string, string>;
  /** Forms that the server names: no dump names them otherwise. */
  readonly #titlesOfServer = new Set<string>();
  #labels = 0;
  readonly #people = new Map<string, UserSettings>();
  readonly #named = new Map<string, number>();
  #crowded = false;
  /** By user, as the newest version of their contact says. */
  readonly #handedOver = new Map<string, { readonly generation: number; readonly waits: boolean }>();
  /** Why the dump is set aside, as far as is known by now. */
  aside: AsideReason | null = null;
  /** Problems that the reader found: the same at each reading. */
  #found = 0;
  readonly count = { read: 0, skipped: 0, broken: 0, problems: 0, attachments: 0, bytes: 0 };

  constructor(titles: TakeRequest['titles']) {
    this.#titles = new Map(titles.map(({ form, title }) => [form, title]));
    for (const { form, ofServer } of titles) if (ofServer) this.#titlesOfServer.add(form);
  }

  /** Whom the dump names, by their settings and by their work. */
  people(): Pick<Taken, 'settings' | 'named' | 'crowded' | 'handedOver'> {
    return {
      settings: [...this.#people.values()],
      named: [...this.#named],
      crowded: this.#crowded,
      handedOver: [...this.#handedOver].flatMap(([user, { waits }]) => (waits ? [user] : [])),
    };
  }

  /** Looks at every item, which needs nothing but the item itself. */
  chunkOf(items: readonly (DumpRecord | DumpProblem)[]): Chunk {
    const records: DumpRecord[] = [];
    const rest: Rest = { problems: [], broken: [], named: [], purges: [], labels: [] };
    for (const found of items) {
      const item = found.kind === 'record' && isSpareId(found.id) ? asBadId(found) : found;
      if (item.kind === 'problem') {
        const { ordinal, id, names } = item;
        if (names !== undefined && ordinal !== undefined && id !== undefined) {
          rest.named.push({ ordinal, id, ...names, problem: this.#numbered(item) });
          this.count.read += 1;
          continue;
        }
        this.count.problems += 1;
        rest.problems.push(this.#numbered(item));
        if (item.ordinal !== undefined)
          rest.broken.push({ ordinal: item.ordinal, id: item.id ?? '', code: item.code });
        this.count.broken += recordsOf(item);
        this.count.read += recordsOf(item);
        continue;
      }
      this.#look(item);
      if (item.deleted && item.body['purged'] === true) {
        rest.purges.push({ ordinal: item.ordinal, id: item.id, rev: item.rev ?? null });
        this.count.skipped += 1;
      } else records.push(item);
    }
    const looked = records.map((record) => ({ record, change: this.#changeOf(record) }));
    for (const { record, change } of looked) {
      const label = this.#labels < LIMITS.labelDocuments ? labelOfRecord(record, change.rev) : null;
      if (label === null) continue;
      this.#labels += 1;
      rest.labels.push(label);
    }
    return { waves: independent(looked, ({ change }) => change), rest };
  }

  #changeOf(record: DumpRecord): NewChange {
    const change = changeOfRecord(record, digest, this.#titles);
    return this.aside === null ? change : { ...change, neverSent: change.neverSent ?? this.aside };
  }

  #numbered(problem: DumpProblem): NumberedProblem {
    this.#found += 1;
    const { code, message, ordinal, id, line, offset } = problem;
    return {
      number: this.#found,
      code,
      message,
      ...(ordinal === undefined ? {} : { ordinal }),
      ...(id === undefined ? {} : { id }),
      ...(line === undefined ? {} : { line }),
      ...(offset === undefined ? {} : { offset }),
    };
  }

  /** What a record tells beyond itself: people, form titles, sizes. */
  #look(record: DumpRecord): void {
    this.count.read += 1;
    for (const name of Object.keys(record.attachments)) {
      this.count.attachments += 1;
      this.count.bytes += record.attachments[name]?.data.length ?? 0;
    }
    const settings = settingsOfRecord(record);
    if (settings !== null && this.#hasRoom(this.#people, settings.user))
      this.#people.set(settings.user, settings);
    const named = userOfWork(record);
    if (named !== undefined && this.#hasRoom(this.#named, named))
      this.#named.set(named, (this.#named.get(named) ?? 0) + 1);
    for (const { user, waits } of handoversOfRecord(record)) {
      const generation = record.rev === undefined ? 0 : generationOf(record.rev);
      if (generation < (this.#handedOver.get(user)?.generation ?? 0)) continue;
      if (this.#hasRoom(this.#handedOver, user)) this.#handedOver.set(user, { generation, waits });
    }
    const title = titleOfRecord(record);
    // Titles of another server's forms are not those of this one.
    if (title !== null && this.aside === null && !this.#titlesOfServer.has(title.form))
      this.#titles.set(title.form, title.title);
  }

  #hasRoom(people: ReadonlyMap<string, unknown>, user: string): boolean {
    if (people.has(user) || people.size < PEOPLE) return true;
    this.#crowded = true;
    return false;
  }
}

/** The replica keeps this id for itself. */
function asBadId({ ordinal, id }: DumpRecord): DumpProblem {
  return { kind: 'problem', code: 'bad-id', message: 'an id of the station', ordinal, id };
}
