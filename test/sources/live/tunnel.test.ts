/** The tunnel of a phone's sync at a web view that lacks something, and what it holds and passes at a time. */
import { afterEach, expect, test } from 'vitest';
import type { AppRequest } from '../../../electron/sources/live/paused-request.ts';
import type { MessageBytes } from '../../../electron/sources/live/message-reader.ts';
import type { Standing } from '../../../electron/sources/live/sync-watch.ts';
import {
  runTunnel,
  type SentOn,
  type TunnelEnd,
  type TunnelPace,
} from '../../../electron/sources/live/tunnel.ts';
import { DevtoolsDouble } from '../../support/devtools.ts';
import { ManualTimers } from '../../support/manual-timers.ts';
import { HANGS_MS } from '../../support/soon.ts';

const SERVER = 'https://cht.example.org';

let page: DevtoolsDouble;
afterEach(async () => {
  await page.close();
});

interface Run {
  readonly end: Promise<TunnelEnd>;
  readonly sent: AppRequest<MessageBytes>[];
  readonly timers: ManualTimers;
  /** What was told of how it stands. */
  readonly stands: readonly Standing[];
  /** Ends the oldest request that is under way. */
  answer(sent: SentOn): void;
  readonly stop: AbortController;
  /** When the app last synchronised, as it notes it. */
  app: { at: string | null };
}

async function open(lacks: readonly string[] = [], pace: Partial<TunnelPace> = {}): Promise<Run> {
  const app: Run['app'] = { at: '1' };
  page = await DevtoolsDouble.open((method) => {
    if (lacks.includes(method)) return null;
    if (method === 'Page.getFrameTree') return { frameTree: { frame: { id: 'F1' } } };
    if (method === 'Runtime.callFunctionOn') return { result: { value: { ...app, online: false } } };
    if (method === 'Network.getCookies') return { cookies: [{ name: 'AuthSession', value: 'secret' }] };
    return {};
  });
  const sent: AppRequest<MessageBytes>[] = [];
  const under: ((answer: SentOn) => void)[] = [];
  const timers = new ManualTimers();
  const stands: Standing[] = [];
  const stop = new AbortController();
  const end = runTunnel(page.session, {
    server: SERVER,
    user: 'chw1',
    held: 'O1',
    timers,
    signal: stop.signal,
    pace: { answerMs: HANGS_MS, ...pace },
    stands: (standing) => stands.push(standing),
    sendOn: (request) => {
      sent.push(request);
      return new Promise((resolve) => under.push(resolve));
    },
  });
  end.catch(() => {});
  return { end, sent, timers, stands, answer: (answer) => under.shift()?.(answer), stop, app };
}

const pause = (id: string, request: object = {}): void =>
  page.tell('Fetch.requestPaused', {
    requestId: id,
    frameId: 'F1',
    resourceType: 'Fetch',
    request: { url: `${SERVER}/medic/_bulk_docs`, method: 'POST', headers: {}, ...request },
  });
const body = (bytes: number) => ({
  hasPostData: true,
  postDataEntries: [{ bytes: Buffer.alloc(bytes, 'x').toString('base64') }],
});
const OK: SentOn = { kind: 'answer', answer: { status: 200, headers: [], body: Buffer.from('{}') } };
const failed = () => page.of('Fetch.failRequest').map(({ requestId }) => requestId);
const isOpen = async () => {
  await expect.poll(() => page.of('Network.emulateNetworkConditions').length).toBe(1);
};

test.each(['Fetch.enable', 'Network.enable', 'Network.emulateNetworkConditions'])(
  'a web view without %s cannot synchronise, and is left as it was',
  async (lacking) => {
    const { end, sent } = await open([lacking]);
    await expect(end).rejects.toMatchObject({ code: 'phone-cannot-sync' });
    expect(sent).toEqual([]);
    for (const off of ['Fetch.disable', 'Network.disable']) expect(page.of(off)).toHaveLength(1);
    expect(page.of('Network.emulateNetworkConditions').at(-1)).toMatchObject({ offline: false });
  },
);

test.each([{ hasPostData: true }, { hasPostData: true, postData: '{"docs":[]}' }])(
  'nor can one that does not show the bytes of a body: %j',
  async (shown) => {
    const { end, sent } = await open();
    await isOpen();
    pause('1', shown);
    await expect(end).rejects.toMatchObject({ code: 'phone-cannot-sync' });
    // For the app the network is gone; a shortened body never left.
    expect([failed(), sent]).toEqual([['1'], []]);
  },
);

test('two requests are under way at a time, the others wait for their turn', async () => {
  const { end, sent, answer, stop } = await open();
  await isOpen();
  for (const id of ['1', '2', '3', '4']) pause(id, body(10));
  await expect.poll(() => sent.length).toBe(2);
  answer(OK);
  await expect.poll(() => sent.length).toBe(3);
  expect(page.of('Fetch.fulfillRequest')).toMatchObject([{ requestId: '1', responseCode: 200 }]);
  answer({ kind: 'failed' });
  await expect.poll(() => sent.length).toBe(4);
  expect(failed()).toEqual(['2']);
  // Stopped in the middle, what is under way is a network that went away.
  stop.abort();
  await expect(end).rejects.toMatchObject({ code: 'cancelled' });
  answer(OK);
  answer(OK);
  await expect.poll(() => failed().sort()).toEqual(['2', '3', '4']);
  expect(page.of('Fetch.fulfillRequest')).toHaveLength(1);
});

