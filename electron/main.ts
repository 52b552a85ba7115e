/** The desktop program: guards first, then the station, then the window onto it. */
import { app, dialog, powerMonitor, session, type BrowserWindow } from 'electron';
import { join } from 'node:path';
import { StationError } from '../shared/errors.ts';
import { pathToFileURL } from 'node:url';
import { describeFailure } from './host/failures.ts';
import { isLocked, removeStaleLock } from './host/stale-lock.ts';
import { startFailure } from './host/start-failure.ts';
import { stayAwakeWhileWorking } from './host/stay-awake.ts';
import { keepAwake } from './desktop/keep-awake.ts';
import { guardPages, guardSession } from './desktop/guard.ts';
import { connectWindow } from './desktop/ipc.ts';
import { openingSwitch } from './desktop/switches.ts';
import type { OpenStation } from './station-api.ts';
import { removeFolderNow } from './disk/own-disk-now.ts';
import { temporaryFolder } from './disk/temporary.ts';
import { ORIGIN, registerScheme, serveWindowFiles } from './desktop/protocol.ts';
import { programFolder } from './host/data-folder.ts';
import { encryptionHere } from './host/disk-encryption.ts';
import { phoneRule } from './host/phone-rule.ts';
import { openLog, type LogFile } from './host/log-file.ts';
import type { PracticeProcess } from './host/practice-process.ts';
import { batteryHere, watchPower, type BatteryReader } from './host/battery.ts';
import { openSecrets } from './desktop/secrets.ts';
import { openStation } from './station.ts';
import { utilityDevices } from './desktop/device-process.ts';
import { quitForInstaller, updatesHere } from './desktop/updates.ts';
import { utilityPractice } from './desktop/practice-process.ts';
import { askBeforeClosing, chooseSource, createWindow, setMenu, systemLanguage } from './desktop/window.ts';

/** Built, this file is `out/main/main.js`. */
const BUILT = import.meta.dirname;

// What is written here is people's health: nobody else on this computer reads it.
process.umask(0o077);
app.enableSandbox();
registerScheme();
guardPages();

// Practice never meets the station's own data: it gets a folder that is gone afterwards.
const practiceFolder = process.argv.includes('--practice') ? temporaryFolder('station-practice-') : null;
if (practiceFolder !== null) app.setPath('userData', practiceFolder);
// Electron would take the roaming profile.
else if (process.platform === 'win32') app.setPath('userData', programFolder());

/** A window is only there once the station is, and a second start may come at any time. */
let shownWindow: BrowserWindow | null = null;
/** Somebody started the program once more while this one was closing its files. */
let isAskedAgain = false;
let isClosing = false;

start();

function start(): void {
  const userData = app.getPath('userData');
  const log = openLog(join(userData, 'logs'), Date.now);
  logFailures(log);
  const opening = app.isPackaged
    ? openingSwitch((name) => app.commandLine.hasSwitch(name), process.argv)
    : null;
  if (opening !== null) return stopWith(new StationError('opening-switch', opening), log);
  begin(userData, log).catch((failure: unknown) => stopWith(failure, log));
}

/** The first one of this person runs; a second one brings the window of the first forward and ends. */
async function begin(userData: string, log: LogFile): Promise<void> {
  if (!app.requestSingleInstanceLock()) {
    const wasStale = await removeStaleLock(userData);
    if (wasStale) log('a lock that a dead process left was removed');
    if (!wasStale || !app.requestSingleInstanceLock()) {
      if (isLocked(userData)) {
        app.quit();
        return;
      }
      log('the lock could not be made');
    }
  }
  app.on('second-instance', () => {
    isAskedAgain = isClosing;
    if (shownWindow === null || shownWindow.isDestroyed()) return;
    if (shownWindow.isMinimized()) shownWindow.restore();
    shownWindow.show();
    shownWindow.focus();
  });
  await run(userData, log);
}

