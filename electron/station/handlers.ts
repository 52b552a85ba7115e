/**
 * One handler for each request of the contract. Short: what needs thought has a file of its own. Those of sources and of
 * review are in their folders; here are the station itself, jobs, the server, sending and reports.
 */
import { resolve } from 'node:path';
import type { Handlers } from '../../shared/answer.ts';
import type { Job, JobEnd, StationInfo } from '../../shared/contract.ts';
import { StationError } from '../../shared/errors.ts';
import { mayAgree } from '../../shared/phone-sync.ts';
import type { Health, HealthRepair } from '../../shared/health.ts';
import { countGoneBodies } from '../ledger/bodies.ts';
import { actRecords, countActs, listActs } from '../ledger/acts.ts';
import { audit, listAudit } from '../ledger/audit.ts';
import { verifyChain } from '../ledger/chain.ts';
import { recordCounts } from '../ledger/counts.ts';
import { countConflicts } from '../ledger/conflicts.ts';
import { deletionsToSend } from '../ledger/deletions.ts';
import { sealedBundles, unfinishedDumps } from '../ledger/dumps.ts';
import { countTaken } from '../ledger/imports.ts';
import { countRefusals, listRefusals } from '../ledger/refusals.ts';
import { knownPhones, parcels } from '../ledger/parcels.ts';
import { setting } from '../ledger/settings.ts';
import { STATION, type Person } from '../../shared/people.ts';
import { peopleHandlers } from './people/handlers.ts';
import { lastUploadAt, listUploads, workToSend } from '../ledger/uploads.ts';
import { behindSince, checkCaughtUp, notCaughtUp } from './backup/behind.ts';
import { backupHandlers, restoreHandlers } from './backup/handlers.ts';
import { compare } from './server/compare.ts';
import type { PracticeSetup } from '../station-api.ts';
import type { Core } from './core.ts';
import { ledgerExport, refusalsCsv } from './reports/exports.ts';
import { runDryRun } from './upload/dry-run.ts';
import { forgetLogin, listLogins, mayKeepLogins } from './server/kept-logins.ts';
import { lostComputer } from './reports/lost-computer.ts';
import { findReceipt, receiptContent } from './reports/receipts.ts';
import { listVisits } from './reports/visits.ts';
import { agreedToSend } from './upload/agreed.ts';
import { runUpload } from './upload/job.ts';
import { checkServer, nameServer, serverInfo, serverUrl, setServer } from './server/server.ts';
import { choosePassword, tryAndKeepLogin } from './server/sign-in.ts';
import { diskProtection, diskRules, setDiskRules } from './health/encryption.ts';
import { isRestoring } from './health/store.ts';
import { surroundings } from './health/surroundings.ts';
import type { Intakes } from './import/queue.ts';
import type { JobHandle } from './jobs.ts';
import { languageOf, setStationLanguage, stationSettings } from './settings.ts';
import type { ParcelApplications } from './parcel/apply.ts';
import { infoOf, prepareParcel } from './parcel/prepare.ts';
import type { PhoneConfirmations } from './phone-sync/confirmations.ts';
import type { ParcelsByPhone } from './parcel/prepare-by-phone.ts';
import type { PhoneSyncs } from './phone-sync/job.ts';
import { phoneRules, setPhoneRules } from './phone-sync/rules.ts';
import type { Phones } from './sources/phones.ts';
import type { Sources } from './sources/index.ts';
import { giveUp, MEETS_RETENTION } from './retention/give-up.ts';
import { beforeGivingUp } from './retention/give-way.ts';
import { retention, setRetention } from './retention/rule.ts';
import { reviewHandlers } from './review/handlers.ts';
import { sourceHandlers } from './sources/handlers.ts';
import { updateHandlers } from './updates/handlers.ts';
import type { Updates } from './updates/updates.ts';
import { outboxPeople } from './workers/health-workers.ts';

const nothing: Record<string, never> = {};

const ITSELF: Person = { name: STATION, role: 'admin', by: 'computer' };

/** How the station is, which it knows also where its ledger cannot be opened. */
export interface HealthHandlers {
  get(): Promise<Health>;
  repair(): Promise<HealthRepair>;
  /** Makes a backup of the ledger and forgets those from before. */
  renewBackups(): Promise<void>;
}

