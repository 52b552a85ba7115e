/**
 * The bodies of a phone's requests and of their answers, on their way between the two processes. A message is held
 * several times while it crosses, so a large body goes in parts, the next when the one before was taken.
 */
import { StationError } from '../../../shared/errors.ts';
import type { SyncStation } from '../../sources/live/readings.ts';
import { BODY_BYTES, type AppRequest } from '../../sources/live/paused-request.ts';
import type { SentOn } from '../../sources/live/tunnel.ts';
import type { Call } from '../rpc.ts';
import type { DeviceNews, WaitingAnswer } from './calls.ts';

const PART_BYTES = 256 * 1024;
/** Of one sync: two requests are under way at a time. */
const BODIES = 4;

/** The side of the phones: gives a request to the station, and takes its answer. */
export function inParts(call: Call<DeviceNews>): SyncStation['sendOn'] {
  let last = 0;
  return async (sync, request) => {
    const { body } = request;
    let number: number | null = null;
    let small: Uint8Array | null = null;
    if (body !== null && body.byteLength > PART_BYTES) {
      number = last += 1;
      for (const block of body.blocks) {
        await call('bodyPart', { sync, body: number, bytes: body.byteLength, part: block });
        free(block);
      }
    } else if (body !== null) small = Buffer.concat(body.blocks);
    const sent = await call('sendOn', { sync, request: { ...request, body: small }, body: number });
    if (sent.kind !== 'answer') return sent;
    const { body: given } = sent.answer;
    if (given instanceof Uint8Array) return { kind: 'answer', answer: { ...sent.answer, body: given } };
    const { answer, bytes } = given;
    async function* parts(): AsyncGenerator<Uint8Array> {
      for (let from = 0; from < bytes;) {
        const part = await call('answerPart', { sync, answer, from });
        from += part.byteLength;
        yield part;
      }
    }
    return { kind: 'answer', answer: { ...sent.answer, body: { bytes, parts } } };
  };
}

/** The side of the station: what has come of bodies, and answers that were not asked for to their end. */
export class Bodies {
  readonly #coming = new Map<string, { readonly bytes: Buffer; length: number }>();
  readonly #answers = new Map<string, Uint8Array>();
  #last = 0;

  /** @throws StationError `internal` for what the other side never sends */
  came({ sync, body, bytes, part }: DeviceNews['bodyPart']['params']): null {
    const key = keyOf(sync, body);
    let coming = this.#coming.get(key);
    if (coming === undefined) {
      if (bytes > BODY_BYTES || this.#coming.size >= BODIES) throw new StationError('internal');
      coming = { bytes: Buffer.allocUnsafeSlow(bytes), length: 0 };
      this.#coming.set(key, coming);
    }
    if (part.byteLength > coming.bytes.length - coming.length) throw new StationError('internal');
    coming.bytes.set(part, coming.length);
    coming.length += part.byteLength;
    return null;
  }

  /** The request with its body. @throws StationError `internal` where not all of it came: a shortened one never leaves */
  whole({ sync, request, body }: DeviceNews['sendOn']['params']): AppRequest {
    if (body === null) return request;
    const key = keyOf(sync, body);
    const come = this.#coming.get(key);
    this.#coming.delete(key);
    if (come === undefined || come.length !== come.bytes.length) throw new StationError('internal');
    return { ...request, body: come.bytes };
  }

  /** The answer as it crosses. */
  given(sync: string, sent: SentOn): SentOn<Uint8Array | WaitingAnswer> {
    if (sent.kind !== 'answer' || sent.answer.body.byteLength <= PART_BYTES) return sent;
    const { body } = sent.answer;
    this.#last += 1;
    this.#answers.set(keyOf(sync, this.#last), body);
    return {
      kind: 'answer',
      answer: { ...sent.answer, body: { answer: this.#last, bytes: body.byteLength } },
    };
  }

  /** @throws StationError `internal` for an answer that there is not */
  part({ sync, answer, from }: DeviceNews['answerPart']['params']): Uint8Array {
    const key = keyOf(sync, answer);
    const body = this.#answers.get(key);
    if (body === undefined || from >= body.byteLength) throw new StationError('internal');
    if (from + PART_BYTES >= body.byteLength) this.#answers.delete(key);
    return partOf(body, from);
  }

  /** Nothing of this sync is under way any more; `null`: of none. */
  letGo(sync: string | null): null {
    for (const held of [this.#coming, this.#answers])
      for (const key of held.keys()) if (sync === null || key.startsWith(`${sync} `)) held.delete(key);
    return null;
  }
}

function keyOf(sync: string, number: number): string {
  return `${sync} ${number}`;
}

/** Of its own: with a part of a larger one all of it would cross. */
function partOf(body: Uint8Array, from: number): Uint8Array {
  return new Uint8Array(body.subarray(from, from + PART_BYTES));
}

/** At once: the memory of bytes is not V8's own, so that it waits for long before it collects them. */
function free({ buffer }: Uint8Array): void {
  (buffer as ArrayBuffer).transfer(0);
}
