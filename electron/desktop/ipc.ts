/** The window's two lines to the station: `ask` (a request, an answer) and `event`. */
import { ipcMain, type BrowserWindow, type IpcMainInvokeEvent } from 'electron';
import type { Answer } from '../../shared/answer.ts';
import type { OpenStation } from '../station-api.ts';
import { ORIGIN } from './protocol.ts';
import { forwardEvents } from '../host/forward-events.ts';

/** Connects the window with the station; the returned function takes the lines down. */
export function connectWindow(station: OpenStation, window: BrowserWindow): () => void {
  ipcMain.handle('ask', (event, name: unknown, params: unknown): Promise<Answer> | Answer =>
    isOurPage(event, window) ? station.ask(name, params) : { ok: false, code: 'not-allowed' },
  );
  const stop = forwardEvents(station, (name, value) => {
    if (!window.isDestroyed()) window.webContents.send('event', name, value);
  });
  return () => {
    stop();
    ipcMain.removeHandler('ask');
  };
}

/** Only the top frame of our window, and only while it shows our own page. */
function isOurPage(event: IpcMainInvokeEvent, window: BrowserWindow): boolean {
  const frame = event.senderFrame;
  return (
    !window.isDestroyed() &&
    event.sender === window.webContents &&
    frame !== null &&
    frame.parent === null &&
    frame.origin === ORIGIN
  );
}
