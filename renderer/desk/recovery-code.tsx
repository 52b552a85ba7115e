/** The recovery code, the one time that it is shown: in groups, as one copies it to paper. */
import { useTranslation } from 'react-i18next';

export function RecoveryCode({ code }: { readonly code: string }) {
  const { t } = useTranslation();
  return (
    <section aria-label={t('first.recovery')}>
      <p>{t('first.recoveryAbout')}</p>
      <p className="recovery-code" translate="no">
        {code}
      </p>
    </section>
  );
}
