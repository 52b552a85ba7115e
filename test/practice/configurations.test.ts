/** The three deployments to practise with: what a station and a phone find of them. */
import { describe, expect, test } from 'vitest';
import { CONFIGURATIONS, type ConfigurationName } from '../../electron/practice/configurations/index.ts';
import { xFormOf } from '../../electron/practice/configurations/x-form.ts';
import { DUMPED, writePracticeDumps } from '../../electron/practice/dumps.ts';
import { Phone } from '../../electron/practice/phone.ts';
import { isObject } from '../../electron/practice/http.ts';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import { temporaryFolder } from '../support/folder.ts';

const names = Object.keys(CONFIGURATIONS) as ConfigurationName[];

async function onServer<Value>(
  configuration: ConfigurationName,
  work: (server: PracticeServer) => Promise<Value>,
): Promise<Value> {
  const server = await startPracticeServer({ configuration });
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}

/** Every element is closed by its own end, in order; answers the names of all. */
function elementsOf(xml: string): string[] {
  const open: string[] = [];
  const all: string[] = [];
  for (const [, end, name = '', alone] of xml.matchAll(/<(\/?)([A-Za-z][\w:.-]*)[^<>]*?(\/?)>/g)) {
    const expected = end ? open.pop() : name;
    expect(expected, `</${name}>`).toBe(name);
    if (!end) all.push(name);
    if (!end && !alone) open.push(name);
  }
  expect(open).toEqual([]);
  return all;
}

describe.each(names)('%s', (name) => {
  const configuration = CONFIGURATIONS[name];

  test('every form is a whole XForm, and each of its labels is there in every language', () => {
    for (const form of configuration.forms) {
      const xml = xFormOf(form, configuration);
      expect(elementsOf(xml)).toEqual(expect.arrayContaining(['h:html', 'itext', 'instance', 'h:body']));
      for (const element of elementsOf(xml)) expect(element.split(':').length, element).toBeLessThan(3);
      const asked = new Set([...xml.matchAll(/jr:itext\('([^']+)'\)/g)].map(([, id]) => id));
      const languages = xml.split('<translation').slice(1);
      expect(languages).toHaveLength(configuration.languages.length);
      for (const [at, text] of languages.entries()) {
        const code = configuration.languages[at]?.code ?? '';
        expect(text).toContain(`lang="${code}"`);
        const said = new Set(
          [...text.matchAll(/<text id="([^"]+)"><value>[^<]+<\/value>/g)].map(([, id]) => id),
        );
        expect(said, `${form.code} in ${code}`).toEqual(asked);
      }
    }
  });

  test('every word is written in every language', () => {
    const missing: string[] = [];
    const look = (node: unknown, where: string) => {
      if (Array.isArray(node)) node.forEach((item, at) => look(item, `${where}[${at}]`));
      if (!isObject(node)) return;
      for (const [key, value] of Object.entries(node)) {
        const isWords = (key === 'label' || key === 'title') && isObject(value);
        if (!isWords) look(value, `${where}.${key}`);
        else
          for (const { code } of configuration.languages)
            if (!value[code]) missing.push(`${where}.${key}.${code}`);
      }
    };
    look(configuration.forms, 'forms');
    expect(missing).toEqual([]);
  });

  test('the reports answer what the forms ask', async () => {
    await onServer(name, async (server) => {
      const { rows } = await server.database().allDocs({ include_docs: true });
      const reports = rows.flatMap(({ doc }) => (doc?.type === 'data_record' ? [doc] : []));
      expect(reports.length).toBeGreaterThan(10);
      const groups = {
        pregnancy: 'danger_signs',
        delivery: 'babies',
        postnatal_visit: 'mother',
        child_assessment: 'symptoms',
        u5_check: 'vaccines',
      };
      const unanswered = reports.filter(({ form, fields }) => {
        const group = groups[form as keyof typeof groups];
        return group !== undefined && !Object.hasOwn(fields as object, group);
      });
      expect(unanswered).toEqual([]);
    });
  });

  test('a phone gets it, and the dumps are made of it', async () => {
    await onServer(name, async (server) => {
      const phone = new Phone({ user: 'chw1', device: 'phone-1', server });
      const folder = temporaryFolder();
      try {
        await phone.firstSync();
        const form = await phone.db.get('form:pregnancy', { attachments: true });
        expect(Object.keys(form._attachments ?? {})).toEqual(['xml']);
        for (const { code } of configuration.languages) {
          const messages = await phone.db.get(`messages-${code}`);
          expect(messages.generic).toHaveProperty(['report.pregnancy.danger_signs.signs']);
        }
        expect(await writePracticeDumps(server, folder.path)).toHaveLength(3);
        // What the first dump holds is taken by the server.
        await phone.put({
          _id: 'again',
          type: 'data_record',
          form: 'home_visit',
          fields: { patient_uuid: DUMPED.chw1.update },
        });
        expect(await phone.sync()).toMatchObject({ sent: 1, refused: [] });
      } finally {
        await phone.destroy();
        folder.remove();
      }
    });
  });
});

test('muting: a household and who lives there are muted from the start', async () => {
  await onServer('muting', async (server) => {
    const home = CONFIGURATIONS.muting.mutedHome ?? '';
    for (const id of [home, `${home}-person-1`])
      expect(await server.database().get(id)).toHaveProperty('muted');
    expect(await server.database().get('hc1-area-1-home-1')).not.toHaveProperty('muted');
  });
});

test('own-types: people have the codes of the register, and a report that names one is taken', async () => {
  await onServer('own-types', async (server) => {
    const person = await server.database().get('hc1-area-1-home-1-person-1');
    expect(person).toMatchObject({ type: 'contact', contact_type: 'c50_member', patient_id: 'KE-0001' });
    const phone = new Phone({ user: 'chw1', device: 'phone-1', server });
    await phone.firstSync();
    await phone.put({
      _id: 'checked',
      type: 'data_record',
      form: 'u5_check',
      fields: { patient_id: 'KE-0001' },
    });
    expect(await phone.sync()).toMatchObject({ sent: 1, refused: [] });
    await phone.destroy();
  });
});
