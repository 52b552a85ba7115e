/** The one window: sealed off from Node, at the place where it last stood, asking before it closes on work. */
import { app, BrowserWindow, dialog, Menu, nativeTheme, screen } from 'electron';
import type { Job, StationSettings } from '../../shared/contract.ts';
import { languageFor, type Language } from '../../shared/languages.ts';
import { runningOf, type RestoreState } from '../../shared/restore.ts';
import { phrases } from '../../shared/words/index.ts';
import type { OpenStation } from '../station-api.ts';
import { closeQuestion } from './close-question.ts';
import { FIRST_SIZE, readWindowState, SMALLEST_SIZE, writeWindowState } from './window-state.ts';

export interface WindowOptions {
  /** The built preload, one CommonJS file. */
  readonly preload: string;
  readonly stateFile: string;
}

/** Makes the window without showing it; it appears when its page is drawn. */
export function createWindow({ preload, stateFile }: WindowOptions): BrowserWindow {
  const screens = screen.getAllDisplays().map((display) => display.workArea);
  const state = readWindowState(stateFile, screens);
  const window = new BrowserWindow({
    ...(state === null ? FIRST_SIZE : { x: state.x, y: state.y, width: state.width, height: state.height }),
    minWidth: SMALLEST_SIZE.width,
    minHeight: SMALLEST_SIZE.height,
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#1b1d1f' : '#ffffff',
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      // The spell checker fetches its dictionaries from the network.
      spellcheck: false,
      devTools: !app.isPackaged,
    },
  });
  if (state?.maximized === true) window.maximize();
  window.once('ready-to-show', () => window.show());
  // A bar of menus would only repeat the window; its shortcuts (copy, paste, zoom) stay.
  window.setMenuBarVisibility(false);
  window.on('close', () => {
    writeWindowState(stateFile, { ...window.getNormalBounds(), maximized: window.isMaximized() });
  });
  return window;
}

/** Shortcuts for text and zoom, and on macOS the menus its programs must have. */
export function setMenu(): void {
  const say = phrases('desktop', systemLanguage());
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(process.platform === 'darwin' ? [{ role: 'appMenu' as const }] : []),
      { role: 'editMenu' },
      {
        label: say('menuView'),
        submenu: [
          { role: 'resetZoom' },
          { role: 'zoomIn' },
          { role: 'zoomOut' },
          { role: 'togglefullscreen' },
          ...(app.isPackaged ? [] : [{ role: 'toggleDevTools' as const }]),
        ],
      },
      ...(process.platform === 'darwin' ? [{ role: 'windowMenu' as const }] : []),
    ]),
  );
}

/** While work is going on, closing the window first says what is at stake. */
export function askBeforeClosing(window: BrowserWindow, station: Pick<OpenStation, 'ask'>): void {
  let mayClose = false;
  let asking = false;
  window.on('close', (event) => {
    if (mayClose) return;
    event.preventDefault();
    if (asking) return;
    asking = true;
    void confirmClose(window, station).then((confirmed) => {
      asking = false;
      mayClose = confirmed;
      if (confirmed && !window.isDestroyed()) window.close();
    });
  });
}

async function confirmClose(window: BrowserWindow, station: Pick<OpenStation, 'ask'>): Promise<boolean> {
  const answer = await station.ask('jobs.list', {});
  const jobs = answer.ok ? (answer.value as { readonly jobs: readonly Job[] }).jobs : [];
  const restore = await station.ask('restore.get', {});
  const restores = restore.ok && runningOf(restore.value as RestoreState) !== null;
  const question = closeQuestion(jobs, await languageOf(station), restores);
  if (question === null) return true;
  const { response } = await dialog.showMessageBox(window, {
    type: 'warning',
    message: question.message,
    detail: question.detail,
    buttons: [question.stay, question.close],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  });
  return response === 1;
}

/** What the station is set to, else what the computer speaks. */
async function languageOf(station: Pick<OpenStation, 'ask'>): Promise<Language> {
  const answer = await station.ask('settings.get', {});
  return (answer.ok ? (answer.value as StationSettings).language : null) ?? systemLanguage();
}

/** For what is said before the station is open. */
export function systemLanguage(): Language {
  return languageFor(null, [app.getLocale()]);
}

/** The system's dialog for a file or a folder; `null` when the person closed it. */
export async function chooseSource(window: BrowserWindow, what: 'file' | 'folder'): Promise<string | null> {
  const chosen = await dialog.showOpenDialog(window, {
    properties: [what === 'file' ? 'openFile' : 'openDirectory'],
  });
  return chosen.canceled ? null : (chosen.filePaths[0] ?? null);
}
