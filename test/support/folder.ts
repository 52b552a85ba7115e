import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test, and a quick way to write a file into it. `remove` takes it away, whatever is in it. */
export function temporaryFolder(): {
  readonly path: string;
  /** Writes a file of this name and answers its path. */
  readonly put: (name: string, bytes: Uint8Array | string) => string;
  readonly remove: () => void;
} {
  const path = mkdtempSync(join(tmpdir(), 'station-test-'));
  const put = (name: string, bytes: Uint8Array | string): string => {
    const file = join(path, name);
    writeFileSync(file, bytes);
    return file;
  };
  return { path, put, remove: () => rmSync(path, { recursive: true, force: true }) };
}
