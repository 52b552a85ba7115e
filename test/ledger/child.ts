/** Uses a ledger in a process of its own: `node child.ts <what> <file>`. To be killed. */
import { writeSync } from 'node:fs';
import { audit } from '../../electron/ledger/audit.ts';
import { Database } from '../../electron/ledger/database.ts';

const [, , what = '', file = ''] = process.argv;
const db = Database.open(file);
const by = { person: 'child', at: '2026-01-01T00:00:00.000Z' };
const say = (line: string): void => void writeSync(1, `${line}\n`);
const sleep = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);

switch (what) {
  case 'hold':
    audit(db, by, 'held');
    say('ready');
    sleep();
    break;
  case 'commit-for-ever':
    for (let turn = 1; ; turn += 1) {
      db.transaction(() => {
        for (let row = 0; row < 100; row += 1) audit(db, by, 'held', { detail: { turn } });
      });
      say(String(turn));
    }
  case 'stop-in-the-middle':
    audit(db, by, 'held');
    db.transaction(() => {
      for (let row = 0; row < 20_000; row += 1) audit(db, by, 'held', { detail: { text: 'x'.repeat(1000) } });
      say('in the middle');
      sleep();
    });
    break;
  default:
    throw new Error(`unknown: ${what}`);
}
