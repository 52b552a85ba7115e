/** The desktop program: guards first, then the station, then the window onto it. */
import { app, dialog, powerMonitor, session, type BrowserWindow } from 'electron';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StationError } from '../shared/errors.ts';
import { sentenceOf } from '../shared/words/index.ts';
import { describeFailure } from './host/failures.ts';
import { guardPages, guardSession } from './desktop/guard.ts';
import { connectWindow } from './desktop/ipc.ts';
import type { OpenStation } from './station-api.ts';
import { ORIGIN, registerScheme, serveWindowFiles } from './desktop/protocol.ts';
import { openLog, type LogFile } from './host/log-file.ts';
import type { PracticeProcess } from './host/practice-process.ts';
import { readBattery, watchPower } from './host/battery.ts';
import { openSecrets } from './desktop/secrets.ts';
import { openStation } from './station.ts';
import { utilityDevices } from './desktop/device-process.ts';
import { utilityPractice } from './desktop/practice-process.ts';
import { askBeforeClosing, chooseSource, createWindow, setMenu, systemLanguage } from './desktop/window.ts';

/** Built, this file is `out/main/main.js`. */
const BUILT = import.meta.dirname;

app.enableSandbox();
registerScheme();
guardPages();

// Practice never meets the station's own data: it gets a folder that is gone afterwards.
const practiceFolder = process.argv.includes('--practice')
  ? mkdtempSync(join(tmpdir(), 'station-practice-'))
  : null;
if (practiceFolder !== null) app.setPath('userData', practiceFolder);

if (app.requestSingleInstanceLock()) {
  const userData = app.getPath('userData');
  const log = openLog(join(userData, 'logs'), Date.now);
  logFailures(log);
  run(userData, log).catch((failure: unknown) => stopWith(failure, log));
} else {
  app.quit();
}

async function run(userData: string, log: LogFile): Promise<void> {
  await app.whenReady();
  guardSession(session.defaultSession);
  serveWindowFiles(join(BUILT, '..', 'renderer'));
  setMenu();

  const practice = practiceFolder === null ? null : await practiceIn(practiceFolder);
  // A window is only there once the station is, but the station may be asked to choose a file later.
  let window: BrowserWindow | null = null;
  const station = await openStation({
    dataDir: dataFolder(userData),
    carrier: 'electron',
    version: app.getVersion(),
    choose: (what) => (window === null ? Promise.resolve(null) : chooseSource(window, what)),
    practice: practice?.setup ?? null,
    secrets: openSecrets(join(userData, 'secrets.json')),
    power: watchPower(readBattery, lookAtBatteryAgain),
    systemProxy: (url) => session.defaultSession.resolveProxy(url),
    devices: utilityDevices(join(BUILT, 'device-worker.js')),
    replicaWorkerUrl: pathToFileURL(join(BUILT, 'replica-worker.js')),
    live: { script: pathToFileURL(join(BUILT, 'phone.js')), usb: true },
    log,
  });
  closeStationOnQuit(station, practice, log);

  window = createWindow({
    preload: join(BUILT, '..', 'preload', 'preload.cjs'),
    stateFile: join(userData, 'window.json'),
  });
  const disconnect = connectWindow(station, window);
  askBeforeClosing(window, station);
  watchPage(window, log);
  window.once('closed', disconnect);
  app.on('second-instance', () => {
    if (window === null || window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  app.on('window-all-closed', () => app.quit());
  await window.loadURL(`${ORIGIN}/`);
}

/** Electron tells at once what the next look would only see in a minute. */
function lookAtBatteryAgain(look: () => void): void {
  for (const event of ['on-battery', 'on-ac', 'resume'] as const) powerMonitor.on(event as 'on-ac', look);
}

/** Set but empty counts as not set: it would be the folder that the person happens to stand in. */
function dataFolder(userData: string): string {
  const own = join(userData, 'station');
  // Who practises has set the folder of the real records perhaps, and must not meet them.
  return practiceFolder === null ? process.env['STATION_DATA'] || own : own;
}

/** `--port N` is the port of the practice server; without it any free one. */
function practiceIn(folder: string): Promise<PracticeProcess> {
  const at = process.argv.indexOf('--port');
  const port = at === -1 ? [] : ['--port', process.argv[at + 1] ?? ''];
  return utilityPractice(join(BUILT, 'practice-process.js'), port, folder);
}

/** The program ends only after the station has closed its files. */
function closeStationOnQuit(station: OpenStation, practice: PracticeProcess | null, log: LogFile): void {
  let closed = false;
  app.on('will-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    const close = async () => {
      await station.close().catch((failure: unknown) => log(`closing failed: ${describeFailure(failure)}`));
      await practice?.stop();
      closed = true;
      removePracticeFolder(log);
      app.quit();
    };
    void close();
  });
}

function removePracticeFolder(log: LogFile): void {
  if (practiceFolder === null) return;
  try {
    rmSync(practiceFolder, { recursive: true, force: true, maxRetries: 3 });
  } catch (failure) {
    // Windows keeps files that the page still has open; the system tidies its temporary folder itself.
    log(`practice folder stays: ${describeFailure(failure)}`);
  }
}

/** A page that died is drawn again, once a minute at most: the station behind it went on. */
function watchPage(window: BrowserWindow, log: LogFile): void {
  let drawnAt = 0;
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    log(`the page ended: ${reason} ${exitCode}`);
    if (reason === 'clean-exit' || window.isDestroyed() || Date.now() - drawnAt < 60_000) return;
    drawnAt = Date.now();
    window.webContents.reload();
  });
}

function logFailures(log: LogFile): void {
  process.on('unhandledRejection', (failure) => log(`unhandled rejection: ${describeFailure(failure)}`));
  process.on('uncaughtException', (failure) => {
    log(`uncaught: ${describeFailure(failure)}`);
    stopWith(failure, log);
  });
}

/** Says in a plain sentence why the program cannot go on, and ends it. */
function stopWith(failure: unknown, log: LogFile): void {
  log(`stopped: ${describeFailure(failure)}`);
  const { sentence, action } = sentenceOf(
    failure instanceof StationError ? failure.code : 'internal',
    systemLanguage(),
  );
  dialog.showErrorBox(sentence, action);
  app.exit(1);
}
