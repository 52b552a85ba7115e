/** The phone's own session with its server, for the few questions that the station asks with it. */
import { StationError } from '../../../shared/errors.ts';
import { UPLOAD_PACE } from '../../../shared/upload-pace.ts';
import { PhoneSession } from '../../upload/phone-session.ts';
import type { Core } from '../core.ts';

/**
 * @param cookie of the phone; it is kept nowhere. `null`: its web view does not show it
 * @throws StationError `phone-cannot-sync`
 */
export function phoneSession(
  { fetch, timers, options }: Core,
  { server, cookie }: { readonly server: string; readonly cookie: string | null },
  signal: AbortSignal,
): PhoneSession {
  if (cookie === null) throw new StationError('phone-cannot-sync');
  const pace = { ...UPLOAD_PACE, ...options.pace };
  return new PhoneSession({ url: server, cookie, fetch, pace, signal, timers });
}
