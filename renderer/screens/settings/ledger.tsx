/** Who did what and when, newest first: the station's own book, for whoever asks later. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isAuditAction } from '../../../shared/audit.ts';
import type { LedgerEntry } from '../../../shared/contract.ts';
import { useQuery } from '../../hooks/use-query.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { Actor } from '../../components/actor.tsx';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { Pager } from '../../components/pager.tsx';

const LIMIT = 20;

export function Ledger() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <section className="card ledger" aria-label={t('ledger.title')}>
      <header className="card-head">
        <div className="card-words">
          <h2>{t('ledger.title')}</h2>
          <p className="help">{t('ledger.about')}</p>
        </div>
        <Button aria-expanded={open} onPress={() => setOpen(!open)}>
          {open ? t('action.close') : t('ledger.open')}
        </Button>
      </header>
      {open ? <Entries /> : null}
    </section>
  );
}

function Entries() {
  const { t } = useTranslation();
  const [offset, setOffset] = useState(0);
  const list = useQuery('ledger.list', { offset, limit: LIMIT, descending: true }, [
    'intake',
    'batches',
    'conflicts',
    'outbox',
    'server',
  ]);
  return (
    <>
      <Failure failure={list.failure} retry={list.again} />
      <div className="table-box">
        <table className="table" aria-label={t('ledger.title')}>
          <thead>
            <tr>
              <th scope="col">{t('ledger.when')}</th>
              <th scope="col">{t('ledger.who')}</th>
              <th scope="col">{t('ledger.what')}</th>
              <th scope="col">{t('ledger.about2')}</th>
            </tr>
          </thead>
          <tbody>
            {(list.value?.rows ?? []).map((entry, index) => (
              <EntryRow key={`${entry.at} ${index}`} entry={entry} />
            ))}
          </tbody>
        </table>
      </div>
      <Pager offset={offset} limit={LIMIT} total={list.value?.total ?? 0} onMove={setOffset} />
    </>
  );
}

function EntryRow({ entry }: { readonly entry: LedgerEntry }) {
  const { t } = useTranslation('audit');
  const format = useFormat();
  const { what } = entry;
  return (
    <tr>
      <td>{format.moment(entry.at)}</td>
      <td>
        <Actor name={entry.person} />
      </td>
      <td>{isAuditAction(what) ? t(what) : what}</td>
      <td>
        <bdi className="help ledger-id">{entry.id ?? entry.batch ?? ''}</bdi>
      </td>
    </tr>
  );
}
