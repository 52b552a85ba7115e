/**
 * Everything between a health worker's phone and the server, for real but for the cable: a practice server, the
 * CHT app's page in Chromium, a debugging daemon in front of it, and a station.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writePhoneScript } from '../../../build/phone-script.mjs';
import type { JobEnd } from '../../../shared/contract.ts';
import type { PhoneConfirmed } from '../../../shared/phone-confirmation.ts';
import type { SyncResult } from '../../../shared/phone-sync.ts';
import type { PhoneInfo } from '../../../shared/phones.ts';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';
import { AdbServerDouble } from './adb-server.ts';
import { startAppServer, type AppServer } from './app-server.ts';
import { PhoneServices } from './phone-services.ts';
import { startPhoneInternet, type PhoneInternet } from './phone-internet.ts';
import type { StationOptions } from '../../../electron/station-api.ts';
import { startWebPhone, type WebPhone } from './web-phone.ts';
import { HANGS_MS } from '../../support/soon.ts';
import type { ReaderTimeouts } from '../../../electron/sources/live/page-reader.ts';

/** The number of the app's process, as it stands in the name of its socket. */
export const PROCESS = 4321;

export interface PhoneRig {
  readonly practice: PracticeServer;
  readonly app: AppServer;
  readonly phone: WebPhone;
  /** Of the phone alone. */
  readonly internet: PhoneInternet | null;
  readonly services: PhoneServices;
  readonly adb: AdbServerDouble;
  readonly station: TestStation;
  readonly script: URL;
  readonly folder: string;
  /** The one phone, as the station sees it now. */
  look(): Promise<PhoneInfo>;
  /** Reads a person's records of it to the end. */
  read(user: string, whole?: boolean): Promise<JobEnd>;
  /** Lets the person's app synchronise through the station. */
  sync(user: string, agreed?: string): Promise<JobEnd>;
  /** Tells the person's app what the server has. */
  confirm(user: string): Promise<JobEnd>;
  /** Closes the station and opens it again on the same data. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface RigOptions {
  /** `false`: the station has no server yet. */
  readonly server?: boolean;
  readonly timeouts?: ReaderTimeouts;
  /** Phones are read in a process of their own, as in the product; else in this one, which is quicker. */
  readonly ownProcess?: boolean;
  /** The phone's internet is its own, so that it can be cut while the station's goes on. */
  readonly ownInternet?: boolean;
  readonly sync?: NonNullable<StationOptions['live']>['sync'];
}

/** What is there answers in time, however busy this computer is. */
const GENEROUS: ReaderTimeouts = { answerMs: HANGS_MS, lookMs: HANGS_MS, workMs: HANGS_MS };

export async function openPhoneRig({
  server = true,
  timeouts = GENEROUS,
  ownProcess = false,
  ownInternet = false,
  sync,
}: RigOptions = {}): Promise<PhoneRig> {
  const folder = await mkdtemp(join(tmpdir(), 'station-live-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const practice = await startPracticeServer();
    undo.push(() => practice.close());
    const app = await startAppServer(practice);
    undo.push(() => app.close());
    const internet = ownInternet ? await startPhoneInternet() : null;
    if (internet !== null) undo.push(() => internet.close());
    const phone = await startWebPhone(app, internet?.url ?? null);
    undo.push(() => phone.close());
    const adb = await AdbServerDouble.start();
    undo.push(() => adb.close());
    const root = join(folder, 'phone');
    await mkdir(join(root, 'sdcard'), { recursive: true });
    const services = new PhoneServices('SERIAL1', 'Double_One', root);
    services.webViews.set(PROCESS, { kind: 'devtools', port: phone.devtoolsPort });
    adb.plug(services);
    const file = join(folder, 'phone.js');
    await writePhoneScript(file);
    const script = pathToFileURL(file);
    const open = () =>
      openTestStation({
        dataDir: join(folder, 'data'),
        ownProcess,
        live: { script, port: adb.port, usb: false, timeouts, ...(sync === undefined ? {} : { sync }) },
      });
    let station = await open();
    undo.push(() => station.close());
    if (server) await station.ask('server.set', { url: app.url });

    const look = async (): Promise<PhoneInfo> => {
      const { phones } = await station.ask('phones.list', {});
      const [only, ...others] = phones;
      if (only === undefined || others.length > 0) throw new Error(`${phones.length} phones`);
      return only;
    };
    return {
      practice,
      app,
      phone,
      internet,
      services,
      adb,
      script,
      folder,
      get station() {
        return station;
      },
      look,
      async read(user, whole = false) {
        const { phone: key, apps } = await look();
        const found = apps.find(({ people }) => people.some((one) => one.user === user));
        const { job } = await station.ask('phones.read', { phone: key, app: found?.app ?? '-', user, whole });
        return station.wait(job);
      },
      async sync(user, agreed) {
        const { phone: key, apps } = await look();
        const found = apps.find(({ people }) => people.some((one) => one.user === user));
        const request = { phone: key, app: found?.app ?? '-', user };
        const { job } = await station.ask('phones.sync', {
          ...request,
          ...(agreed === undefined ? {} : { agreed }),
        });
        return station.wait(job);
      },
      async confirm(user) {
        const { phone: key, apps } = await look();
        const found = apps.find(({ people }) => people.some((one) => one.user === user));
        const request = { phone: key, app: found?.app ?? '-', user };
        return station.wait((await station.ask('phones.confirm', request)).job);
      },
      async restart() {
        await station.close();
        station = await open();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The end of an intake. */
export function imported(end: JobEnd): Extract<JobEnd, { kind: 'imported' }> {
  if (end.kind !== 'imported') throw new Error(`it ended as ${JSON.stringify(end)}`);
  return end;
}

/** The end of telling an app what the server has. */
export function confirmed(end: JobEnd): PhoneConfirmed {
  if (end.kind !== 'confirmed') throw new Error(`it ended as ${JSON.stringify(end)}`);
  return end.confirmed;
}

/** The end of a sync. */
export function synced(end: JobEnd): SyncResult {
  if (end.kind !== 'synced') throw new Error(`it ended as ${JSON.stringify(end)}`);
  return end.sync;
}
