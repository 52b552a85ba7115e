/**
 * A form as CHT keeps it: an XForm with its words in every language (itext), the empty record, the rules (bind) and the
 * questions. Made of a short description, so that what is practised with is easy to read and to change.
 */
import type { Configuration, Form, Item, Question, Words } from './configuration.ts';
import { isGroup } from './configuration.ts';

const DATA_TYPES = {
  text: 'string',
  int: 'int',
  decimal: 'decimal',
  date: 'date',
  one: 'select1',
  many: 'select',
  photo: 'binary',
  note: 'string',
  calculated: 'string',
} as const;

/** Every CHT form begins with whom it is about. */
const INPUTS = `<inputs><meta><location><lat/><long/><error/><message/></location></meta><source>user</source><source_id/><contact><_id/><name/><patient_id/></contact></inputs>`;

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

interface Spoken {
  readonly id: string;
  readonly words: Words;
}

class Writer {
  readonly spoken: Spoken[] = [];
  readonly binds: string[] = [];

  #label(path: string, words: Words | undefined): string {
    if (words === undefined) return '';
    this.spoken.push({ id: `${path}:label`, words });
    return `<label ref="jr:itext('${path}:label')"/>`;
  }

  instance(items: readonly Item[]): string {
    return items
      .map((item) => {
        if (!isGroup(item)) return `<${item.name}/>`;
        const template = item.repeat ? ' jr:template=""' : '';
        return `<${item.name}${template}>${this.instance(item.questions)}</${item.name}>`;
      })
      .join('');
  }

  body(items: readonly Item[], above: string): string {
    return items.map((item) => this.#item(item, `${above}/${item.name}`)).join('');
  }

  #item(item: Item, path: string): string {
    if (!isGroup(item)) return this.#question(item, path);
    if (item.relevant !== undefined) {
      this.binds.push(`<bind nodeset="${path}" relevant="${escaped(item.relevant)}"/>`);
    }
    const label = this.#label(path, item.label);
    const inside = this.body(item.questions, path);
    if (!item.repeat) return `<group appearance="field-list" ref="${path}">${label}${inside}</group>`;
    return `<group ref="${path}">${label}<repeat nodeset="${path}">${inside}</repeat></group>`;
  }

  #question(question: Question, path: string): string {
    const { type, required, relevant, calculate } = question;
    const rules = [
      `type="${DATA_TYPES[type]}"`,
      ...(required ? ['required="true()"'] : []),
      ...(relevant === undefined ? [] : [`relevant="${escaped(relevant)}"`]),
      ...(calculate === undefined ? [] : [`calculate="${escaped(calculate)}"`]),
      ...(type === 'note' ? ['readonly="true()"'] : []),
    ];
    this.binds.push(`<bind nodeset="${path}" ${rules.join(' ')}/>`);
    if (type === 'calculated') return '';
    const label = this.#label(path, question.label);
    if (type === 'photo') return `<upload mediatype="image/*" ref="${path}">${label}</upload>`;
    if (type !== 'one' && type !== 'many') return `<input ref="${path}">${label}</input>`;
    const choices = (question.choices ?? []).map(({ value, label: words }) => {
      const spoken = this.#label(`${path}/${value}`, words);
      return `<item>${spoken}<value>${value}</value></item>`;
    });
    const element = type === 'one' ? 'select1' : 'select';
    return `<${element} ref="${path}">${label}${choices.join('')}</${element}>`;
  }
}

/** The XForm of one form, with the languages of its configuration; the first is the one it opens in. */
export function xFormOf(form: Form, { languages }: Configuration): string {
  const writer = new Writer();
  // A form that makes a contact keeps its fields below `/data/TYPE`; what CHT calls it is no name of an element.
  const [, type] = /^contact:([^:]+):/.exec(form.code) ?? [];
  const name = type === undefined ? form.code : 'data';
  const root = `/${name}`;
  const items = type === undefined ? form.questions : [{ name: type, questions: form.questions }];
  const instance = writer.instance(items);
  const body = writer.body(items, root);
  const itext = languages.map(({ code }, at) => {
    const texts = writer.spoken.map(({ id, words }) => {
      const text = words[code] ?? words.en ?? '';
      return `<text id="${id}"><value>${escaped(text)}</value></text>`;
    });
    return `<translation${at === 0 ? ' default="true()"' : ''} lang="${code}">${texts.join('')}</translation>`;
  });
  return [
    '<?xml version="1.0"?>',
    '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms">',
    `<h:head><h:title>${escaped(form.title.en ?? form.code)}</h:title><model>`,
    `<itext>${itext.join('')}</itext>`,
    `<instance><${name} id="${form.code}" version="2026-01-01">${INPUTS}${instance}<meta><instanceID/></meta></${name}></instance>`,
    `<instance id="contact-summary"/>`,
    writer.binds.join(''),
    `<bind nodeset="${root}/inputs" relevant="./source = 'user'"/>`,
    `</model></h:head><h:body class="pages">${body}</h:body></h:html>`,
  ].join('\n');
}

/** The words of the fields as the app's own view of a report looks for them: `report.CODE.path.of.field`. */
export function reportWords(form: Form, language: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (items: readonly Item[], above: string) => {
    for (const item of items) {
      const path = `${above}.${item.name}`;
      const word = item.label?.[language];
      if (word !== undefined) found[path] = word;
      if (isGroup(item)) walk(item.questions, path);
    }
  };
  if (form.about !== undefined) walk(form.questions, `report.${form.code}`);
  return found;
}
