/**
 * Restoring a station from a backup at its first start: one for each open station. It outlives the station that lies there,
 * which nobody has used yet and which what is restored takes the place of. It works beside that one until all was found
 * right, so that whoever stops it, or whose passphrase is wrong, is where they were.
 */
import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, isAbsolute, resolve } from 'node:path';
import type { Events } from '../../../shared/contract.ts';
import { StationError, type ErrorCode } from '../../../shared/errors.ts';
import { cleanText } from '../../../shared/labels.ts';
import { computerAccount } from '../../../shared/people.ts';
import { asReadError } from '../../../shared/read-errors.ts';
import type { RestoreProgress, RestoreState } from '../../../shared/restore.ts';
import { isBeginning } from '../../backup/seal.ts';
import { bytesOf } from '../../backup/unpack.ts';
import { removeFolderHere } from '../../disk/own-disk.ts';
import { describeFailure } from '../../host/failures.ts';
import type { StationOptions } from '../../station-api.ts';
import { isWhole, restoringFolder } from './put-in-place.ts';
import { restoreBeside } from './restore.ts';

interface Parts {
  readonly clock: () => number;
  readonly log: (line: string) => void;
  readonly changed: (...what: Events['changed']['what']) => void;
  /** What lies beside the station takes its place. @throws StationError what is there stays in use */
  readonly takePlace: () => Promise<void>;
}

type Options = Pick<StationOptions, 'dataDir' | 'choose' | 'account' | 'freeBytes'>;

interface Chosen {
  readonly path: string;
  readonly file: NonNullable<RestoreState['file']>;
}

/** What a person hears of a file that cannot be had, in place of what is said of an export. */
const OF_A_BACKUP: Partial<Readonly<Record<ErrorCode, ErrorCode>>> = {
  'source-gone': 'restore-file-gone',
  'bad-sector': 'restore-file-gone',
  'is-folder': 'backup-foreign',
  'not-a-file': 'backup-foreign',
};

export class FirstRestore {
  readonly #parts: Parts;
  readonly #options: Options;
  #chosen: Chosen | null = null;
  #progress: RestoreProgress = { kind: 'idle' };
  #work: { readonly stopping: AbortController; readonly ended: Promise<void> } | null = null;

  constructor(parts: Parts, options: Options) {
    this.#parts = parts;
    this.#options = options;
  }

  /** While it is, nothing else may begin here. */
  get isRunning(): boolean {
    return this.#work !== null;
  }

  state(): RestoreState {
    const canChoose = this.#options.choose !== undefined;
    return { canChoose, file: this.#chosen?.file ?? null, progress: this.#progress };
  }

  /**
   * @param typed the path that a person typed; only where there is no dialog
   * @throws StationError `not-allowed`, `busy`, `restore-file-gone`, `backup-foreign`, as `openPlain`
   */
  async choose(typed: string | undefined): Promise<void> {
    const { choose } = this.#options;
    // Where there is a dialog, no path ever comes from the window.
    if (choose !== undefined && typed !== undefined) throw new StationError('not-allowed');
    this.#checkIdle();
    const path = choose === undefined ? (typed ?? null) : await choose('file');
    if (path === null) return;
    const chosen = await chosenAt(path).catch(failOfBackup);
    // Begun while the dialog was open.
    this.#checkIdle();
    this.#chosen = chosen;
    this.#progress = { kind: 'idle' };
    this.#parts.changed('restore');
  }

  /** @throws StationError `busy`, `restore-no-file` */
  start(passphrase: string): void {
    this.#checkIdle();
    if (this.#chosen === null) throw new StationError('restore-no-file');
    const stopping = new AbortController();
    this.#tell({ kind: 'opening' });
    const { path } = this.#chosen;
    this.#work = { stopping, ended: this.#restore(path, passphrase, stopping.signal) };
  }

  /** Resolves when nothing of it goes on any more. Too late while it takes its place: then it is done. */
  async stop(): Promise<void> {
    this.#work?.stopping.abort();
    await this.#work?.ended;
  }

  async #restore(file: string, passphrase: string, signal: AbortSignal): Promise<void> {
    const { dataDir, account = userInfo().username, freeBytes } = this.#options;
    const goOn = (progress: RestoreProgress): void => {
      if (signal.aborted) throw new StationError('cancelled');
      this.#tell(progress);
    };
    try {
      await restoreBeside({
        file,
        passphrase,
        dataDir,
        by: { person: computerAccount(account), at: new Date(this.#parts.clock()).toISOString() },
        told: (done, total) => goOn({ kind: 'writing', done, total }),
        checking: () => goOn({ kind: 'checking' }),
        ...(freeBytes === undefined ? {} : { freeBytes }),
      }).catch(failOfBackup);
      goOn({ kind: 'moving' });
      await this.#parts.takePlace();
      this.#chosen = null;
      this.#tell({ kind: 'idle' });
    } catch (error) {
      // Once all of it was right, the next start puts it in its place.
      if (!isWhole(dataDir)) await removeFolderHere(restoringFolder(dataDir)).catch(() => {});
      const code = error instanceof StationError ? error.code : 'internal';
      this.#tell(code === 'cancelled' ? { kind: 'stopped' } : { kind: 'failed', code });
      if (code !== 'cancelled') this.#parts.log(`not restored: ${code} ${describeFailure(error)}`);
    } finally {
      this.#work = null;
    }
  }

  #tell(progress: RestoreProgress): void {
    this.#progress = progress;
    this.#parts.changed('restore');
  }

  #checkIdle(): void {
    if (this.isRunning) throw new StationError('busy');
  }
}

async function chosenAt(path: string): Promise<Chosen> {
  if (!isAbsolute(path)) throw new StationError('source-gone');
  for await (const chunk of bytesOf(path)) {
    if (!isBeginning(chunk)) throw new StationError('backup-foreign');
    break;
  }
  const { size, mtimeMs } = await stat(path).catch((error: unknown) => {
    throw asReadError(error);
  });
  const file = { name: cleanText(basename(path)), bytes: size, dated: new Date(mtimeMs).toISOString() };
  return { path: resolve(path), file };
}

function failOfBackup(error: unknown): never {
  const code = error instanceof StationError ? OF_A_BACKUP[error.code] : undefined;
  throw code === undefined ? error : new StationError(code, undefined, error);
}