export function makeHandlers(
  core: Core,
  sources: Sources,
  {
    phones,
    syncs,
    applications,
    confirmations,
    parcelsByPhone,
    intakes,
    updates,
    health,
  }: {
    readonly phones: Phones;
    readonly syncs: PhoneSyncs;
    readonly applications: ParcelApplications;
    readonly confirmations: PhoneConfirmations;
    readonly parcelsByPhone: ParcelsByPhone;
    readonly intakes: Intakes;
    readonly updates: Updates;
    readonly health: HealthHandlers;
  },
): Handlers {
  const { db, jobs, options } = core;
  const by = (): { person: string; at: string } => ({ person: core.person, at: core.now() });
  const onlyOne = (...kinds: readonly Job['kind'][]): void => {
    if (kinds.some((kind) => jobs.isRunning(kind))) throw new StationError('busy');
  };
  const start = (kind: Job['kind'], user: string, work: (job: JobHandle) => Promise<JobEnd>) => ({
    job: jobs.start(kind, user, beforeGivingUp(core, work)),
  });

  return {
    'station.info': () => ({
      version: options.version,
      station: setting(db, 'station.name') ?? '',
      place: setting(db, 'station.place') ?? '',
      carrier: options.carrier,
      person: core.desk.info().person ?? ITSELF,
      dataFolder: resolve(options.dataDir),
      canChoose: options.choose !== undefined,
      practice: options.practice ? practiceInfo(options.practice) : null,
    }),
    'health.get': () => health.get(),
    'health.repair': () => health.repair(),
    'lost.get': () => lostComputer(core),
    'health.protection': () => diskProtection(core),
    'health.surroundings': () => surroundings(core, sources.layer),
    'health.rules': () => diskRules(db),
    'health.set-rules': (rules) => setDiskRules(core, rules),
    'station.status': () => {
      const { onlyHere, toReview, undecided: _, ...outbox } = recordCounts(db);
      const comparedAt = setting(db, 'server.comparedAt');
      return {
        // Before the first comparison nobody knows what the server holds of what is here.
        onlyHere: comparedAt === null ? null : onlyHere,
        sealed: sealedBundles(db),
        toReview,
        conflicts: countConflicts(db),
        outbox,
        dumps: countTaken(db),
        unfinished: unfinishedDumps(db).length,
        bodiesGone: countGoneBodies(db).records,
        lastUploadAt: lastUploadAt(db),
        comparedAt,
        backedUpAt: setting(db, 'backup.at'),
        behindSince: behindSince(db),
        notCaughtUp: notCaughtUp(db),
      };
    },

    ...backupHandlers(core, intakes),
    ...restoreHandlers(core),
    ...updateHandlers(core, updates, sources),

    'retention.get': () => retention(core),
    'retention.set': (rule) => setRetention(core, rule),
    'retention.apply': () => {
      onlyOne(...MEETS_RETENTION);
      if (isRestoring(core)) throw new StationError('replica-restoring');
      return { job: intakes.start(null, '', (job) => giveUp(core, job, health.renewBackups), 'retention') };
    },

    'settings.get': () => stationSettings(db),
    'settings.set': ({ language }) => setStationLanguage(core, language),

    ...sourceHandlers(core, sources, { phones, intakes }),
    'phones.sync': (request) => {
      onlyOne('compare', 'dry-run', 'upload', 'sync');
      checkCaughtUp(db, request.user);
      if (isRestoring(core)) throw new StationError('replica-restoring');
      serverUrl(core);
      const asker = { mayAgree: mayAgree(phoneRules(db), (core.desk.info().person ?? ITSELF).role) };
      return {
        job: intakes.start(null, request.user, (job) => syncs.run(job, { ...request, ...asker }), 'sync'),
      };
    },

    'phones.rules': () => phoneRules(db),
    'phones.set-rules': (rules) => setPhoneRules(core, rules),
    'phones.prepare': (request) => {
      onlyOne('compare', 'dry-run', 'upload', 'sync', 'prepare');
      serverUrl(core);
      const { user, by: phone } = request;
      if (phone !== undefined) {
        if (isRestoring(core)) throw new StationError('replica-restoring');
        const of = { ...phone, user };
        return { job: intakes.start(null, user, (job) => parcelsByPhone.run(job, of), 'prepare') };
      }
      return start('prepare', request.user, (job) => prepareParcel(core, job, request));
    },
    'phones.apply': (request) => {
      onlyOne('sync', 'apply', 'confirm');
      // What was delivered since the backup is not known here, so neither is whether the parcel is older.
      checkCaughtUp(db, request.user);
      if (isRestoring(core)) throw new StationError('replica-restoring');
      serverUrl(core);
      return { job: intakes.start(null, request.user, (job) => applications.run(job, request), 'apply') };
    },
    'phones.confirm': (request) => {
      onlyOne('sync', 'apply', 'confirm');
      if (isRestoring(core)) throw new StationError('replica-restoring');
      serverUrl(core);
      return { job: intakes.start(null, request.user, (job) => confirmations.run(job, request), 'confirm') };
    },
    'parcels.list': () => {
      const server = setting(db, 'server.url');
      if (server === null) return { parcels: [], phones: [] };
      return { parcels: parcels(db, server).map(infoOf), phones: knownPhones(db, server) };
    },

    'jobs.list': () => ({ jobs: jobs.list() }),
    'job.stop': ({ job }) => {
      jobs.stop(job);
      return nothing;
    },

    'job.pause': ({ job }) => {
      jobs.pause(job);
      return nothing;
    },
    'job.resume': ({ job }) => {
      jobs.resume(job);
      return nothing;
    },

    ...peopleHandlers(core),
    ...reviewHandlers(core, by),

    'server.get': () => serverInfo(core),
    'server.set': ({ url }) => setServer(core, url),
    'server.name': ({ address, same }) => nameServer(core, address, same),
    'server.check': () => checkServer(core),
    'compare.start': ({ user, password }) => {
      onlyOne('compare', 'dry-run', 'upload', 'sync');
      serverUrl(core);
      if (user === undefined) throw new StationError('wrong-password');
      return start('compare', user, (job) => compare(core, job, user, password));
    },
    'upload.start': async ({ second, unlock, ...wanted }) => {
      const checkNow = (): void => {
        onlyOne('upload', 'sync');
        checkCaughtUp(db, wanted.user);
        if (isRestoring(core)) throw new StationError('replica-restoring');
        serverUrl(core);
      };
      checkNow();
      const request = { ...wanted, ...(await agreedToSend(core, wanted, { second, unlock })) };
      checkNow();
      return start('upload', request.user, (job) => runUpload(core, job, request));
    },
    'outbox.deletions': ({ user, account, batches }) =>
      deletionsToSend(db, { author: account ? null : user, batches }),
    'password.change': async (change) => {
      await choosePassword(core, change);
      audit(db, by(), 'password-changed', { detail: { user: change.user } });
      return nothing;
    },
    'outbox.owners': () => ({ owners: workToSend(db) }),
    'outbox.people': (query) => outboxPeople(core, query),
    'logins.list': async () => ({ mayKeep: await mayKeepLogins(core), logins: listLogins(core) }),
    'logins.keep': async (login) => {
      await tryAndKeepLogin(core, login);
      return nothing;
    },
    'logins.forget': async ({ user }) => {
      await forgetLogin(core, serverUrl(core), user, 'asked');
      return nothing;
    },
    'dry-run.start': (request) => {
      onlyOne('compare', 'dry-run', 'upload', 'sync');
      serverUrl(core);
      return start('dry-run', request.user, (job) => runDryRun(core, job, request));
    },
    'refusals.list': (query) => listRefusals(db, query),
    'refusals.count': (query) => ({ counts: countRefusals(db, query) }),
    'refusals.csv': ({ language, ...query }) => refusalsCsv(core, query, languageOf(core, language)),
    'uploads.list': (query) => listUploads(db, query),

    'receipt.get': ({ language, ...request }) => receiptContent(core, request, languageOf(core, language)),
    'receipt.find': ({ code }) => findReceipt(core, code),
    'visits.list': (query) => listVisits(db, query),
    'ledger.list': ({ since, offset, limit, descending }) =>
      listAudit(db, { since: since ?? '', offset, limit, descending }),
    'history.list': (query) => listActs(db, query),
    'history.counts': ({ by: counted, ...filter }) => ({ counts: countActs(db, filter, counted) }),
    'history.records': (query) => actRecords(db, query),
    'ledger.export': ({ format, after }) => ledgerExport(core, format, after),
    'ledger.verify': ({ head }) => verifyChain(db, head),
  };
}

/** What a newcomer needs to know of practice; never where its devices are. */
function practiceInfo({ users, phone }: PracticeSetup): StationInfo['practice'] {
  return { users, phone: phone === undefined ? null : { user: phone.user, household: phone.household } };
}
