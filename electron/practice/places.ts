/**
 * The people and places of the practice server, the same for the same seed and clock:
 *
 * ```
 * district            sup_offline, sup_online
 *   hc1               chw1, chw3
 *     hc1-area-1 …    areas, each with households hc1-area-1-home-1 … and persons hc1-area-1-home-1-person-1 …
 *   hc2               chw2
 *   hc4               chw_link, chw_sso: people without a password
 * other-district
 *   hc3               nobody: the place that is out of everybody's area
 * ```
 */
import { randomBytes } from 'node:crypto';
import type { ContactFields, Parent } from './documents.ts';
import { asParent, contact, inventedName, pick, randomNumbers, report } from './documents.ts';
import type { Configuration } from './configurations/configuration.ts';
import type { Doc } from './pouch.ts';
import type { NewAccount } from './users.ts';
import { ADMIN_NAME, unknownPassword } from './users.ts';

export const ADMIN = { user: ADMIN_NAME, password: 'Baobab-admin-1' } as const;

export const PEOPLE: readonly (NewAccount & { facility: string; contact: string })[] = [
  { user: 'chw1', password: 'Mango-tree-1', roles: ['chw'], facility: 'hc1', contact: 'hc1-chw1' },
  { user: 'chw2', password: 'Mango-tree-2', roles: ['chw'], facility: 'hc2', contact: 'hc2-chw2' },
  { user: 'chw3', password: 'Mango-tree-3', roles: ['chw'], facility: 'hc1', contact: 'hc1-chw3' },
  {
    user: 'sup_offline',
    password: 'Acacia-tree-1',
    roles: ['chw_supervisor'],
    facility: 'district',
    contact: 'district-sup-offline',
  },
  {
    user: 'sup_online',
    password: 'Acacia-tree-2',
    roles: ['program_officer', 'mm-online'],
    facility: 'district',
    contact: 'district-sup-online',
  },
];

