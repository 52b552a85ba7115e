/** The ways to the files of phones on this system. Nothing is loaded or started before it is asked. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMtpHelper } from '../mtp/helper.ts';
import { openMtp } from '../mtp/transport.ts';
import type { PhoneTransport } from '../source.ts';

export function transportsOf(system: NodeJS.Platform): readonly PhoneTransport[] {
  // On Windows the system's own driver owns every phone: it is asked through the shell.
  if (system === 'win32') return [openMtpHelper({ folder: join(tmpdir(), 'cht-station-phones') })];
  return [openMtp()];
}
