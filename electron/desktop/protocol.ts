/** `app://station`: the only origin of the window. It serves the built window and nothing else. */
import { protocol } from 'electron';
import { windowFile } from '../host/window-files.ts';

export const ORIGIN = 'app://station';
const SCHEME = 'app';
const HOST = 'station';

/** Must run before the app is ready. `secure` and `standard` give the page a real origin of its own. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the files of `folder` under the scheme. */
export function serveWindowFiles(folder: string): void {
  protocol.handle(SCHEME, (request) => answerRequest(folder, request));
}

/** One request of the window's page. Exported for the tests. */
export async function answerRequest(
  folder: string,
  request: Pick<Request, 'url' | 'method'>,
): Promise<Response> {
  const url = new URL(request.url);
  if (url.protocol !== `${SCHEME}:` || url.host !== HOST) return new Response(null, { status: 404 });
  const { status, headers, body } = await windowFile(folder, request.method, url.pathname);
  return new Response(body, { status, headers });
}
