/** What an auditor wants of the history: all of it in a file, and whether it is still as it was written. */
import { FileDown, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChainReport } from '../../../shared/contract.ts';
import { notify } from '../../hooks/notices.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useMay } from '../../hooks/use-may.ts';
import { useClient } from '../../hooks/use-query.ts';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { failureSentence } from '../../components/failure.tsx';
import { saveFile } from '../../components/save-file.ts';

export function Proof() {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useClient();
  const maySave = useMay('ledger.export');
  const [working, setWorking] = useState(false);
  const [report, setReport] = useState<ChainReport | null>(null);
  const doing = async (work: () => Promise<void>) => {
    setWorking(true);
    try {
      await work();
    } catch (failure) {
      const { sentence, action } = failureSentence(t, failure);
      notify({ tone: 'bad', text: sentence, more: action });
    } finally {
      setWorking(false);
    }
  };
  const save = async () => {
    const parts: string[] = [];
    for (let after: number | null = 0; after !== null;) {
      const part: { content: string; next: number | null } = await client.ask('ledger.export', {
        format: 'csv',
        after,
      });
      parts.push(part.content);
      after = part.next;
    }
    saveFile(`\uFEFF${parts.join('')}`, 'text/csv;charset=utf-8', `${t('history.file')}.csv`);
  };
  const [typed, setTyped] = useState('');
  const verify = async () => {
    const head = typed.trim();
    setReport(await client.ask('ledger.verify', head === '' ? {} : { head }));
  };
  return (
    <>
      <Field
        label={t('history.paperHead')}
        help={t('history.paperHeadHelp')}
        value={typed}
        onChange={(head) => {
          setTyped(head);
          setReport(null);
        }}
        maxLength={64}
        autoComplete="off"
        spellCheck="false"
      />
      <div className="actions">
        <Button icon={ShieldCheck} isDisabled={working} onPress={() => void doing(verify)}>
          {t('history.verify')}
        </Button>
        {maySave ? (
          <Button icon={FileDown} isDisabled={working} onPress={() => void doing(save)}>
            {t('history.export')}
          </Button>
        ) : null}
      </div>
      <div role="status" className="verified">
        {report === null ? null : report.brokenAt === null ? (
          <>
            <p>{t('history.whole', { count: report.entries })}</p>
            {report.head === null ? null : (
              <p className="help">
                {t('history.head')} <bdi className="ledger-id">{report.head}</bdi>
              </p>
            )}
          </>
        ) : (
          <p className="tone-bad">
            {report.brokenAt > report.entries
              ? t('history.cutOff')
              : t('history.broken', { at: format.number(report.brokenAt) })}
          </p>
        )}
      </div>
    </>
  );
}
