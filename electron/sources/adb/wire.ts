/**
 * A **wire** is the way to the debugging daemon of one phone: over an ADB server, or over USB. It carries any number
 * of streams to the phone's services at once. Services are named as in Android's `SERVICES.TXT`.
 */
import type { Duplex } from 'node:stream';

export interface Wire {
  /** Opens a service. Rejects where the phone refuses it or is gone. */
  open(service: string): Promise<Duplex>;
  /** The phone is not plugged in any more. */
  isGone(): Promise<boolean>;
  /** Ends all streams. Never throws. */
  close(): Promise<void>;
}

/** Exactly so many bytes of a stream; what follows them stays in it. @throws Error where it ends before */
export function readExactly(stream: Duplex, count: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const bytes = stream.read(count) as Buffer | null;
      // At its end a stream gives what is left, however little.
      if (bytes?.length === count) settle(() => resolve(bytes));
      else if (bytes !== null || stream.readableEnded || stream.destroyed) fail();
    };
    const fail = (): void => settle(() => reject(new Error('the phone ended the stream')));
    const failed = (error: Error): void => settle(() => reject(error));
    const settle = (end: () => void): void => {
      stream.off('readable', look).off('end', fail).off('close', fail).off('error', failed);
      end();
    };
    stream.on('readable', look).on('end', fail).on('close', fail).on('error', failed);
    look();
  });
}
