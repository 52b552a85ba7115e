/** One batch: what it is, what it holds, the decisions on many and on one. */
import { ArrowLeft, CheckCheck, ReceiptText, TriangleAlert, Undo2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { BatchDetail, ChangeRow } from '../../../shared/review.ts';
import { prefer, usePreferences } from '../../hooks/preferences.ts';
import { useQuery, useClient } from '../../hooks/use-query.ts';
import { useChanges } from '../../hooks/use-changes.ts';
import { useDelayed } from '../../hooks/use-delayed.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useWhere } from '../../hooks/use-where.ts';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { PlaceHead } from '../../components/place-head.tsx';
import { ReceiptDialog } from '../../components/receipt.tsx';
import { NewsOf } from '../arrivals/phone/known-phones.tsx';
import { ChangeTable, keyOf } from './change-table.tsx';
import { ClassBar } from './class-bar.tsx';
import { Compare } from './compare.tsx';
import { approveOrdinary, bringBack } from './decisions.ts';
import { DecideMany } from './decide-many.tsx';
import { FilterBar } from './filter-bar.tsx';
import { isFiltered, paramsOf } from './filters.ts';
import { Flags } from './flags.tsx';
import { SetAside } from './set-aside.tsx';
import { SelectionBar } from './selection-bar.tsx';
import { clear, moveTo, NOTHING } from './selection.ts';
import { useDecide } from './use-decide.ts';
import { OpenedPanel } from './opened-panel.tsx';
import { useOpened } from './use-opened.ts';

/** No longer text can be looked for; an id may be longer. */
const MOST_TEXT = 200;

export function BatchView({ batch }: { readonly batch: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { where, go } = useWhere();
  const { filters, changeSort } = usePreferences();
  const [text, setText] = useState('');
  const typed = useDelayed(text, 250);
  const [selection, setSelection] = useState(NOTHING);
  const [receipt, setReceipt] = useState(false);
  const [opened, setOpened] = useState<ChangeRow | null>(null);

  const about = useQuery('batch.get', { batch }, ['batches', 'outbox', 'conflicts']);
  const filter = { batch, ...paramsOf(filters, typed) };
  const changes = useChanges({ ...filter, sort: changeSort.by, descending: changeSort.descending });
  const total = changes.total;

  // What is selected must be in sight: another filter or order begins with nothing selected.
  const shown = JSON.stringify([filter, changeSort]);
  useEffect(() => setSelection(NOTHING), [shown]);

  // Come here for one document (from the outbox): it is opened, also where a remembered filter hides its row.
  const wanted = where.change;
  const sought = useQuery(
    'changes.list',
    wanted === null ? null : { batch, text: wanted.slice(0, MOST_TEXT), sort: 'id', limit: 100 },
    [],
  );
  const found = sought.current ? sought.value?.rows.find((one) => one.id === wanted) : undefined;
  useEffect(() => {
    if (found === undefined || total === null) return;
    for (let index = 0; index < Math.min(total, 100); index += 1) {
      if (changes.row(index)?.id === found.id) setSelection((old) => moveTo(old, index, total));
    }
    setOpened(found);
    go({ change: null });
  }, [found, total, changes, go]);

  const back = () => go({ batch: null, change: null });
  const { close, step } = useOpened({ changes, selection, setSelection, opened, setOpened, back });

  const row = about.value;
  const who = row === undefined ? '' : (row.user ?? t('batch.unknownUser'));
  return (
    <div className="batch-view">
      <PlaceHead
        before={
          <Button look="quiet" icon={ArrowLeft} bare onPress={back}>
            {t('batch.back')}
          </Button>
        }
        title={<bdi>{who}</bdi>}
        about={batch}
        under={
          row === undefined ? (
            ' '
          ) : (
            <>
              <bdi>{row.device ?? t('batch.unknownDevice')}</bdi>
              <time dateTime={row.takenAt}>{t('batch.came', { ago: format.ago(row.takenAt) })}</time>
              <bdi className="cut-off" title={row.dumpName}>
                {row.dumpName}
              </bdi>
            </>
          )
        }
      >
        <div className="actions">
          <Compare comparedAt={row?.comparedAt} brief />
          {row?.user == null ? null : <NewsOf user={row.user} />}
          <Button icon={ReceiptText} onPress={() => setReceipt(true)}>
            {t('receipt.open')}
          </Button>
        </div>
      </PlaceHead>
      <Failure failure={about.failure} retry={about.again} />
      {row === undefined ? null : <SetAside row={row} />}
      {row === undefined ? null : <Flags row={row} />}
      <div className={opened === null ? 'split' : 'split split-open'}>
        <div className="split-list">
          {selection.chosen.size > 0 ? (
            <SelectionBar batch={batch} selection={selection} onDone={() => setSelection(clear(selection))} />
          ) : (
            <>
              <OrdinaryBar batch={batch} row={row} />
              {isFiltered(filters, typed) ? <DecideMany filter={filter} /> : null}
            </>
          )}
          {row === undefined ? null : (
            <ClassBar
              row={row}
              filters={filters}
              onChoose={(chosen) => prefer({ filters: { ...filters, ...chosen } })}
            />
          )}
          <FilterBar
            filters={filters}
            onFilters={(chosen) => prefer({ filters: chosen })}
            text={text}
            onText={setText}
            asked={filter}
          >
            <p className="help rows-shown" role="status">
              {total === null
                ? ''
                : isFiltered(filters, typed)
                  ? t('changes.filtered', { count: total })
                  : t('changes.all', { count: total })}
            </p>
          </FilterBar>
          <Failure failure={changes.failure} retry={changes.again} />
          <ChangeTable
            label={t('changes.title')}
            changes={changes}
            selection={selection}
            setSelection={setSelection}
            opened={opened === null ? null : keyOf(opened)}
            onOpen={setOpened}
            onClose={close}
          />
        </div>
        <OpenedPanel opened={opened} setOpened={setOpened} close={close} step={step} />
      </div>
      <ReceiptDialog batch={batch} open={receipt} onClose={() => setReceipt(false)} />
    </div>
  );
}

/** The one button for all that is ordinary, and a word on what it leaves out. */
function OrdinaryBar({ batch, row }: { readonly batch: string; readonly row: BatchDetail | undefined }) {
  const { t } = useTranslation();
  const client = useClient();
  const { busy, decide } = useDecide();
  const ordinary = row?.ordinary ?? 0;
  const others = Math.max(0, (row?.decided.open ?? 0) - ordinary);
  const unchecked = row?.counts.unchecked ?? 0;
  return (
    <div className="decide-bar">
      {row?.unusual.map(({ rule, number }) => (
        <p key={rule} className="hint tone-warning">
          <TriangleAlert aria-hidden size={18} />
          <span>{t(`unusual.${rule}.more`, { count: number, user: row.user ?? '' })}</span>
        </p>
      ))}
      <Button
        look="main"
        icon={CheckCheck}
        isDisabled={ordinary === 0 || busy}
        onPress={() => void decide('approved', () => approveOrdinary(client, batch))}
      >
        {t('decide.ordinary', { count: ordinary })}
      </Button>
      {row !== undefined && row.mayBringBack > 0 ? (
        <Button
          icon={Undo2}
          isDisabled={busy}
          onPress={() => void decide('broughtBack', () => bringBack(client, batch))}
        >
          {t('decide.bringBack', { count: row.mayBringBack })}
        </Button>
      ) : null}
      <p className="help">
        {unchecked > 0
          ? t('decide.unchecked', { count: unchecked })
          : others > 0
            ? t('decide.others', { count: others })
            : ordinary === 0 && row !== undefined
              ? t('decide.none')
              : ''}
      </p>
    </div>
  );
}