async function run(userData: string, log: LogFile): Promise<void> {
  await app.whenReady();
  guardSession(session.defaultSession);
  serveWindowFiles(join(BUILT, '..', 'renderer'));
  setMenu();

  const practice = practiceFolder === null ? null : await practiceIn(practiceFolder);
  const station = await openStation({
    dataDir: dataFolder(userData),
    carrier: 'electron',
    version: app.getVersion(),
    // Asked later, when there is a window.
    choose: (what) => (shownWindow === null ? Promise.resolve(null) : chooseSource(shownWindow, what)),
    practice: practice?.setup ?? null,
    // Who practises installs nothing.
    updates: practice === null ? updatesHere(join(BUILT, 'update-key.pem')) : null,
    secrets: openSecrets(join(userData, 'secrets.json')),
    power: watchPower(batteryInUse(), lookAtBatteryAgain),
    encryption: encryptionHere(),
    phoneRule: () => phoneRule(),
    systemProxy: (url) => session.defaultSession.resolveProxy(url),
    devices: utilityDevices(join(BUILT, 'device-worker.js')),
    replicaWorkerUrl: pathToFileURL(join(BUILT, 'replica-worker.js')),
    live: { script: pathToFileURL(join(BUILT, 'phone.js')), usb: true },
    log,
  });
  const letSleep = stayAwakeWhileWorking(station.inside, keepAwake);
  quitForInstaller(station.inside);
  closeStationOnQuit(station, practice, letSleep, log);

  const window = createWindow({
    preload: join(BUILT, '..', 'preload', 'preload.cjs'),
    stateFile: join(userData, 'window.json'),
  });
  shownWindow = window;
  const disconnect = connectWindow(station, window);
  askBeforeClosing(window, station.inside);
  watchPage(window, log);
  window.once('closed', disconnect);
  app.on('window-all-closed', () => app.quit());
  await window.loadURL(`${ORIGIN}/`);
}

/** To ask Windows means to start a PowerShell: only while Electron says that the battery is in use. */
function batteryInUse(): BatteryReader {
  const battery = batteryHere();
  if (process.platform !== 'win32') return battery;
  return {
    read: () => (powerMonitor.onBatteryPower ? battery.read() : Promise.resolve(null)),
    rest: () => battery.rest(),
  };
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

/** `--port N` is the port of the practice server, without it any free one; `--configuration NAME` what to practise with. */
function practiceIn(folder: string): Promise<PracticeProcess> {
  const passedOn = ['--port', '--configuration'].flatMap((option) => {
    const at = process.argv.indexOf(option);
    return at === -1 ? [] : [option, process.argv[at + 1] ?? ''];
  });
  return utilityPractice(join(BUILT, 'practice-process.js'), passedOn, folder);
}

/** The program ends only after the station has closed its files. */
function closeStationOnQuit(
  station: OpenStation,
  practice: PracticeProcess | null,
  letSleep: () => void,
  log: LogFile,
): void {
  let closed = false;
  app.on('will-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    if (isClosing) return;
    isClosing = true;
    const close = async () => {
      await station.close().catch((failure: unknown) => log(`closing failed: ${describeFailure(failure)}`));
      await practice?.stop();
      letSleep();
      closed = true;
      removePracticeFolder(log);
      if (isAskedAgain) app.relaunch();
      app.quit();
    };
    void close();
  });
}

function removePracticeFolder(log: LogFile): void {
  if (practiceFolder === null) return;
  try {
    removeFolderNow(practiceFolder);
  } catch (failure) {
    // Windows keeps files that the page still has open; the system tidies its temporary folder itself.
    log(`practice folder stays: ${describeFailure(failure)}`);
  }
}

/** A page that died is drawn again, once a minute at most: the station behind it went on. */
function watchPage(window: BrowserWindow, log: LogFile): void {
  let drawnAt = -Infinity;
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    log(`the page ended: ${reason} ${exitCode}`);
    if (reason === 'clean-exit' || window.isDestroyed() || performance.now() - drawnAt < 60_000) return;
    drawnAt = performance.now();
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
  const { sentence, action, detail } = startFailure(failure, systemLanguage());
  dialog.showErrorBox(sentence, detail === null ? action : `${action}\n\n${detail}`);
  app.exit(1);
}
