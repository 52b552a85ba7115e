/** What the server archived, from a script: listed by the dry run, not sent, in the list and on the receipt. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DUMPED, writePracticeDumps } from '../../electron/practice/dumps.ts';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import { temporaryFolder } from '../support/folder.ts';
import { signInAs } from '../support/uploads.ts';
import { runCli } from '../support/cli.ts';

const WORDS = 'The record was deleted or archived on the server.';
const ARCHIVED = DUMPED.chw1.update;

let server: PracticeServer;
let folder: ReturnType<typeof temporaryFolder>;
beforeAll(async () => {
  server = await startPracticeServer();
  folder = temporaryFolder();
});
afterAll(async () => {
  await server.close();
  folder.remove();
});

it('dry run, upload, list and receipt', async () => {
  const run = async (words: readonly string[], expected: number) => {
    const env = { STATION_PASSWORD: signInAs(server, 'chw1').password };
    const { code, stdout, stderr } = await runCli([...words, '--data', join(folder.path, 'job')], { env });
    expect(code, `${words.join(' ')}: ${stdout} ${stderr}`).toBe(expected);
    return { said: stdout + stderr, stdout };
  };
  const dumps = await writePracticeDumps(server, join(folder.path, 'stick'));
  await run(['server', 'set', server.url], 0);
  await run(['import', dumps.find(({ user }) => user === 'chw1')?.path ?? ''], 0);
  const { batches } = JSON.parse((await run(['batches', '--json'], 0)).stdout) as {
    batches: { batch: string }[];
  };
  const batch = batches[0]?.batch ?? '';
  await run(['compare', '--as', 'chw1'], 0);
  // The deletion in it waits for a look.
  await run(['approve', batch], 3);
  await server.setVersion('5.3.0');
  await server.archive([ARCHIVED]);

  const { said: dry } = await run(['upload', '--dry-run', '--as', 'chw1'], 3);
  expect(dry).toContain('The server would refuse: 1.');
  expect(dry).toContain(WORDS);
  const sent = JSON.parse((await run(['upload', '--as', 'chw1', '--json'], 0)).stdout) as object;
  expect(sent).toMatchObject({ failed: [], lapsed: [], outcome: 'done' });
  await expect(server.database().get(ARCHIVED)).rejects.toMatchObject({ status: 404 });
  expect((await run(['refused'], 3)).said).toContain(WORDS);
  expect((await run(['refused', '--csv'], 0)).stdout).toContain(WORDS);
  expect((await run(['receipt', batch, '--format', 'text'], 0)).stdout).toContain(WORDS);
});
