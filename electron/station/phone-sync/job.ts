/**
 * A phone synchronises through the station: it is read, what its app would send is looked at, the app sends and fetches
 * over the cable, and the server is asked what it has of it now. Nothing goes that nobody approved or agreed to.
 */
import { randomUUID } from 'node:crypto';
import type { JobEnd } from '../../../shared/contract.ts';
import { StationError, type ErrorCode } from '../../../shared/errors.ts';
import type { SyncResult } from '../../../shared/phone-sync.ts';
import { tellingStop } from '../../../shared/stopping.ts';
import { UPLOAD_PACE } from '../../../shared/upload-pace.ts';
import type { Opened } from '../../../shared/web-view/protocol.ts';
import { audit } from '../../ledger/audit.ts';
import { setSetting } from '../../ledger/settings.ts';
import { addUpload } from '../../ledger/uploads.ts';
import type { AppRequest } from '../../sources/live/paused-request.ts';
import type { SentOn } from '../../sources/live/tunnel.ts';
import { PhoneSession } from '../../upload/phone-session.ts';
import type { DeviceProcess } from '../../workers/devices/client.ts';
import type { Core } from '../core.ts';
import type { IntakeHandle } from '../import/queue.ts';
import type { JobHandle } from '../jobs.ts';
import { serverUrl } from '../server/server.ts';
import type { Phones } from '../sources/phones.ts';
import { pauseToSavePower } from '../upload/power.ts';
import { allLeaves, whatGoes, type WhatGoes } from './plan.ts';
import { SyncRecord } from './record.ts';
import { RequestsOfPhone } from './send-on.ts';
import { goingKey } from './writing.ts';

export interface SyncPhone {
  readonly phone: string;
  readonly app: string;
  readonly user: string;
  /** The `digest` of the plan that somebody agreed to. */
  readonly agreed?: string | undefined;
}

/** So often it is read again where the person goes on working meanwhile. */
const READINGS = 3;

/** One sync that is under way. */
interface Running {
  readonly job: JobHandle;
  readonly requests: RequestsOfPhone;
}

export class PhoneSyncs {
  readonly #core: Core;
  readonly #devices: DeviceProcess;
  readonly #phones: Phones;
  readonly #running = new Map<string, Running>();

  constructor(core: Core, devices: DeviceProcess, phones: Phones) {
    this.#core = core;
    this.#devices = devices;
    this.#phones = phones;
  }

  /** The app asks for something of its server. */
  async sendOn(sync: string, request: AppRequest): Promise<SentOn> {
    return (await this.#running.get(sync)?.requests.sendOn(request)) ?? { kind: 'close' };
  }

  /** The app has asked for nothing for a long time, or asks again. */
  quiet(sync: string, isQuiet: boolean): void {
    const running = this.#running.get(sync);
    running?.job.progress({ step: isQuiet ? 'quiet' : 'sync' });
  }

  async run(job: IntakeHandle, request: SyncPhone): Promise<JobEnd> {
    const server = serverUrl(this.#core);
    const stopSaving = pauseToSavePower(this.#core.options.power, job.gate);
    try {
      for (let readings = 1; ; readings += 1) {
        await this.#read(job, request);
        const result = await this.#withApp(job, { ...request, server });
        if (result !== null) return { kind: 'synced', sync: result };
        if (readings === READINGS) throw new StationError('sync-unread');
      }
    } finally {
      stopSaving();
    }
  }

  async #read(job: IntakeHandle, { phone, app, user }: SyncPhone): Promise<void> {
    const end = await this.#phones.read(job, { phone, app, user, whole: false });
    if (end.kind === 'imported' && end.imports.some(({ outcome }) => outcome === 'failed'))
      throw new StationError('sync-unread');
  }

  /** `null`: something is on the phone that was not read. */
  async #withApp(
    job: IntakeHandle,
    request: SyncPhone & { readonly server: string },
  ): Promise<SyncResult | null> {
    const { phone, app, user, server } = request;
    const sync = job.id;
    job.progress({ step: 'ask', done: 0, total: null, unit: 'documents', counts: {} });
    try {
      const { opened, cookie } = await this.#call(job, () =>
        this.#devices.call('openSync', { sync, request: { phone, app, user, server } }),
      );
      const session = this.#session(server, cookie, job.signal);
      await session.check(user);
      const leaves = await this.#call(job, () =>
        allLeaves((after) => this.#devices.call('leaves', { sync, after })),
      );
      const versions = { app: opened.app.cht, server: await session.version() };
      const goes = whatGoes(this.#core.db, await session.missing(leaves), versions);
      if (goes === null) return null;
      if (goes.plan.asks && goes.plan.digest !== request.agreed) return nothingBegun(opened, goes);
      return await this.#go(job, { opened, goes, server, session });
    } finally {
      await this.#devices.call('closeSync', { sync }).catch(() => null);
    }
  }

  async #go(
    job: IntakeHandle,
    {
      opened,
      goes,
      server,
      session,
    }: {
      readonly opened: Opened;
      readonly goes: WhatGoes;
      readonly server: string;
      readonly session: PhoneSession;
    },
  ): Promise<SyncResult> {
    const core = this.#core;
    const { user } = opened;
    const upload = `${core.now().replaceAll(/[-:.]/g, '')}-${randomUUID().slice(0, 8)}`;
    const begun = core.timers.now();
    this.#begin(upload, opened, goes, server);
    const record = new SyncRecord(core, upload, goes.reviewed);
    const requests: RequestsOfPhone = new RequestsOfPhone({
      server,
      user,
      fetch: core.fetch,
      gate: job.gate,
      signal: job.signal,
      mayGo: new Map(goes.reviewed.map((one) => [goingKey(one), one])),
      leaving: (written, bytes) => record.leaving(written, bytes),
      refused: (refused) => record.refused(refused),
      altered: ({ record: altered, what }) => record.altered(altered, what, user),
      log: core.log,
      changed: () => {
        const { received, dropped } = requests.counts;
        job.progress({ done: record.sent, counts: { sent: record.sent, received, dropped } });
      },
    });
    job.progress({ step: 'sync', done: 0, total: goes.reviewed.length, unit: 'documents' });
    this.#running.set(job.id, { job, requests });
    const error = await this.#runApp(job, requests);
    this.#running.delete(job.id);
    job.progress({ step: 'prove' });
    const isClosing = job.signal.reason instanceof StationError && job.signal.aborted;
    if (!isClosing) await this.#prove(job, record, session, server);
    const { accepted, refused } = record.end(
      { user, error, begun },
      { received: requests.counts.received, dropped: requests.counts.dropped },
    );
    return {
      user,
      device: opened.device,
      outcome: error === null ? 'done' : error === 'cancelled' ? 'stopped' : 'cut',
      error: error === 'cancelled' ? null : error,
      plan: goes.plan,
      upload,
      sent: record.sent,
      accepted,
      refused,
      ...requests.counts,
    };
  }

