/** Who stands behind an upload, before it begins: whoever sits here shows it once more, and a second person where two are asked for. */
import { StationError } from '../../../shared/errors.ts';
import type { Requests } from '../../../shared/contract.ts';
import { isBeyondAuthor, needsTwoPeople } from '../../ledger/four-eyes.ts';
import { changesToSend } from '../../ledger/uploads.ts';
import type { Core } from '../core.ts';
import { secondPerson } from '../people/second.ts';

type Upload = Requests['upload.start']['params'];

/**
 * A login that is kept, and a station account, are nobody's own: who uses them shows that they are still there. What the
 * server would not take from its author goes by a station account only where two agree; what is found out about that in
 * the upload itself waits (`second-needed`).
 * @throws StationError `unlock-needed`, `second-needed` with the number of records, what `secondPerson` throws
 */
export async function agreedToSend(
  core: Core,
  { account, password, batches }: Pick<Upload, 'account' | 'password' | 'batches'>,
  { second, unlock }: Pick<Upload, 'second' | 'unlock'>,
): Promise<{ second?: string }> {
  if (password === undefined || account === true) await core.desk.showAgain(unlock);
  if (account !== true || !needsTwoPeople(core.db)) return {};
  const { going } = changesToSend(core.db, { author: null, batches });
  const beyond = new Set(going.filter(isBeyondAuthor).map(({ id }) => id)).size;
  if (beyond > 0 && second === undefined) throw new StationError('second-needed', String(beyond));
  return secondPerson(core, second);
}
