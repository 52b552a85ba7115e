/**
 * A phone synchronises through the station: it is read, what its app would send is compared with the server, the app
 * sends and fetches over the cable, the server is asked what it has of it now, and the phone is read once more. Nothing
 * goes that nobody approved or agreed to.
 */
import { randomUUID } from 'node:crypto';
import type { JobEnd } from '../../../shared/contract.ts';
import { StationError, type ErrorCode } from '../../../shared/errors.ts';
import type { SyncResult } from '../../../shared/phone-sync.ts';
import { tellingStop } from '../../../shared/stopping.ts';
import type { Opened } from '../../../shared/web-view/protocol.ts';
import { audit } from '../../ledger/audit.ts';
import { setSetting } from '../../ledger/settings.ts';
import { knownLeaves } from '../../ledger/phone-syncs.ts';
import type { Key } from '../../ledger/keys.ts';
import { addUpload } from '../../ledger/uploads.ts';
import type { AppRequest } from '../../sources/live/paused-request.ts';
import type { Standing } from '../../sources/live/sync-watch.ts';
import type { SentOn } from '../../sources/live/tunnel.ts';
import type { PhoneSession } from '../../upload/phone-session.ts';
import type { DeviceProcess } from '../../workers/devices/client.ts';
import type { Core } from '../core.ts';
import type { IntakeHandle } from '../import/queue.ts';
import type { JobHandle } from '../jobs.ts';
import { serverUrl } from '../server/server.ts';
import type { Phones } from '../sources/phones.ts';
import { pauseToSavePower } from '../upload/power.ts';
import { namedArrived } from './arrived.ts';
import { compareNow, lookAfterwards, type Afterwards, type LeafList } from './look.ts';
import { phoneSession } from './own-session.ts';
import { allLeaves, whatGoes, type WhatGoes } from './plan.ts';
import { SyncRecord } from './record.ts';
import { RequestsOfPhone } from './send-on.ts';
import { SyncUnderWay } from './under-way.ts';
import { goingKey } from './writing.ts';

export interface SyncPhone {
  readonly phone: string;
  readonly app: string;
  readonly user: string;
  /** The `digest` of the plan that somebody agreed to. */
  readonly agreed?: string | undefined;
  /** Who asks may agree to what nobody approved. */
  readonly mayAgree: boolean;
}

/** So often it is read again where the person goes on working meanwhile. */
const READINGS = 3;

/** The leaves of the phone before its app began, and those of them that the server lacked. */
interface Before {
  readonly before: LeafList;
  readonly missing: readonly Key[];
}

/** What came of it, and what was not told yet of the phone. */
interface Ended {
  readonly result: SyncResult;
  readonly arrived: readonly Key[];
  /** `null`: phone and server were not compared afterwards. */
  readonly unsent: readonly Key[] | null;
}

export class PhoneSyncs {
  readonly #core: Core;
  readonly #devices: DeviceProcess;
  readonly #phones: Phones;
  readonly #running = new Map<string, SyncUnderWay>();

  constructor(core: Core, devices: DeviceProcess, phones: Phones) {
    this.#core = core;
    this.#devices = devices;
    this.#phones = phones;
  }

