/** One handler for each request of the contract. Short: what needs thought has a file of its own. */
import type { Handlers } from '../../shared/answer.ts';
import type { Job, Person } from '../../shared/contract.ts';
import { StationError } from '../../shared/errors.ts';
import type { Health, HealthRepair } from '../../shared/health.ts';
import { LIMITS } from '../../shared/limits.ts';
import { countGoneBodies } from '../ledger/bodies.ts';
import { audit, listAudit } from '../ledger/audit.ts';
import { batchDetail, findBatch, listBatches } from '../ledger/batches.ts';
import { listChanges } from '../ledger/change-lists.ts';
import { verifyChain } from '../ledger/chain.ts';
import { recordCounts } from '../ledger/counts.ts';
import { countConflicts, listConflicts } from '../ledger/conflicts.ts';
import { approve, deletionsIn } from '../ledger/decisions.ts';
import { hold, release } from '../ledger/holds.ts';
import { deletionsToSend } from '../ledger/deletions.ts';
import { dismissDump, readAgain, sealedBundles, unfinishedDumps } from '../ledger/dumps.ts';
import { countTaken, listImports } from '../ledger/imports.ts';
import { takeGivenUp } from './import/job.ts';
import { countRefusals, listRefusals } from '../ledger/refusals.ts';
import { setting } from '../ledger/settings.ts';
import { lastUploadAt, listUploads, workToSend } from '../ledger/uploads.ts';
import { lastPart } from '../sources/files.ts';
import { assignBatch, peopleNames } from './review/ownership.ts';
import { compare } from './server/compare.ts';
import type { Core } from './core.ts';
import { ledgerExport, refusalsCsv } from './reports/exports.ts';
import { runDryRun } from './upload/dry-run.ts';
import { forgetLogin, listLogins, mayKeepLogins } from './server/kept-logins.ts';
import { configureIntake, intakeSettings } from './import/settings.ts';
import { receiptContent } from './reports/receipts.ts';
import { conflictDetail, conflictRow } from './review/conflicts.ts';
import { changeDetail, changeFor, difference, picture, rebase } from './review/detail.ts';
import { bringBack } from './review/bring-back.ts';
import { chooseContent, contradictionDetail } from './review/contradictions.ts';
import { undo } from './review/undo.ts';
import { conflictLosses, resolveConflict } from './review/settle-conflict.ts';
import { runUpload } from './upload/job.ts';
import { checkServer, nameServer, serverInfo, serverUrl, setServer } from './server/server.ts';
import { dismissBatch } from './server/set-aside.ts';
import { choosePassword, tryAndKeepLogin } from './server/sign-in.ts';
import { isRestoring } from './health/store.ts';
import type { Intakes } from './import/queue.ts';
import { languageOf, setStationLanguage, stationSettings } from './settings.ts';
import type { PhoneSyncs } from './phone-sync/job.ts';
import type { Phones } from './sources/phones.ts';
import type { Sources } from './sources/index.ts';
import { shownPhones, shownSources } from './sources/shown-names.ts';

const nothing: Record<string, never> = {};

/** How the station is, which it knows also where its ledger cannot be opened. */
export interface HealthHandlers {
  get(): Promise<Health>;
  repair(): Promise<HealthRepair>;
}

