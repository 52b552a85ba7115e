/** Opens a phone in memory as the transport opens one on a cable. */
import { filesOfPhone, greetPhone, type PhoneFacts } from '../../../electron/sources/mtp/access.ts';
import type { FileAccess } from '../../../electron/sources/source.ts';
import type { InMemoryPhone } from '../../support/mtp-phone.ts';

export const FACTS: PhoneFacts = { vendor: 0x18d1, wasOpen: false };

export async function openFiles(phone: InMemoryPhone, facts: PhoneFacts = FACTS): Promise<FileAccess> {
  const greeted = await greetPhone(phone, undefined, phone.timers);
  try {
    return await filesOfPhone(greeted, facts);
  } catch (error) {
    await greeted.session.close();
    throw error;
  }
}
