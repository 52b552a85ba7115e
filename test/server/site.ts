/**
 * Where the contract tests run: a practice server of their own, or the real CHT server that `CHT_URL`,
 * `CHT_ADMIN` and `CHT_ADMIN_PASSWORD` name. Either way they make their own places and people through the
 * server's API, under a prefix of their own, and take them away again.
 */
import { randomBytes } from 'node:crypto';
import type { Parent } from '../../electron/practice/documents.ts';
import { asParent, contact, report } from '../../electron/practice/documents.ts';
import type { Doc } from '../../electron/practice/pouch.ts';
import type { PracticeServer } from '../../electron/practice/server.ts';
import { startPracticeServer } from '../../electron/practice/server.ts';
import type { Reply, Question } from './ask.ts';
import { askServer } from './ask.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface Site {
  readonly url: string;
  /** The practice server; absent where the server is a real one. */
  readonly practice?: PracticeServer;
  readonly admin: Login;
  /** A health worker, restricted to the health centre hc1. */
  readonly chw1: Login;
  /** A supervisor, restricted to the district. */
  readonly supOffline: Login;
  /** An officer who sees everything. */
  readonly supOnline: Login;
  readonly places: {
    readonly district: Doc;
    readonly hc1: Doc;
    readonly hc2: Doc;
    readonly otherDistrict: Doc;
    /** chw1 themselves. */
    readonly chw1: Doc;
    readonly patient1: Doc;
    readonly patient2: Doc;
  };
  ask(question: Question): Promise<Reply>;
  /** An id nobody has used, under the prefix. */
  id(word: string): string;
  /** Sends documents to `_bulk_docs`, with `new_edits:false` unless said otherwise. */
  send(as: Login, docs: readonly unknown[], newEdits?: boolean): Promise<Reply>;
  /** Which of the revisions the server has. */
  has(id: string, rev: string): Promise<boolean>;
  /** A new first revision of a report by chw1 about a person of hc1. */
  reportDoc(word: string, more?: Readonly<Record<string, unknown>>): Doc & { _rev: string };
  /** A new account whose password an admin has just set. */
  makeUser(word: string, roles: readonly string[], place: string, contactId: string): Promise<Login>;
  /** Notes an id outside the prefix, to be removed in the end. */
  alsoRemove(id: string): void;
  close(): Promise<void>;
}

const FIRST_PASSWORD = 'Sycamore-first-41';
const OWN_PASSWORD = 'Sycamore-second-72';

/** A revision id as a phone makes it. */
export function newRev(generation: number): string {
  return `${generation}-${randomBytes(16).toString('hex')}`;
}

/** A revision made on top of another, with the history that says so. */
export function childOf(
  doc: Doc & { _rev: string },
  changes: Readonly<Record<string, unknown>>,
): Doc & { _rev: string } {
  const [generation, id] = [Number.parseInt(doc._rev, 10), doc._rev.split('-')[1] ?? ''];
  const rev = newRev(generation + 1);
  const ids = [rev.split('-')[1] ?? '', ...(doc._revisions?.ids ?? [id])];
  return { ...doc, ...changes, _rev: rev, _revisions: { start: generation + 1, ids } };
}

