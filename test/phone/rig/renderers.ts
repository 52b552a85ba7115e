/** The processes in which the pages of a test's browser run (Linux). */
import { readdirSync, readFileSync } from 'node:fs';

/** Numbers of those that were started, however indirectly, by this process. */
export function ownRenderers(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer') && isOurs(pid);
      } catch {
        // It ended meanwhile.
        return false;
      }
    });
}

/** Whether this process started it, however indirectly. */
export function isOurs(pid: number): boolean {
  for (let at = pid; at > 1;) {
    if (at === process.pid) return true;
    at = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${at}/status`, 'utf8'))?.[1] ?? 0);
  }
  return false;
}
