/**
 * The pages of the help, and which of them belongs to a place of the window; which to an error: `help-errors.ts`.
 *
 * Their text stands in `words/…/help.json`. What is written on a button is not repeated there but named by its key in
 * `window.json`, so that a page says what the window says, in every language:
 *
 * - `[arrivals.eject]`: the words of a button, a box or a place, shown as such; what the window fills in is an ellipsis
 * - `[=phone.intro]`: a sentence of the window, as it is
 * - `[@sending]`: the title of another page
 */
import type { Language } from './languages.ts';
import { WORDS } from './words/index.ts';

export const HELP_PAGES = [
  'stick',
  'phone',
  'debugging',
  'sending',
  'conflict',
  'refused',
  'receipt',
  'offline',
  'lost',
  'new-computer',
] as const;
export type HelpPage = (typeof HELP_PAGES)[number];

export interface HelpPart {
  /** `words`: as written on a button, a box or a place of the window; `page`: the title of a page of the help. */
  readonly kind: 'text' | 'words' | 'page';
  readonly text: string;
}
export type HelpText = readonly HelpPart[];

export interface HelpPageText {
  readonly title: string;
  /** When the page is the right one. */
  readonly about: HelpText;
  readonly steps: readonly HelpText[];
  /** What to know beside the steps. */
  readonly note: HelpText;
}

/** A page as it is read in a language. */
export function helpPage(page: HelpPage, language: Language): HelpPageText {
  const { title, about, steps, note } = WORDS[language].help[page];
  const read = (text: string): HelpText => partsOf(text, language);
  return { title, about: read(about), steps: Object.values(steps).map(read), note: read(note) };
}

const MARK = /\[([=@]?)([\w.-]+)\]/g;

function partsOf(text: string, language: Language): HelpPart[] {
  const parts: HelpPart[] = [];
  let from = 0;
  for (const mark of text.matchAll(MARK)) {
    const [whole, sign = '', name = ''] = mark;
    parts.push({ kind: 'text', text: text.slice(from, mark.index) });
    if (sign === '@') parts.push({ kind: 'page', text: titleOf(name, language) ?? whole });
    else
      parts.push({
        kind: sign === '=' ? 'text' : 'words',
        text: wordsOfWindow(name, language)?.replaceAll(/{{.*?}}/g, '…') ?? whole,
      });
    from = mark.index + whole.length;
  }
  parts.push({ kind: 'text', text: text.slice(from) });
  return parts.filter((part) => part.text !== '');
}

function titleOf(name: string, language: Language): string | undefined {
  const page = HELP_PAGES.find((one) => one === name);
  return page === undefined ? undefined : WORDS[language].help[page].title;
}

/** The words of the window under a key, in the plural where they have one; `undefined`: there are none. */
export function wordsOfWindow(key: string, language: Language): string | undefined {
  const at = (path: string): unknown =>
    path
      .split('.')
      .reduce<unknown>(
        (tree, step) => (isTree(tree) && Object.hasOwn(tree, step) ? tree[step] : undefined),
        WORDS[language].window,
      );
  const words = at(key) ?? at(`${key}_other`);
  return typeof words === 'string' ? words : undefined;
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Where somebody stands in the window, as far as the help tells places apart. */
export interface HelpWhere {
  readonly place:
    'arrivals' | 'review' | 'conflicts' | 'outbox' | 'workers' | 'history' | 'settings' | 'help';
  /** The box that is open in the outbox. */
  readonly box: string;
}

/** The page that belongs to where somebody stands; `null`: the help itself is there. */
export function helpOfPlace({ place, box }: HelpWhere): HelpPage | null {
  switch (place) {
    case 'arrivals':
      return 'stick';
    case 'review':
      return 'sending';
    case 'conflicts':
      return 'conflict';
    case 'outbox':
      return box === 'refused' ? 'refused' : 'sending';
    case 'workers':
    case 'history':
      return 'receipt';
    case 'settings':
      return 'new-computer';
    case 'help':
      return null;
  }
}
