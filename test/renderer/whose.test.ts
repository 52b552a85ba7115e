/** Saying whose a batch is: what is told afterwards, and the way back. */
import { afterEach, expect, test } from 'vitest';
import { notices, takeBackNewest } from '../../renderer/hooks/notices.ts';
import { assign } from '../../renderer/hooks/use-assign.ts';
import { openWords } from '../../renderer/i18n.ts';
import type { Assigned } from '../../shared/contract.ts';
import { StationError } from '../../shared/errors.ts';
import { scriptedClient } from './client.ts';

const { t } = openWords('en');
afterEach(() => {
  for (const { key } of notices.visibleToasts) notices.close(key);
});

/** A station with one batch; what it is asked is written down. */
function stationWith(from: string | null, lifted = 0) {
  let user = from;
  return scriptedClient({
    'batch.assign': (params): Assigned => {
      const before = user;
      user = (params as { user: string | null }).user;
      return { user, from: before, lifted };
    },
  });
}

const told = () => notices.visibleToasts.map(({ content: { tone, text, more } }) => [tone, text, more]);

test('it is told with what was lifted, and taken back to the name before', async () => {
  const client = stationWith('chw2', 2);
  await assign(t, client, 'b1', 'chw1');
  expect(told()).toEqual([
    ['good', 'The owner of these records is now chw1', '2 refusals of the earlier name were lifted.'],
  ]);
  takeBackNewest();
  await expect
    .poll(told)
    .toEqual([
      ['plain', 'The owner of these records is now chw2', '2 refusals of the earlier name were lifted.'],
    ]);
  expect(client.asked.map(({ params }) => params)).toEqual([
    { batch: 'b1', user: 'chw1' },
    { batch: 'b1', user: 'chw2' },
  ]);
  // There is nothing to take back about taking back.
  takeBackNewest();
  expect(client.asked).toHaveLength(2);
});

test('where nobody was known before, nobody is known again', async () => {
  const client = stationWith(null);
  await assign(t, client, 'b1', 'chw1');
  expect(told()).toEqual([['good', 'The owner of these records is now chw1', undefined]]);
  takeBackNewest();
  await expect.poll(told).toEqual([['plain', 'The owner of these records is unknown now', undefined]]);
});

test('the same name again is no news', async () => {
  await assign(t, stationWith('chw1'), 'b1', 'chw1');
  expect(told()).toEqual([]);
});

test('a failure is for the dialog; one of taking back is told, because the dialog is gone', async () => {
  const refuses = scriptedClient({
    'batch.assign': () => {
      throw new StationError('batch-sent');
    },
  });
  await expect(assign(t, refuses, 'b1', 'chw1')).rejects.toMatchObject({ code: 'batch-sent' });
  expect(told()).toEqual([]);

  let sent = false;
  const client = scriptedClient({
    'batch.assign': () => {
      if (sent) throw new StationError('batch-sent');
      return { user: 'chw1', from: null, lifted: 0 };
    },
  });
  await assign(t, client, 'b1', 'chw1');
  sent = true;
  takeBackNewest();
  await expect
    .poll(() => notices.visibleToasts[0]?.content)
    .toMatchObject({
      tone: 'bad',
      text: 'Some of it may be on the server already, so the name can no longer be changed.',
    });
});
