/** The nearest of the earlier versions of a record, wherever its body is. */
import { afterEach, expect, it } from 'vitest';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import { openReplica } from '../../electron/replica/replica.ts';
import { withSpares, type ReplicaWithSpares } from '../../electron/replica/spares.ts';
import { temporaryFolder } from '../support/folder.ts';
import { revision } from '../support/replica.ts';
import { chain } from '../support/revisions.ts';

let replica: ReplicaWithSpares | undefined;
let tidy: (() => Promise<void> | void) | undefined;
afterEach(async () => {
  await replica?.close();
  await tidy?.();
});

async function local(): Promise<ReplicaWithSpares> {
  const folder = temporaryFolder();
  tidy = () => folder.remove();
  return withSpares(await openReplica(`${folder.path}/replica`));
}

async function shared(): Promise<ReplicaWithSpares> {
  const server: PracticeServer = await startPracticeServer();
  tidy = () => server.close();
  const url = new URL('/medic', server.url);
  // The administrator of the database, not one of CHT's people.
  url.username = server.admin.user;
  url.password = server.admin.password;
  return withSpares(await openReplica(url.href));
}

it.each([
  ['a folder', local],
  ['a shared database', shared],
] as const)('is found in %s', async (_, open) => {
  replica = await open();
  const [newest = '', third = '', second = '', first = ''] = chain('abcd');
  const ancestors = [third, second, first];
  await replica.write([revision('r', [first], { body: { n: 1 } })]);
  await replica.write([revision('r', [newest, ...ancestors], { body: { n: 4 } })]);
  expect(await replica.readFirst('r', ancestors)).toMatchObject({ rev: first, body: { n: 1 } });
  expect(await replica.readFirst('r', [newest, ...ancestors])).toMatchObject({ rev: newest });
  expect(await replica.readFirst('r', [third, second])).toBeNull();
  expect(await replica.readFirst('nobody', ancestors)).toBeNull();
});

it('is found beside the trees, too, in its place', async () => {
  replica = await local();
  const [newest = '', third = '', second = '', first = ''] = chain('abcd');
  await replica.write([revision('r', [first], { body: { n: 1 } })]);
  await replica.write([revision('r', [newest, third, second, first], { body: { n: 4 } })]);
  await replica.writeSpares([revision('r', [second, first], { body: { n: 2 } })]);
  expect(await replica.readFirst('r', [third, second, first])).toMatchObject({
    id: 'r',
    rev: second,
    body: { n: 2 },
  });
  expect(await replica.readFirst('r', [newest, second])).toMatchObject({ rev: newest });
});
