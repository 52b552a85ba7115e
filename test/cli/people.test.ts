/** Who gives a command, as processes: nobody was set up, a person says so, a script has a person of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runJson } from '../support/cli.ts';
import { STAFF } from '../support/staff.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'station-people-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (args: string[], env: Record<string, string> = {}, input?: string) =>
  runJson([...args, '--data', folder], { env, ...(input === undefined ? {} : { input }) });

test('the first administrator, then --person, a service, an account, and the history says who', async () => {
  const { admin, service, clerk } = STAFF;
  const added = await run(['people', 'add', admin.name, '--role', 'admin'], {
    STATION_NEW_PIN: admin.secret,
  });
  expect(added).toMatchObject({ code: 0, value: { name: admin.name, role: 'admin' } });
  const code = String(added.value['recovery']);
  const forgotten = await run(['people', 'recover', admin.name], {
    STATION_RECOVERY_CODE: code,
    STATION_NEW_PIN: 'a middle passphrase',
  });
  expect(forgotten).toMatchObject({ code: 0, value: { changed: true } });
  const back = await run(['people', 'pin', '--person', admin.name], {
    STATION_PIN: 'a middle passphrase',
    STATION_NEW_PIN: admin.secret,
  });
  expect(back).toMatchObject({ code: 0 });

  expect(await run(['status'])).toMatchObject({ code: 1, value: { error: { code: 'sign-in-needed' } } });
  const wrong = await run(['status', '--person', admin.name], { STATION_PIN: 'green mango' });
  expect(wrong).toMatchObject({ code: 1, value: { error: { code: 'wrong-secret' } } });

  const asAdmin = ['--person', admin.name, '--pin-stdin'];
  const scripted = await run(
    ['people', 'add', service.name, '--role', 'service', ...asAdmin],
    {},
    `${admin.secret}\n${service.secret}\n`,
  );
  expect(scripted).toMatchObject({ code: 0, value: { role: 'service', mustChoose: false } });
  const clerkAdded = await run(
    ['people', 'add', clerk.name, '--role', 'clerk', ...asAdmin],
    {},
    `${admin.secret}\n749265\n`,
  );
  expect(clerkAdded).toMatchObject({ code: 0, value: { mustChoose: true } });
  const asClerk = ['--person', clerk.name];
  expect(await run(['status', ...asClerk], { STATION_PIN: '749265' })).toMatchObject({
    code: 1,
    value: { error: { code: 'choose-first' } },
  });
  const chosen = await run(['people', 'pin', ...asClerk], {
    STATION_PIN: '749265',
    STATION_NEW_PIN: clerk.secret,
  });
  expect(chosen).toMatchObject({ code: 0 });
  expect(
    await run(['server', 'set', 'https://cht.example.org', ...asClerk], { STATION_PIN: clerk.secret }),
  ).toMatchObject({ code: 1, value: { error: { code: 'not-allowed' } } });

  const { username } = userInfo();
  await run(['people', 'change', service.name, '--computer', username, ...asAdmin], {}, `${admin.secret}\n`);
  expect(await run(['status'])).toMatchObject({ code: 0 });
  const { value } = await run(['ledger']);
  const entries = value['entries'] as { person: string; what: string }[];
  expect(entries.map(({ person, what }) => [person, what])).toEqual([
    [`computer:${username}`, 'person-added'],
    [admin.name, 'recovered'],
    [admin.name, 'pin-chosen'],
    [admin.name, 'person-added'],
    [admin.name, 'person-added'],
    [clerk.name, 'pin-chosen'],
    [admin.name, 'person-changed'],
  ]);
});
