/** Is there a CHT server? The one question that nobody signs in for. */
import { StationError } from '../../shared/errors.ts';
import { UPLOAD_PACE } from '../../shared/upload-pace.ts';
import { isObject } from '../../shared/untrusted.ts';
import { jsonOf, request } from './http.ts';
import type { ServerOptions } from './session.ts';

/**
 * Is a CHT server at this address? Asked without signing in (`/api/info`). The version it answers is that of its program
 * `api`, 0.1.0 in every release; that of CHT is only told to who is signed in (docs/cht.md §1).
 * @returns when it answered by its own clock, in milliseconds since 1970 to the second (`Date` of RFC 9110); `null`
 *   where it does not say
 * @throws StationError `not-a-cht-server` and what `request` throws
 */
export async function findServer({
  url,
  fetch,
  signal,
  timers,
  pace = UPLOAD_PACE,
}: ServerOptions): Promise<{ readonly toldAt: number | null }> {
  const answer = await request(fetch, {
    method: 'GET',
    url: `${url}/api/info`,
    timeoutMs: pace.quickMs,
    signal,
    timers,
  });
  if (answer.status >= 500) throw new StationError('server-error', String(answer.status));
  try {
    const info = jsonOf(answer);
    if (answer.status === 200 && isObject(info) && typeof info['version'] === 'string')
      return { toldAt: momentOf(answer.headers.get('date')) };
  } catch (error) {
    throw new StationError('not-a-cht-server', undefined, error);
  }
  throw new StationError('not-a-cht-server');
}

function momentOf(said: string | null): number | null {
  const moment = Date.parse(said ?? '');
  return Number.isNaN(moment) ? null : moment;
}
