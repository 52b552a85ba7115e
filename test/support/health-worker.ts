/**
 * One health worker of the practice server, chw1: a phone that made its first sync, a station that knows the server, and
 * the way from a dump to a receipt.
 */
import type { JobEnd } from '../../shared/contract.ts';
import type { Receipt } from '../../shared/receipt.ts';
import { report, type Parent } from '../../electron/practice/documents.ts';
import { Phone } from '../../electron/practice/phone.ts';
import { openTestStation, type ServedStation } from './station.ts';

export const CHW1 = { user: 'chw1', password: 'Mango-tree-1' };
export const ACCOUNT = { user: 'sup_online', password: 'Acacia-tree-2', account: true };
/** The health worker as the author of a report. */
export const BY: Parent = { _id: 'hc1-chw1', parent: { _id: 'hc1', parent: { _id: 'district' } } };
/** A household of the area, and somebody who lives there. */
export const HOME = 'hc1-area-2-home-2';
export const PATIENT = `${HOME}-person-1`;

export class HealthWorker {
  readonly station: ServedStation;
  phone: Phone;

  private constructor(station: ServedStation, phone: Phone) {
    this.station = station;
    this.phone = phone;
  }

  static async begin(): Promise<HealthWorker> {
    const station = await openTestStation({ practice: true });
    const worker = new HealthWorker(station, phoneOf(station, 'phone-1'));
    await worker.phone.firstSync();
    return worker;
  }

  async close(): Promise<void> {
    await this.phone.destroy();
    await this.station.close();
  }

  /** Another phone of the same person, which gets what the server gives it now. */
  async newPhone(device: string): Promise<void> {
    await this.phone.destroy();
    this.phone = phoneOf(this.station, device);
    await this.phone.firstSync();
  }

  /** Files reports about somebody, a few in each of two months. */
  async file(count: number, about: string): Promise<void> {
    const name = about.replaceAll('-', '');
    for (let n = 0; n < count; n += 1) {
      const reportedAt = Date.UTC(2026, n % 2 === 0 ? 8 : 9, 1 + (n % 28));
      await this.phone.put(visit(`visit-${name}-${n}`, about, { reportedAt }));
    }
  }

  /** Takes what the phone did since its last sync. Answers the batch. */
  async take(): Promise<string> {
    const { name, bytes } = await this.phone.exportStation({ since: this.phone.lastReplicatedSeq });
    const { batch } = await this.station.take(bytes, name);
    if (batch === null) throw new Error('no batch');
    return batch;
  }

  /** @throws the code of a job that failed */
  async ended(asked: Promise<{ readonly job: string }>): Promise<Exclude<JobEnd, { kind: 'failed' }>> {
    const end = await this.station.wait((await asked).job);
    if (end.kind === 'failed') throw new Error(end.code);
    return end;
  }

  async compare(): Promise<void> {
    await this.ended(this.station.ask('compare.start', CHW1));
  }

  dryRun() {
    return this.ended(this.station.ask('dry-run.start', CHW1));
  }

  async upload(who: { user: string; password: string; account?: boolean } = CHW1) {
    const end = await this.ended(this.station.ask('upload.start', who));
    if (end.kind !== 'uploaded') throw new Error(end.kind);
    return end.upload;
  }

  async receipt(batch: string): Promise<Receipt> {
    const { content } = await this.station.ask('receipt.get', { batch, format: 'json' });
    return JSON.parse(content) as Receipt;
  }

  /** What is refused, with the reason of each, by id. */
  async refused(): Promise<[id: string, reason: string][]> {
    const { rows } = await this.station.ask('refusals.list', { limit: 1000 });
    return rows.map(({ id, reason }): [string, string] => [id, reason]).sort();
  }

  /** Changes the settings of the server, as an administrator does. */
  async configure(
    change: (settings: Record<string, unknown>) => Record<string, unknown>,
  ): Promise<ReturnType<ServedStation['server']['database']>> {
    const database = this.station.server.database();
    const stored = await database.get('settings');
    const settings = stored['settings'] as Record<string, unknown>;
    await database.put({ ...stored, settings: { ...settings, ...change(settings) } });
    return database;
  }
}

function phoneOf({ server }: ServedStation, device: string): Phone {
  return new Phone({ user: CHW1.user, device, server });
}

/** A report about somebody; without a time of 1 September 2026. */
export function visit(id: string, about: string, { reportedAt = Date.UTC(2026, 8, 1) } = {}) {
  return report({ id, form: 'home_visit', by: BY, about, reportedAt });
}
