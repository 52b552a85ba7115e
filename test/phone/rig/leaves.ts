/** Every leaf of documents, on the phone and on the server, so that the two can be compared. */
import type { PhoneRig } from './phone-rig.ts';
import type { PhoneDoc } from './web-phone.ts';

export type Leaves = Record<string, PhoneDoc[]>;

/** What must be equal: everything but positions that PouchDB counts for itself (`revpos`). */
export function comparable(leaves: Leaves): Leaves {
  const plain = JSON.parse(
    JSON.stringify(leaves, (key, value: unknown) => (key === 'revpos' ? undefined : value)),
  ) as Leaves;
  for (const docs of Object.values(plain)) docs.sort((a, b) => (a._rev < b._rev ? -1 : 1));
  return plain;
}

export function withoutPurges(leaves: Leaves): Leaves {
  const isPurge = (doc: PhoneDoc) => doc['purged'] === true && doc['_deleted'] === true;
  return Object.fromEntries(Object.entries(leaves).filter(([, docs]) => !docs.every(isPurge)));
}

export async function leavesOnServer(
  one: Pick<PhoneRig, 'practice'>,
  ids: readonly string[],
): Promise<Leaves> {
  const leaves: Leaves = {};
  for (const id of ids) {
    const options = { open_revs: 'all', revs: true, attachments: true } as const;
    const found = await one.practice.database().get(id, options);
    leaves[id] = (found as unknown as { ok: PhoneDoc }[]).map(({ ok }) => ok);
  }
  return leaves;
}
