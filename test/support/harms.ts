/**
 * What could harm a server: dumps of phones whose work must not reach it as it is. Each is for `stationDump` or a stick;
 * a test lets somebody press whatever can be pressed, and looks at the server afterwards.
 */
import type { PracticeServer } from '../../electron/practice/server.ts';
import { document, type Json } from './documents.ts';
import { stationDump } from './dumps.ts';
import { edited, editOnServer, leavesAt } from './edits.ts';

/** A person of the practice server whom chw1 and chw3 both look after. */
export const PERSON = 'hc1-area-1-home-1-person-1';

export function visit(id: string, contact = 'hc1-chw1', patient = PERSON): Json {
  return document(id, {
    type: 'data_record',
    form: 'home_visit',
    reported_date: Date.now(),
    contact: { _id: contact },
    fields: { patient_id: patient, note: `note of ${id}` },
  });
}

/** `visit-1`, `visit-2` and so on. */
export function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}-${at + 1}`);
}

/** The dump of the phone of this person, from a station. */
export function phoneOf(user: 'chw1' | 'chw2' | 'chw3', documents: readonly Json[]): Buffer {
  const contact = `${user === 'chw2' ? 'hc2' : 'hc1'}-${user}`;
  return stationDump(documents, { user, userContactId: contact, device: `phone of ${user}` });
}

/** Six new visits of each of two people: what a third must not sign. */
export function workOfTwo(): { readonly dumps: readonly Buffer[]; readonly ids: readonly string[] } {
  const [own, others] = [names('one', 6), names('two', 6)];
  const far = others.map((id) => visit(id, 'hc2-chw2', 'hc2-area-1-home-1-person-1'));
  return {
    dumps: [
      phoneOf(
        'chw1',
        own.map((id) => visit(id)),
      ),
      phoneOf('chw2', far),
    ],
    ids: [...own, ...others],
  };
}

/** The same field of `PERSON`, changed on two phones. */
export async function bothSides(server: PracticeServer): Promise<readonly Buffer[]> {
  const a = await edited(server, PERSON, { name: 'a', fields: { name: 'Blue' } });
  const b = await edited(server, PERSON, { name: 'b', fields: { name: 'Green' } });
  return [phoneOf('chw1', [a]), phoneOf('chw3', [b])];
}

/** Puts these visits on the server; the phone has deleted each. */
export async function deletionsOf(server: PracticeServer, ids: readonly string[]): Promise<Buffer> {
  const deletions: Json[] = [];
  for (const id of ids) {
    const { _rev: _, _revisions: __, ...doc } = visit(id);
    await server.database().put(doc as never);
    deletions.push(await edited(server, id, { name: `${id} gone`, deleted: true }));
  }
  return phoneOf('chw1', deletions);
}

/** An edit of `PERSON`; meanwhile the server has renamed it and moved it out of the area of who made the edit. */
export async function editOfMoved(server: PracticeServer): Promise<Buffer> {
  const ours = await edited(server, PERSON, { name: 'ours', fields: { name: 'Blue' } });
  await editOnServer(server, PERSON, {
    name: 'Green',
    parent: { _id: 'hc2-area-1-home-1', parent: { _id: 'hc2-area-1', parent: { _id: 'hc2' } } },
  });
  return phoneOf('chw1', [ours]);
}

/** The leaves of a document of the server that are not deleted; none where it has no such document. */
export async function liveAt(server: PracticeServer, id: string): Promise<readonly string[]> {
  return (await leavesAt(server, id).catch(() => ({ live: [] as string[] }))).live;
}
