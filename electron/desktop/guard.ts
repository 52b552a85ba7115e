/**
 * What a page may never do, whatever got into it: ask for a permission or a device, go elsewhere, open a
 * window, embed a page, load from the network. Set on the session and on every page that is ever made.
 */
import { app, type Session, type WebContents } from 'electron';
import { ORIGIN } from './protocol.ts';

/** Whatever else a page would load comes from outside the program. `devtools:` exists in development only. */
const INSIDE = new Set(['app:', 'blob:', 'data:', 'devtools:']);

/** The one permission of our own window: to lay a receipt as plain text on the clipboard. Nothing may read from there. */
const ALLOWED = 'clipboard-sanitized-write';

/** Refuses every device, every request that would leave the program, and every permission but the one. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((_page, permission, answer, { requestingUrl, isMainFrame }) =>
    answer(isAllowed(permission, requestingUrl, isMainFrame)),
  );
  session.setPermissionCheckHandler((_page, permission, origin, { isMainFrame }) =>
    isAllowed(permission, origin, isMainFrame),
  );
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest(({ url }, answer) =>
    answer({ cancel: !INSIDE.has(new URL(url).protocol) }),
  );
  // What the window saves (a receipt as text) it made itself; anything else is no download of ours.
  session.on('will-download', (event, item) => {
    if (!item.getURL().startsWith(`blob:${ORIGIN}/`)) event.preventDefault();
  });
}

function isAllowed(permission: string, url: string, isMainFrame: boolean): boolean {
  return permission === ALLOWED && isMainFrame && (url === ORIGIN || url.startsWith(`${ORIGIN}/`));
}

/** Holds every page, also one that no code of ours made, where it is. */
export function guardPages(): void {
  app.on('web-contents-created', (_event, page) => guardPage(page));
}

function guardPage(page: WebContents): void {
  page.on('will-navigate', (event) => event.preventDefault());
  page.on('will-frame-navigate', (event) => event.preventDefault());
  page.on('will-redirect', (event) => event.preventDefault());
  page.on('will-attach-webview', (event) => event.preventDefault());
  page.setWindowOpenHandler(() => ({ action: 'deny' }));
}
