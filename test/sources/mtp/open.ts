/** Opens a phone in memory as the transport opens one on a cable. */
import { filesOfPhone, greetPhone, type PhoneFacts } from '../../../electron/sources/mtp/access.ts';
import type { SessionTimes } from '../../../electron/sources/mtp/session.ts';
import type { FileAccess } from '../../../electron/sources/source.ts';
import type { InMemoryPhone } from '../../support/mtp-phone.ts';

/** For phones that answer: a busy computer must not make them look silent. */
const PATIENT: SessionTimes = { answerMs: 10_000, openMs: 5000, quietMs: 30 };
/** For phones that do not. */
export const QUICK: SessionTimes = { answerMs: 700, openMs: 700, quietMs: 30 };
export const FACTS: PhoneFacts = { vendor: 0x18d1, wasOpen: false };

export async function openFiles(
  phone: InMemoryPhone,
  facts: PhoneFacts = FACTS,
  times: SessionTimes = PATIENT,
): Promise<FileAccess> {
  const greeted = await greetPhone(phone, times);
  try {
    return await filesOfPhone(greeted, facts);
  } catch (error) {
    await greeted.session.close();
    throw error;
  }
}
