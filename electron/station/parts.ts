/** What the station is made of, whether all of it can be used or only what is there can be read. */
import { answer, type Answer, type Handlers } from '../../shared/answer.ts';
import type { Asker } from '../../shared/permissions.ts';
import type { StationError } from '../../shared/errors.ts';
import type { HealthRepair } from '../../shared/health.ts';
import { UPLOAD_PACE } from '../../shared/upload-pace.ts';
import { describeFailure } from '../host/failures.ts';
import type { StationOptions } from '../station-api.ts';
import { systemFetch } from '../upload/network.ts';
import { SignInThrottle } from '../upload/sign-in-throttle.ts';
import { DeviceProcess } from '../workers/devices/client.ts';
import type { Core } from './core.ts';
import type { EventHub } from './events.ts';
import { makeHandlers, type HealthHandlers } from './handlers.ts';
import { Intakes } from './import/queue.ts';
import { ParcelApplications } from './parcel/apply.ts';
import { actAs, byItself, whoActs } from './people/acting.ts';
import type { Desk } from './people/desk.ts';
import { PhoneConfirmations } from './phone-sync/confirmations.ts';
import { ParcelsByPhone } from './parcel/prepare-by-phone.ts';
import { PhoneSyncs } from './phone-sync/job.ts';
import { stopGivingUp } from './retention/give-way.ts';
import { ChosenSources } from './sources/chosen.ts';
import { Sources } from './sources/index.ts';
import { liveSetup, Phones } from './sources/phones.ts';
import { DeviceSources } from './sources/plugged.ts';
import { Updates } from './updates/updates.ts';

/** What an open station does, as long as its ledger is the same one. */
export interface Inner {
  /** @param asker who asks; without it whoever sits at the desk */
  ask(name: unknown, params: unknown, asker?: Asker): Promise<Answer>;
  addPath(path: string): Promise<string>;
  settled(): Promise<void>;
  repair(): Promise<HealthRepair>;
  /** Why nothing but reading is possible. */
  readonly trouble: StationError | null;
  close(): Promise<void>;
}

/** What outlives a ledger: it may be closed, repaired and opened again. */
export type Base = Pick<Core, 'clock' | 'timers' | 'log' | 'folders' | 'desk' | 'firstRestore'> & {
  readonly events: EventHub;
};

export function answerOf(
  { desk, log }: { readonly desk: Desk; readonly log: Core['log'] },
  handlers: Handlers,
  name: unknown,
  params: unknown,
  asker: Asker = desk.asker(),
): Promise<Answer> {
  const ask = (): Promise<Answer> =>
    answer(handlers, asker, name, params, (code, request, cause) => {
      log(`${request} failed: ${code} ${describeFailure(cause)}`);
    });
  return asker.state === 'in' ? actAs(asker.person.name, ask) : byItself(ask);
}

export function coreOf(
  options: StationOptions,
  { events, ...base }: Base & Pick<Core, 'db'>,
  parts: Pick<Core, 'replica' | 'jobs' | 'joins' | 'storeDamaged'>,
): Core {
  const { clock, log, timers } = base;
  return {
    ...base,
    ...parts,
    options,
    get person() {
      return whoActs();
    },
    now: () => new Date(clock()).toISOString(),
    tell: (name, event) => events.tell(name, event),
    changed: (...what) => events.changed(...what),
    fetch: systemFetch(log, options.systemProxy),
    throttle: new SignInThrottle(options.pace?.signInWindowMs ?? UPLOAD_PACE.signInWindowMs, timers),
  };
}

/** What watches devices, what imports, and what answers. */
export function makeParts(core: Core, health: HealthHandlers) {
  const { jobs, log, timers, options } = core;
  const intakes = new Intakes(
    jobs,
    () => core.changed('sources'),
    () =>
      void stopGivingUp(core).catch((error: unknown) =>
        log(`giving up was not told to stop: ${describeFailure(error)}`),
      ),
  );
  const simulated = options.devices?.simulated ?? options.practice?.devices ?? null;
  const devices = new DeviceProcess(
    options.devices ?? null,
    { simulated, live: liveSetup(core), own: options.dataDir },
    {
      // The device process may have been started in somebody's name; what it tells is in nobody's.
      told: (snapshot) => byItself(() => plugged.update(snapshot)),
      read: (news) => byItself(() => phones.told(news)),
      sendOn: (sync, request) => syncs.sendOn(sync, request),
      stands: (sync, standing) => byItself(() => syncs.stands(sync, standing)),
      log,
      timers,
    },
  );
  const updates = new Updates(core, devices, intakes);
  const plugged = new DeviceSources(core, devices, intakes, updates);
  const chosen = new ChosenSources(core, (source) => intakes.isInUse(source));
  const sources = new Sources(core, { chosen, plugged, devices, intakes });
  const phones = new Phones(core, devices);
  const syncs = new PhoneSyncs(core, devices, phones);
  const applications = new ParcelApplications(core, devices, phones);
  const parcelsByPhone = new ParcelsByPhone(core, devices, phones);
  const confirmations = new PhoneConfirmations(core, devices, phones);
  const ofPhones = { phones, syncs, applications, parcelsByPhone, confirmations };
  return {
    intakes,
    sources,
    updates,
    handlers: makeHandlers(core, sources, { ...ofPhones, intakes, updates, health }),
  };
}
