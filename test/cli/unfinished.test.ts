/** An import that was cut off keeps no command waiting that does not need it; the next import finishes it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runJson } from '../support/cli.ts';
import { report } from '../support/documents.ts';
import { ndjsonDump } from '../support/dumps.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openTestStation } from '../support/station.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

function put(name: string, records: number): string {
  const path = join(folder.path, name);
  writeFileSync(path, ndjsonDump(Array.from({ length: records }, (_, n) => report(`${name}-${n}`))));
  return path;
}

it('what only looks does not wait for it, and the next import finishes it', async () => {
  const dataDir = join(folder.path, 'data');
  // Far more than can be read while a short command runs.
  const large = put('large', 60_000);
  const station = await openTestStation({ dataDir });
  const job = await station.start(large);
  const begun = Promise.withResolvers<void>();
  station.station.on('job', (now) => {
    if (now.job === job && now.step === 'read' && now.done > 0) begun.resolve();
  });
  await begun.promise;
  await station.close();

  const asked = async (word: string) => (await runJson([word, '--data', dataDir])).value;
  expect(await asked('status')).toMatchObject({ unfinished: 1, dumps: 0 });
  expect(await asked('batches')).toEqual({ batches: [] });
  expect(await asked('status')).toMatchObject({ unfinished: 1, dumps: 0 });
  const imported = await runJson(['import', put('small', 1), '--data', dataDir]);
  expect(imported.value).toMatchObject({ imports: [{ outcome: 'taken' }] });
  expect(await asked('status')).toMatchObject({ unfinished: 0, dumps: 2 });
});
