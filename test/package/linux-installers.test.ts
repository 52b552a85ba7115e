/**
 * What the packager asks of the tools that make the installers for Linux. The tools are fetched from elsewhere and are not
 * here: these write down what they are asked, and lay their input where their output belongs.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pack } from './pack.ts';

const ROOT = join(import.meta.dirname, '../..');
const RULE = 'build/70-cht-aggregation-station.rules';
const RUNTIME = 'the runtime that needs no library of the system';

let folder: string;
/** The words that made a package, by its ending. */
const asked = (kind: 'deb' | 'rpm'): string[] =>
  readFileSync(join(folder, `${kind}.words`), 'utf8')
    .split('\0')
    .slice(0, -1);
const after = (words: readonly string[], name: string): string | undefined => words[words.indexOf(name) + 1];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'station-installers-'));
  const tools = join(folder, 'appimage');
  for (const inside of ['runtimes', 'lib/x64', 'lib/arm64'])
    mkdirSync(join(tools, inside), { recursive: true });
  for (const arch of ['x64', 'arm64']) writeFileSync(join(tools, 'runtimes', `runtime-${arch}`), RUNTIME);
  script(join(tools, 'desktop-file-validate'), 'exit 0');
  script(
    join(tools, 'mksquashfs'),
    `cp "$1/AppRun" '${folder}/AppRun'`,
    `cat "$1"/*.desktop > '${folder}/desktop'`,
    'printf "%200s" files > "$2"',
  );
  const fpm = join(folder, 'fpm');
  script(
    fpm,
    'kind=none; file=none; installed=none; started=none; last=',
    'for word in "$@"; do',
    '  [ "$last" = -t ] && kind=$word; [ "$last" = --package ] && file=$word',
    '  [ "$last" = --after-install ] && installed=$word',
    '  case $word in *.desktop=*) started=${word%%=*};; esac; last=$word',
    'done',
    `printf '%s\\0' "$@" > '${folder}'/$kind.words; echo "$kind" > "$file"`,
    // Both are gone when the packager ends.
    `cp "$installed" '${folder}'/$kind.installed; cp "$started" '${folder}'/$kind.desktop`,
  );
  pack('--linux', folder, ROOT, { APPIMAGE_TOOLS_PATH: tools, CUSTOM_FPM_PATH: fpm });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function script(path: string, ...lines: readonly string[]): void {
  writeFileSync(path, ['#!/bin/sh', 'set -e', ...lines, ''].join('\n'), { mode: 0o755 });
}

describe.each(['deb', 'rpm'] as const)('the .%s', (kind) => {
  test('brings the rule by which people may open phones, from a file that is there', () => {
    const [from = '', to] =
      asked(kind)
        .find((word) => word.startsWith(RULE))
        ?.split('=') ?? [];
    expect(to).toBe('/usr/lib/udev/rules.d/70-cht-aggregation-station.rules');
    expect(readFileSync(join(ROOT, from), 'utf8')).toContain('uaccess');
  });

  test('gives the sandbox what it needs, for which nobody has to be asked', () => {
    const installed = readFileSync(join(folder, `${kind}.installed`), 'utf8');
    expect(installed).toMatch(/chmod 4755 .*chrome-sandbox/);
    expect(installed).toContain('apparmor_parser');
    expect(readFileSync(join(folder, `${kind}.desktop`), 'utf8')).not.toContain('sandbox');
  });

  test('says who answers for it, and under which licence', () => {
    expect(after(asked(kind), '--maintainer')).toBe('CHT Aggregation Station contributors');
    expect(after(asked(kind), '--license')).toBe('AGPL-3.0-only');
  });
});

describe('the AppImage', () => {
  const made = (): string =>
    readFileSync(
      join(
        folder,
        'dist',
        readdirSync(join(folder, 'dist')).find((name) => name.endsWith('.AppImage')) ?? '',
      ),
      'utf8',
    );

  test('begins with a runtime of its own, which asks for no library of the system', () => {
    expect(made().slice(0, RUNTIME.length)).toBe(RUNTIME);
  });

  test('leaves the sandbox out only where the system has closed what it is made of', () => {
    const launcher = readFileSync(join(folder, 'AppRun'), 'utf8');
    expect(launcher).toMatch(/if .*! unshare -Ur true .*; then\n\s+NO_SANDBOX=\(--no-sandbox\)/);
    expect(readFileSync(join(folder, 'desktop'), 'utf8')).not.toContain('sandbox');
  });
});
