/**
 * The bodies of a phone's requests and of their answers, on their way between the two processes. A message is held
 * several times while it crosses, so a large body goes in parts, the next when the one before was taken.
 */
import { StationError } from '../../../shared/errors.ts';
import { passed } from '../../sources/live/collecting.ts';
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
        passed(block.byteLength);
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
        passed(part.byteLength);
        yield part;
      }
    }
    return { kind: 'answer', answer: { ...sent.answer, body: { bytes, parts } } };
  };
}

/** What is under way of one sync. */
interface UnderWay {
  readonly coming: Map<number, { readonly bytes: Buffer; length: number }>;
  /** Answers that were not asked for to their end. */
  readonly answers: Map<number, Uint8Array>;
}

/** The side of the station. */
export class Bodies {
  readonly #syncs = new Map<string, UnderWay>();
  #last = 0;

  /** @throws StationError `internal` for what the other side never sends */
  came({ sync, body, bytes, part }: DeviceNews['bodyPart']['params']): null {
    const { coming } = this.#of(sync);
    let one = coming.get(body);
    if (one === undefined) {
      if (bytes > BODY_BYTES || coming.size >= BODIES) throw new StationError('internal');
      one = { bytes: Buffer.allocUnsafeSlow(bytes), length: 0 };
      coming.set(body, one);
    }
    if (bytes !== one.bytes.length || part.byteLength > bytes - one.length)
      throw new StationError('internal');
    one.bytes.set(part, one.length);
    one.length += part.byteLength;
    passed(part.byteLength);
    return null;
  }

  /**
   * Gives the request with its body to `sendOn`, and answers with the answer as it crosses.
   * @throws StationError `internal` where not all of the body came: a shortened one never leaves
   */
  async pass(
    { sync, request, body }: DeviceNews['sendOn']['params'],
    sendOn: (sync: string, request: AppRequest) => Promise<SentOn>,
  ): Promise<SentOn<Uint8Array | WaitingAnswer>> {
    const underWay = this.#of(sync);
    return this.#given(underWay, await sendOn(sync, whole(underWay, request, body)));
  }

  /** @param underWay of the sync as it was when it asked: where that was let go meanwhile, nobody asks for the answer */
  #given({ answers }: UnderWay, sent: SentOn): SentOn<Uint8Array | WaitingAnswer> {
    if (sent.kind !== 'answer' || sent.answer.body.byteLength <= PART_BYTES) return sent;
    const { body } = sent.answer;
    this.#last += 1;
    answers.set(this.#last, body);
    return {
      kind: 'answer',
      answer: { ...sent.answer, body: { answer: this.#last, bytes: body.byteLength } },
    };
  }

  /** @throws StationError `internal` for an answer that there is not */
  part({ sync, answer, from }: DeviceNews['answerPart']['params']): Uint8Array {
    const { answers } = this.#of(sync);
    const body = answers.get(answer);
    if (body === undefined || from >= body.byteLength) throw new StationError('internal');
    if (from + PART_BYTES >= body.byteLength) answers.delete(answer);
    passed(PART_BYTES);
    return partOf(body, from);
  }

  /** Nothing of this sync is under way any more; `null`: of none. */
  letGo(sync: string | null): null {
    if (sync === null) this.#syncs.clear();
    else this.#syncs.delete(sync);
    return null;
  }

  #of(sync: string): UnderWay {
    const underWay = this.#syncs.get(sync) ?? { coming: new Map(), answers: new Map() };
    this.#syncs.set(sync, underWay);
    return underWay;
  }
}

function whole({ coming }: UnderWay, request: AppRequest, body: number | null): AppRequest {
  if (body === null) return request;
  const come = coming.get(body);
  coming.delete(body);
  if (come === undefined || come.length !== come.bytes.length) throw new StationError('internal');
  return { ...request, body: come.bytes };
}

/** Of its own: with a part of a larger one all of it would cross. */
function partOf(body: Uint8Array, from: number): Uint8Array {
  return new Uint8Array(body.subarray(from, from + PART_BYTES));
}

/** At once: the memory of bytes is not V8's own, so that it waits for long before it collects them. */
function free({ buffer }: Uint8Array): void {
  (buffer as ArrayBuffer).transfer(0);
}
