/**
 * The whole practice job, step by step: three people, a conflict, a deletion, a record that the server refuses, one that
 * cannot be placed, one that is held, a station account. Each step says what it is; who walks looks at what he likes
 * after each.
 */
import { DUMPED } from '../../electron/practice/dumps.ts';
import type { PracticeServer } from '../../electron/practice/server.ts';
import type { JobEnd } from '../../shared/contract.ts';
import { compareAs, signInAs } from './uploads.ts';
import type { Numbers } from './numbers.ts';
import type { TestStation } from './station.ts';

export interface Walker {
  readonly station: TestStation;
  readonly server: PracticeServer;
}

interface Signer {
  readonly user: string;
  readonly account: boolean;
}

export interface Step {
  readonly name: string;
  /** Who signs in for an upload or a dry run. */
  readonly signer?: Signer;
  /** How an upload or a dry run of this step ended. */
  readonly go: (walker: Walker) => Promise<JobEnd | null>;
}

/** What the end of a step says, against the numbers before and after it. */
export function endDisagreements(
  { signer = { user: '', account: false } }: Step,
  end: JobEnd | null,
  before: Numbers,
  now: Numbers,
): string[] {
  const wrong: string[] = [];
  const same = (what: string, one: number, other: number): void => {
    if (one !== other) wrong.push(`${what}: ${one} and ${other}`);
  };
  const rest = (others: readonly { readonly records: number }[]): number =>
    others.reduce((sum, one) => sum + one.records, 0);
  if (end?.kind === 'dry-run') {
    const { toSend, others } = end.dryRun;
    // What Send offered, and what is approved and was known as refused: the dry run looks at that again.
    const known = new Set([...before.offered, ...keptOf(before, signer)]);
    same('what Send offered and what was looked at', known.size, toSend.records + rest(others));
    same('what Send offers now', now.status.outbox.toSend, toSend.records - toSend.refused + rest(others));
    same('accepted by a dry run', now.status.outbox.accepted, before.status.outbox.accepted);
  }
  if (end?.kind === 'uploaded') {
    const { upload, others } = end;
    const { outbox } = now.status;
    const ended = [upload.refused, upload.failed, upload.lapsed, upload.waiting ?? []].reduce(
      (sum, list) => sum + list.length,
      upload.accepted + upload.already,
    );
    same('what Send offered and what became of it', before.status.outbox.toSend, ended + rest(others));
    same(
      'accepted by the upload',
      outbox.accepted - before.status.outbox.accepted,
      upload.accepted + upload.already,
    );
    same('sent and accepted', upload.sent, upload.accepted);
    same(
      'what is still to be sent',
      outbox.toSend,
      rest(others) + upload.failed.length + (upload.waiting?.length ?? 0),
    );
    const receipts = [...now.receipts.values()].reduce((sum, one) => sum + one.accepted, 0);
    same('accepted on all receipts', receipts, outbox.accepted);
  }
  return wrong;
}

/** What is approved, and kept here by a refusal: of the person who signs in; of an account, of everybody. */
function keptOf({ kept }: Numbers, { user, account }: Signer): string[] {
  return [...kept].flatMap(([owner, ids]) => (account || owner === user ? [...ids] : []));
}

export async function batchOf({ station }: Walker, user: string): Promise<string> {
  const { rows } = await station.ask('batches.list', { user });
  if (rows[0] === undefined) throw new Error(`no batch of ${user}`);
  return rows[0].batch;
}

const work = (kind: 'dry-run' | 'upload', user: string, account = false): Step => ({
  name: `${kind} ${account ? 'by the account' : 'as'} ${user}`,
  signer: { user, account },
  go: async ({ station, server }) => {
    const login = { ...signInAs(server, user), ...(account ? { account } : {}) };
    const { records: deleting } = await station.ask('outbox.deletions', { user, account });
    const { job } =
      kind === 'upload'
        ? await station.ask('upload.start', { ...login, deleting })
        : await station.ask('dry-run.start', login);
    const end = await station.wait(job);
    if (end.kind !== (kind === 'upload' ? 'uploaded' : 'dry-run'))
      throw new Error(`it ended as ${JSON.stringify(end)}`);
    return end;
  },
});

const asked = (name: string, ask: (walker: Walker) => Promise<unknown>): Step => ({
  name,
  go: async (walker) => {
    await ask(walker);
    return null;
  },
});

async function settle(walker: Walker): Promise<void> {
  const { ask } = walker.station;
  const { leaves } = await ask('conflict.get', { id: DUMPED.conflict });
  const keep = leaves.find((leaf) => leaf.user === 'chw3')?.rev ?? '';
  const { losses } = await ask('conflict.losses', { id: DUMPED.conflict, keep });
  await ask('conflict.resolve', {
    id: DUMPED.conflict,
    keep,
    seen: leaves.map(({ rev }) => rev),
    losing: losses.map(({ path }) => [...path]),
  });
}

async function place(walker: Walker): Promise<void> {
  const { ask } = walker.station;
  const id = DUMPED.chw2.unplaced;
  const { rev } = await ask('change.get', { id });
  const { from } = await ask('difference.get', { id, rev });
  await ask('decide.rebase', { id, rev, on: from?.rev ?? '' });
}

/** From the comparison to the last proof; the three dumps were taken before. */
export const WALK: readonly Step[] = [
  asked('taken', () => Promise.resolve()),
  asked('compared', ({ station, server }) => compareAs(station, server, 'sup_online')),
  asked('the ordinary approved', async (walker) => {
    for (const user of ['chw1', 'chw2', 'chw3'])
      await walker.station.ask('decide.approve', { batch: await batchOf(walker, user) });
  }),
  asked('one held', async (walker) =>
    walker.station.ask('decide.hold', {
      batch: await batchOf(walker, 'chw1'),
      ids: [DUMPED.chw1.newReports[0]],
      reason: 'Ask her first',
    }),
  ),
  asked('the conflict settled', settle),
  asked('the deletion approved', async (walker) =>
    walker.station.ask('decide.approve', {
      batch: await batchOf(walker, 'chw1'),
      classes: ['deletion'],
      deleting: 1,
    }),
  ),
  work('dry-run', 'chw1'),
  work('upload', 'chw1'),
  work('dry-run', 'chw3'),
  work('upload', 'chw3'),
  asked('what could not be placed is placed', place),
  work('dry-run', 'sup_online', true),
  work('upload', 'sup_online', true),
  asked('the refused approved', async (walker) =>
    walker.station.ask('decide.approve', { batch: await batchOf(walker, 'chw3'), refused: true }),
  ),
  work('upload', 'sup_online', true),
  asked('the held released', async (walker) => {
    const batch = await batchOf(walker, 'chw1');
    await walker.station.ask('decide.release', { batch });
    await walker.station.ask('decide.approve', { batch });
  }),
  work('upload', 'chw1'),
  work('upload', 'chw1'),
  asked('compared again', ({ station, server }) => compareAs(station, server, 'sup_online')),
];
