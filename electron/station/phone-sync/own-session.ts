/** The phone's own session with its server, for the few questions that the station asks with it. */
import { UPLOAD_PACE } from '../../../shared/upload-pace.ts';
import { PhoneSession } from '../../upload/phone-session.ts';
import type { Core } from '../core.ts';

/** @param cookie of the phone; it is kept nowhere */
export function phoneSession(
  { fetch, timers, options }: Core,
  { server, cookie }: { readonly server: string; readonly cookie: string },
  signal: AbortSignal,
): PhoneSession {
  const pace = { ...UPLOAD_PACE, ...options.pace };
  return new PhoneSession({ url: server, cookie, fetch, pace, signal, timers });
}
