/**
 * One app on one phone, opened so that it can synchronise or be given a parcel: nobody else has the phone until it is closed.
 */
import type {
  AppState,
  Confirmation,
  ConfirmedHow,
  Leaves,
  Opened,
  ParcelBatch,
  ParcelWritten,
} from '../../../shared/web-view/protocol.ts';
import type { PageReader } from './page-reader.ts';
import { cookiesOf, runTunnel, TUNNEL_PACE, type TunnelEnd, type TunnelOptions } from './tunnel.ts';

export interface PhoneSyncParts {
  readonly reader: PageReader;
  readonly opened: Opened;
  /** Says what ended it: the cable, the app, or the lock of the screen. */
  readonly explain: (error: unknown) => Promise<unknown>;
  readonly letGo: () => Promise<void>;
}

export class PhoneSync {
  readonly opened: Opened;
  readonly #parts: PhoneSyncParts;

  constructor(parts: PhoneSyncParts) {
    this.#parts = parts;
    this.opened = parts.opened;
  }

  leaves(after: number): Promise<Leaves> {
    return this.#explained(() => this.#parts.reader.leaves(after));
  }

  state(of: Pick<ParcelBatch, 'user' | 'databaseId'>): Promise<AppState> {
    return this.#explained(() => this.#parts.reader.state(of));
  }

  write(batch: ParcelBatch): Promise<ParcelWritten> {
    return this.#explained(() => this.#parts.reader.write(batch));
  }

  confirm(confirmation: Confirmation): Promise<ConfirmedHow> {
    return this.#explained(() => this.#parts.reader.confirm(confirmation));
  }

  /** The phone's session with its server, as a `Cookie` header. */
  cookie(): Promise<string> {
    return this.#explained(() => cookiesOf(this.#parts.reader.session, this.opened, TUNNEL_PACE.answerMs));
  }

  run(options: Omit<TunnelOptions, 'server' | 'user' | 'held'>): Promise<TunnelEnd> {
    const { server, user } = this.opened;
    const { session, held } = this.#parts.reader;
    return this.#explained(() => runTunnel(session, { ...options, server, user, held }));
  }

  async close(): Promise<void> {
    await this.#parts.reader.close();
    await this.#parts.letGo();
  }

  async #explained<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      throw await this.#parts.explain(error);
    }
  }
}
