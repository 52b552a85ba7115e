/** What carries a request to the station and its answer back, and the one way in which it fails by itself. */
import type { EventName } from '../shared/contract.ts';

/** `connecting`: not once reached yet; `lost`: it was there and is not now. */
export type Connection = 'connecting' | 'connected' | 'lost';

export interface Carrier {
  /** Rejects with `StationLost` where no answer can come any more. */
  ask(name: string, params: unknown): Promise<unknown>;
  on(name: EventName, listener: (value: unknown) => void): void;
  onConnection(listener: (connection: Connection) => void): void;
}

/** The question got no answer, because the station went away. Whether it was done is not known. */
export class StationLost extends Error {
  constructor() {
    super('the station is not there');
    this.name = 'StationLost';
  }
}
