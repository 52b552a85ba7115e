/** Every record of the practice deployments as the health worker saw it: no key, no id, no choice without its text. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  isGroup,
  type Configuration,
  type Item,
  type Question,
  type Words,
} from '../../../electron/practice/configurations/configuration.ts';
import { CONFIGURATIONS } from '../../../electron/practice/configurations/index.ts';
import { DUMPED, writePracticeDumps } from '../../../electron/practice/dumps.ts';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { LANGUAGES, type Language } from '../../../shared/languages.ts';
import { CONFIGURATION_NAMES, type ConfigurationName } from '../../../shared/practice-configurations.ts';
import type { RecordField } from '../../../shared/record-view.ts';
import type { ChangeDetail } from '../../../shared/review.ts';
import { isObject } from '../../../shared/untrusted.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';
import { compareAs } from '../../support/uploads.ts';

let folder: ReturnType<typeof temporaryFolder>;
let server: PracticeServer;
let station: TestStation;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  await station.close();
  await server.close();
  folder.remove();
});

async function practise(configuration: ConfigurationName): Promise<void> {
  server = await startPracticeServer({ configuration });
  station = await openTestStation({ practice: server, dataDir: join(folder.path, 'data') });
  for (const { path } of await writePracticeDumps(server, join(folder.path, 'dumps')))
    await station.take(path);
}

/** The language in which a deployment speaks to a reviewer of another one. */
const spoken = ({ languages, locale }: Configuration, language: Language) =>
  languages.some(({ code }) => code === language) ? language : locale;

/** The questions of a form by their path. */
function questionsOf(items: readonly Item[], above = ''): Map<string, Question> {
  return new Map(
    items.flatMap((item) => {
      const path = above === '' ? item.name : `${above}/${item.name}`;
      return isGroup(item) ? [...questionsOf(item.questions, path)] : [[path, item] as const];
    }),
  );
}

const keyOf = (path: RecordField['path']) => path.filter((name) => typeof name === 'string').join('/');

/** Where a document holds something, below one of its fields. */
function leavesOf(value: unknown, path: readonly (string | number)[] = []): string[] {
  if (Array.isArray(value)) return value.flatMap((one, at) => leavesOf(one, [...path, at]));
  if (isObject(value)) return Object.entries(value).flatMap(([name, one]) => leavesOf(one, [...path, name]));
  return value === '' || value === undefined || value === null ? [] : [JSON.stringify(path)];
}

const valueAt = (value: unknown, path: RecordField['path']): unknown =>
  path.reduce<unknown>((at, name) => (at as Record<string | number, unknown>)[name], value);

const fieldsOf = ({ shown }: ChangeDetail): RecordField[] =>
  [...(shown?.rows ?? []), ...(shown?.folded ?? [])].filter((row) => row.kind === 'field');

