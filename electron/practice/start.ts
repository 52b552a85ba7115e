/**
 * All that practice needs: the server with fresh data, fresh dumps, and simulated devices that carry them. Everything
 * lies in the temporary folder of the system and goes when it is closed.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { removeFolderHere } from '../disk/own-disk.ts';
import { temporaryFolder } from '../disk/temporary.ts';
import { Simulator } from '../sources/simulated/simulator.ts';
import type { ConfigurationName } from './configurations/index.ts';
import { LESSON, startPracticePhone, type PracticePhone } from './app/lesson.ts';
import type { PracticeDump } from './dumps.ts';
import { writePracticeDumps } from './dumps.ts';
import type { PracticeServer } from './server.ts';
import { startPracticeServer } from './server.ts';

/** What `practice` prints. */
export interface PracticeAnnouncement {
  readonly url: string;
  readonly admin: { readonly user: string; readonly password: string };
  readonly users: readonly { readonly user: string; readonly password: string; readonly facility: string }[];
  /** Paths of the dumps. */
  readonly dumps: readonly string[];
  /** The folder of simulated devices that carry them: see electron/sources/simulated. */
  readonly devices: string;
  /** A phone with the app, whose it is, and the household that it lacks: its debugging cable ends at a path, see electron/practice/app. */
  readonly phone: { readonly path: string; readonly user: string; readonly household: string };
}

export interface Practice {
  readonly announcement: PracticeAnnouncement;
  readonly dumps: readonly PracticeDump[];
  readonly server: PracticeServer;
  readonly phone: PracticePhone;
  /** Stops the server and removes the dumps. */
  close(): Promise<void>;
}

/** As on a real server: long enough to be surprised by it. */
const SENTINEL_DELAY = 2_000;

/** Starts a server and writes the dumps to a new temporary folder. */
export async function startPractice({
  port = 0,
  configuration = 'default',
}: { port?: number; configuration?: ConfigurationName } = {}): Promise<Practice> {
  const server = await startPracticeServer({ port, configuration, sentinelDelay: SENTINEL_DELAY });
  const folder = temporaryFolder('cht-practice-');
  let phone: PracticePhone | null = null;
  const close = async () => {
    await phone?.close();
    await server.close();
    await removeFolderHere(folder);
  };
  try {
    const dumps = await writePracticeDumps(server, join(folder, 'dumps'));
    const devices = join(folder, 'devices');
    plugInPractice(devices, dumps);
    phone = await startPracticePhone(server);
    // Only those who can be signed in as by typing.
    const users = server.users
      .filter(({ signsIn }) => signsIn === 'password')
      .map(({ user, password, facility }) => ({ user, password, facility }));
    const paths = dumps.map(({ path }) => path);
    return {
      announcement: {
        url: server.url,
        admin: server.admin,
        users,
        dumps: paths,
        devices,
        phone: { path: phone.path, user: LESSON.user, household: LESSON.household.name },
      },
      dumps,
      server,
      phone,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A stick with what two phones exported, and a phone that carries its own dump. */
function plugInPractice(devices: string, dumps: readonly PracticeDump[]): void {
  const simulator = new Simulator(devices);
  const [last, ...others] = dumps.toReversed();
  for (const { path } of others) copyFileSync(path, join(simulator.filesOf('stick'), basename(path)));
  simulator.plug('stick', { kind: 'stick', as: 'system', name: 'Practice stick', uuid: 'practice-stick' });
  if (last === undefined) return;
  const downloads = join(simulator.filesOf('phone'), 'Phone', 'Download');
  mkdirSync(downloads, { recursive: true });
  copyFileSync(last.path, join(downloads, basename(last.path)));
  simulator.plug('phone', { kind: 'phone', name: 'Practice phone', serial: 'practice-phone' });
}
