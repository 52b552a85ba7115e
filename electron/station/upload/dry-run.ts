/** The dry run as a job: what the server will never take, before anything is sent. */
import type { JobEnd } from '../../../shared/contract.ts';
import { changesOfPerson } from '../../ledger/refusals.ts';
import { peopleWithWork } from '../../ledger/uploads.ts';
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
    let checked = 0;
    let hidden = 0;
    const found = { refused: 0, foreseen: 0, lifted: 0 };
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
      checked += check.checked;
      for (const what of ['refused', 'foreseen', 'lifted'] as const) found[what] += check[what];
    }
    return { kind: 'dry-run', checked, hidden, dryRun: { ...found, notTold } };
  } finally {
    await client.signOut();
  }
}