/** People whom no password signs in: one with a magic link, one with single sign-on. Nobody knows their passwords. */
export function withoutPassword(now: number): (NewAccount & { facility: string; contact: string })[] {
  const common = { roles: ['chw'], facility: 'hc4' };
  const link = { token: randomBytes(32).toString('hex'), expires: now + DAY };
  return [
    { ...common, user: 'chw_link', password: unknownPassword(), contact: 'hc4-chw-link', link },
    {
      ...common,
      user: 'chw_sso',
      password: unknownPassword(),
      contact: 'hc4-chw-sso',
      oidcUsername: 'chw@example.org',
    },
  ];
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const AREAS = 2;
const HOMES = 3;
const PERSONS = 3;

/** The contacts, places before what lies in them. */
export function contactDocs(configuration: Configuration, seed: number, now: number): Doc[] {
  const { levels, personCode, mutedHome } = configuration;
  const random = randomNumbers(seed);
  // Six digits, for those who get no other number below.
  let code = 100_000;
  const docs: Doc[] = [];
  let age = 400 * DAY;
  const add = (fields: Omit<ContactFields, 'reportedAt'>): Doc => {
    age -= HOUR;
    // On a real server everybody who is there for long has a short code.
    const coded = {
      [fields.type === levels.person.type ? 'patient_id' : 'place_id']: String((code += 7)),
      ...fields.more,
    };
    const muted = isMuted(fields.id) ? { muted: new Date(now - 5 * DAY).toISOString() } : {};
    const doc = contact({ ...fields, more: { ...coded, ...muted }, reportedAt: now - age });
    docs.push(doc);
    return doc;
  };
  let people = 0;
  const ownCode = (drawn: string) => personCode?.((people += 1)) ?? drawn;
  const isMuted = (id: string) => mutedHome !== undefined && `${id}-`.startsWith(`${mutedHome}-`);
  const person = (id: string, parent: Parent, more: Record<string, unknown> = {}) =>
    add({ id, type: levels.person.type, name: inventedName(random), parent, more });

  const district = add({ id: 'district', type: levels.district.type, name: 'Practice District' });
  const elsewhere = add({ id: 'other-district', type: levels.district.type, name: 'Other District' });
  for (const boss of ['district-sup-offline', 'district-sup-online']) person(boss, asParent(district));

  for (const [id, title, above] of [
    ['hc1', 'Riverside Health Centre', district],
    ['hc2', 'Hillside Health Centre', district],
    ['hc3', 'Lakeside Health Centre', elsewhere],
  ] as const) {
    const centre = add({ id, type: levels.centre.type, name: title, parent: asParent(above) });
    for (const { contact: worker, facility, roles } of PEOPLE) {
      if (facility === id && roles.includes('chw')) person(worker, asParent(centre), { role: 'chw' });
    }
    for (let a = 1; a <= AREAS; a += 1) {
      const area = add({
        id: `${id}-area-${a}`,
        type: levels.area.type,
        name: `Area ${a}`,
        parent: asParent(centre),
      });
      for (let h = 1; h <= HOMES; h += 1) {
        const name = `Household ${a}.${h}`;
        const home = add({
          id: `${area._id}-home-${h}`,
          type: levels.home.type,
          name,
          parent: asParent(area),
        });
        for (let p = 1; p <= PERSONS; p += 1) {
          person(`${home._id}-person-${p}`, asParent(home), {
            sex: pick(random, ['female', 'male']),
            date_of_birth: `${1950 + Math.floor(random() * 70)}-0${1 + Math.floor(random() * 9)}-15`,
            patient_id: ownCode(String(10_000 + Math.floor(random() * 89_999))),
          });
        }
      }
    }
  }
  // Last, so that nothing above is drawn differently.
  const centre = add({
    id: 'hc4',
    type: levels.centre.type,
    name: 'Hilltop Health Centre',
    parent: asParent(district),
  });
  for (const { contact: worker } of withoutPassword(now)) person(worker, asParent(centre), { role: 'chw' });
  const area = add({ id: 'hc4-area-1', type: levels.area.type, name: 'Area 1', parent: asParent(centre) });
  const home = add({
    id: 'hc4-area-1-home-1',
    type: levels.home.type,
    name: 'Household 1.1',
    parent: asParent(area),
  });
  person('hc4-area-1-home-1-person-1', asParent(home), {
    patient_id: ownCode(String(10_000 + Math.floor(random() * 89_999))),
  });
  return docs;
}

/** A report and the later edits of it: each version is one revision on the server. */
export type Versions = readonly Doc[];

/** The reports that are on the server from the start; some were edited once or twice. */
export function reportVersions(
  configuration: Configuration,
  seed: number,
  now: number,
  contacts: readonly Doc[],
): Versions[] {
  const random = randomNumbers(seed + 1);
  // Drawn by themselves, so that the rest is the same in every configuration.
  const answering = randomNumbers(seed + 3);
  const filledIn = configuration.forms.filter(({ answers }) => answers !== undefined);
  const found: Versions[] = [];
  for (const { contact: worker, facility, roles } of PEOPLE) {
    if (!roles.includes('chw')) continue;
    const by = contacts.find((doc) => doc._id === worker);
    const patients = contacts.filter((doc) => doc._id.startsWith(`${facility}-area`) && doc.patient_id);
    if (!by) continue;
    for (let n = 1; n <= 6; n += 1) {
      const id = `report-${worker}-${n}`;
      const temperature = 36 + Math.floor(random() * 30) / 10;
      // One is an ordinary visit, the others are of the forms that ask for more.
      const drawn = random();
      const form = n === 1 ? undefined : filledIn[Math.floor(drawn * filledIn.length)];
      const patient = pick(random, patients);
      const reportedAt = now - (30 - n) * DAY;
      // Only the ordinary visit asks for it here.
      const visit = { visit: n, ...(form === undefined ? { temperature } : {}), note: 'Seen at home.' };
      const code = configuration.personCode ? { patient_id: patient.patient_id } : {};
      const first = report({
        id,
        form: form?.code ?? 'home_visit',
        by: asParent(by),
        about: patient._id,
        reportedAt,
        fields: { ...code, ...form?.answers?.(answering, reportedAt), ...visit },
      });
      const edits = n % 3;
      const versions = [first];
      for (let edit = 1; edit <= edits; edit += 1) {
        const fields = { ...(first.fields as Record<string, unknown>), note: `Corrected ${edit} times.` };
        versions.push({ ...first, fields });
      }
      found.push(versions);
    }
  }
  return found;
}
