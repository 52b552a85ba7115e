/** How a conversation with a phone can fail, as far as the cable and the protocol can tell. */

/**
 * `gone` unplugged · `silent` no answer in time · `busy` another program holds it · `no-access` this person
 * may not open it · `stalled` the phone refused a transfer · `nonsense` what it sent breaks the protocol ·
 * `refused` it answered with another response than OK · `closed` we ended it · `failed` anything else
 */
export type MtpFailure =
  'gone' | 'silent' | 'busy' | 'no-access' | 'stalled' | 'nonsense' | 'refused' | 'closed' | 'failed';

export class MtpError extends Error {
  readonly failure: MtpFailure;
  /** The phone's response code; only with `refused`. */
  readonly response: number | undefined;

  constructor(failure: MtpFailure, what: string, response?: number, cause?: unknown) {
    super(`${failure}: ${what}`, cause === undefined ? undefined : { cause });
    this.name = 'MtpError';
    this.failure = failure;
    this.response = response;
  }
}

/** Whether an error is this failure, and where it is a refusal, this response. */
export function isFailure(error: unknown, failure: MtpFailure, response?: number): error is MtpError {
  return (
    error instanceof MtpError &&
    error.failure === failure &&
    (response === undefined || error.response === response)
  );
}
