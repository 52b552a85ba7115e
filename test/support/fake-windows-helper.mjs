// Plays the helper of Windows: the same questions and answers over a folder that stands for the phones. Each
// folder in it is a phone, each folder in that a storage. The second argument is what it does badly.
//
//   node fake-windows-helper.mjs FOLDER [HABIT]
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';

const [folder, habit = ''] = process.argv.slice(2);
const numbers = new Map();
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const number = (path) => {
  if (!numbers.has(path)) numbers.set(path, numbers.size + 1);
  return numbers.get(path);
};
const item = (wanted) => {
  for (const [path, known] of numbers) if (known === wanted && existsSync(path)) return path;
  throw new Error('gone');
};
const factsOf = (path) => {
  const info = statSync(path);
  return { bytes: info.isFile() ? info.size : 0, modifiedMs: Math.floor(info.mtimeMs) };
};

const answers = {
  phones: () =>
    readdirSync(folder).map((name) => ({
      item: number(join(folder, name)),
      name: name.replace(/#.*/, ''),
      path: `::{20D04FE0-3AEA-1069-A2D8-08002B30309D}\\\\\\?\\usb#vid_04e8&pid_6860#${name.replace(/.*#/, '')}#{6ac27878}`,
    })),
  list: (id, question) => {
    const path = item(question.item);
    const names = readdirSync(path);
    for (const name of names) {
      const inside = join(path, name);
      const part = {
        item: number(inside),
        name,
        isFolder: statSync(inside).isDirectory(),
        ...factsOf(inside),
      };
      say({ id, part });
    }
    if (habit === 'never-ending')
      for (let at = 0; at < 200_000; at++) say({ id, part: { item: at + 1, name: 'x' } });
    return names.length;
  },
  // What stands in FOLDER/battery.json.
  battery: () => JSON.parse(readFileSync(join(folder, 'battery.json'), 'utf8')),
  find: (_id, question) => factsOf(item(question.item)),
  copy: async (id, question) => {
    const from = item(question.item);
    const to = join(question.to, basename(from));
    const bytes = readFileSync(from);
    if (habit === 'stalls') {
      writeSync(openSync(to, 'w'), bytes.subarray(0, 100));
      for (;;) {
        say({ id, part: { copied: 100, writing: false } });
        await wait(20);
      }
    }
    // The size first and the bytes later, as Windows may do it.
    writeSync(openSync(to, 'w'), Buffer.alloc(bytes.length));
    const parts = { slow: 25, 'never-done': Infinity }[habit] ?? 2;
    for (let left = parts; left > 0; left--) {
      say({ id, part: { copied: bytes.length, writing: true } });
      await wait(20);
    }
    copyFileSync(from, to);
    if (habit === 'short') writeSync(openSync(to, 'w'), bytes.subarray(0, 10));
    return bytes.length;
  },
};

const broken = {
  silent: () => {},
  ends: () => process.exit(7),
  'ends-in-copy': (line) => (line.ask === 'copy' ? process.exit(7) : undefined),
  'long-line': () => process.stdout.write('x'.repeat(10_000_000)),
  'strange-lines': () => process.stdout.write('WARNING: something\n'.repeat(5000)),
  blind: ({ id }) => say({ id, failed: 'blind' }),
  'other-words': ({ id }) => say({ id, failed: 'C:\\Users\\clerk\\secret' }),
  'other-value': ({ id }) => say({ id, value: 'phones' }),
};

// As PowerShell does under Constrained Language: it says so unasked, and ends.
if (habit === 'policy' || existsSync(join(folder, 'battery.json')))
  appendFileSync(join(folder, 'started'), '.');
if (habit === 'policy') {
  say({ id: 0, failed: 'blind' });
  process.exit(0);
}
if (habit === 'warns') process.stdout.write('WARNING: a policy of this computer\n{"id":1,\n');
createInterface(process.stdin).on('line', (line) => void answer(line));

async function answer(line) {
  const question = JSON.parse(line);
  const { id } = question;
  if (
    broken[habit] !== undefined &&
    (await broken[habit](question)) === undefined &&
    habit !== 'ends-in-copy'
  )
    return;
  // Answers to questions that were given up come late.
  if (habit === 'warns') say({ id: id - 1, value: 'late' });
  try {
    say({ id, value: await answers[question.ask](id, question) });
  } catch (error) {
    say({ id, failed: error.message });
  }
}
