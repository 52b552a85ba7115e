/** A message of DevTools that comes in pieces, cut anywhere. */
import { expect, test } from 'vitest';
import { MessageBytes, MessageReader } from '../../../electron/sources/live/message-reader.ts';

const BODY = '{"docs":[{"note":"a \\"bytes\\":\\" and \\\\ é 🌍"}]}';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const paused = (text: string, ...parts: string[]): string =>
  JSON.stringify({
    method: 'Fetch.requestPaused',
    params: { request: { url: 'u', postData: text, postDataEntries: parts.map((bytes) => ({ bytes })) } },
  });

function read(message: string, cut: number): unknown {
  const bytes = Buffer.from(message);
  const reader = new MessageReader();
  for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) reader.take(piece);
  return reader.end();
}

test('the text of a body is left out and its base64 becomes bytes, wherever the message is cut', () => {
  const message = paused(BODY, base64(BODY), base64('xy'), '');
  for (let cut = 0; cut <= Buffer.byteLength(message); cut += 1) {
    const { params } = read(message, cut) as { params: { request: Record<string, unknown> } };
    const { url, postData, postDataEntries } = params.request;
    expect([url, postData]).toEqual(['u', '']);
    const entries = (postDataEntries as { bytes: unknown }[]).map(({ bytes }) =>
      bytes instanceof MessageBytes ? Buffer.concat(bytes.blocks).toString() : bytes,
    );
    expect(entries).toEqual([BODY, 'xy', '']);
  }
});

test('a long body is whole', () => {
  const long = 'é0123456789'.repeat(60_000);
  for (const cut of [1, 100_001, 500_002, 900_003]) {
    const { params } = read(paused('', base64(long)), cut) as {
      params: { request: { postDataEntries: { bytes: MessageBytes }[] } };
    };
    const [{ bytes } = { bytes: null }] = params.request.postDataEntries;
    expect(Buffer.concat(bytes?.blocks ?? []).toString() === long).toBe(true);
  }
});

test.each(['abc', 'ab=d', 'a===', 'YQ==YQ==', 'ab c'])('what is no base64 is no body: %s', (bytes) => {
  for (let cut = 0; cut < 200; cut += 1) {
    const { params } = read(paused('', bytes), cut) as {
      params: { request: { postDataEntries: { bytes: unknown }[] } };
    };
    expect(params.request.postDataEntries).toEqual([{ bytes: null }]);
  }
});

test('other messages are as they are, one after the other; what nobody listens to is nothing', () => {
  const answer = { id: 1, result: { bytes: 'YQ==', postData: 'x', text: '"bytes":"é' } };
  const reader = new MessageReader();
  for (const [message, value] of [
    [answer, answer],
    [{ method: 'Network.requestWillBeSent', params: {} }, null],
    [
      { method: 'Page.frameNavigated', params: {} },
      { method: 'Page.frameNavigated', params: {} },
    ],
  ] as const) {
    for (const byte of Buffer.from(JSON.stringify(message))) reader.take(Buffer.from([byte]));
    expect(reader.end()).toEqual(value);
  }
});
