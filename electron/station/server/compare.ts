/** Looks at the server's side of what is here, and keeps it as the baseline. */
import { documentsToCompare } from '../../ledger/classes.ts';
import type { JobEnd } from '../../../shared/contract.ts';
import { StationError } from '../../../shared/errors.ts';
import { audit } from '../../ledger/audit.ts';
import { recordCompared } from '../../ledger/batches.ts';
import { setSetting } from '../../ledger/settings.ts';
import { recordCaughtUp } from '../backup/behind.ts';
import type { Core } from '../core.ts';
import type { JobHandle } from '../jobs.ts';
import { readServerLabels } from '../labels/from-server.ts';
import { lookForLost } from '../upload/proof.ts';
import { ruleBatches } from '../review/unusual.ts';
import { seePeople } from './people.ts';
import { settleFoundThere } from './found-there.ts';
import { refreshDocuments } from './refresh.ts';
import { recordVersion } from './server.ts';
import { signIn } from './sign-in.ts';

/** `_revs_diff` answers quickly for many; the bodies it makes necessary are few. */
const AT_ONCE = 500;

export async function compare(
  core: Core,
  job: JobHandle,
  user: string,
  password: string | undefined,
): Promise<JobEnd> {
  job.progress({ step: 'sign-in', unit: 'documents' });
  const client = await signIn(core, { signal: job.signal }, user, password);
  try {
    await recordVersion(core, client);
    await seePeople(core, client);
    // The rules ask which forms the server has.
    await readServerLabels(core, client);
    const ids = documentsToCompare(core.db);
    let hidden = 0;
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      if (job.signal.aborted) throw new StationError('cancelled');
      job.progress({ step: 'ask', done: at, total: ids.length });
      const some = ids.slice(at, at + AT_ONCE);
      hidden += await refreshDocuments(core, client, some);
      settleFoundThere(core, some);
    }
    const lost = await lookForLost(core, client);
    const now = core.now();
    core.db.transaction(() => {
      recordCompared(core.db, now);
      ruleBatches(core);
      setSetting(core.db, 'server.comparedAt', now);
      recordCaughtUp(core.db, user, hidden);
      audit(core.db, { person: core.person, at: now }, 'compared', {
        detail: { as: user, documents: ids.length, hidden, lost },
      });
    });
    core.changed('batches', 'conflicts', 'outbox', 'server');
    return { kind: 'compared', checked: ids.length, hidden, lost };
  } finally {
    await client.signOut();
  }
}
