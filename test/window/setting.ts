/**
 * Everything a clerk has on the desk, for real: a practice server, a stick with practice dumps, a station with
 * an empty data folder, and its window in a browser. Nothing is faked; a test only presses and reads.
 */
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { serveWindow, type ServedWindow } from '../../electron/browser/server.ts';
import { Database } from '../../electron/ledger/database.ts';
import { recordRestored } from '../../electron/station/backup/behind.ts';
import { Simulator, type SimulatedDevice } from '../../electron/sources/simulated/simulator.ts';
import { writePracticeDumps } from '../../electron/practice/dumps.ts';
import { startPracticePhone, type PracticePhone } from '../../electron/practice/app/lesson.ts';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import type { ConfigurationName } from '../../shared/practice-configurations.ts';
import { writePhoneScript } from '../../build/phone-script.mjs';
import { practised } from '../support/practised.ts';
import { setUpStaff, STAFF } from '../support/staff.ts';
import { HANGS_MS } from '../support/soon.ts';
import { openTestStation, type TestStation, type TestStationOptions } from '../support/station.ts';
import { listenFor } from './complaints.ts';

/** Where the built window is; another folder while somebody works on it. */
export const RENDERER =
  process.env['WINDOW_DIR'] ?? fileURLToPath(new URL('../../out/renderer', import.meta.url));

export const PRACTICE_STICK: SimulatedDevice = {
  kind: 'stick',
  as: 'system',
  name: 'Practice stick',
  uuid: 'practice-stick',
};

export interface SettingOptions {
  /** What the window remembers from before. */
  readonly remembered?: Readonly<Record<string, unknown>>;
  readonly locale?: string;
  /** What lies on the stick; without it the practice dumps. */
  readonly stick?: (folder: string, server: PracticeServer) => Promise<void>;
  /** The practice phone is plugged in, too: see electron/practice/app. */
  readonly phone?: true;
  /** `false`: the stick lies beside the computer. */
  readonly plugged?: boolean;
  /** Devices are watched in a process of their own. */
  readonly ownProcess?: boolean;
  /** How far the work is before the window opens: the stick was taken; the server was asked as well. */
  readonly before?: 'taken' | 'compared';
  /** Changes the server after the phones have left it. */
  readonly meanwhile?: (server: PracticeServer) => Promise<void>;
  /** What every clock shows: the server's, the phones', the station's and the page's. */
  readonly clock?: () => number;
  /** The deployment; without it the one that CHT has by default. */
  readonly configuration?: ConfigurationName;
  /** A real station in place of practice: nobody was set up yet (`first`), or the people of `STAFF` and nobody signed in. */
  readonly people?: 'first' | 'set-up';
  /** The station, of `people: 'set-up'`, was restored from a backup of this time. */
  readonly restored?: string;
  /** What else this computer has. */
  readonly machine?: Pick<
    TestStationOptions,
    | 'clock'
    | 'secrets'
    | 'power'
    | 'replicaWorker'
    | 'encryption'
    | 'choose'
    | 'freeBytes'
    | 'updates'
    | 'version'
  >;
  /** Comes between the page and the station's socket. */
  readonly between?: (page: Page) => Promise<void>;
}

export interface Setting {
  readonly page: Page;
  readonly server: PracticeServer;
  readonly station: TestStation;
  readonly ask: TestStation['ask'];
  readonly phone: PracticePhone | undefined;
  /** The files of the stick. */
  readonly stick: string;
  /** The ports of the computer. */
  readonly simulator: Simulator;
  /** What the page did that it should not: see complaints.ts. */
  readonly complaints: string[];
  readonly window: ServedWindow;
  /** The server goes away for good. */
  unplugServer(): Promise<void>;
  close(): Promise<void>;
}

/** The key under which the window remembers; see renderer/hooks/preferences.ts. */
const REMEMBERED = 'station-window-1';

