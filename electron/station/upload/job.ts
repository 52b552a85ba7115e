/** The upload as a job: sign in, send what is approved in the right order, prove it, write down what came of it. */
import { randomUUID } from 'node:crypto';
import type { JobEnd } from '../../../shared/contract.ts';
import { StationError } from '../../../shared/errors.ts';
import type { UploadResult } from '../../../shared/upload.ts';
import { audit } from '../../ledger/audit.ts';
import { setSetting } from '../../ledger/settings.ts';
import { addUpload, endUpload, uploadResult } from '../../ledger/uploads.ts';
import type { Core } from '../core.ts';
import type { JobHandle } from '../jobs.ts';
import { serverUrl } from '../server/server.ts';
import { isAccount, signIn } from '../server/sign-in.ts';
import { pauseToSavePower } from './power.ts';
import { Sending, type WhatToSend } from './sending.ts';

export interface UploadRequest extends WhatToSend {
  /** Without one: the login that is kept for the user. */
  readonly password?: string | undefined;
}

export async function runUpload(core: Core, job: JobHandle, request: UploadRequest): Promise<JobEnd> {
  const url = serverUrl(core);
  job.progress({ step: 'sign-in', unit: 'documents' });
  const stopSaving = pauseToSavePower(core.options.power, job.gate);
  try {
    return await sendAs(core, job, request, url);
  } finally {
    stopSaving();
  }
}

async function sendAs(core: Core, job: JobHandle, request: UploadRequest, url: string): Promise<JobEnd> {
  const client = await signIn(core, job, request.user, request.password);
  try {
    const account = isAccount(client, request.account === true);
    // Not chosen as an account: what was told and agreed to is another selection of records than the one that would go.
    if (account && request.account !== true) throw new StationError('is-account');
    const upload = `${core.now().replaceAll(/[-:.]/g, '')}-${randomUUID().slice(0, 8)}`;
    const begun = core.timers.now();
    core.db.transaction(() => {
      setSetting(core.db, 'server.used', 'yes');
      addUpload(core.db, { upload, user: request.user, account, server: url, startedAt: core.now() });
    });
    const sending = new Sending(core, job, client, upload);
    let failure: StationError | null = null;
    try {
      await sending.run({ ...request, account });
    } catch (error) {
      failure = error instanceof StationError ? error : new StationError('internal', undefined, error);
      const { cause } = failure;
      core.log(
        `upload ended early: ${failure.code}${cause instanceof Error ? ` (${cause.stack ?? cause.message})` : ''}`,
      );
    }
    return {
      kind: 'uploaded',
      upload: end(
        core,
        upload,
        { ...request, account },
        { failure, nothing: sending.nothing },
        (core.timers.now() - begun) / 1000,
      ),
      others: sending.others,
      ...(account ? { asked: sending.asked } : {}),
    };
  } finally {
    await client.signOut();
  }
}

function end(
  core: Core,
  upload: string,
  request: UploadRequest,
  { failure, nothing }: { readonly failure: StationError | null; readonly nothing: boolean },
  seconds: number,
): UploadResult {
  const error = failure?.code ?? null;
  endUpload(core.db, upload, { outcome: 'running', error, at: core.now(), seconds });
  const outcome = nothing && failure === null ? 'nothing' : outcomeOf(uploadResult(core.db, upload), failure);
  endUpload(core.db, upload, { outcome, error, at: core.now(), seconds });
  const result = uploadResult(core.db, upload);
  audit(core.db, { person: core.person, at: core.now() }, 'uploaded', {
    detail: {
      upload,
      as: request.user,
      ...(request.account === true ? { account: true } : {}),
      ...(request.password === undefined ? { keptLogin: true } : {}),
      ...(request.second === undefined ? {} : { second: request.second }),
      outcome,
      sent: result.sent,
      accepted: result.accepted,
      already: result.already,
      refused: result.totals.refused,
      failed: result.totals.failed,
      lapsed: result.totals.lapsed,
      waiting: result.totals.waiting,
    },
  });
  core.changed('outbox', 'batches', 'conflicts');
  return result;
}

function outcomeOf(result: UploadResult, failure: StationError | null): UploadResult['outcome'] {
  if (failure?.code === 'cancelled') return 'stopped';
  const some = result.accepted + result.already > 0;
  if (failure !== null) return some ? 'partly' : 'failed';
  const others = result.totals.refused + result.totals.failed + result.totals.lapsed;
  return others + result.totals.waiting > 0 ? 'partly' : 'done';
}
