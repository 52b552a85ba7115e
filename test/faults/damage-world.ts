/**
 * One station with imports, decisions, a settled conflict and proofs, whose data folder is copied and damaged for each
 * script. Afterwards everything must be as it was, or be named: what is missing, and where its safe copy lies. Each script is
 * played by a process of its own (`damage-play.ts`): damage may end it.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asParent, contact } from '../../electron/practice/documents.ts';
import { Phone } from '../../electron/practice/phone.ts';
import { startPracticeServer } from '../../electron/practice/server.ts';
import { attachment, document, report } from '../support/documents.ts';
import { stationDump } from '../support/dumps.ts';
import { compareAs, uploadAs } from '../support/uploads.ts';
import { openTestStation, type TestStation } from '../support/station.ts';
import { smallDisk, type SmallDisk } from '../support/small-disk.ts';
import { progressFile, progressOf } from './damage-play.ts';
import { DISK_MEGABYTES, LATE, LATE_FILE } from './damage-trouble.ts';

/** Half of what a short process takes is compiling. */
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));
const PLAY = fileURLToPath(new URL('damage-play.ts', import.meta.url));

/** How a process ends whose native code met what cannot be. */
const ABORTED: ReadonlySet<unknown> = new Set(['SIGABRT', 'SIGSEGV', 'SIGBUS']);

export interface Played {
  /** What did not hold; empty when all is well. */
  readonly wrong: readonly string[];
  /** The damage ended the station once; it was started again. */
  readonly hasAborted: boolean;
}

export class DamageWorld {
  readonly #folder: string;
  readonly #disk: SmallDisk | null;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#disk = smallDisk(DISK_MEGABYTES);
    const docs = LATE.map((id, n) =>
      n % 10 === 0
        ? document(id, { type: 'data_record', n }, { attachments: { photo: attachment(id.repeat(3000)) } })
        : report(id, { n }),
    );
    writeFileSync(join(folder, LATE_FILE), stationDump(docs));
  }

  static async open(): Promise<DamageWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'station-damage-'));
    const dataDir = join(folder, 'closed');
    const server = await startPracticeServer();
    const phone = new Phone({ user: 'chw1', device: 'phone-1', server });
    const station = await openTestStation({ practice: server, dataDir });
    try {
      await fill(station, phone, server);
    } finally {
      await station.close();
      await phone.destroy();
      await server.close();
    }
    await killAfterDecision(dataDir, join(folder, 'killed'));
    return new DamageWorld(folder);
  }

  close(): void {
    this.#disk?.remove();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async play(seed: number): Promise<Played> {
    let hasAborted = false;
    try {
      for (;;) {
        const { signal, code, stderr } = await this.#run(seed);
        const progress = progressOf(this.#folder, seed);
        if (code === 0 && progress?.phase === 'checked') return { wrong: progress.wrong, hasAborted };
        const wrong = `the process ended by ${signal ?? code} (${progress?.phase ?? 'before the damage'}): ${stderr}`;
        // Once, and only of damage: what comes behind it must find all of it.
        if (hasAborted || !ABORTED.has(signal) || progress?.phase !== 'healing')
          return { wrong: [...(progress?.wrong ?? []), wrong], hasAborted };
        hasAborted = true;
      }
    } finally {
      this.#disk?.free();
      rmSync(join(this.#disk?.path ?? this.#folder, `seed-${seed}`), { recursive: true, force: true });
      rmSync(progressFile(this.#folder, seed), { force: true });
    }
  }

  #run(seed: number): Promise<{ code: number | null; signal: string | null; stderr: string }> {
    return new Promise((resolve) => {
      const args = [PLAY, this.#folder, this.#disk?.path ?? '', String(seed)];
      const env = { ...process.env, NODE_COMPILE_CACHE: COMPILED };
      const child = execFile(process.execPath, args, { env }, (_error, _stdout, stderr) =>
        resolve({ code: child.exitCode, signal: child.signalCode, stderr }),
      );
    });
  }
}

async function fill(
  station: TestStation,
  phone: Phone,
  server: Awaited<ReturnType<typeof startPracticeServer>>,
): Promise<void> {
  await phone.firstSync();
  const parent = asParent(await phone.db.get('hc1-area-1-home-1'));
  const person = (n: number): Promise<unknown> =>
    phone.put(
      contact({
        id: `new-${n}`,
        type: 'person',
        name: `New ${n}`,
        parent,
        reportedAt: Date.now() - 86_400_000,
      }),
    );
  for (let n = 0; n < 12; n += 1) await person(n);
  const first = await station.take((await phone.exportStation()).bytes, 'first.chtdump');
  await compareAs(station, server, 'chw1');
  await station.ask('decide.approve', { batch: first.batch ?? '' });
  await uploadAs(station, server, 'chw1');
  // More of the same phone: some approved, some held, none sent.
  for (let n = 12; n < 20; n += 1) await person(n);
  const second = await station.take((await phone.exportStation()).bytes, 'second.chtdump');
  await compareAs(station, server, 'chw1');
  await station.ask('decide.approve', { batch: second.batch ?? '', except: ['new-15'] });
  await station.ask('decide.hold', { batch: second.batch ?? '', ids: ['new-15'], reason: 'ask her' });
  // A phone that names nobody, with photos, and a conflict that somebody settled by hand.
  const photos = Array.from({ length: 6 }, (_, n) =>
    document(
      `photo-${n}`,
      { type: 'data_record', form: 'visit', n },
      { attachments: { photo: attachment(`photo ${n}`.repeat(2000)) } },
    ),
  );
  await station.take(stationDump([...photos, report('two', { n: 0 })]), 'third.json');
  await station.take(stationDump([report('two', { n: 0, side: 'left' }, { history: 'al' })]), 'left.json');
  await station.take(stationDump([report('two', { n: 0, side: 'right' }, { history: 'ar' })]), 'right.json');
  const { leaves } = await station.ask('conflict.get', { id: 'two' });
  const ending = { id: 'two', merged: { type: 'data_record', n: 0, side: 'both' } };
  const { losses } = await station.ask('conflict.losses', ending);
  await station.ask('conflict.resolve', {
    ...ending,
    seen: leaves.map(({ rev }) => rev),
    losing: losses.map(({ path }) => [...path]),
  });
}

/** One more decision, and the files as a computer leaves them that loses its power then. */
async function killAfterDecision(dataDir: string, to: string): Promise<void> {
  cpSync(dataDir, `${to}-open`, { recursive: true });
  const station = await openTestStation({ dataDir: `${to}-open` });
  try {
    const { rows } = await station.ask('changes.list', { text: 'new-16', limit: 10, sort: 'id' });
    const batch = rows.find(({ state }) => state === 'approved')?.batch ?? '';
    await station.ask('decide.release', { batch, ids: ['new-16'] });
    cpSync(`${to}-open`, to, { recursive: true, filter: (name) => !name.endsWith('/LOCK') });
  } finally {
    await station.close();
    rmSync(`${to}-open`, { recursive: true, force: true });
  }
}
