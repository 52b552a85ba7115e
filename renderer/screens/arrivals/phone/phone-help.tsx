/** How USB debugging is allowed, what the phone asks, what the station reads, and how it is forbidden again. */
import { useTranslation } from 'react-i18next';
import { StepPicture, STEPS } from './pictures.tsx';

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
