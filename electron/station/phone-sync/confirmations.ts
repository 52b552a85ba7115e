/**
 * Tells a phone's app that the server has what it holds: the phone is read to its end, the server is asked about every
 * leaf with the phone's own session, and only where nothing is left the app's two values are written. What is told is in
 * the history before it is told.
 */
import type { JobEnd } from '../../../shared/contract.ts';
import { StationError, type ErrorCode } from '../../../shared/errors.ts';
import type { PhoneConfirmed } from '../../../shared/phone-confirmation.ts';
import { tellingStop } from '../../../shared/stopping.ts';
import type { Confirmation, ConfirmedHow, Opened } from '../../../shared/web-view/protocol.ts';
import { audit } from '../../ledger/audit.ts';
import { readUpTo, recordTold } from '../../ledger/phone-reads.ts';
import { setSetting } from '../../ledger/settings.ts';
import type { DeviceProcess } from '../../workers/devices/client.ts';
import type { Core } from '../core.ts';
import type { IntakeHandle } from '../import/queue.ts';
import { serverUrl } from '../server/server.ts';
import type { Phones } from '../sources/phones.ts';
import type { SyncPhone } from './job.ts';
import { phoneSession } from './own-session.ts';
import { lookForApproved } from './look.ts';
import { allLeaves, named } from './plan.ts';
import { provenOf, type Proven } from './proven.ts';

/** So often it is read again where the person goes on working meanwhile. */
const READINGS = 3;

const CODES: Readonly<Record<Exclude<ConfirmedHow, 'ready' | 'already'>, ErrorCode>> = {
  'other-person': 'app-other-person',
  'other-database': 'phone-odd-state',
  unfinished: 'phone-unfinished',
  'several-people': 'phone-several-people',
  'odd-value': 'phone-odd-state',
};

export class PhoneConfirmations {
  readonly #core: Core;
  readonly #devices: DeviceProcess;
  readonly #phones: Phones;

  constructor(core: Core, devices: DeviceProcess, phones: Phones) {
    this.#core = core;
    this.#devices = devices;
    this.#phones = phones;
  }

  /**
   * @throws StationError `phone-several-people`, `phone-not-known`, `phone-odd-state`, `phone-unfinished`,
   *   `phone-session-ended`, `phone-unread`, `offline`, what reading a phone throws
   */
  async run(
    job: IntakeHandle,
    { phone, app, user }: Omit<SyncPhone, 'agreed' | 'mayAgree'>,
  ): Promise<JobEnd> {
    const server = serverUrl(this.#core);
    for (let readings = 1; ; readings += 1) {
      const end = await this.#phones.read(job, { phone, app, user, whole: false });
      if (end.kind === 'imported' && end.imports.some(({ outcome }) => outcome === 'failed'))
        throw new StationError('phone-unread');
      const confirmed = await this.#withApp(job, { phone, app, user, server });
      if (confirmed !== null) return { kind: 'confirmed', confirmed };
      if (readings === READINGS) throw new StationError('phone-unread');
    }
  }

  /** `null`: something is on the phone that was not read. */
  async #withApp(
    job: IntakeHandle,
    { phone, app, user, server }: Omit<SyncPhone, 'agreed' | 'mayAgree'> & { readonly server: string },
  ): Promise<PhoneConfirmed | null> {
    const core = this.#core;
    const sync = job.id;
    job.progress({ step: 'prove', done: 0, total: null, unit: 'documents', counts: {} });
    try {
      const { opened, cookie } = await this.#call(job, () =>
        this.#devices.call('openSync', { sync, request: { phone, app, user, server } }),
      );
      const openedAt = core.clock();
      const of = knownDatabase(opened);
      const sequence = readUpTo(core.db, of);
      if (sequence === null) throw new StationError('phone-not-known');
      const telling = (at: number): Confirmation => ({
        user,
        databaseId: of.databaseId,
        sequence,
        at,
        write: false,
      });
      // Where it may not be told, nothing is asked of the server.
      const before = await this.#confirm(job, telling(0));
      if (before !== 'ready' && before !== 'already') throw new StationError(CODES[before]);
      const session = phoneSession(core, { server, cookie }, job.signal);
      await session.check(user);
      core.db.transaction(() => setSetting(core.db, 'server.used', 'yes'));
      const leaves = await this.#call(job, () =>
        allLeaves((after) => this.#devices.call('leaves', { sync, after })),
      );
      const provenAt = core.clock();
      const missing = await session.missing(leaves);
      await lookForApproved(core, session, { leaves }, job.signal);
      const proven = provenOf(core.db, server, { leaves, missing });
      if (proven === null) return null;
      const result = (outcome: PhoneConfirmed['outcome']): PhoneConfirmed => ({
        user,
        device: of.device,
        outcome,
        sequence,
        proven: proven.documents,
        refused: proven.refused,
        unproven: named(core.db, proven.unproven),
      });
      if (proven.unproven.length > 0) return result('unproven');
      if (before === 'already') return result('already');
      const at = Date.parse(opened.now) + provenAt - openedAt;
      const how = await this.#tell(job, of, { ...telling(at), write: true }, proven);
      if (how === 'ready' || how === 'already') return result(how === 'ready' ? 'told' : 'already');
      throw new StationError(CODES[how]);
    } finally {
      await this.#devices.call('closeSync', { sync }).catch(() => null);
    }
  }

  /** What comes of it stands in the history, too, where it is not what was said before. */
  async #tell(
    job: IntakeHandle,
    of: KnownDatabase,
    confirmation: Confirmation,
    { documents, refused }: Proven,
  ): Promise<ConfirmedHow> {
    const { db, person, now } = this.#core;
    const { user, device } = of;
    const { sequence, at } = confirmation;
    const told = { user, device, sequence, at: new Date(at).toISOString() };
    db.transaction(() => {
      recordTold(db, of, told.at);
      audit(db, { person, at: now() }, 'phone-confirmed', { detail: { ...told, documents, refused } });
    });
    let why: string = 'unknown';
    try {
      const how = await this.#confirm(job, confirmation);
      why = how;
      return how;
    } finally {
      if (why !== 'ready')
        audit(db, { person, at: now() }, 'phone-not-confirmed', { detail: { ...told, why } });
    }
  }

  #confirm(job: IntakeHandle, confirmation: Confirmation): Promise<ConfirmedHow> {
    return this.#call(job, () => this.#devices.call('confirmPhone', { sync: job.id, confirmation }));
  }

  #call<Value>(job: IntakeHandle, work: () => Promise<Value>): Promise<Value> {
    const stop = (): void => void this.#devices.call('stopRead', { read: job.id }).catch(() => null);
    return tellingStop(job.signal, stop, work);
  }
}

type KnownDatabase = Pick<Opened, 'server' | 'user'> & {
  readonly device: string;
  readonly databaseId: string;
};

/** @throws StationError `phone-not-known`: what was read of it cannot be told from another one */
function knownDatabase({ server, user, device, databaseId }: Opened): KnownDatabase {
  if (device === null || databaseId === null) throw new StationError('phone-not-known');
  return { server, user, device, databaseId };
}
