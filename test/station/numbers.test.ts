/**
 * One walk through the whole practice job. After every step all numbers are read, from the contract and from the command
 * line, and compared: with each other, with the list that each opens, and with the practice server.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writePracticeDumps } from '../../electron/practice/dumps.ts';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import { temporaryFolder } from '../support/folder.ts';
import { runCli, runJson } from '../support/cli.ts';
import { disagreements, everyLeafAt, readNumbers, type Numbers } from '../support/numbers.ts';
import { openTestStation, type TestStation } from '../support/station.ts';
import { endDisagreements, WALK } from '../support/walk.ts';

/** What the command line says of the same numbers, to scripts and to people. */
async function commandLine(data: string, { status, batches, receipts }: Numbers): Promise<string[]> {
  const wrong: string[] = [];
  const same = (what: string, one: unknown, other: unknown): void => {
    if (JSON.stringify(one) !== JSON.stringify(other))
      wrong.push(`${what}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`);
  };
  const json = async (...words: string[]) => (await runJson([...words, '--data', data])).value;
  same('status', await json('status'), status);
  same('batches', (await json('batches'))['batches'], batches);
  same('conflicts', (await json('conflicts'))['total'], status.conflicts);
  same('refused', ((await json('refused'))['refused'] as unknown[]).length, status.outbox.refused);
  for (const { batch, counts } of batches) {
    const { changes } = (await json('show', batch)) as { changes: { class: string }[] };
    for (const [name, count] of Object.entries(counts))
      same(`show ${name}`, changes.filter((row) => row.class === name).length, count);
    const { printedAt: _, ...receipt } = await json('receipt', batch);
    const { printedAt: __, ...printed } = receipts.get(batch) ?? { printedAt: '' };
    same('receipt', receipt, printed);
  }
  const { stderr } = await runCli(['status', '--data', data]);
  const { onlyHere, toReview, conflicts, outbox } = status;
  const only =
    onlyHere === null
      ? 'Not compared with the server yet'
      : onlyHere === 1
        ? '1 record exists only on'
        : `${onlyHere} records exist only on`;
  const line = `To decide: ${toReview}. Conflicts: ${conflicts}. Ready to send: ${outbox.waiting}. Not confirmed: ${outbox.unproven}.`;
  for (const said of [only, line]) if (!stderr.includes(said)) wrong.push(`"${said}" in: ${stderr}`);
  return wrong;
}

/** After these the command line is asked too: each of its commands is a process of its own. */
const ALSO_TYPED = [
  'taken',
  'the conflict settled',
  'dry-run as chw3',
  'the refused approved',
  'compared again',
];

test('every number is true, after every step of the whole job', async () => {
  const server: PracticeServer = await startPracticeServer();
  const folder = temporaryFolder();
  const dataDir = join(folder.path, 'data');
  const open = (): Promise<TestStation> => openTestStation({ practice: server, dataDir });
  let station = await open();
  const wrong: string[] = [];
  try {
    for (const { path } of await writePracticeDumps(server, join(folder.path, 'stick')))
      await station.take(path);
    const before = await everyLeafAt(server);
    for (const step of WALK) {
      const stood = await readNumbers(station.ask);
      const end = await step.go({ station, server });
      const now = await readNumbers(station.ask);
      const found = [
        ...endDisagreements(step, end, stood, now),
        ...(await disagreements(station.ask, server, before)),
      ];
      if (ALSO_TYPED.includes(step.name)) {
        await station.close();
        found.push(...(await commandLine(dataDir, now)));
        station = await open();
      }
      wrong.push(...found.map((one) => `${step.name}: ${one}`));
    }
    expect(wrong).toEqual([]);
    // The walk came by everything: otherwise nothing was counted.
    const { status } = await readNumbers(station.ask);
    expect(status).toMatchObject({
      onlyHere: 0,
      toReview: 0,
      outbox: { accepted: 16, toSend: 0, refused: 0 },
    });
  } finally {
    await station.close();
    await server.close();
    folder.remove();
  }
});
