import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeNotice } from '../../build/notice.mjs';

const ROOT = join(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

describe('LICENSE', () => {
  test('is the whole text of the AGPL-3.0, not a letter changed', () => {
    // The text as the Free Software Foundation publishes it, with https addresses.
    const sum = createHash('sha256').update(read('LICENSE')).digest('hex');
    expect(sum).toBe('8486a10c4393cee1c25392769ddd3b2d6c242d6ec7928e1414efff7dfb2f07ef');
  });
});

describe('NOTICE', () => {
  // It names drivelist, which is not installed where nothing can be compiled.
  test.skipIf(!existsSync(join(ROOT, 'node_modules/drivelist')))(
    'names what is installed (npm run notice makes it anew)',
    () => {
      expect(read('NOTICE')).toBe(makeNotice(ROOT));
    },
  );

  test.each([
    // Beside the program; needed by such a package; built into the window; into the script for phones.
    ['leveldown', 'pouchdb-node', 'usb', 'drivelist', 'valibot', 'ws'],
    ['levelup', 'bindings', 'tough-cookie'],
    ['react', 'react-dom', 'react-aria-components', 'react-aria', 'i18next', 'lucide-react'],
    ['pouchdb-browser', 'spark-md5'],
  ])('names %s and the like', (...names) => {
    for (const name of names) expect(read('NOTICE')).toMatch(new RegExp(`^${name} \\d\\S*: \\S+`, 'm'));
  });

  test('holds the licence of the libusb inside the package usb', () => {
    expect(read('NOTICE')).toMatch(/GNU LESSER GENERAL PUBLIC LICENSE\s+Version 2\.1/);
  });

  test('does not name what only development needs', () => {
    for (const name of ['vitest', 'electron', 'oxlint', 'playwright-core']) {
      expect(read('NOTICE')).not.toMatch(new RegExp(`^${name} \\d`, 'm'));
    }
  });
});

describe('a project with packages', () => {
  let root: string;
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const install = (name: string, manifest: object, text: string | null = `The licence of ${name}.`) => {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', ...manifest }));
    if (text !== null) write(`node_modules/${name}/LICENSE.md`, text);
  };
  /** Each package and what it depends on; the first is the project's own dependency. */
  const lock = (packages: Readonly<Record<string, readonly string[]>>) => {
    const asked = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, '1.0.0']));
    const entries = Object.entries(packages).map(([name, needs]) => [
      `node_modules/${name}`,
      { version: '1.0.0', dependencies: asked(needs) },
    ]);
    const own = { '': { dependencies: asked(Object.keys(packages).slice(0, 1)) } };
    write('package-lock.json', JSON.stringify({ packages: { ...own, ...Object.fromEntries(entries) } }));
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'notice-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test('has each that it needs in the notice, with its text', () => {
    lock({ one: ['two'], two: [], three: [] });
    install('one', { license: 'MIT' });
    install('two', { licenses: [{ type: 'ISC' }] });
    install('three', { license: 'MIT' });
    const notice = makeNotice(root);
    expect(notice).toContain('\none 1.0.0: MIT (1)\ntwo 1.0.0: ISC (2)\n');
    expect(notice).toContain('The licence of two.');
    expect(notice).not.toContain('three');
  });

  test('has each that its own files import', () => {
    lock({ one: [], '@group/two': ['three'], three: [] });
    for (const name of ['one', '@group/two', 'three']) install(name, { license: 'MIT' });
    write('renderer/page.tsx', "import { part } from '@group/two/part';\nimport './page.css';\n");
    expect(makeNotice(root)).toMatch(/^@group\/two 1\.0\.0: MIT[^]+^three 1\.0\.0: MIT/m);
  });

  test('is refused when the licence of one is not known', () => {
    lock({ one: ['two'], two: [] });
    install('one', { license: 'MIT' });
    install('two', {});
    expect(() => makeNotice(root)).toThrow('node_modules/two has the licence ""');
    install('two', { license: 'SEE LICENSE IN TERMS' });
    expect(() => makeNotice(root)).toThrow('SEE LICENSE IN TERMS');
  });

  test('is refused when one is not installed', () => {
    lock({ one: [] });
    expect(() => makeNotice(root)).toThrow('node_modules/one is not installed');
  });

  test('names the author where a package carries no text, or is refused where that is not enough', () => {
    lock({ one: [] });
    install('one', { license: 'MIT', author: 'Ann Example <ann@example.org>' }, null);
    expect(makeNotice(root)).toContain('Copyright (c) Ann Example\n\nPermission is hereby granted');
    install('one', { license: 'BSD-3-Clause' }, null);
    expect(() => makeNotice(root)).toThrow('one 1.0.0 (BSD-3-Clause) carries no licence text');
  });

  test('takes the text from the README where it stands there', () => {
    lock({ one: [] });
    install('one', { license: 'MIT' }, null);
    write(
      'node_modules/one/README.md',
      '# one\n\n## License\n\nPermission is granted\nby Ann.\n\n## More\n\nx\n',
    );
    expect(makeNotice(root)).toMatch(/1\.\n\nPermission is granted\nby Ann\.\n$/);
  });
});
