/** How large a record is on its way to the server, told without reading its attachments. */
import { afterEach, expect, test } from 'vitest';
import { sizeOf, toJson } from '../../electron/replica/documents.ts';
import { openReplica } from '../../electron/replica/replica.ts';
import { temporaryFolder } from '../support/folder.ts';
import { photo, revision } from '../support/replica.ts';
import { chain } from '../support/revisions.ts';

const folder = temporaryFolder();
afterEach(() => folder.remove());

test('it is exactly what is sent, whatever the lengths of names, texts and attachments', async () => {
  const replica = await openReplica(`${folder.path}/replica`);
  const file = (bytes: number) => photo('\u0007'.repeat(bytes));
  const attachments = {
    empty: file(0),
    'élan "1"': file(1),
    two: file(2),
    large: file(70_001),
    three: file(300),
  };
  const whole = { ...revision('Amina-ü', chain('abc')), body: { note: 'à la « maison »' } };
  const plain = revision('plain', chain('ab'), { deleted: true });
  await replica.write([{ ...whole, attachments }, plain]);
  for (const { id, rev } of [whole, plain]) {
    const [stored] = await replica.readAll([{ id, rev }]);
    const seen = await replica.read(id, rev, 'none');
    if (stored == null || seen === null) throw new Error('nothing there');
    const { bytes, largest } = sizeOf(seen);
    expect(bytes).toBe(Buffer.byteLength(toJson(stored)));
    expect(largest).toEqual(id === 'plain' ? null : { name: 'large', bytes: 70_001 });
  }
  await replica.close();
});
