/** What is at stake when the window is closed while work is going on, in the words of the system's dialog. */
import type { Job } from '../../shared/contract.ts';
import type { Language } from '../../shared/languages.ts';
import { phrases } from '../../shared/words/index.ts';

export interface CloseQuestion {
  readonly message: string;
  readonly detail: string;
  readonly stay: string;
  readonly close: string;
}

/**
 * @param restores whether a backup is being restored, which is no job
 * @returns `null` when nothing is going on
 */
export function closeQuestion(
  jobs: readonly Job[],
  language: Language,
  restores = false,
): CloseQuestion | null {
  const running = jobs.filter((job) => job.end === null);
  if (running.length === 0 && !restores) return null;
  const say = phrases('desktop', language);
  const lines = running.map((job) => {
    const progress =
      job.unit === 'documents' && job.total !== null
        ? ` (${say('progress', { done: job.done, total: job.total })})`
        : '';
    const what = `${say(job.kind)}${progress}`;
    if (job.kind === 'intake') return `${what} ${say('intakeNext')}`;
    if (job.kind === 'sync') return `${what} ${say('syncNext')}`;
    return job.kind === 'upload' ? `${what} ${say('uploadNext')}` : what;
  });
  if (restores) lines.push(say('fromBackup'));
  return {
    message: say('message'),
    detail: [...new Set(lines)].join('\n\n'),
    stay: say('stay'),
    close: say('close'),
  };
}