  /** The app asks for something of its server. */
  async sendOn(sync: string, request: AppRequest): Promise<SentOn> {
    return (await this.#running.get(sync)?.requests.sendOn(request)) ?? { kind: 'close' };
  }

  /** The app's sync stands in another way than before. */
  stands(sync: string, standing: Standing): void {
    this.#running.get(sync)?.stands(standing);
  }

  async run(job: IntakeHandle, request: SyncPhone): Promise<JobEnd> {
    const server = serverUrl(this.#core);
    const stopSaving = pauseToSavePower(this.#core.options.power, job.gate);
    try {
      for (let readings = 1; ; readings += 1) {
        await this.#read(job, request);
        const ended = await this.#withApp(job, { ...request, server });
        if (ended !== null) return { kind: 'synced', sync: await this.#readAgain(job, request, ended) };
        if (readings === READINGS) throw new StationError('sync-unread');
      }
    } finally {
      stopSaving();
    }
  }

  async #read(
    job: IntakeHandle,
    { phone, app, user }: Pick<SyncPhone, 'phone' | 'app' | 'user'>,
  ): Promise<void> {
    const end = await this.#phones.read(job, { phone, app, user, whole: false });
    if (end.kind === 'imported' && end.imports.some(({ outcome }) => outcome === 'failed'))
      throw new StationError('sync-unread');
  }

  /** What came to the phone is taken here, too: the next visit goes on from there. */
  async #readAgain(
    job: IntakeHandle,
    request: SyncPhone,
    { result, arrived, unsent }: Ended,
  ): Promise<SyncResult> {
    if (unsent === null) return result;
    try {
      await this.#read(job, request);
      const left = knownLeaves(this.#core.db, unsent).filter(({ known }) => known !== 'never-sent');
      return {
        ...result,
        left: result.left + new Set(left.map(({ id }) => id)).size,
        arrived: namedArrived(this.#core.db, arrived),
      };
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      this.#core.log(`a phone was not read again after its sync: ${error.code}`);
      return { ...result, compared: false };
    }
  }

  /** `null`: something is on the phone that was not read. */
  async #withApp(job: IntakeHandle, request: SyncPhone & { readonly server: string }): Promise<Ended | null> {
    const { phone, app, user, server } = request;
    const sync = job.id;
    job.progress({ step: 'ask', done: 0, total: null, unit: 'documents', counts: {} });
    try {
      const { opened, cookie } = await this.#call(job, () =>
        this.#devices.call('openSync', { sync, request: { phone, app, user, server } }),
      );
      const session = phoneSession(this.#core, { server, cookie }, job.signal);
      await session.check(user);
      const leaves = await this.#call(job, () =>
        allLeaves((after) => this.#devices.call('leaves', { sync, after })),
      );
      const versions = { app: opened.app.cht, server: await session.version() };
      const missing = await session.missing(leaves);
      if (whatGoes(this.#core.db, missing, versions) === null) return null;
      await compareNow(this.#core, session, { user, leaves, missing }, job.signal);
      const goes = whatGoes(this.#core.db, missing, versions);
      if (goes === null) return null;
      const mayBegin = request.mayAgree || goes.plan.asked.length === 0;
      if (goes.plan.asks && (goes.plan.digest !== request.agreed || !mayBegin))
        return { result: nothingBegun(opened, goes, mayBegin), arrived: [], unsent: null };
      return await this.#go(job, { opened, goes, phone: { before: leaves, missing }, server, session });
    } finally {
      await this.#devices.call('closeSync', { sync }).catch(() => null);
    }
  }

  async #go(
    job: IntakeHandle,
    {
      opened,
      goes,
      phone,
      server,
      session,
    }: {
      readonly opened: Opened;
      readonly goes: WhatGoes;
      readonly phone: Before;
      readonly server: string;
      readonly session: PhoneSession;
    },
  ): Promise<Ended> {
    const core = this.#core;
    const { user } = opened;
    const upload = `${core.now().replaceAll(/[-:.]/g, '')}-${randomUUID().slice(0, 8)}`;
    const begun = core.timers.now();
    this.#begin(upload, opened, goes, server);
    const record = new SyncRecord(core, upload, goes.reviewed);
    const requests = new RequestsOfPhone({
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
      changed: () => underWay.tell(),
    });
    const underWay = new SyncUnderWay({ job, requests, record, session, log: core.log });
    const total = new Set(goes.reviewed.map(({ id }) => id)).size;
    job.progress({ step: 'sync', done: 0, total, unit: 'documents', counts: {} });
    this.#running.set(job.id, underWay);
    const error = await this.#runApp(job, requests);
    this.#running.delete(job.id);
    job.progress({ step: 'prove' });
    const isClosing = job.signal.reason instanceof StationError && job.signal.aborted;
    const now = isClosing ? null : await this.#sessionNow(job, session, server);
    if (now !== null) await this.#prove(record, now);
    const looks = now !== null && error === null && record.isProven;
    const after = looks ? await this.#lookAfterwards(job, now, phone, requests) : null;
    const arrived = after?.arrived ?? [];
    const received = after === null ? requests.counts.received : new Set(arrived.map(({ id }) => id)).size;
    const { dropped } = requests.counts;
    const { accepted, refused, left } = record.end({ user, error, begun }, { received, dropped });
    const result: SyncResult = {
      user,
      device: opened.device,
      outcome: error === null ? 'done' : error === 'cancelled' ? 'stopped' : 'cut',
      error: error === 'cancelled' ? null : error,
      plan: goes.plan,
      mayAgree: true,
      upload,
      endedAt: core.now(),
      sent: record.sent,
      accepted,
      refused,
      received,
      dropped,
      failures: error === null ? 0 : requests.failures,
      arrived: { records: 0, rows: [] },
      compared: after !== null,
      left,
      lacking: after?.lacking ?? 0,
    };
    return { result, arrived, unsent: after?.unsent ?? null };
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
      if (how === 'done') return null;
      return how === 'unended' ? 'app-sync-unended' : (requests.ended ?? 'internal');
    } catch (error) {
      if (job.signal.aborted) return 'cancelled';
      if (error instanceof StationError) return requests.ended ?? error.code;
      throw error;
    }
  }

  /** The server may have renewed the phone's session meanwhile; the cable may be out. What was asked is asked to its end, also where a person stops. */
  async #sessionNow(job: JobHandle, session: PhoneSession, server: string): Promise<PhoneSession> {
    const cookie = await this.#devices.call('cookie', { sync: job.id }).catch(() => null);
    const { signal } = new AbortController();
    return cookie === null || cookie === '' ? session : phoneSession(this.#core, { server, cookie }, signal);
  }

  /** What cannot be proven now is proven with the next upload: it stays noted as sent. */
  async #prove(record: SyncRecord, session: PhoneSession): Promise<void> {
    try {
      record.proven(await session.missing(record.keys.map(({ id, rev }) => [id, rev])));
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      this.#core.log(`what a phone sent is not proven yet: ${error.code}`);
    }
  }

  /** `null`: the cable, the internet or the session went away meanwhile. */
  async #lookAfterwards(
    job: JobHandle,
    session: PhoneSession,
    phone: Before,
    requests: RequestsOfPhone,
  ): Promise<Afterwards | null> {
    job.progress({ step: 'level' });
    try {
      const after = await this.#call(job, () =>
        allLeaves((from) => this.#devices.call('leaves', { sync: job.id, after: from })),
      );
      return await lookAfterwards(this.#core, session, { ...phone, after }, requests.listed(), job.signal);
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      this.#core.log(`phone and server were not compared after a sync: ${error.code}`);
      return null;
    }
  }

  #call<Value>(job: JobHandle, work: () => Promise<Value>): Promise<Value> {
    const stop = (): void => void this.#devices.call('stopRead', { read: job.id }).catch(() => null);
    return tellingStop(job.signal, stop, work);
  }
}

function nothingBegun({ user, device }: Opened, { plan }: WhatGoes, mayAgree: boolean): SyncResult {
  const none = {
    sent: 0,
    accepted: 0,
    refused: 0,
    received: 0,
    dropped: 0,
    failures: 0,
    left: 0,
    lacking: 0,
  };
  return {
    user,
    device,
    outcome: 'asks',
    error: null,
    plan,
    mayAgree,
    arrived: { records: 0, rows: [] },
    upload: null,
    endedAt: null,
    compared: false,
    ...none,
  };
}
