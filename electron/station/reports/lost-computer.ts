/** The page for the day on which this computer is lost. */
import { headCode } from '../../../shared/chain-head.ts';
import { cleanText } from '../../../shared/labels.ts';
import type { LostComputer } from '../../../shared/lost-computer.ts';
import { chainHead } from '../../ledger/chain.ts';
import { recordCounts } from '../../ledger/counts.ts';
import { lyingHere, phonesRead } from '../../ledger/lying-here.ts';
import { setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';
import { diskEncryption } from '../health/encryption.ts';
import { everyLogin } from '../server/kept-logins.ts';
import { peopleWhoCame } from '../workers/health-workers.ts';

export async function lostComputer(core: Core): Promise<LostComputer> {
  const { db } = core;
  const head = chainHead(db);
  const isAsked = setting(db, 'server.comparedAt') !== null;
  return {
    ...lyingHere(db),
    onlyHere: isAsked ? recordCounts(db).onlyHere : null,
    people: peopleWhoCame(core).map(({ user, name }) => ({
      user: cleanText(user),
      name: name === null ? null : cleanText(name),
    })),
    logins: everyLogin(core),
    phones: phonesRead(db).map((phone) => ({
      ...phone,
      user: cleanText(phone.user),
      device: cleanText(phone.device),
    })),
    encryption: await diskEncryption(core),
    history: head === null ? null : headCode(head.hash),
  };
}
