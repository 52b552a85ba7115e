/** What comes in: sources, files of the window, imports, phones. One short handler for each request. */
import type { Handlers } from '../../../shared/answer.ts';
import { StationError } from '../../../shared/errors.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { dismissDump, readAgain } from '../../ledger/dumps.ts';
import { listImports } from '../../ledger/imports.ts';
import { takeGivenUp } from '../import/job.ts';
import { lastPart } from '../../sources/files.ts';
import type { Core } from '../core.ts';
import { checkEncryption } from '../health/encryption.ts';
import { configureIntake, intakeSettings } from '../import/settings.ts';
import type { Intakes } from '../import/queue.ts';
import type { Phones } from './phones.ts';
import type { Sources } from './index.ts';
import { shownPhones, shownSources } from './shown-names.ts';
import type { RequestName } from '../../../shared/contract.ts';

type SourceRequest = Exclude<
  Extract<
    RequestName,
    `folders.${string}` | `intake.${string}` | `phones.${string}` | `sources.${string}` | `transfer.${string}`
  >,
  'phones.sync' | 'phones.prepare' | 'phones.apply' | 'phones.confirm' | 'phones.rules' | 'phones.set-rules'
>;

const nothing: Record<string, never> = {};

export function sourceHandlers(
  core: Core,
  sources: Sources,
  { phones, intakes }: { readonly phones: Phones; readonly intakes: Intakes },
): Pick<Handlers, SourceRequest> {
  const { db, options } = core;
  return {
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
    'transfer.begin': async ({ name, bytes }) => {
      await checkEncryption(core);
      return { transfer: await sources.transfers.begin(name, bytes) };
    },
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
  };
}
