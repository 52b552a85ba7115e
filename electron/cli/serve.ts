/** Browser mode from the terminal: the same station, the same window, in the person's browser. */
import { fileURLToPath } from 'node:url';
import { serveWindow } from '../browser/server.ts';
import type { PracticeSetup } from '../station-api.ts';
import { watchPower } from '../host/battery.ts';
import { encryptionHere } from '../host/disk-encryption.ts';
import { phoneRule } from '../host/phone-rule.ts';
import { forkedDevices } from '../host/forked-devices.ts';
import { startPractice } from '../host/practice-process.ts';
import { openStation } from '../station.ts';
import type { Command } from './command-table.ts';
import { LIVE, VERSION } from './ask.ts';
import { give } from './out.ts';
import { say } from './say.ts';
import { untilEnded } from './until-ended.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Serves until it is ended, prints the one-time address. */
export async function serve(command: Command<'serve'>, practice: PracticeSetup | null): Promise<number> {
  const station = await openStation({
    dataDir: command.dataDir,
    ...(command.replica === undefined ? {} : { replica: command.replica }),
    carrier: 'browser',
    version: VERSION,
    practice,
    power: watchPower(),
    encryption: encryptionHere(),
    phoneRule: () => phoneRule(),
    devices: forkedDevices(),
    replicaWorkerUrl: new URL('../replica-worker.ts', import.meta.url),
    live: LIVE,
    log: say,
  });
  try {
    const { port } = command.options;
    const window = await serveWindow({
      station,
      rendererDir: fileURLToPath(new URL('../../out/renderer', import.meta.url)),
      ...(port === undefined ? {} : { port }),
    });
    give(command.json ? `${JSON.stringify({ url: window.url })}\n` : `${window.url}\n`);
    await untilEnded();
    await window.close();
    return 0;
  } finally {
    await station.close();
  }
}

/** The same with the practice server and a stick that carries the practice dumps. */
export async function servePractice(command: Command<'serve'>): Promise<number> {
  const { configuration } = command.options;
  const practice = await startPractice(
    process.execPath,
    [
      fileURLToPath(new URL('../cli.ts', import.meta.url)),
      'practice',
      '--json',
      ...(configuration === undefined ? [] : ['--configuration', configuration]),
    ],
    ROOT,
  );
  try {
    return await serve(command, practice.setup);
  } finally {
    await practice.stop();
  }
}