  #begin(
    upload: string,
    { user, device }: Opened,
    { plan, toAgree, deletions }: WhatGoes,
    server: string,
  ): void {
    const core = this.#core;
    const at = core.now();
    core.db.transaction(() => {
      setSetting(core.db, 'server.used', 'yes');
      addUpload(core.db, { upload, user, server, startedAt: at, way: 'phone' });
      if (!plan.asks) return;
      const records = [...toAgree].map(([id, going]) => [id, going]);
      audit(core.db, { person: core.person, at }, 'sync-agreed', {
        detail: { upload, user, device, digest: plan.digest, versions: plan.versions, records, deletions },
      });
    });
  }

  /** Why it ended early; `null`: the app has synchronised. */
  async #runApp(job: JobHandle, requests: RequestsOfPhone): Promise<ErrorCode | null> {
    try {
      const how = await this.#call(job, () => this.#devices.call('runSync', { sync: job.id }));
      return how === 'done' ? null : (requests.ended ?? 'internal');
    } catch (error) {
      if (job.signal.aborted) return 'cancelled';
      if (error instanceof StationError) return requests.ended ?? error.code;
      throw error;
    }
  }

  /** What cannot be proven now is proven with the next upload: it stays noted as sent. */
  async #prove(job: JobHandle, record: SyncRecord, session: PhoneSession, server: string): Promise<void> {
    try {
      // The server may have renewed the phone's session meanwhile; the cable may be out.
      const cookie = await this.#devices.call('cookie', { sync: job.id }).catch(() => null);
      const signal = new AbortController().signal;
      const now = cookie === null || cookie === '' ? session : this.#session(server, cookie, signal);
      record.proven(await now.missing(record.keys.map(({ id, rev }) => [id, rev])));
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      this.#core.log(`what a phone sent is not proven yet: ${error.code}`);
    }
  }

  #session(url: string, cookie: string, signal: AbortSignal): PhoneSession {
    const { fetch, timers, options } = this.#core;
    const pace = { ...UPLOAD_PACE, ...options.pace };
    return new PhoneSession({ url, cookie, fetch, pace, signal, timers });
  }

  #call<Value>(job: JobHandle, work: () => Promise<Value>): Promise<Value> {
    const stop = (): void => void this.#devices.call('stopRead', { read: job.id }).catch(() => null);
    return tellingStop(job.signal, stop, work);
  }
}

function nothingBegun({ user, device }: Opened, { plan }: WhatGoes): SyncResult {
  const none = { sent: 0, accepted: 0, refused: 0, received: 0, dropped: 0 };
  return { user, device, outcome: 'asks', error: null, plan, upload: null, ...none };
}