test('bodies are held up to a bound; one beyond it meets no network, and a later one passes', async () => {
  const { sent, answer } = await open([], { heldBytes: 1000 });
  await isOpen();
  for (const id of ['1', '2', '3']) pause(id, body(300));
  pause('4', body(200));
  pause('5', body(100));
  await expect.poll(failed).toEqual(['4']);
  for (const _ of ['1', '2']) answer(OK);
  await expect.poll(() => sent.length).toBe(4);
  pause('6', body(500));
  await expect.poll(() => page.of('Fetch.fulfillRequest').length).toBe(2);
  answer(OK);
  answer(OK);
  await expect.poll(() => sent.length).toBe(5);
  expect(sent.at(-1)?.body?.byteLength).toBe(500);
  expect(failed()).toEqual(['4']);
});

test('an answer is given as it is: status, every header in its own line, all bytes', async () => {
  const { answer, sent } = await open();
  await isOpen();
  pause('1');
  await expect.poll(() => sent.length).toBe(1);
  // Where an old web view hides the cookie, it is asked for.
  expect(sent[0]?.headers).toEqual([['Cookie', 'AuthSession=secret']]);
  const headers = [
    ['Set-Cookie', 'a=1; Path=/'],
    ['Set-Cookie', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT'],
  ] as const;
  answer({ kind: 'answer', answer: { status: 409, headers, body: Uint8Array.of(0, 255, 10) } });
  await expect
    .poll(() => page.of('Fetch.fulfillRequest'))
    .toEqual([
      {
        requestId: '1',
        responseCode: 409,
        responseHeaders: headers.map(([name, value]) => ({ name, value })),
        body: 'AP8K',
      },
    ]);
});

test('it is over once the app noted a new time and asks for nothing', async () => {
  const { end, timers, app } = await open();
  await isOpen();
  let ended: string | null = null;
  void end.then((how) => (ended = how));
  await timers.pass(60_000);
  expect(ended).toBeNull();
  app.at = '2';
  await timers.pass(10_000);
  await expect.poll(() => ended).toBe('done');
});

const answered = (status: number): SentOn => ({
  kind: 'answer',
  answer: { status, headers: [], body: Buffer.from('{}') },
});
const fulfilled = async (count: number) => {
  await expect.poll(() => page.of('Fetch.fulfillRequest').length).toBe(count);
};

test('an app that asks for nothing after its requests came to nothing has not ended, and a new try is another one', async () => {
  const { end, timers, app, stands, answer, sent } = await open();
  await isOpen();
  pause('1');
  await expect.poll(() => sent.length).toBe(1);
  // A request that takes long is no silence.
  await timers.pass(300_000);
  answer(answered(503));
  await fulfilled(1);
  await timers.pass(18_000);
  expect(stands).toEqual([]);
  await timers.pass(4_000);
  await expect.poll(() => stands).toEqual(['unended']);
  pause('2');
  await expect.poll(() => stands).toEqual(['unended', 'syncs']);
  await expect.poll(() => sent.length).toBe(2);
  answer(OK);
  await fulfilled(2);
  // What failed before says nothing of this try.
  await timers.pass(60_000);
  expect(stands).toEqual(['unended', 'syncs']);
  await timers.pass(70_000);
  await expect.poll(() => stands.at(-1)).toBe('quiet');
  app.at = '2';
  await timers.pass(10_000);
  await expect(end).resolves.toBe('done');
});

test('an app that tries in vain again and again is left alone after a quarter of an hour, and nothing is claimed', async () => {
  const { end, timers, stands, answer, sent } = await open();
  await isOpen();
  let tries = 0;
  for (const passes of [300_000, 300_000, 290_000, 12_000]) {
    tries += 1;
    pause(`${tries}`);
    await expect.poll(() => sent.length).toBe(tries);
    answer({ kind: 'failed' });
    await expect.poll(() => failed().length).toBe(tries);
    await timers.pass(passes);
  }
  // It has just tried, so it is not left alone before that is seen to be over.
  expect(stands).toEqual(['unended', 'syncs', 'unended', 'syncs', 'unended', 'syncs']);
  await timers.pass(15_000);
  await expect(end).resolves.toBe('unended');
});

test('an app whose page does not answer is quiet all the same', async () => {
  const { stands, timers } = await open([], { answerMs: HANGS_MS });
  await isOpen();
  await timers.pass(130_000);
  await expect.poll(() => stands).toEqual(['quiet']);
});

test('a page that dies, goes elsewhere, or is another one by now, ends it with a code of its own', async () => {
  const died = await open();
  await isOpen();
  pause('1', body(10));
  page.tell('Inspector.targetCrashed', {});
  await expect(died.end).rejects.toMatchObject({ code: 'phone-page-gone' });
  await page.close();

  const left = await open();
  await isOpen();
  // A frame within the page is not the app.
  page.tell('Page.frameNavigated', { frame: { id: 'F2', parentId: 'F1' } });
  pause('1', body(10));
  await expect.poll(() => left.sent.length).toBe(1);
  page.tell('Page.frameNavigated', { frame: { id: 'F1' } });
  await expect(left.end).rejects.toMatchObject({ code: 'phone-page-gone' });
  // What was under way is not given to the page that is there now.
  left.answer(OK);
  await expect.poll(failed).toEqual(['1']);
  expect(page.of('Fetch.fulfillRequest')).toEqual([]);
  await page.close();

  const other = await open(['Runtime.callFunctionOn']);
  await expect(other.end).rejects.toMatchObject({ code: 'phone-page-gone' });
  expect(page.of('Fetch.enable')).toEqual([]);
});
