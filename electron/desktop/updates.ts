/** Newer versions from a stick, in the installed program: by which key they are known, and how this system installs them. */
import { app, shell } from 'electron';
import { readFileSync } from 'node:fs';
import type { Job } from '../../shared/contract.ts';
import { installedProgram, installPackage } from '../host/install-update.ts';
import type { OpenStation, UpdateSetup } from '../station-api.ts';

/**
 * @param keyFile which the build put into the program, where it was given a key
 * @returns `null`: this program accepts no newer version from a stick
 */
export function updatesHere(keyFile: string): UpdateSetup | null {
  const keys = keyIn(keyFile);
  const program = app.isPackaged && keys !== null ? installedProgram() : null;
  if (keys === null || program === null) return null;
  return {
    keys,
    platform: process.platform,
    arch: process.arch,
    kinds: [program.kind],
    install: (file) => installPackage(program, file, { open: openAsPerson }),
  };
}

function keyIn(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

async function openAsPerson(file: string): Promise<void> {
  const failure = await shell.openPath(file);
  if (failure !== '') throw new Error(failure);
}

/** An installer that is open cannot replace a program that runs. */
export function quitForInstaller(station: Pick<OpenStation, 'on'>): void {
  station.on('job', ({ end }: Job) => {
    if (end?.kind === 'update-handed-over' && end.how === 'opened') app.quit();
  });
}
