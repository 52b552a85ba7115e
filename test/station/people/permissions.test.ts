/** Who may ask what: the table of the product, tried request by request, is what the station does and what the page says. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHECKS, type RequestName } from '../../../shared/contract.ts';
import { MAY_ASK, ONLY_ADMIN, type Who } from '../../../shared/permissions.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';
import { STAFF, staffed, type Staffed } from '../../support/staff.ts';

const SECURITY = fileURLToPath(new URL('../../../docs/security.md', import.meta.url));
const REQUESTS = Object.keys(CHECKS) as RequestName[];

let staff: Staffed;
let station: TestStation;
beforeAll(async () => {
  staff = await staffed({ carrier: 'browser' });
  station = staff.station;
});
afterAll(() => staff.close());

/** No request takes this: whoever may ask hears that it was not filled in, and nothing is done. */
const NOT_FILLED_IN = { 'no such parameter': true };

async function allowed(of: TestStation): Promise<RequestName[]> {
  const found: RequestName[] = [];
  for (const name of REQUESTS) {
    const answer = await of.station.ask(name, NOT_FILLED_IN);
    const code = answer.ok ? 'answered' : answer.code;
    expect(['bad-params', 'not-allowed', 'sign-in-needed'], name).toContain(code);
    if (code === 'bad-params') found.push(name);
  }
  return found;
}

const inTable = (...who: readonly Who[]): RequestName[] =>
  REQUESTS.filter((name) => who.includes(MAY_ASK[name]));

test('an administrator is answered what the table says', async () => {
  await staff.signIn('admin');
  expect(await allowed(station)).toEqual(inTable('anyone', 'staff', 'people', 'admin'));
});

test('a clerk is answered what the table says', async () => {
  await staff.signIn('clerk');
  expect(await allowed(station)).toEqual(inTable('anyone', 'staff', 'people'));
});

test('a script is answered what the table says, and has no window', async () => {
  await expect(staff.signIn('service')).rejects.toMatchObject({ code: 'wrong-secret' });
  const terminal = await staffed({ carrier: 'terminal' });
  try {
    await terminal.signIn('service');
    expect(await allowed(terminal.station)).toEqual(inTable('anyone', 'staff'));
  } finally {
    await terminal.close();
  }
});

test('while it is locked, and after somebody signed out, only what anybody may ask is answered', async () => {
  await staff.signIn('admin');
  await station.ask('desk.lock', {});
  expect(await allowed(station)).toEqual(inTable('anyone'));
  await station.ask('desk.sign-out', {});
  expect(await allowed(station)).toEqual(inTable('anyone'));
});

test('who is to choose another PIN is asked nothing before, and who has left does not come in', async () => {
  await staff.signIn('admin');
  await station.ask('staff.add', { name: 'Neema', role: 'clerk', secret: '749265' });
  await station.ask('desk.sign-in', { name: 'Neema', secret: '749265' });
  expect(await allowed(station)).toEqual(inTable('anyone'));
  await station.ask('desk.choose', { old: '749265', next: '820164' });
  expect(await allowed(station)).toContain('batches.list');
  await staff.signIn('admin');
  await station.ask('staff.change', { name: 'neema', left: true });
  await expect(station.ask('desk.sign-in', { name: 'Neema', secret: '820164' })).rejects.toMatchObject({
    code: 'wrong-secret',
  });
});

test('another role holds at once', async () => {
  await staff.signIn('admin');
  await station.ask('staff.add', { name: 'Other', role: 'admin', secret: 'blue mango tree' });
  await station.ask('staff.change', { name: STAFF.admin.name, role: 'clerk' });
  expect(await allowed(station)).toEqual(inTable('anyone', 'staff', 'people'));
  await station.ask('desk.sign-in', { name: 'Other', secret: 'blue mango tree' });
  await station.ask('desk.choose', { old: 'blue mango tree', next: 'red mango tree' });
  await station.ask('staff.reset', { name: STAFF.admin.name, role: 'admin', secret: 'a new mango tree' });
  await station.ask('desk.sign-in', { name: STAFF.admin.name, secret: 'a new mango tree' });
  await station.ask('desk.choose', { old: 'a new mango tree', next: STAFF.admin.secret });
});

test('what is no request is refused, whoever asks', async () => {
  await staff.signIn('admin');
  for (const name of ['toString', '__proto__', 'desk.everything', '', null])
    expect(await station.station.ask(name, {})).toEqual({ ok: false, code: 'unknown-request' });
});

test('approving over a refusal of the server is the administrator’s', async () => {
  const approval = { batch: 'none', refused: true };
  await staff.signIn('clerk');
  await expect(station.ask('decide.approve', approval)).rejects.toMatchObject({ code: 'not-allowed' });
  await expect(station.ask('decide.approve', { batch: 'none' })).rejects.toMatchObject({ code: 'not-found' });
  await staff.signIn('admin');
  await expect(station.ask('decide.approve', approval)).rejects.toMatchObject({ code: 'not-found' });
});

test('in practice everything is answered, and nobody signs in', async () => {
  const practice = await openTestStation({
    carrier: 'browser',
    stick: { url: 'http://127.0.0.1:1', users: [], devices: staff.station.folder },
  });
  try {
    expect(await practice.ask('desk.get', {})).toMatchObject({
      state: 'in',
      person: { name: 'practice', role: 'admin', by: 'practice' },
    });
    expect(await allowed(practice)).toEqual(inTable('anyone', 'staff', 'people', 'admin'));
  } finally {
    await practice.close();
  }
});

/** With `--update` the table is written into the page. */
test('the page about security has the table', async () => {
  const page = readFileSync(SECURITY, 'utf8');
  const [before = '', rest = ''] = page.split('<!-- permissions -->\n', 2);
  const [, after = ''] = rest.split('<!-- permissions end -->', 2);
  await expect(
    `${before}<!-- permissions -->\n\n${tableOfPermissions()}\n<!-- permissions end -->${after}`,
  ).toMatchFileSnapshot(SECURITY);
});

function tableOfPermissions(): string {
  const yes = (is: boolean): string => (is ? 'yes' : '');
  const rows = REQUESTS.map((name) => {
    const who = MAY_ASK[name];
    const only = ONLY_ADMIN[name];
    const restriction = only === undefined ? '' : `, not ${only}`;
    const isStaff = ['anyone', 'staff', 'people'].includes(who);
    return [
      `\`${name}\``,
      yes(who !== 'first'),
      isStaff ? `yes${restriction}` : '',
      who === 'anyone' || who === 'staff' ? `yes${restriction}` : '',
      yes(who === 'anyone'),
      yes(who === 'anyone' || who === 'first'),
    ];
  });
  const head = ['request', 'administrator', 'clerk', 'service', 'signed out, locked', 'nobody set up'];
  const all = [head, ...rows];
  const widths = head.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |\n`;
  return [
    line(head),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |\n`,
    ...rows.map(line),
  ].join('');
}
