/**
 * The table of a form from its XForm, as CHT makes them (pyxform): texts in `itext`, rules in `bind`, the questions in
 * their order in `body`, choices beside their question or in an instance of their own (docs/cht.md §4.4).
 */
import {
  type Choice,
  type Control,
  type FormTable,
  type Item,
  keyOf,
  NO_WORDS,
  type Part,
  type Rule,
  type Words,
} from './form-table.ts';
import { childOf, childrenOf, elementsOf, textOf, type XmlElement } from './xml-tree.ts';

const CONTROLS: Readonly<Record<string, Control>> = {
  input: 'text',
  secret: 'text',
  range: 'text',
  select1: 'one',
  select: 'many',
  rank: 'many',
  upload: 'file',
  trigger: 'done',
};

interface Reading {
  /** The name of the record's root. */
  readonly root: string;
  readonly texts: ReadonlyMap<string, Words>;
  /** Lists of choices that stand by themselves, by their names. */
  readonly lists: ReadonlyMap<string, XmlElement>;
  /** Choices by the expression that names them, so that a list that is asked for often is there once. */
  readonly choices: Map<string, readonly Choice[]>;
  readonly rules: ReadonlyMap<string, Rule & { readonly readOnly: boolean }>;
}

/** `null`: it is no XForm. */
export function formTableOf(xml: XmlElement): FormTable | null {
  const head = childOf(xml, 'head');
  const body = childOf(xml, 'body');
  const model = childOf(head, 'model');
  if (model === undefined || body === undefined) return null;
  const instances = childrenOf(model, 'instance');
  const record = instances.map((instance) => elementsOf(instance)[0]).find((one) => one !== undefined);
  if (record === undefined) return null;
  const translations = byDefault(childrenOf(childOf(model, 'itext'), 'translation'));
  const title = textOf(childOf(head, 'title')).trim();
  const rules = rulesOf(childrenOf(model, 'bind'), record.name);
  const reading: Reading = {
    root: record.name,
    texts: textsOf(translations),
    lists: new Map(
      instances.flatMap((one) => {
        const id = one.attributes.get('id');
        const [list] = elementsOf(one);
        return id === undefined || list === undefined ? [] : [[id, list]];
      }),
    ),
    choices: new Map(),
    rules,
  };
  return {
    root: record.name,
    title: title === '' ? NO_WORDS : new Map([['', [title]]]),
    languages: translations.map(languageOf),
    items: itemsOf(reading, body, [], false),
    rules,
  };
}

const languageOf = (translation: XmlElement) => translation.attributes.get('lang') ?? '';

/** The language that the form opens in first. */
function byDefault(translations: readonly XmlElement[]): XmlElement[] {
  const isFirst = (one: XmlElement) => one.attributes.has('default');
  return [...translations.filter(isFirst), ...translations.filter((one) => !isFirst(one))];
}

function textsOf(translations: readonly XmlElement[]): Map<string, Words> {
  const found = new Map<string, Map<string, readonly Part[]>>();
  for (const translation of translations) {
    for (const text of childrenOf(translation, 'text')) {
      const id = text.attributes.get('id');
      // A text may come as a picture or a sound as well.
      const value = childrenOf(text, 'value').find((one) =>
        ['long', undefined].includes(one.attributes.get('form')),
      );
      if (id === undefined || value === undefined) continue;
      const words = found.get(id) ?? new Map<string, readonly Part[]>();
      words.set(languageOf(translation), partsOf(value));
      found.set(id, words);
    }
  }
  return found;
}

function partsOf(element: XmlElement): Part[] {
  return element.children.flatMap((child): Part[] => {
    if (typeof child === 'string') return [child];
    if (child.name !== 'output') return partsOf(child);
    return [{ output: child.attributes.get('value') ?? child.attributes.get('ref') ?? '' }];
  });
}

function rulesOf(
  binds: readonly XmlElement[],
  root: string,
): Map<string, Rule & { readonly readOnly: boolean }> {
  return new Map(
    binds.flatMap((bind) => {
      const path = pathOf(bind.attributes.get('nodeset'), root, []);
      if (path === null) return [];
      const type = (bind.attributes.get('type') ?? 'string').replace(/^.*:/, '');
      const relevant = bind.attributes.get('relevant') ?? null;
      const readOnly = bind.attributes.get('readonly')?.trim() === 'true()';
      return [[keyOf(path), { type, relevant, readOnly }]];
    }),
  );
}

