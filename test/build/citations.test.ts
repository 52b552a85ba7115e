/**
 * Whoever follows a reference finds something: every page and section of docs/ that code, tests or pages name,
 * and every link from page to page.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const FOLDERS = ['.ci', 'build', 'docs', 'electron', 'renderer', 'shared', 'test'];
const TEXT = /\.(m?[jt]sx?|md|json|yml|css|html|sh|ps1)$/;

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

interface Page {
  readonly anchors: ReadonlySet<string>;
  /** The numbers of headings like `## 2. Writing` and `### 2.1 Who is filtered`. */
  readonly sections: ReadonlySet<string>;
}

function pageOf(markdown: string): Page {
  const headings = [...markdown.replace(/^```[^]*?^```/gm, '').matchAll(/^#+ +(.+)$/gm)].map(
    ([, text = '']) => text,
  );
  const numbers = headings.map((heading) => /^(\d+(?:\.\d+)*)\.? /.exec(heading)?.[1]);
  return {
    anchors: new Set(headings.map(anchorOf)),
    sections: new Set(numbers.filter((number) => number !== undefined)),
  };
}

/** `docs/PAGE`, with the sections that follow it: `docs/x.md §2`, `docs/x.md §1 and §2.3`. */
const CITATION = /docs\/([\w-]+\.(?:md|png))(?:#([\w-]+))?`?((?:(?:,? (?:and|to) |, | )§[\d.]*\d)*)/g;
/** Words for pages that are not in the repository, and sections of no page. */
const HOMELESS =
  /cht-facts|cht-real-world|design\.md|house\.md|\bdesign §|\.\.\/shared\/docs|(?<!docs\/)cht-exchanges(?!\.md)/;

/** A comment that was broken into lines, as one line. */
const unwrapped = (text: string) => text.replace(/\n[ \t]*(?:\*(?!\/)|\/\/|#|>)?[ \t]*/g, ' ');

/**
 * What is wrong with the references in a file, one sentence each.
 * @param path of the file, from the root, with `/`
 * @param pages the pages of docs/ by file name; `null` for what is no text
 */
function problemsIn(path: string, text: string, pages: ReadonlyMap<string, Page | null>): string[] {
  const problems: string[] = [];
  const line = unwrapped(text);
  const look = (name: string, anchor: string | undefined, sections: readonly string[]) => {
    const page = pages.get(name);
    if (page === undefined) return void problems.push(`${path}: there is no docs/${name}`);
    if (anchor !== undefined && page?.anchors.has(anchor) !== true) {
      problems.push(`${path}: docs/${name} has no heading #${anchor}`);
    }
    for (const section of sections) {
      if (page?.sections.has(section) !== true)
        problems.push(`${path}: docs/${name} has no section ${section}`);
    }
  };
  for (const [, name = '', anchor, tail = ''] of line.matchAll(CITATION)) {
    look(name, anchor, [...tail.matchAll(/[\d.]*\d/g)].map(String));
  }
  const homeless = HOMELESS.exec(line);
  if (homeless !== null) problems.push(`${path}: "${homeless[0]}" is no page of this repository`);

  const own = /^docs\/([\w-]+\.md)$/.exec(path)?.[1];
  // `[words](x.md) §2`, and in a page of docs/ a section alone, which is one of its own.
  const rest = line
    .replace(CITATION, '')
    .replace(
      /\]\(([\w-]+\.md)\)((?:(?:,? (?:and|to) |, | )§[\d.]*\d)+)/g,
      (_, name: string, tail: string) => {
        look(name, undefined, [...tail.matchAll(/[\d.]*\d/g)].map(String));
        return `](${name})`;
      },
    );
  for (const [, section = ''] of rest.matchAll(/§([\d.]*\d)/g)) {
    if (own === undefined) problems.push(`${path}: §${section} of which page?`);
    else look(own, undefined, [section]);
  }
  return problems;
}

/** Links of Markdown that lead to no file, or to no heading of it. */
function brokenLinks(path: string, text: string, root: string): string[] {
  const prose = text.replace(/^```[^]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [file = '', anchor] = target.split('#');
    const found = file === '' ? join(root, path) : resolve(root, dirname(path), file);
    if (!existsSync(found)) return [`${path}: the link ${target} leads nowhere`];
    if (anchor === undefined || pageOf(readFileSync(found, 'utf8')).anchors.has(anchor)) return [];
    return [`${path}: the link ${target} leads to no heading`];
  });
}

const FOLDER = /^(?:build|docs|electron|renderer|shared|test)\//;

/** Files and folders of this repository that a page names (`electron/cli.ts`, `test/support/`) and that are not there. */
function missingPaths(path: string, text: string, root: string): string[] {
  const named = [...text.replace(/^```[^]*?^```/gm, '').matchAll(/`([^`\s]+)`/g)].map(
    ([, name = '']) => name,
  );
  return named
    .filter((name) => FOLDER.test(name) && !/[*{}<…]/.test(name))
    .filter((name) => !existsSync(join(root, name)))
    .map((name) => `${path}: there is no ${name}`);
}

const filesUnder = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'pictures'].includes(entry.name) ? [] : filesUnder(path);
    return TEXT.test(entry.name) ? [path] : [];
  });
const files = [
  ...FOLDERS.flatMap(filesUnder),
  ...readdirSync(ROOT).filter((name) => TEXT.test(name) && !name.startsWith('package-lock')),
]
  .map((path) => path.replaceAll('\\', '/'))
  // This file has wrong references in it, as examples.
  .filter((path) => path !== relative(ROOT, import.meta.filename).replaceAll('\\', '/'));
const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const pages = new Map(
  readdirSync(join(ROOT, 'docs')).map((name) => [
    name,
    name.endsWith('.md') ? pageOf(textOf(`docs/${name}`)) : null,
  ]),
);

describe('this repository', () => {
  test('cites no page and no section that is not there', () => {
    expect(files.length).toBeGreaterThan(400);
    expect(files.flatMap((path) => problemsIn(path, textOf(path), pages))).toEqual([]);
  });

  test('has no link that leads nowhere', () => {
    const markdown = files.filter((path) => path.endsWith('.md'));
    expect(markdown.flatMap((path) => brokenLinks(path, textOf(path), ROOT))).toEqual([]);
  });
});

describe('a page', () => {
  // What was decided or changed once may be gone by now.
  const HISTORIES = ['docs/decisions.md', 'CHANGELOG.md'];
  test('names no file and no folder that is not there', () => {
    const markdown = files.filter((path) => path.endsWith('.md') && !HISTORIES.includes(path));
    expect(markdown.flatMap((path) => missingPaths(path, textOf(path), ROOT))).toEqual([]);
  });

  test('that names one is found out', () => {
    const paths = (text: string) => missingPaths('docs/x.md', text, ROOT);
    expect(paths('`shared/errors.ts`, `electron/station/`, `npm test`, `test/*.ts`')).toEqual([]);
    expect(paths('see `electron/none.ts`')).toEqual(['docs/x.md: there is no electron/none.ts']);
  });
});

describe('a reference', () => {
  const known = new Map([['cht.md', pageOf('# CHT\n\n## 2. Writing\n\n### 2.1 Who, and what?\n')]]);
  const problems = (text: string, path = 'shared/x.ts') => problemsIn(path, text, known);

  test('to a page, its section or its heading is good', () => {
    expect(problems('see docs/cht.md, docs/cht.md §2, (docs/cht.md §2 and §2.1).')).toEqual([]);
    expect(problems('docs/cht.md#21-who-and-what')).toEqual([]);
    expect(problems('[how](cht.md) §2.1 and above (§2)', 'docs/cht.md')).toEqual([]);
  });

  test('that runs over the end of a line is read whole', () => {
    expect(problems('/**\n * A fact (docs/cht.md\n * §2 and\n * §3).\n */')).toEqual([
      'shared/x.ts: docs/cht.md has no section 3',
    ]);
  });

  test.each([
    ['docs/chat.md', 'there is no docs/chat.md'],
    ['docs/cht.md §2.2.', 'docs/cht.md has no section 2.2'],
    ['docs/cht.md §2 to §4', 'docs/cht.md has no section 4'],
    ['docs/cht.md#writing', 'docs/cht.md has no heading #writing'],
    ['as it must be (§2)', '§2 of which page?'],
    ['(cht-facts §1)', '"cht-facts" is no page of this repository'],
    ['(cht-exchanges: Pace)', '"cht-exchanges" is no page of this repository'],
    ['design §3.2', '"design §" is no page of this repository'],
  ])('%s is refused', (text, problem) => {
    expect(problems(text)).toContain(`shared/x.ts: ${problem}`);
  });

  test('in a page to a section that it lacks is refused', () => {
    expect(problems('as in §7', 'docs/cht.md')).toEqual(['docs/cht.md: docs/cht.md has no section 7']);
    expect(problems('as in [CHT](cht.md) §7', 'docs/formats.md')).toEqual([
      'docs/formats.md: docs/cht.md has no section 7',
    ]);
  });

  test('to a file or heading that is not there leads nowhere', () => {
    const links = (text: string) => brokenLinks('docs/formats.md', text, ROOT);
    expect(links('[a](../README.md) [b](https://example.org) [c](#formats)')).toEqual([]);
    expect(links('[a](none.md) [b](#no-such)')).toEqual([
      'docs/formats.md: the link none.md leads nowhere',
      'docs/formats.md: the link #no-such leads to no heading',
    ]);
  });
});
