/** What is said first of an import: whose it is, and what really came. The numbers are those of `came.ts`. */
import { CAME, NOTHING_CAME, sumOf, type CameCounts } from './came.ts';
import type { ImportResult } from './intake.ts';
import type { Language } from './languages.ts';
import { phrases } from './words/index.ts';

/** A person, and what that person's exports brought; `uncounted`: of imports of which only the number is known. */
export interface PersonCame extends CameCounts {
  readonly user: string | null;
  readonly name: string | null;
  readonly uncounted: number;
}

/** Everybody in the order in which they came, each once. */
export function cameByPerson(imports: readonly ImportResult[]): readonly PersonCame[] {
  const people = new Map<string | null, PersonCame>();
  const add = (user: string | null, name: string | null, more: Partial<PersonCame>) => {
    const before = people.get(user) ?? { ...NOTHING_CAME, user, name, uncounted: 0 };
    people.set(user, { ...addedTo(before, more), user, name: before.name ?? name });
  };
  for (const { outcome, bundle, came, user, documents } of imports) {
    if (outcome === 'failed' || bundle !== undefined) continue;
    if (came === null) add(user, null, { uncounted: documents.new });
    else for (const one of came) add(one.user, one.name, one);
  }
  return [...people.values()];
}

function addedTo(before: PersonCame, more: Partial<PersonCame>): PersonCame {
  const sums = [...CAME, 'uncounted' as const].map((one) => [one, before[one] + (more[one] ?? 0)] as const);
  return { ...before, ...Object.fromEntries(sums) };
}

/** So many people have a line of their own; of more than that two are named. */
const LINES = 3;
const NAMED = 2;

/** One line of what came: whose, and what. */
export interface CameLine {
  readonly people: readonly Pick<PersonCame, 'user' | 'name'>[];
  /** How many people more it speaks of, who are not named. */
  readonly more: number;
  readonly counts: CameCounts & Pick<PersonCame, 'uncounted'>;
  /** Nothing is new. `null`: not all that was read was here already, or not only that; else how many records. */
  readonly nothing: { readonly known: number | null } | null;
}

/** What is said first of imports that ended together. The numbers of all lines add up to what is new in them. */
export function cameLines(imports: readonly ImportResult[]): readonly CameLine[] {
  const people = cameByPerson(imports);
  if (people.length === 0) return [];
  const all = people.reduce(addedTo, { ...NOTHING_CAME, user: null, name: null, uncounted: 0 });
  const isEmpty = (one: PersonCame): boolean => sumOf(one) + one.uncounted === 0;
  if (isEmpty(all)) return [{ ...whoOf(people), counts: all, nothing: { known: allKnown(imports) } }];
  if (people.length > LINES) return [{ ...whoOf(people), counts: all, nothing: null }];
  return people.map((one) => ({
    people: [one],
    more: 0,
    counts: one,
    nothing: isEmpty(one) ? { known: null } : null,
  }));
}

function whoOf(people: readonly PersonCame[]): Pick<CameLine, 'people' | 'more'> {
  const named = people.length > LINES ? people.slice(0, NAMED) : people;
  return { people: named, more: people.length - named.length };
}

/** `null`: something of it was not here, could not be read, or there was nothing. */
function allKnown(imports: readonly ImportResult[]): number | null {
  const sum = (of: 'read' | 'known') => imports.reduce((total, { documents }) => total + documents[of], 0);
  const hasFailed = imports.some(({ outcome, bundle }) => outcome === 'failed' || bundle !== undefined);
  return !hasFailed && sum('read') > 0 && sum('known') === sum('read') ? sum('known') : null;
}

/** Whose, and what. */
export interface CameWords {
  readonly who: string;
  readonly what: string;
}

/** The lines in words: "chw1" and "14 reports new here, 2 changed". */
export function cameWords(imports: readonly ImportResult[], language: Language): readonly CameWords[] {
  const phrase = phrases('came', language);
  const nameOf = ({ user, name }: CameLine['people'][number]): string =>
    user === null ? phrase('nobody') : name === null ? user : phrase('person', { name, user });
  return cameLines(imports).map(({ people, more, counts, nothing }) => {
    const named = people.map(nameOf).join(', ');
    const some = [...CAME, 'uncounted' as const]
      .filter((one) => counts[one] > 0)
      .map((one) => phrase(one, { count: counts[one] }));
    return {
      who: more > 0 ? phrase('people', { people: named, count: more }) : named,
      what:
        nothing === null
          ? some.join(', ')
          : nothing.known === null
            ? phrase('nothing')
            : phrase('known', { count: nothing.known }),
    };
  });
}

/** As `cameWords`, each in one line. */
export function cameSentences(imports: readonly ImportResult[], language: Language): readonly string[] {
  return cameWords(imports, language).map(({ who, what }) =>
    phrases('came', language)('line', { who, what }),
  );
}
