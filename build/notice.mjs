/**
 * Writes NOTICE: every package of others that the program contains, with its licence and the licence's text.
 * `npm run notice` makes it anew; a test fails while it differs from what is installed.
 *
 * A package is in the program when it lies in node_modules beside it (`dependencies`) or was built into it
 * (imported by `renderer/`, `electron/` or `shared/`), and so is everything that such a package depends on.
 * This can name a package of which the bundler kept nothing; it never leaves one out.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, ROOT } from './paths.mjs';

/** Licences whose terms go together with the AGPL-3.0, and that are met by showing their text. */
const KNOWN = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Unlicense',
];

/** Packages that code imports and that the program does not contain: Electron brings its own licences. */
const NOT_CONTAINED = ['electron'];

const LICENCE_FILE = /^(un)?licen[cs]e(-\w+)?(\.(md|txt|mit|bsd|apache2))?$|^(copying|notice)(\.(md|txt))?$/i;
const SOURCE_FILE = /\.[cm]?tsx?$/;
/** `from 'x'`, `import 'x'` and `import('x')`; a relative path is no package. */
const IMPORTED = /(?:\bfrom|\bimport)\s*\(?\s*'([^'.][^']*)'/g;

/** By code point, so that the language of the machine does not matter. */
const inOrder = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

const HEAD = `CHT aggregation station: packages of others

The station itself is under the GNU Affero General Public License, version 3 only: see LICENSE.
It contains the packages below. After each stand its licence and the numbers of its texts, which follow the list.
Electron and Chromium, with which the desktop program is delivered, carry their own: LICENSE.electron.txt and
LICENSES.chromium.html beside the program.
The package usb contains libusb (LGPL-2.1-or-later) in its native module usb.node, a file that can be replaced by one
built from other sources; the sources of both are in the package usb of that version in the npm registry.

This file is made by build/notice.mjs. Do not edit it.
`;

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** A text with the same line ends everywhere, so that equal licences are seen to be equal. */
const readText = (path) =>
  readFileSync(path, 'utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r\n?|\n/)
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/^\n+|\n+$/g, '');

function filesBelow(folder, isWanted) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => inOrder(a.name, b.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(path, isWanted);
      return isWanted(entry.name) ? [path] : [];
    });
}

/** `@scope/name` of `@scope/name/part`, `name` of `name/part`. */
const packageOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** The packages that the product's own files import. */
function importedPackages(root) {
  const names = new Set();
  for (const folder of ['electron', 'renderer', 'shared']) {
    for (const file of filesBelow(join(root, folder), (name) => SOURCE_FILE.test(name))) {
      for (const [, specifier] of readFileSync(file, 'utf8').matchAll(IMPORTED)) {
        if (!specifier.startsWith('node:')) names.add(packageOf(specifier));
      }
    }
  }
  return [...names].filter((name) => !NOT_CONTAINED.includes(name)).toSorted(inOrder);
}

/** Where Node finds a package that the package at `from` asks for: its own node_modules first, then further out. */
function find(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (path in packages) return path;
    if (folder === '') return null;
  }
}

/** The lock file's paths of all packages that the program contains. */
export function containedPackages(root) {
  const { packages } = readJson(join(root, 'package-lock.json'));
  const paths = new Set();
  const add = (from, name) => {
    const path = find(packages, from, name);
    if (path === null || paths.has(path)) return;
    paths.add(path);
    const { dependencies, optionalDependencies } = packages[path];
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) add(path, needed);
  };
  const { dependencies: own, optionalDependencies: ownOptional } = packages[''];
  for (const name of Object.keys({ ...own, ...ownOptional })) add('', name);
  for (const name of importedPackages(root)) add('', name);
  return [...paths];
}

/** The licence as package.json says it, in today's form or in the old one (`licenses: [{type}]`). */
function licenceOf({ license, licenses }) {
  const said = [license ?? licenses ?? []].flat().map((one) => (typeof one === 'string' ? one : one.type));
  return said.join(' OR ').replace(/^\((.*)\)$/, '$1');
}

const isKnown = (licence) => licence.split(' OR ').some((one) => KNOWN.includes(one));

/** Who wrote a package, for the licence that has to name them. */
function authorOf({ author, name }) {
  const said = typeof author === 'string' ? author : author?.name;
  return said ? said.replace(/\s*[<(].*/, '') : `the authors of ${name}`;
}

/** The texts in the package, or what stands in its README under a heading that says licence. */
function textsOf(folder) {
  const files = filesBelow(folder, (name) => LICENCE_FILE.test(name));
  if (files.length > 0) return files.map(readText);
  const readme = readdirSync(folder).find((name) => /^readme/i.test(name));
  if (readme === undefined) return [];
  const [, section] =
    /^#+[^\n]*licen[cs]e[^\n]*\n([^]+?)(?=\n#|(?![^]))/im.exec(readText(join(folder, readme))) ?? [];
  return section !== undefined && section.includes('Permission') ? [section.trim()] : [];
}

/**
 * The text of NOTICE for the packages installed in `root`.
 * @throws where a package is not installed, its licence is not known, or no text of it can be shown.
 */
export function makeNotice(root) {
  const problems = [];
  const found = new Map();
  for (const path of containedPackages(root)) {
    const folder = join(root, path);
    if (!existsSync(join(folder, 'package.json'))) {
      problems.push(`${path} is not installed`);
      continue;
    }
    const manifest = readJson(join(folder, 'package.json'));
    const licence = licenceOf(manifest);
    if (!isKnown(licence))
      problems.push(`${path} has the licence "${licence}", which is not in the list of known ones`);
    found.set(`${manifest.name} ${manifest.version}`, { licence, manifest, texts: textsOf(folder) });
  }

  const names = [...found.keys()].toSorted(inOrder);
  // A package without a text borrows one: MIT with its author's name, Apache's from a neighbour (it names nobody).
  const apache = names
    .flatMap((name) => found.get(name).texts)
    .find((text) => text.startsWith('Apache License') || /^\s*Apache License\n\s*Version 2\.0/.test(text));
  for (const name of names) {
    const { licence, manifest, texts } = found.get(name);
    if (texts.length > 0) continue;
    if (licence === 'MIT') texts.push(`Copyright (c) ${authorOf(manifest)}\n\n${MIT}`);
    else if (licence === 'Apache-2.0' && apache !== undefined) texts.push(apache);
    else problems.push(`${name} (${licence}) carries no licence text`);
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));

  const numbers = new Map();
  const numberOf = (text) => numbers.get(text) ?? numbers.set(text, numbers.size + 1).get(text);
  const list = names.map((name) => {
    const { licence, texts } = found.get(name);
    return `${name}: ${licence} (${[...new Set(texts.map(numberOf))].join(', ')})`;
  });
  const texts = [...numbers].map(([text, number]) => `${'-'.repeat(80)}\n${number}.\n\n${text}\n`);
  return `${HEAD}\n${list.join('\n')}\n\n${texts.join('\n')}`;
}

if (isMain(import.meta.url)) writeFileSync(join(ROOT, 'NOTICE'), makeNotice(ROOT));
