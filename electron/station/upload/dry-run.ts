/** The dry run as a job: what the server will never take, before anything is sent. */
import type { DryRun, JobEnd } from '../../../shared/contract.ts';
import { changesOfPerson } from '../../ledger/refusals.ts';
import { batchUser, changesToSend, peopleWithWork, refusedAfterApproval } from '../../ledger/uploads.ts';
import type { Core } from '../core.ts';
import type { JobHandle } from '../jobs.ts';
import { refreshDocuments } from '../server/refresh.ts';
import { checkRefusals } from './refusals.ts';
import { Removals } from '../server/removals.ts';
import { ownView, viewOf } from '../server/view.ts';
import { seePeople } from '../server/people.ts';
import { isAccount, signIn } from '../server/sign-in.ts';

export interface DryRunRequest {
  readonly user: string;
  /** Without one: the login that is kept for the user. */
  readonly password?: string | undefined;
  readonly account?: boolean | undefined;
  readonly of?: string | undefined;
  readonly batches?: readonly string[] | undefined;
}

const AT_ONCE = 500;

export async function runDryRun(core: Core, job: JobHandle, request: DryRunRequest): Promise<JobEnd> {
  job.progress({ step: 'sign-in', unit: 'documents' });
  const client = await signIn(core, { signal: job.signal }, request.user, request.password);
  try {
    const account = isAccount(client, request.account === true);
    await seePeople(core, client);
    const people = account
      ? request.of === undefined
        ? peopleWithWork(core.db)
        : [request.of]
      : [request.user];
    const checked = new Set<string>();
    let hidden = 0;
    const found = { refused: new Set<string>(), foreseen: new Set<string>(), lifted: new Set<string>() };
    const notTold: string[] = [];
    const removals = new Removals(core, client);
    for (const [at, person] of people.entries()) {
      job.progress({ step: 'ask', done: at, total: people.length, subject: person });
      const ids = new Set(changesOfPerson(core.db, person, 'waiting', request.batches).map(({ id }) => id));
      const list = [...ids];
      for (let from = 0; from < list.length; from += AT_ONCE)
        hidden += await refreshDocuments(core, client, list.slice(from, from + AT_ONCE));
      const view = account ? await viewOf(client, person, removals) : await ownView(client, removals);
      if (view === null) {
        notTold.push(person);
        continue;
      }
      const check = await checkRefusals(core, view, 'waiting', request.batches);
      for (const id of check.checked) checked.add(id);
      for (const what of ['refused', 'foreseen', 'lifted'] as const)
        for (const id of check[what]) found[what].add(id);
    }
    const [refused, foreseen, lifted] = [found.refused.size, found.foreseen.size, found.lifted.size];
    const whose = {
      author: account ? (request.of ?? null) : request.user,
      account,
      batches: request.batches,
    };
    return {
      kind: 'dry-run',
      checked: checked.size,
      hidden,
      dryRun: { refused, foreseen, lifted, ...whatSendTakes(core, whose, new Set(notTold)), notTold },
    };
  } finally {
    await client.signOut();
  }
}

/** What Send would take along now with the same sign-in, counted as Send counts. */
function whatSendTakes(
  core: Core,
  {
    author,
    account,
    batches,
  }: { author: string | null; account: boolean; batches: readonly string[] | undefined },
  notTold: ReadonlySet<string>,
): Pick<DryRun, 'toSend' | 'others'> {
  const { going, waiting, others } = changesToSend(core.db, { author, batches });
  const { refused, overruled } = refusedAfterApproval(core.db, { author, batches });
  const owner = (batch: string | null): string | null => batchUser(core.db, batch);
  const told = account ? going.filter(({ batch }) => !notTold.has(owner(batch) ?? '')) : going;
  const records = new Set([...told.map(({ id }) => id), ...refused]);
  // What never goes by an account waits for the person whose it is.
  const left = new Map<string | null, Set<string>>();
  for (const { change } of waiting) {
    const user = owner(change.batch);
    left.set(user, (left.get(user) ?? new Set()).add(change.id));
  }
  const byAccount = [...left].map(([user, ids]) => ({ user, records: ids.size }));
  return {
    toSend: {
      records: records.size,
      refused: refused.size,
      overruled: [...overruled].filter((id) => records.has(id)).length,
    },
    others: account ? byAccount : others,
  };
}
