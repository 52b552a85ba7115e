/** One content, in every format that can carry it: the same replica, whatever carried it. */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { document, type Json } from '../../support/documents.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { DOCUMENTS, SAMPLES } from '../../support/formats.ts';
import { imageOf } from '../../support/replica.ts';
import { openTestStation } from '../../support/station.ts';

/** First revisions need no history; where the device keeps one, it says nothing more. */
const FIRST = DOCUMENTS.map((one, at) => ({ ...document(`first-${at}`), ...fieldsOf(one) }));

function fieldsOf(one: Json): Json {
  return Object.fromEntries(
    Object.entries(one).filter(([key]) => !['_id', '_rev', '_revisions'].includes(key)),
  );
}

async function replicaOf(bytes: Buffer, name: string): Promise<unknown> {
  const folder = temporaryFolder();
  try {
    const station = await openTestStation({ dataDir: folder.path });
    try {
      const { documents, problems } = await station.take(bytes, name);
      expect({ ...documents, problems }).toEqual({
        read: DOCUMENTS.length,
        new: DOCUMENTS.length,
        known: 0,
        skipped: 0,
        broken: 0,
        problems: [],
      });
    } finally {
      await station.close();
    }
    return await imageOf(join(folder.path, 'replica'));
  } finally {
    folder.remove();
  }
}

/** From the replication stream, which is CouchDB's own way to carry a document whole. */
const reference = SAMPLES.find((sample) => sample.name === 'replication-stream');
const imageFrom = (documents: readonly Json[]): (() => Promise<unknown>) => {
  let image: Promise<unknown> | undefined;
  return () => (image ??= replicaOf(reference?.make(documents).bytes ?? Buffer.from(''), 'reference'));
};

describe('documents with their histories, an edit and its parent, a deletion, a photo', () => {
  const image = imageFrom(DOCUMENTS);
  const able = SAMPLES.filter(({ expected }) => expected(DOCUMENTS[1] ?? {}) === DOCUMENTS[1]);
  test.each(able.map((sample) => [sample.name, sample] as const))('%s', async (name, sample) => {
    const { bytes } = sample.make(DOCUMENTS);
    const whole = await image();
    expect(await replicaOf(bytes, name)).toEqual(whole);
    expect(await replicaOf(gzipSync(bytes), `${name}.gz`)).toEqual(whole);
  });
});

describe('first revisions', () => {
  const image = imageFrom(FIRST);
  const able = SAMPLES.filter(({ format }) => format !== 'cht-android-300');
  test.each(able.map((sample) => [sample.name, sample] as const))('%s', async (name, sample) => {
    expect(await replicaOf(sample.make(FIRST).bytes, name)).toEqual(await image());
  });
});
