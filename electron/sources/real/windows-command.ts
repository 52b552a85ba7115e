/** The helper for Windows: where PowerShell lies, and where our script does. */
import { existsSync } from 'node:fs';
import { win32 } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from '../helper-process.ts';

const SCRIPT = 'windows-devices.ps1';

/** What of this computer is looked at; a test has others. */
export interface Around {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly resourcesPath: string | undefined;
  readonly exists: (path: string) => boolean;
}

/** PowerShell by its full path, so that no other program of that name is started. */
export function powerShell(env: Around['env'] = process.env): string {
  const told = env['SystemRoot'];
  const system = told !== undefined && /^[a-z]:\\/i.test(told) ? told : 'C:\\Windows';
  return win32.join(system, 'System32', 'WindowsPowerShell', 'v1.0', 'powershell.exe');
}

/**
 * The helper, or `null` where our script is nowhere. Only full paths: a script of that name in the folder where
 * somebody happens to stand must not run.
 */
export function windowsCommand(
  { env, resourcesPath, exists }: Around = {
    env: process.env,
    resourcesPath: (process as { readonly resourcesPath?: string }).resourcesPath,
    exists: existsSync,
  },
): Command | null {
  // Beside the packaged program, in which this file is one of `out/main` or of `out/main/parts`; in the repository.
  const places = [
    ...(resourcesPath === undefined || resourcesPath === '' ? [] : [`${resourcesPath}/${SCRIPT}`]),
    ...['../../../build', '../../build', '../../..', '../../../..'].map((up) =>
      fileURLToPath(new URL(`${up}/${SCRIPT}`, import.meta.url)),
    ),
  ];
  const script = places.find(exists);
  if (script === undefined) return null;
  const flags = ['-NoLogo', '-NoProfile', '-NonInteractive', '-STA', '-ExecutionPolicy', 'Bypass'];
  return [powerShell(env), ...flags, '-File', script];
}