export async function openSetting(browser: Browser, options: SettingOptions = {}): Promise<Setting> {
  await access(join(RENDERER, 'index.html')).catch(() => {
    throw new Error('the window is not built: run "npm run build" first');
  });
  const devices = await mkdtemp(join(tmpdir(), 'station-devices-'));
  const own = await mkdtemp(join(tmpdir(), 'station-window-'));
  const simulator = new Simulator(devices);
  const stick = simulator.filesOf('stick');
  const clock = options.clock ?? Date.now;
  const { configuration = 'default' } = options;
  const server = await startPracticeServer({ clock, configuration });
  let phone: PracticePhone | undefined;
  let station: TestStation | undefined;
  let window: ServedWindow | undefined;
  let context: BrowserContext | undefined;
  let hasServer = true;
  const unplugServer = async () => {
    if (hasServer) await server.close();
    hasServer = false;
  };
  const close = async () => {
    await context?.close();
    await window?.close();
    await station?.close();
    await phone?.close();
    await unplugServer();
    for (const folder of [devices, own]) await rm(folder, { recursive: true, force: true });
  };
  try {
    if (options.stick === undefined) await writePracticeDumps(server, stick, clock);
    else await options.stick(stick, server);
    if (options.phone) phone = await startPracticePhone(server, clock);
    const setup = practised(server, devices, phone);
    if (options.plugged !== false) simulator.plug('stick', PRACTICE_STICK);
    const data = join(own, 'data');
    if (options.people === 'set-up') await setUpStaff(data);
    if (options.restored !== undefined) {
      const db = Database.open(join(data, 'ledger.sqlite'));
      recordRestored(db, options.restored);
      db.close();
    }
    station = await openTestStation({
      practice: server,
      ...(options.people === undefined ? { stick: setup } : { carrier: 'browser', dataDir: data }),
      ...(options.people === 'first' ? { first: true } : { signIn: STAFF.admin }),
      simulator,
      clock,
      ownProcess: options.ownProcess === true,
      ...(options.phone ? { live: await liveReading(own) } : {}),
      ...options.machine,
    });
    await station.station.settled();
    await options.meanwhile?.(server);
    const { people } = options;
    if (options.before !== undefined) await takeStick(station);
    if (options.before === 'compared') await compareAs(station, server, 'sup_online');
    if (people === 'set-up') await station.ask('desk.sign-out', {});
    window = await serveWindow({ station: station.station, rendererDir: RENDERER });
    context = await browser.newContext({
      viewport: { width: 1366, height: 768 },
      locale: options.locale ?? 'en-GB',
      timezoneId: 'Africa/Nairobi',
      colorScheme: 'light',
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(HANGS_MS);
    if (options.remembered !== undefined) await remember(context, options.remembered);
    const page = await context.newPage();
    if (options.clock !== undefined) await page.clock.setFixedTime(options.clock());
    const complaints = await listenFor(page, window.url);
    await options.between?.(page);
    await page.goto(window.url);
    await page.locator('h1').waitFor();
    return {
      page,
      server,
      phone,
      station,
      ask: station.ask,
      stick,
      simulator,
      complaints,
      window,
      unplugServer,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** As in the product, and watched closely. */
async function liveReading(folder: string): Promise<NonNullable<TestStationOptions['live']>> {
  const script = join(folder, 'phone.js');
  await writePhoneScript(script);
  return {
    script: pathToFileURL(script),
    usb: false,
    sync: { watchMs: 100, idleMs: 500, quietMs: 600_000 },
  };
}

export async function takeStick({ ask, wait }: TestStation): Promise<void> {
  const { sources } = await ask('sources.list', {});
  for (const { source } of sources) await wait((await ask('intake.start', { source })).job);
}

/** Asks the server about everything here, as this practice user. */
export async function compareAs(station: TestStation, server: PracticeServer, user: string): Promise<void> {
  const password = server.users.find((one) => one.user === user)?.password ?? '';
  const { job } = await station.ask('compare.start', { user, password });
  const end = await station.wait(job);
  if (end.kind !== 'compared') throw new Error(`the comparison ended as ${end.kind}`);
}

async function remember(
  context: BrowserContext,
  remembered: Readonly<Record<string, unknown>>,
): Promise<void> {
  await context.addInitScript(
    ([key, value]) => {
      if (localStorage.getItem(key) === null) localStorage.setItem(key, value);
    },
    [REMEMBERED, JSON.stringify(remembered)] as const,
  );
}