/** Answers the practice server or the real one, with the people and places of the tests on it. */
export async function openSite(): Promise<Site> {
  const { CHT_URL, CHT_ADMIN = 'admin', CHT_ADMIN_PASSWORD = '' } = process.env;
  const practice = CHT_URL ? undefined : await startPracticeServer();
  const url = (CHT_URL ?? practice?.url ?? '').replace(/\/+$/, '');
  const admin = practice ? practice.admin : { user: CHT_ADMIN, password: CHT_ADMIN_PASSWORD };
  const prefix = `station-${randomBytes(4).toString('hex')}`;
  const others: string[] = [];
  const made: string[] = [];
  let count = 0;

  const ask = (question: Question) => askServer(url, question);
  const id = (word: string) => `${prefix}-${word}-${(count += 1)}`;
  const send: Site['send'] = (as, docs, newEdits = false) =>
    ask({
      method: 'POST',
      path: '/medic/_bulk_docs',
      as,
      json: newEdits ? { docs } : { docs, new_edits: false },
    });
  const must = async (question: Question) => {
    const reply = await ask(question);
    if (reply.status >= 400)
      throw new Error(`${question.path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply;
  };

  const place = (word: string, type: string, parent?: Parent) =>
    contact({
      id: `${prefix}-${word}`,
      type,
      name: `Test ${word}`,
      reportedAt: 1,
      ...(parent ? { parent } : {}),
    });
  const district = place('district', 'district_hospital');
  const otherDistrict = place('other-district', 'district_hospital');
  const hc1 = place('hc1', 'health_center', asParent(district));
  const hc2 = place('hc2', 'health_center', asParent(district));
  const chw1Contact = place('chw1', 'person', asParent(hc1));
  const supContact = place('sup', 'person', asParent(district));
  const officerContact = place('officer', 'person', asParent(district));
  const patient1 = place('patient1', 'person', asParent(hc1));
  const patient2 = place('patient2', 'person', asParent(hc2));
  const contacts = [
    district,
    otherDistrict,
    hc1,
    hc2,
    chw1Contact,
    supContact,
    officerContact,
    patient1,
    patient2,
  ];

  const makeUser: Site['makeUser'] = async (word, roles, facility, contactId) => {
    const user = `${prefix}-${word}`;
    const json = { username: user, password: FIRST_PASSWORD, roles, place: facility, contact: contactId };
    await must({ method: 'POST', path: '/api/v1/users', as: admin, json });
    made.push(user);
    return { user, password: FIRST_PASSWORD };
  };
  /** Signs in for the first time: chooses a password of one's own. */
  const settle = async ({ user, password }: Login): Promise<Login> => {
    const json = { username: user, currentPassword: password, password: OWN_PASSWORD, locale: 'en' };
    await must({ method: 'POST', path: '/medic/password-reset', json });
    return { user, password: OWN_PASSWORD };
  };

  const close = async () => {
    if (practice) return practice.close();
    for (const user of made) await ask({ method: 'DELETE', path: `/api/v1/users/${user}`, as: admin });
    const range = `startkey=${encodeURIComponent(`"${prefix}"`)}&endkey=${encodeURIComponent(`"${prefix}\ufff0"`)}`;
    // Again while there is something left: where a winner is deleted, a losing branch comes up.
    for (let round = 0; round < 5; round += 1) {
      const found = await must({ method: 'GET', path: `/medic/_all_docs?${range}`, as: admin });
      const { rows } = found.body as { rows: { id: string; value: { rev: string } }[] };
      const docs = rows.map((row) => ({ _id: row.id, _rev: row.value.rev, _deleted: true }));
      if (docs.length === 0) break;
      await must({ method: 'POST', path: '/medic/_bulk_docs', as: admin, json: { docs } });
    }
    for (const other of others) {
      const { status, body } = await ask({ method: 'GET', path: `/medic/${other}`, as: admin });
      if (status !== 200) continue;
      const path = `/medic/${other}?rev=${(body as { _rev: string })._rev}`;
      await must({ method: 'DELETE', path, as: admin });
    }
  };

  try {
    await must({ method: 'POST', path: '/medic/_bulk_docs', as: admin, json: { docs: contacts } });
    const chw1 = await settle(await makeUser('chw1', ['chw'], hc1._id, chw1Contact._id));
    const supOffline = await settle(await makeUser('sup', ['chw_supervisor'], district._id, supContact._id));
    const officer = ['program_officer', 'mm-online'];
    const supOnline = await settle(await makeUser('officer', officer, district._id, officerContact._id));
    return {
      url,
      ...(practice ? { practice } : {}),
      admin,
      chw1,
      supOffline,
      supOnline,
      places: { district, otherDistrict, hc1, hc2, chw1: chw1Contact, patient1, patient2 },
      ask,
      id,
      send,
      async has(docId, rev) {
        const json = { [docId]: [rev] };
        const { body } = await must({ method: 'POST', path: '/medic/_revs_diff', as: admin, json });
        return !(docId in (body as object));
      },
      reportDoc(word, more = {}) {
        const by = asParent(chw1Contact);
        const doc = report({
          id: id(word),
          form: 'home_visit',
          by,
          about: patient1._id,
          reportedAt: Date.UTC(2026, 8, 1),
        });
        return { ...doc, _rev: newRev(1), ...more };
      },
      makeUser,
      alsoRemove: (other) => void others.push(other),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
