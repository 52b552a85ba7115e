/** The steps of a lesson, ticked off as they are done, and the login that they need. */
import { Circle, CircleCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';

export type PracticeStep =
  | 'take'
  | 'compare'
  | 'approve'
  | 'send'
  | 'accepted'
  | 'phoneRead'
  | 'phoneSend'
  | 'phoneSync'
  | 'phoneArrived';

interface Props {
  readonly label: string;
  /** What the sentences speak of. */
  readonly words?: { readonly user: string; readonly household: string };
  readonly steps: readonly { readonly step: PracticeStep; readonly done: boolean }[];
}

export function PracticeSteps({ label, words, steps }: Props) {
  const { t } = useTranslation();
  return (
    <ol className="steps" aria-label={label}>
      {steps.map(({ step, done }) => (
        <li key={step} className={done ? 'step-done' : ''}>
          {done ? <CircleCheck aria-hidden size={20} /> : <Circle aria-hidden size={20} />}
          <span>
            {t(`practice.${step}`, { ...words })}
            {done ? <span className="unseen"> {t('practice.done')}</span> : null}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** What a newcomer types. */
export function SignInAs({ user, password }: { readonly user: string; readonly password: string }) {
  const { t } = useTranslation();
  return (
    <p className="help">
      {t('practice.signIn')} <code>{user}</code> / <code>{password}</code>
    </p>
  );
}