/** Everything that a person reads. */
function textsOf({ shown }: ChangeDetail): string[] {
  const texts = [shown?.title, shown?.about.subject, shown?.about.author, ...(shown?.about.places ?? [])];
  for (const row of [...(shown?.rows ?? []), ...(shown?.folded ?? [])]) {
    if (row.kind !== 'field') {
      texts.push(row.text);
      continue;
    }
    texts.push(row.label);
    const { answer } = row;
    if (answer.is === 'text') texts.push(answer.text);
    if (answer.is === 'choices') texts.push(...answer.texts);
    if (answer.is === 'record') texts.push(answer.name);
  }
  return texts.filter((one) => one !== null && one !== undefined);
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{32}/i;

describe.each(CONFIGURATION_NAMES)('%s', (name) => {
  const configuration = CONFIGURATIONS[name];

  it.each(['from the exports alone', 'with what the server says'])('%s', async (how) => {
    await practise(name);
    if (how !== 'from the exports alone') await compareAs(station, server, 'sup_online');
    const { rows: changes } = await station.ask('changes.list', { limit: 1000, revisions: true });
    const ids = new Set(changes.map(({ id }) => id));
    const records = changes.filter(({ kind }) => kind === 'report' || kind === 'contact' || kind === 'task');
    expect(new Set(records.map(({ kind }) => kind))).toEqual(new Set(['report', 'contact', 'task']));
    const formsSeen = new Set<string>();
    for (const { id, rev, kind } of records) {
      for (const language of LANGUAGES) {
        const said = (words: Words | undefined) => words?.[spoken(configuration, language)] ?? words?.en;
        const change = await station.ask('change.get', { id, rev, language });
        const where = `${id} in ${language}`;
        const { shown, raw } = change;
        expect(shown, where).not.toBe(null);
        const fields = fieldsOf(change);
        for (const { label, unnamed, path } of fields) {
          expect([where, path, unnamed]).toEqual([where, path, false]);
          expect(label, where).toMatch(/\S/);
          expect(label, where).not.toContain('_');
        }
        for (const text of textsOf(change)) {
          expect(text, where).not.toMatch(UUID);
          expect(ids.has(text), `${where}: ${text}`).toBe(false);
        }
        if (kind !== 'report') continue;

        const form = configuration.forms.find(({ code }) => code === raw['form']);
        expect(shown?.form, where).toBe('read');
        expect(shown?.title, where).toBe(form?.code === 'wound_photo' ? form.title.en : said(form?.title));
        expect(shown?.about.subject, where).toMatch(/^\S+ \S+/);
        expect(shown?.about.author, where).toMatch(/^\S+ \S+$/);
        formsSeen.add(form?.code ?? '');
        const questions = questionsOf(form?.questions ?? []);
        for (const field of fields) {
          const question = questions.get(keyOf(field.path.slice(1)));
          if (question?.label === undefined) continue;
          // What is worked out stands apart from its group, and so after its name.
          expect(field.label.split(' › ').at(-1), where).toBe(said(question.label));
          if (question.choices === undefined || field.answer.is === 'not-asked') continue;
          const value = valueAt(raw, field.path);
          const texts = String(value)
            .split(' ')
            .map((one) => said(question.choices?.find((choice) => choice.value === one)?.label));
          expect(field.answer, where).toEqual(
            value === '' ? { is: 'not-answered' } : { is: 'choices', texts },
          );
        }
        const { meta: _, ...answers } = raw['fields'] as Record<string, unknown>;
        const shownPaths = new Set(fields.map(({ path }) => JSON.stringify(path)));
        expect(leavesOf(answers, ['fields']).filter((path) => !shownPaths.has(path))).toEqual([]);
      }
    }
    const filledIn = configuration.forms
      .filter(({ answers }) => answers !== undefined)
      .map(({ code }) => code);
    expect([...formsSeen]).toEqual(expect.arrayContaining([...filledIn, 'home_visit', 'wound_photo']));
  });
});

it('whom and where, and the photo in place of its field', async () => {
  await practise('default');
  const report = await station.ask('change.get', { id: DUMPED.chw1.photoReport, language: 'fr' });
  const patient = await station.ask('change.get', { id: 'hc1-area-1-home-1-person-1' });
  expect(report.shown).toMatchObject({
    title: 'Wound photo',
    about: {
      subject: patient.label,
      // The district is on no health worker's phone.
      places: [expect.stringMatching(/^Household/), 'Area 1', 'Riverside Health Centre'],
    },
    rows: [{ label: 'Prenez une photo', answer: { is: 'file', attachment: DUMPED.chw1.photo } }],
  });
  const task = await station.ask('change.get', { id: DUMPED.chw1.task, language: 'fr' });
  expect(task.shown).toMatchObject({ title: 'Visite', about: { subject: patient.label } });
  // The difference is in the same words.
  const update = await station.ask('change.get', { id: DUMPED.chw1.update, language: 'fr' });
  expect(update.difference.fields).toMatchObject([{ path: ['phone'], label: 'Téléphone' }]);
  const conflict = await station.ask('conflict.get', { id: DUMPED.conflict, language: 'fr' });
  expect(conflict.fields).toMatchObject([{ path: ['name'], label: 'Nom' }]);
});
