/**
 * The lesson of the phone without internet: a health worker filled the app at the office, went to the field and works there;
 * meanwhile the office registers a household and gives out a form anew. What the phone lacks it gets by its own app, over the
 * cable.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { removeFolderHere } from '../../disk/own-disk.ts';
import { temporaryFolder } from '../../disk/temporary.ts';
import { asParent, contact, report } from '../documents.ts';
import { openDatabase, type Doc, type StoredDoc } from '../pouch.ts';
import type { PracticeServer } from '../server.ts';
import { listenForDebugging } from './debugging.ts';
import { devtoolsOf } from './devtools.ts';
import { AppPage } from './page.ts';

/** What the lesson is about. */
export const LESSON = {
  user: 'chw4',
  password: 'Mango-tree-4',
  facility: 'hc4',
  contact: 'hc4-chw4',
  device: 'practice-phone-chw4',
  /** Written on the phone, while it had no internet. */
  reports: ['practice-chw4-visit-1', 'practice-chw4-visit-2'],
  edited: 'hc4-area-1-home-1-person-1',
  /** What the office did meanwhile. */
  household: { id: 'practice-new-household', name: 'Household 1.2, Tamarind lane' },
  person: { id: 'practice-new-person', name: 'Ivory Tamarind' },
  form: 'home_visit',
} as const;

const DAY = 86_400_000;
/** When the phone last had internet. */
const AWAY = 21 * DAY;

export interface PracticePhone {
  readonly page: AppPage;
  /** Where the debugging cable ends: a path for `AdbServer`. */
  readonly path: string;
  close(): Promise<void>;
}

/** Plays the lesson up to where the phone is plugged in. */
export async function startPracticePhone(
  server: PracticeServer,
  clock: () => number = Date.now,
): Promise<PracticePhone> {
  await settle(server, clock);
  const database = openDatabase(`app-${LESSON.user}`, { auto_compaction: true });
  const page = new AppPage({ server: server.url, user: LESSON.user, database });
  const devtools = devtoolsOf(page);
  const folder = temporaryFolder('cht-phone-');
  // Windows has pipes in place of sockets in folders.
  const path = process.platform === 'win32' ? `\\\\.\\pipe\\cht-phone-${randomUUID()}` : join(folder, 'adb');
  const unplug = await listenForDebugging(path, {
    serial: 'practice-phone-app',
    model: 'Practice_phone_of_chw4',
    serve: devtools.serve,
  });
  const close = async (): Promise<void> => {
    devtools.close();
    await unplug();
    await database.destroy();
    await removeFolderHere(folder);
  };
  try {
    await fillApp(page, clock);
    await work(page, clock);
    await workAtOffice(server, clock);
    return { page, path, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The health worker is known to the server. */
async function settle(server: PracticeServer, clock: () => number): Promise<void> {
  const { user, password, facility, contact: id } = LESSON;
  const centre = await server.database().get(facility);
  const { type } = server.configuration.levels.person;
  const person = { id, type, name: 'Copper Neem', parent: asParent(centre), more: { role: 'chw' } };
  await server.database().put(contact({ ...person, reportedAt: clock() - 300 * DAY }));
  await server.addUser({ user, password, facility, contact: id, roles: ['chw'] });
}

/** Signs in with the phone's own internet, which then goes. */
async function fillApp(page: AppPage, clock: () => number): Promise<void> {
  const login = JSON.stringify(JSON.stringify({ user: LESSON.user, password: LESSON.password }));
  await page.evaluate(`fetch('/medic/login', { method: 'POST', headers, body: ${login} })`);
  await page.evaluate('(async () => { await pull(); await beginHere(); })()');
  page.evaluate(`localStorage.setItem('medic-telemetry-device-id', ${JSON.stringify(LESSON.device)})`);
  page.evaluate(`localStorage.setItem(DATE, ${JSON.stringify(String(clock() - AWAY))})`);
  page.setInternet(false);
}

/** What the health worker writes in the field. */
async function work(page: AppPage, clock: () => number): Promise<void> {
  const put = (doc: Doc): unknown => page.evaluate(`get().put(${JSON.stringify(doc)})`);
  const read = async (id: string) => (await page.evaluate(`get().get(${JSON.stringify(id)})`)) as StoredDoc;
  const by = asParent(await read(LESSON.contact));
  for (const [at, id] of LESSON.reports.entries()) {
    const fields = { visit: at + 1, danger_signs: at === 0 ? 'fever' : 'none' };
    const about = { id, form: LESSON.form, by, about: LESSON.edited, reportedAt: clock() - (2 - at) * DAY };
    await put(report({ ...about, fields }));
  }
  await put({ ...(await read(LESSON.edited)), phone: '+254000000004' });
}

/** What the office does on the server meanwhile. */
async function workAtOffice(server: PracticeServer, clock: () => number): Promise<void> {
  const { levels } = server.configuration;
  const area = await server.database().get('hc4-area-1');
  const at = { reportedAt: clock() - 5 * DAY };
  const home = contact({ ...LESSON.household, type: levels.home.type, parent: asParent(area), ...at });
  const person = contact({ ...LESSON.person, type: levels.person.type, parent: asParent(home), ...at });
  const form = await server.database().get(`form:${LESSON.form}`);
  const again: Doc = { ...form, xmlVersion: { time: at.reportedAt, sha256: form._rev } };
  for (const doc of [home, person, again]) await server.database().put(doc);
}
