/** What every case does as a clerk would: wait for a card, take what it carries, and see that it is there. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { Job, RequestName, Requests } from '../../shared/contract.ts';
import type { ImportResult } from '../../shared/intake.ts';
import type { SourceInfo } from '../../shared/sources.ts';
import type { Dump } from './images.ts';
import { HANGS_MS, Machine, NotBooted } from './machine.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Why a test could not be run here; `npm test` prints it in its summary. */
    notRun?: string;
  }
}

export class World {
  readonly machine: Machine;

  private constructor(machine: Machine) {
    this.machine = machine;
  }

  static async start(): Promise<World> {
    const world = new World(await Machine.start());
    console.log(`  the guest was up, with the station in it, after ${world.machine.bootSeconds} s`);
    return world;
  }

  async ask<Name extends RequestName>(
    name: Name,
    params: Requests[Name]['input'],
  ): Promise<Requests[Name]['value']> {
    const answer = await this.machine.ask('station', { name, params });
    if (!answer.ok) throw new Error(`${name}: ${answer.code} ${answer.detail ?? ''}`);
    return answer.value as Requests[Name]['value'];
  }

  shell(command: string): Promise<string> {
    return this.machine.ask('shell', { command });
  }

  /** A source that has come to this state, as one waits for its card. */
  async source(fits: (source: SourceInfo) => boolean, timeoutMs = HANGS_MS): Promise<SourceInfo> {
    let seen: readonly SourceInfo[] = [];
    for (const until = performance.now() + timeoutMs; performance.now() < until;) {
      seen = (await this.ask('sources.list', {})).sources;
      const found = seen.find(fits);
      if (found !== undefined) return found;
      await wait(300);
    }
    // What the guest itself sees tells whose fault it is.
    const guest = await this.shell('lsblk; ls /dev/bus/usb/*; dmesg | tail -20; ps aux | grep node');
    throw new Error(`no such source; there are ${JSON.stringify(seen)}\n${this.machine.console()}\n${guest}`);
  }

  /** Its card says, or has said, that it may be unplugged: that is shown for some seconds only. */
  async safe(source: string): Promise<void> {
    await this.machine.told(
      (one) =>
        one.tells === 'sources' &&
        one.sources.some((card) => card.source === source && card.state.kind === 'safe'),
    );
  }

  /** The cards of this kind have gone with their devices. */
  async noSources(kind: SourceInfo['kind'], timeoutMs = HANGS_MS): Promise<void> {
    for (const until = performance.now() + timeoutMs; performance.now() < until;) {
      const { sources } = await this.ask('sources.list', {});
      if (sources.every((source) => source.kind !== kind)) return;
      await wait(300);
    }
    throw new Error('a card stays for a device that is gone');
  }

  /** Starts an intake of one dump of a source. Answers the job. */
  async start(source: SourceInfo, name: string): Promise<string> {
    const dump = source.dumps.find((one) => one.name.endsWith(`/${name}`));
    if (dump === undefined) throw new Error(`${name} is not offered: ${JSON.stringify(source)}`);
    return (await this.ask('intake.start', { source: source.source, files: [dump.file] })).job;
  }

  /** The job of an intake when it has come so far with copying. */
  async copied(job: string, bytes: number): Promise<Job> {
    const told = await this.machine.told(
      (one) => one.tells === 'job' && one.job.job === job && one.job.step === 'copy' && one.job.done >= bytes,
    );
    if (told.tells !== 'job') throw new Error('not a job');
    return told.job;
  }

  /** What came of the one file of a job. */
  async end(job: string): Promise<ImportResult> {
    const told = await this.machine.told(
      (one) => one.tells === 'job' && one.job.job === job && one.job.end !== null,
    );
    const end = told.tells === 'job' ? told.job.end : null;
    const imported = end?.kind === 'imported' ? end.imports[0] : undefined;
    if (imported === undefined) throw new Error(`the intake ended as ${JSON.stringify(end)}`);
    return imported;
  }

  async take(source: SourceInfo, name: string): Promise<ImportResult> {
    return this.end(await this.start(source, name));
  }

  /** The job that the station began by itself on this source, with nobody's click. */
  async byItself(source: string): Promise<string> {
    const told = await this.machine.told((one) => one.tells === 'job' && one.job.source === source);
    return told.tells === 'job' ? told.job.job : '';
  }
}

/**
 * Boots a guest before the tests of a file and ends it after them. Where it does not come up, the tests are not run,
 * which is neither passed nor failed, and the summary of `npm test` says so; also where there is nothing to boot,
 * for the given reason.
 */
export function guestForTests(reason: string | null): { readonly world: World; readonly isUp: boolean } {
  let world: World | null = null;
  let whyNot = reason === null ? '' : `there is no virtual hardware here: ${reason}`;
  beforeAll(async () => {
    if (reason !== null) return;
    try {
      world = await World.start();
    } catch (error) {
      if (!(error instanceof NotBooted)) throw error;
      whyNot = `the guest did not boot in time: ${error.message.split('\n')[0]}`;
    }
  });
  beforeEach((context) => {
    if (world !== null) return;
    context.task.meta.notRun = whyNot;
    context.skip(whyNot);
  });
  afterAll(() => world?.machine.stop());
  return {
    get isUp() {
      return world !== null;
    },
    get world() {
      if (world === null) throw new Error(whyNot);
      return world;
    },
  };
}

export const isReady =
  (kind: SourceInfo['kind']) =>
  (source: SourceInfo): boolean =>
    source.kind === kind && source.state.kind === 'ready';

/** The dump is in the replica: every byte came, and every document is there. */
export function expectTaken(taken: ImportResult, dump: Dump): void {
  expect(taken).toMatchObject({ outcome: 'taken', dump: dump.sha256 });
  expect(taken.documents.new + taken.documents.known).toBe(dump.documents);
  expect(taken.documents.broken).toBe(0);
  console.log(
    `  ${dump.bytes} bytes, sha256 equal (${dump.sha256.slice(0, 12)}…), ${dump.documents} documents ` +
      `in the replica after ${taken.seconds.toFixed(1)} s`,
  );
}

/** It was pulled out, or could not be read: said with its reason, and nothing of it was taken. */
export function expectFailed(taken: ImportResult, code: string): void {
  expect(taken.outcome).toBe('failed');
  expect(taken.problems.map((problem) => problem.code)).toContain(code);
  expect(taken.documents.new).toBe(0);
}
