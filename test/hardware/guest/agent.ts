/** Runs in the guest: the station's own device layer and intake, asked over a serial line. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Job, JobEnd } from '../../../shared/contract.ts';
import { StationError } from '../../../shared/errors.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { copyDump } from '../../../electron/intake/copy.ts';
import type { OpenStation } from '../../../electron/open-station.ts';
import { Devices, type Snapshot } from '../../../electron/sources/devices.ts';
import { openMtp } from '../../../electron/sources/mtp/transport.ts';
import type { SourceFile } from '../../../electron/sources/source.ts';
import { realPlatform } from '../../../electron/sources/real/platform.ts';
import { openStation } from '../../../electron/station.ts';
import type { Answers, Taken, Told } from './words.ts';

const DATA = '/run/station';
const COPIES = `${DATA}/copies`;
mkdirSync(COPIES, { recursive: true });

const write = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const tell = (told: Told): void => write(told);
const log = (line: string): void => console.error(line);

let now: Snapshot | null = null;
const devices = new Devices(realPlatform({ log, transports: [openMtp()] }), {
  limits: { files: LIMITS.sourceFiles, depth: LIMITS.sourceDepth },
  tell: (snapshot) => {
    now = snapshot;
    tell({ tells: 'sources' });
  },
  log,
});

let station: Promise<OpenStation> | null = null;
const theStation = (): Promise<OpenStation> => {
  station ??= openStation({
    dataDir: `${DATA}/data`,
    carrier: 'terminal',
    version: '0.0.0-bench',
    threadUrl: new URL('../../../electron/thread.ts', import.meta.url),
    log,
  });
  return station;
};

async function ask(name: string, params: object): Promise<Record<string, unknown>> {
  const answer = await (await theStation()).ask(name, params);
  if (!answer.ok) throw new StationError(answer.code, answer.detail);
  return answer.value as Record<string, unknown>;
}

async function endOf(job: unknown): Promise<JobEnd> {
  const open = await theStation();
  return new Promise((resolve, reject) => {
    const look = (one: Job): void => {
      if (one.job === job && one.end !== null) resolve(one.end);
    };
    open.on('job', look);
    ask('jobs.list', {}).then(({ jobs }) => (jobs as Job[]).forEach(look), reject);
  });
}

/** It may just be going away. */
async function filesOf(source: string): Promise<readonly SourceFile[]> {
  try {
    return await devices.files(source);
  } catch {
    return [];
  }
}

const codeOf = (error: unknown): string => {
  if (error instanceof StationError) return error.code;
  throw error;
};
const seconds = (begun: number): number => Math.round(performance.now() - begun) / 1000;

const answers: Answers = {
  shell: ({ command }) => {
    const done = spawnSync('bash', ['-c', command], { encoding: 'utf8', timeout: 60_000 });
    return Promise.resolve(`${done.stdout}${done.stderr}`.trim());
  },
  sources: () =>
    Promise.all(
      (now?.devices ?? []).map(async ({ source, kind, name, state }) => {
        const listed = state.kind === 'ready' || state.kind === 'empty';
        const files = listed ? await filesOf(source) : [];
        return { source, kind, name, state, files };
      }),
    ),
  take: async ({ source, file }) => {
    const begun = performance.now();
    let first = 0;
    let taken: Taken = {
      failed: null,
      dump: null,
      first: 0,
      copySeconds: 0,
      documents: null,
      takeSeconds: 0,
    };
    try {
      const device = now?.devices.find((one) => one.source === source);
      const listed = (await devices.files(source)).find((one) => one.file === file);
      const opened = await devices.open(source, file);
      const copied = await copyDump(opened, COPIES, {
        onProgress: (bytes) => {
          if (first === 0) first = bytes;
          tell({ tells: 'progress', bytes });
        },
        again: {
          folder: COPIES,
          device: device?.identity ?? source,
          name: listed?.name ?? file,
          deviceName: '',
          kind: device?.kind ?? 'drive',
          user: null,
          phone: null,
          now: () => new Date().toISOString(),
        },
      });
      taken = { ...taken, dump: copied.dump, copySeconds: seconds(begun) };
      const takes = performance.now();
      const id = await (await theStation()).offerPath(copied.file);
      const end = await endOf((await ask('intake.start', { source: id }))['job']);
      if (end.kind !== 'imported') throw new Error(`the intake ended as ${end.kind}`);
      const [imported] = end.imports;
      if (imported?.dump !== copied.dump) throw new Error('another dump was taken');
      return { ...taken, first, documents: imported.documents, takeSeconds: seconds(takes) };
    } catch (error) {
      return { ...taken, first, failed: codeOf(error) };
    }
  },
  eject: ({ source }) => devices.eject(source).then(() => null, codeOf),
};

createInterface(process.stdin).on('line', (line) => {
  const { ask: name, id, params } = JSON.parse(line) as { ask: keyof Answers; id: number; params: never };
  const work = async (): Promise<unknown> => answers[name](params);
  work().then(
    (value) => write({ answers: id, value: value ?? null }),
    (error: unknown) => write({ answers: id, failed: error instanceof Error ? error.stack : String(error) }),
  );
});
devices.start();
// Reading two hundred files of program takes an emulated processor a while.
void theStation();
tell({ tells: 'ready' });
