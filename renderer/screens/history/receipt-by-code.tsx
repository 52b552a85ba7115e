/** A paper is found again by its code, typed by hand or by a reader of QR codes, which ends with Enter. */
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { StationError } from '../../../shared/errors.ts';
import { useClient } from '../../hooks/use-query.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { failureSentence } from '../../components/failure.tsx';
import { ReceiptDialog } from '../../components/receipt.tsx';

export function ReceiptByCode() {
  const { t } = useTranslation();
  const client = useClient();
  const [code, setCode] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [found, setFound] = useState<{ batch: string; isCurrent: boolean | null } | null>(null);
  const find = async (event: FormEvent) => {
    event.preventDefault();
    if (code.trim() === '') return;
    try {
      setFound(await client.ask('receipt.find', { code: code.trim().slice(0, 200) }));
      setError(null);
    } catch (failure) {
      setError(
        failure instanceof StationError && failure.code === 'not-found'
          ? t('receipt.noCode')
          : failureSentence(t, failure).sentence,
      );
    }
  };
  return (
    <form className="receipt-code" onSubmit={(event) => void find(event)}>
      <Field
        label={t('receipt.code')}
        help={t('receipt.codeHelp')}
        value={code}
        onChange={setCode}
        maxLength={200}
        autoComplete="off"
        spellCheck="false"
        {...(error === null ? {} : { error })}
      />
      <Button type="submit" isDisabled={code.trim() === ''}>
        {t('receipt.findCode')}
      </Button>
      {found === null ? null : (
        <ReceiptDialog
          batch={found.batch}
          isOutdated={found.isCurrent === false}
          open
          onClose={() => setFound(null)}
        />
      )}
    </form>
  );
}
