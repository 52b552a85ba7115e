/**
 * Three practice dumps, each taken from a phone that was filled from the practice server and then used
 * without it. Together they hold every class of change a station has to tell apart.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parent } from './documents.ts';
import type { Configuration } from './configurations/configuration.ts';
import { asParent, contact, randomNumbers, report, tinyPng } from './documents.ts';
import { Phone } from './phone.ts';
import type { Doc } from './pouch.ts';
import type { PracticeServer } from './server.ts';

export interface PracticeDump {
  readonly path: string;
  readonly user: string;
  /** For people: what is in it. */
  readonly what: string;
}

/** The documents of the dumps that tests look for. */
export const DUMPED = {
  chw1: {
    newReports: ['practice-chw1-visit-1', 'practice-chw1-visit-2', 'practice-chw1-visit-3'],
    newPerson: 'practice-chw1-newborn',
    reportAboutNewPerson: 'practice-chw1-newborn-visit',
    photoReport: 'practice-chw1-wound',
    photo: 'user-file-wound.png',
    update: 'hc1-area-1-home-2-person-1',
    deletion: 'report-hc1-chw1-2',
    purgeStub: 'report-hc1-chw1-1',
    task: 'task~org.couchdb.user:chw1~practice~visit~1',
  },
  chw2: {
    newReports: ['practice-chw2-visit-1', 'practice-chw2-visit-2'],
    /** Carries no history, so that nobody can tell what it was made from. */
    unplaced: 'report-hc2-chw2-1',
  },
  chw3: {
    newReports: ['practice-chw3-visit-1', 'practice-chw3-visit-2'],
    /** About a person of hc2, whom a health worker of hc1 may not write about. */
    outOfArea: 'practice-chw3-out-of-area',
  },
  /** Edited by chw1 and by chw3, each without knowing of the other. */
  conflict: 'hc1-area-1-home-1',
} as const;

type Clock = () => number;

async function authorOf(phone: Phone): Promise<Parent> {
  const { userContactId = '' } = await phone.manifest();
  return asParent(await phone.db.get(userContactId));
}

/** A phone and what it is used with. */
interface InUse {
  readonly phone: Phone;
  readonly clock: Clock;
  readonly configuration: Configuration;
}

/** The first is an ordinary visit, the others are of the forms of the deployment that ask for more, filled in. */
async function visits(
  { phone, clock, configuration }: InUse,
  ids: readonly string[],
  about: string,
): Promise<void> {
  const by = await authorOf(phone);
  const filledIn = configuration.forms.filter(({ answers }) => answers !== undefined);
  const answering = randomNumbers(ids.length);
  for (const [n, id] of ids.entries()) {
    const reportedAt = clock();
    const form = n === 0 ? undefined : filledIn[(n - 1) % filledIn.length];
    const said = form?.answers?.(answering, reportedAt) ?? { danger_signs: n === 0 ? 'fever' : 'none' };
    const fields = { visit: n + 1, ...said };
    await phone.put(report({ id, form: form?.code ?? 'home_visit', by, about, reportedAt, fields }));
  }
}

async function useChw1(inUse: InUse): Promise<void> {
  const { phone, clock } = inUse;
  const personType = inUse.configuration.levels.person.type;
  const known = DUMPED.chw1;
  const by = await authorOf(phone);
  const patient = 'hc1-area-1-home-1-person-1';
  await visits(inUse, known.newReports, patient);

  // The report is saved before the person it is about: a station has to put them in order.
  const fields = { visit: 1, weight: 3.2 };
  const newborn = known.newPerson;
  const aboutNewborn = { id: known.reportAboutNewPerson, form: 'child_assessment', by, about: newborn };
  await phone.put(report({ ...aboutNewborn, reportedAt: clock(), fields }));
  const home: Doc = await phone.db.get('hc1-area-2-home-1');
  const more = { sex: 'female', date_of_birth: new Date(clock()).toISOString().slice(0, 10) };
  const person = { id: newborn, type: personType, name: 'Baby Tamarind', parent: asParent(home), more };
  await phone.put(contact({ ...person, reportedAt: clock() }));

  const photo = { content_type: 'image/png', data: tinyPng(8, 180, 60, 40).toString('base64') };
  const wound = { id: known.photoReport, form: 'wound_photo', by, about: patient, reportedAt: clock() };
  const taken = { wound_photo: known.photo.slice('user-file-'.length) };
  await phone.put({ ...report({ ...wound, fields: taken }), _attachments: { [known.photo]: photo } });

  await phone.edit(known.update, () => ({ phone: '+254000000001' }));
  await phone.edit(DUMPED.conflict, () => ({ name: 'Household 1.1, blue gate' }));
  await phone.remove(known.deletion);
  await phone.purge(known.purgeStub);
  await phone.put({
    _id: known.task,
    type: 'task',
    user: 'org.couchdb.user:chw1',
    owner: patient,
    requester: patient,
    state: 'Ready',
    authoredOn: clock(),
    stateHistory: [{ state: 'Ready', timestamp: clock() }],
    emission: {
      _id: 'practice~visit~1',
      title: 'Visit',
      dueDate: new Date(clock()).toISOString().slice(0, 10),
    },
  });
}

async function useChw2(inUse: InUse): Promise<void> {
  await visits(inUse, DUMPED.chw2.newReports, 'hc2-area-1-home-1-person-1');
  await inUse.phone.edit(DUMPED.chw2.unplaced, ({ fields }) => ({
    fields: { ...(fields as Record<string, unknown>), note: 'Measured again.' },
  }));
}

async function useChw3(inUse: InUse): Promise<void> {
  const { phone, clock } = inUse;
  await visits(inUse, DUMPED.chw3.newReports, 'hc1-area-2-home-2-person-1');
  await phone.edit(DUMPED.conflict, () => ({ name: 'Household 1.1, green gate' }));
  const by = await authorOf(phone);
  const about = 'hc2-area-1-home-1-person-2';
  const wrong = { id: DUMPED.chw3.outOfArea, form: 'home_visit', by, about, reportedAt: clock() };
  await phone.put(report({ ...wrong, fields: { visit: 1 } }));
}

const PHONES = [
  {
    user: 'chw1',
    use: useChw1,
    format: 'station',
    what: 'new reports, a new person with a report, a photo, an edit, a deletion, a purge stub, a task',
  },
  { user: 'chw2', use: useChw2, format: 'all-docs', what: 'new reports and an edit without history' },
  {
    user: 'chw3',
    use: useChw3,
    format: 'station',
    what: 'new reports, an edit that conflicts with one of chw1, a report the server refuses',
  },
] as const;

/** Takes the three dumps and writes them to `folder`. */
export async function writePracticeDumps(
  server: Pick<PracticeServer, 'url' | 'users' | 'configuration'>,
  folder: string,
  clock: Clock = Date.now,
): Promise<PracticeDump[]> {
  await mkdir(folder, { recursive: true });
  const written: PracticeDump[] = [];
  for (const { user, use, format, what } of PHONES) {
    const phone = new Phone({ user, device: `practice-phone-${user}`, server, clock });
    await phone.firstSync();
    await use({ phone, clock, configuration: server.configuration });
    const { name, bytes } = await (format === 'station' ? phone.exportStation() : phone.exportAllDocs());
    const path = join(folder, name);
    await writeFile(path, bytes);
    await phone.destroy();
    written.push({ path, user, what });
  }
  return written;
}