export function makeHandlers(
  core: Core,
  sources: Sources,
  {
    phones,
    syncs,
    intakes,
    health,
  }: {
    readonly phones: Phones;
    readonly syncs: PhoneSyncs;
    readonly intakes: Intakes;
    readonly health: HealthHandlers;
  },
  person: Person,
): Handlers {
  const { db, jobs, options } = core;
  const by = (): { person: string; at: string } => ({ person: person.name, at: core.now() });
  const onlyOne = (...kinds: readonly Job['kind'][]): void => {
    if (kinds.some((kind) => jobs.isRunning(kind))) throw new StationError('busy');
  };
  const batchOf = (batch: string): ReturnType<typeof findBatch> & {} => {
    const row = findBatch(db, batch);
    if (row === undefined) throw new StationError('not-found');
    return row;
  };

  return {
    'station.info': () => ({
      version: options.version,
      station: setting(db, 'station.name') ?? '',
      carrier: options.carrier,
      person,
      canChoose: options.choose !== undefined,
      practice: options.practice ? { users: options.practice.users } : null,
    }),
    'health.get': () => health.get(),
    'health.repair': () => health.repair(),
    'station.status': () => {
      const { onlyHere, toReview, ...outbox } = recordCounts(db);
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
      };
    },

    'settings.get': () => stationSettings(db),
    'settings.set': ({ language }) => setStationLanguage(core, language),

    'sources.list': async () => shownSources(await sources.list()),
    'sources.choose': async ({ what }) => {
      const path = (await options.choose?.(what)) ?? null;
      if (path === null) return { source: null };
      return { source: sources.chosen.add(what, path, lastPart(path)) };
    },
    'sources.forget': ({ source }) => {
      sources.chosen.forget(source);
      return nothing;
    },
    'sources.look': async ({ source }) => {
      await sources.look(source);
      return nothing;
    },
    'sources.eject': async ({ source }) => {
      await sources.plugged.eject(source);
      return nothing;
    },
    'sources.discard': async ({ id }) => {
      await sources.plugged.discard(id);
      return nothing;
    },
    'intake.settings': () => intakeSettings(db),
    'intake.configure': ({ auto }) => {
      const settings = configureIntake(core, auto);
      // What is plugged in already is taken as well.
      sources.plugged.takeWaiting();
      return settings;
    },
    'folders.watch': async ({ path }) => {
      // Where there is a dialog, no path ever comes from the window.
      if (options.choose !== undefined && path !== undefined) throw new StationError('not-allowed');
      const chosen = options.choose === undefined ? (path ?? null) : await options.choose('folder');
      return { folder: chosen === null ? null : await sources.watch(chosen) };
    },
    'folders.unwatch': ({ folder }) => {
      sources.unwatch(folder);
      return nothing;
    },
    'transfer.begin': async ({ name, bytes }) => ({ transfer: await sources.transfers.begin(name, bytes) }),
    'transfer.part': async ({ transfer, offset, data }) => {
      await sources.transfers.add(transfer, offset, data);
      return nothing;
    },
    'transfer.end': async ({ transfer }) => ({ source: await sources.transfers.end(transfer) }),
    'transfer.cancel': async ({ transfer }) => {
      await sources.transfers.cancel(transfer);
      return nothing;
    },

    'intake.start': async ({ source, files, user, device }) => ({
      job: await sources.start(source, files, { user, device }),
    }),
    'intake.list': ({ since, offset, limit }) =>
      listImports(db, { since: since ?? '', offset, limit, problemsListed: LIMITS.problemsListed }),
    'intake.again': ({ dump }) => {
      const row = readAgain(db, dump);
      if (row === undefined) throw new StationError('not-found');
      return { job: intakes.start(null, row.name, (job) => takeGivenUp(core, job, row)) };
    },
    'intake.dismiss': ({ dump }) => {
      if (!dismissDump(db, dump, core.now())) throw new StationError('not-found');
      core.changed('intake');
      return nothing;
    },

    'phones.list': async () => shownPhones({ phones: await phones.list() }),
    'phones.read': (request) => ({
      job: intakes.start(null, request.user, (job) => phones.read(job, request)),
    }),

    'phones.sync': (request) => {
      onlyOne('compare', 'dry-run', 'upload', 'sync');
      if (isRestoring(core)) throw new StationError('replica-restoring');
      serverUrl(core);
      return { job: intakes.start(null, request.user, (job) => syncs.run(job, request), 'sync') };
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

    'batches.list': (query) => listBatches(db, query),
    'batch.get': ({ batch }) => {
      const row = batchDetail(db, batch);
      if (row === undefined) throw new StationError('not-found');
      return row;
    },
    'batch.assign': ({ batch, user }) => assignBatch(core, batch, user, by()),
    'batch.dismiss': ({ batch, dismissed }) => {
      dismissBatch(core, batch, dismissed, by());
      const row = batchDetail(db, batch);
      if (row === undefined) throw new StationError('not-found');
      return row;
    },
    'people.names': () => ({ users: peopleNames(core) }),
    'changes.list': (query) => listChanges(db, query),
    'change.get': ({ id, rev }) => changeDetail(core, id, rev),
    'difference.get': ({ id, rev }) => difference(core, changeFor(core, id, rev)),
    'attachment.get': ({ id, rev, name }) => picture(core, id, rev, name),

    'decide.approve': (approval) => {
      batchOf(approval.batch);
      return decided(core, approve(db, approval, by()));
    },
    'decide.deletions': (approval) => {
      batchOf(approval.batch);
      return deletionsIn(db, approval);
    },
    'decide.hold': ({ batch, ids, reason }) => {
      batchOf(batch);
      if (reason.trim() === '') throw new StationError('reason-needed');
      return decided(core, hold(db, batch, ids, reason.trim(), by()));
    },
    'decide.release': ({ batch, ids }) => {
      batchOf(batch);
      return decided(core, release(db, batch, ids, by()));
    },
    'decide.bring-back': ({ batch }) => {
      batchOf(batch);
      return bringBack(core, batch, by());
    },
    'decide.undo': ({ decision }) => undo(core, Number(decision), by()),
    'decide.rebase': (change) => rebase(core, change),
    'contradiction.get': ({ id, rev }) => contradictionDetail(core, id, rev),
    'decide.choose': (choice) => chooseContent(core, choice, by()),

    'conflicts.list': (query) => {
      const { ids, total } = listConflicts(db, query);
      return { rows: ids.map((id) => conflictRow(core, id)), total };
    },
    'conflict.get': ({ id }) => conflictDetail(core, id),
    'conflict.losses': async (ending) => ({ losses: await conflictLosses(core, ending) }),
    'conflict.resolve': (resolution) => resolveConflict(core, resolution),

    'server.get': () => serverInfo(core),
    'server.set': ({ url }) => setServer(core, url),
    'server.name': ({ address, same }) => nameServer(core, address, same),
    'server.check': () => checkServer(core),
    'compare.start': ({ user, password }) => {
      onlyOne('compare', 'dry-run', 'upload', 'sync');
      serverUrl(core);
      if (user === undefined) throw new StationError('wrong-password');
      return { job: jobs.start('compare', user, (job) => compare(core, job, user, password)) };
    },
    'upload.start': (request) => {
      onlyOne('upload', 'sync');
      if (isRestoring(core)) throw new StationError('replica-restoring');
      serverUrl(core);
      return { job: jobs.start('upload', request.user, (job) => runUpload(core, job, request)) };
    },
    'outbox.deletions': ({ user, account, batches }) =>
      deletionsToSend(db, { author: account ? null : user, batches }),
    'password.change': async (change) => {
      await choosePassword(core, change);
      audit(db, by(), 'password-changed', { detail: { user: change.user } });
      return nothing;
    },
    'outbox.owners': () => ({ owners: workToSend(db) }),
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
      return { job: jobs.start('dry-run', request.user, (job) => runDryRun(core, job, request)) };
    },
    'refusals.list': (query) => listRefusals(db, query),
    'refusals.count': (query) => ({ counts: countRefusals(db, query) }),
    'refusals.csv': ({ language, ...query }) => refusalsCsv(core, query, languageOf(core, language)),
    'uploads.list': (query) => listUploads(db, query),

    'receipt.get': ({ batch, format, language }) =>
      receiptContent(core, batch, format, languageOf(core, language)),
    'ledger.list': ({ since, offset, limit, descending }) =>
      listAudit(db, { since: since ?? '', offset, limit, descending }),
    'ledger.export': ({ format, after }) => ledgerExport(core, format, after),
    'ledger.verify': ({ head }) => verifyChain(db, head),
  };
}

function decided<Value>(core: Core, value: Value): Value {
  core.changed('batches', 'conflicts', 'outbox');
  return value;
}
