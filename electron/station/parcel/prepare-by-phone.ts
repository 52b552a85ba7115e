/**
 * A parcel that is fetched with the session of the phone itself, while it is plugged in: for people who have no password.
 * The session is kept nowhere, and ends for the station when the phone is let go.
 */
import type { JobEnd } from '../../../shared/contract.ts';
import { StationError } from '../../../shared/errors.ts';
import { tellingStop } from '../../../shared/stopping.ts';
import type { Opened } from '../../../shared/web-view/protocol.ts';
import type { Database } from '../../ledger/database.ts';
import { phoneLeaves, type PhoneLeaves } from '../../ledger/parcels.ts';
import type { DeviceProcess } from '../../workers/devices/client.ts';
import type { Core } from '../core.ts';
import type { IntakeHandle } from '../import/queue.ts';
import { phoneSession } from '../phone-sync/own-session.ts';
import { serverUrl } from '../server/server.ts';
import type { Phones, ReadPhone } from '../sources/phones.ts';
import { pauseToSavePower } from '../upload/power.ts';
import { PARCEL_LIMITS } from './document.ts';
import { Preparing } from './prepare.ts';

export class ParcelsByPhone {
  readonly #core: Core;
  readonly #devices: DeviceProcess;
  readonly #phones: Phones;

  constructor(core: Core, devices: DeviceProcess, phones: Phones) {
    this.#core = core;
    this.#devices = devices;
    this.#phones = phones;
  }

  /**
   * The phone is read first, so that what it has is known as it is now.
   * @throws StationError `phone-session-ended`, `parcel-phone-unread`, `parcel-unread`: the phone does not say which it is;
   *   `parcel-not-offered`, what reading a phone throws
   */
  async run(job: IntakeHandle, request: Omit<ReadPhone, 'whole'>): Promise<JobEnd> {
    const core = this.#core;
    const server = serverUrl(core);
    const end = await this.#phones.read(job, { ...request, whole: false });
    if (end.kind === 'imported' && end.imports.some(({ outcome }) => outcome === 'failed'))
      throw new StationError('parcel-phone-unread');
    const sync = job.id;
    const stopSaving = pauseToSavePower(core.options.power, job.gate);
    const stop = (): void => void this.#devices.call('stopRead', { read: sync }).catch(() => null);
    try {
      const { opened, cookie } = await tellingStop(job.signal, stop, () =>
        this.#devices.call('openSync', { sync, request: { ...request, server } }),
      );
      job.progress({ step: 'sign-in', unit: 'documents', subject: request.user });
      const client = phoneSession(core, { server, cookie }, job.signal);
      const { isRestricted } = await client.check(request.user);
      if (!isRestricted) throw new StationError('parcel-not-offered');
      const phone = leavesOf(core.db, server, opened);
      if (phone === null) throw new StationError('parcel-unread');
      return await new Preparing(core, job, { client, phone, limits: PARCEL_LIMITS }).run();
    } finally {
      stopSaving();
      await this.#devices.call('closeSync', { sync }).catch(() => null);
    }
  }
}

function leavesOf(db: Database, server: string, { user, device, databaseId }: Opened): PhoneLeaves | null {
  return device === null || databaseId === null
    ? null
    : phoneLeaves(db, user, server, { device, databaseId });
}