/** `/form/group/field` without the form; a path that begins elsewhere goes on from `above`. */
function pathOf(ref: string | undefined, root: string, above: readonly string[]): string[] | null {
  if (ref === undefined) return null;
  const names = ref.trim().split('/');
  if (names[0] === '') return names[1] === root ? names.slice(2) : null;
  return [...above, ...names.filter((name) => name !== '.')];
}

function itemsOf(reading: Reading, of: XmlElement, above: readonly string[], hidden: boolean): Item[] {
  return elementsOf(of).flatMap((element) => itemOf(reading, element, above, hidden) ?? []);
}

function itemOf(
  reading: Reading,
  element: XmlElement,
  above: readonly string[],
  isHidden: boolean,
): Item | null {
  const { attributes, name } = element;
  const ref = attributes.get('ref') ?? attributes.get('nodeset') ?? attributes.get('bind');
  const path = pathOf(ref, reading.root, above);
  const hidden = isHidden || /(^|\s)hidden(\s|$)/.test(attributes.get('appearance') ?? '');
  const words = wordsOf(reading, childOf(element, 'label'));
  if (name === 'group' || name === 'repeat') {
    const own = path ?? above;
    const [repeat] = childrenOf(element, 'repeat');
    const same = repeat && keyOf(pathOf(repeat.attributes.get('nodeset'), reading.root, own) ?? []);
    // The group around a repeat carries its heading.
    const inner = repeat !== undefined && same === keyOf(own) ? repeat : null;
    const items = itemsOf(reading, inner ?? element, own, hidden);
    return {
      kind: inner !== null || name === 'repeat' ? 'repeat' : 'group',
      path: own,
      words,
      items,
      hidden,
    };
  }
  const control = Object.hasOwn(CONTROLS, name) ? CONTROLS[name] : undefined;
  if (control === undefined || path === null) return null;
  const isNote = control === 'text' && reading.rules.get(keyOf(path))?.readOnly === true;
  return {
    kind: 'question',
    path,
    words,
    control: isNote ? 'note' : control,
    choices: control === 'one' || control === 'many' ? choicesOf(reading, element) : [],
    hidden,
  };
}

/** The id in `jr:itext('id')`. */
const ITEXT = /^\s*jr:itext\(\s*['"](.*)['"]\s*\)\s*$/s;

function wordsOf(reading: Reading, label: XmlElement | undefined): Words {
  if (label === undefined) return NO_WORDS;
  const ref = label.attributes.get('ref');
  const [, id] = ITEXT.exec(ref ?? '') ?? [];
  if (id !== undefined) return reading.texts.get(id) ?? NO_WORDS;
  const parts = partsOf(label);
  return parts.length === 0 ? NO_WORDS : new Map([['', parts]]);
}

function choicesOf(reading: Reading, select: XmlElement): readonly Choice[] {
  const beside = childrenOf(select, 'item').map((item) => ({
    value: textOf(childOf(item, 'value')).trim(),
    words: wordsOf(reading, childOf(item, 'label')),
  }));
  return [...beside, ...childrenOf(select, 'itemset').flatMap((set) => listed(reading, set))];
}

/** `nodeset="instance('name')/root/item[…]"`: which of them the form offered does not matter for what they are called. */
const LIST = /^\s*(?:randomize\(\s*)?instance\(\s*['"]([^'"]+)['"]\s*\)/;

function listed(reading: Reading, set: XmlElement): readonly Choice[] {
  const nodeset = set.attributes.get('nodeset') ?? '';
  const valueIn = childOf(set, 'value')?.attributes.get('ref') ?? 'name';
  const labelIn = childOf(set, 'label')?.attributes.get('ref') ?? 'label';
  const [, name] = LIST.exec(nodeset) ?? [];
  if (name === undefined) return [];
  const key = JSON.stringify([name, valueIn, labelIn]);
  const known = reading.choices.get(key);
  if (known !== undefined) return known;
  const [, textIn] = /^\s*jr:itext\(\s*([\w.-]+)\s*\)\s*$/.exec(labelIn) ?? [];
  const list = reading.lists.get(name);
  const found = (list === undefined ? [] : childrenOf(list, 'item')).map((item) => {
    const text = textOf(childOf(item, textIn ?? labelIn.trim())).trim();
    const words = textIn === undefined ? new Map([['', [text]]]) : (reading.texts.get(text) ?? NO_WORDS);
    return { value: textOf(childOf(item, valueIn.trim())).trim(), words };
  });
  reading.choices.set(key, found);
  return found;
}
