/** What is at stake when the window is closed while work is going on, in the words of the system's dialog. */
import type { Job } from '../../shared/contract.ts';

export interface CloseQuestion {
  readonly message: string;
  readonly detail: string;
  readonly stay: string;
  readonly close: string;
}

const WORDS = {
  en: {
    message: 'The station is still working',
    stay: 'Keep working',
    close: 'Close anyway',
    intake: 'A stick or phone is still being read. What was read so far is kept.',
    intakeNext: 'Plug it in again later: it goes on where it stopped.',
    compare: 'The station is still asking the server what it has. Nothing is lost.',
    upload: 'Records are still being sent to the server. Those it has confirmed stay confirmed.',
    uploadNext: 'The others wait on this computer until you send again.',
    progress: (done: string, total: string) => `${done} of ${total}`,
  },
  fr: {
    message: 'La station travaille encore',
    stay: 'Continuer',
    close: 'Fermer quand même',
    intake: 'Une clé ou un téléphone est en cours de lecture. Ce qui est déjà lu est conservé.',
    intakeNext: 'Rebranchez-le plus tard : la lecture reprendra où elle s’est arrêtée.',
    compare: 'La station demande encore au serveur ce qu’il a. Rien n’est perdu.',
    upload: 'Des enregistrements sont en cours d’envoi. Ceux que le serveur a confirmés le restent.',
    uploadNext: 'Les autres attendent sur cet ordinateur jusqu’au prochain envoi.',
    progress: (done: string, total: string) => `${done} sur ${total}`,
  },
} as const;

/** `null` when nothing is going on. `locale` as the system names it (`fr-SN`); English where it is not known. */
export function closeQuestion(jobs: readonly Job[], locale: string): CloseQuestion | null {
  const running = jobs.filter((job) => job.end === null);
  if (running.length === 0) return null;
  const words = locale.toLowerCase().startsWith('fr') ? WORDS.fr : WORDS.en;
  const number = new Intl.NumberFormat(locale);
  const lines = running.map((job) => {
    const progress =
      job.unit === 'documents' && job.total !== null
        ? ` (${words.progress(number.format(job.done), number.format(job.total))})`
        : '';
    if (job.kind === 'intake') return `${words.intake}${progress} ${words.intakeNext}`;
    if (job.kind === 'upload') return `${words.upload}${progress} ${words.uploadNext}`;
    return `${words.compare}${progress}`;
  });
  return {
    message: words.message,
    detail: [...new Set(lines)].join('\n\n'),
    stay: words.stay,
    close: words.close,
  };
}
