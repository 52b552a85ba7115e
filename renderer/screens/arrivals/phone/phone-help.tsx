/**
 * Help with pictures: how USB debugging is allowed, and forbidden again; and how a phone synchronises, what is to be done
 * on it meanwhile, and what when it stops.
 */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { StepPicture, STEPS, SYNC_STEPS } from './pictures.tsx';

export function PhoneHelp({ open }: { readonly open: boolean }) {
  const { t } = useTranslation();
  return (
    <details className="phone-help" open={open}>
      <summary>{t('phone.help')}</summary>
      <ol className="phone-steps">
        {STEPS.map((step) => (
          <li key={step}>
            <StepPicture step={step} />
            <strong>{t(`phone.steps.${step}.title`)}</strong>
            <span>{t(`phone.steps.${step}.text`)}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}

/** @param open it opens by itself where a sync ended early */
export function SyncHelp({ open: opensByItself }: { readonly open: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(opensByItself);
  useEffect(() => {
    if (opensByItself) setOpen(true);
  }, [opensByItself]);
  return (
    <details className="phone-help" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{t('phone.syncHelp')}</summary>
      <ol className="phone-steps">
        {SYNC_STEPS.map((step) => (
          <li key={step}>
            <StepPicture step={step} />
            <strong>{t(`phone.syncSteps.${step}.title`)}</strong>
            <span>{t(`phone.syncSteps.${step}.text`)}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}
