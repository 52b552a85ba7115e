/** Runs in the guest: the station's own device layer and intake, asked over a serial line. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { StationError } from '../../../shared/errors.ts';
import type { FileAccess } from '../../../electron/sources/source.ts';
import { openMtp } from '../../../electron/sources/mtp/transport.ts';
import type { Answers, Told } from './words.ts';

const PIECE = 1024 * 1024;
const never = new AbortController().signal;

const write = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const tell = (told: Told): void => write(told);

const mtp = openMtp();
mtp.watch(() => tell({ tells: 'hint' }));
let phone: FileAccess | null = null;

const answers: Answers = {
  shell: ({ command }) => {
    const done = spawnSync('bash', ['-c', command], { encoding: 'utf8', timeout: 60_000 });
    return Promise.resolve(`${done.stdout}${done.stderr}`.trim());
  },
  phones: () => mtp.phones(never),
  listPhone: async ({ key }) => {
    await phone?.close();
    try {
      const found = (await mtp.phones(never)).find((one) => one.key === key);
      if (found === undefined) throw new StationError('source-gone');
      phone = await mtp.open(found, never);
      return { files: await phone.list({ files: 1000, depth: 8 }, never), trouble: null };
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      return { files: [], trouble: `${error.code}${error.detail === undefined ? '' : ` (${error.detail})`}` };
    }
  },
  readPhone: async ({ file }) => {
    const begun = performance.now();
    const hash = createHash('sha256');
    let bytes = 0;
    let failed: string | null = null;
    try {
      if (phone === null) throw new StationError('source-gone');
      const opened = await phone.open(file);
      for (;;) {
        const piece = await opened.read(bytes, PIECE);
        if (piece.length === 0) break;
        hash.update(piece);
        bytes += piece.length;
        tell({ tells: 'progress', bytes });
      }
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      failed = error.code;
    }
    const seconds = Math.round(performance.now() - begun) / 1000;
    return { bytes, sha256: hash.digest('hex'), seconds, failed };
  },
  closePhone: async () => {
    await phone?.close();
    phone = null;
  },
  station: () => Promise.reject(new Error('no station yet')),
};

createInterface(process.stdin).on('line', (line) => {
  const { ask, id, params } = JSON.parse(line) as { ask: keyof Answers; id: number; params: never };
  const work = async (): Promise<unknown> => answers[ask](params);
  work().then(
    (value) => write({ answers: id, value: value ?? null }),
    (error: unknown) => write({ answers: id, failed: error instanceof Error ? error.stack : String(error) }),
  );
});
tell({ tells: 'ready' });
