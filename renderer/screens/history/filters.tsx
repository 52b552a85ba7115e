/** By whom, what, about whom, when, and by words: what the history can be narrowed down to, each with its number. */
import { ChevronDown, FilterX } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  Button as AriaButton,
  Dialog,
  DialogTrigger,
  Input,
  Label,
  Popover,
  SearchField,
} from 'react-aria-components';
import { isAuditAction } from '../../../shared/audit.ts';
import type { HistoryCounted } from '../../../shared/history.ts';
import { useDelayed } from '../../hooks/use-delayed.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { useQuery } from '../../hooks/use-query.ts';
import { WHOLE_HISTORY, type HistoryFilters } from '../../hooks/use-where.ts';
import { actorText } from '../../components/actor.tsx';
import { Button } from '../../components/button.tsx';
import { DaySpan } from '../../components/day-span.tsx';
import { Pick } from '../../components/pick.tsx';
import { PickMany } from '../../components/pick-many.tsx';
import { isNarrowed, TOPICS, type HistoryParams } from './asked.ts';

/** No person is called so. */
const ANY = '';

interface FiltersProps {
  readonly filters: HistoryFilters;
  readonly set: (change: Partial<HistoryFilters>) => void;
  readonly asked: HistoryParams;
}

export function Filters({ filters, set, asked }: FiltersProps) {
  const { t } = useTranslation();
  const { t: said } = useTranslation('audit');
  const [text, setText] = useState(filters.text);
  const typed = useDelayed(text, 250);
  const latest = useRef(set);
  latest.current = set;
  useEffect(() => latest.current({ text: typed }), [typed]);
  const people = useCounted('person', asked);
  const workers = useCounted('user', asked);
  const done = useCounted('what', asked);
  return (
    <div className="filters" role="group" aria-label={t('filter.title')}>
      <SearchField className="field field-inline" value={text} onChange={setText} maxLength={200}>
        <Label className="unseen">{t('history.find')}</Label>
        <Input className="input" placeholder={t('history.find')} />
      </SearchField>
      <PickOne
        label={t('history.who')}
        any={t('history.anybody')}
        chosen={filters.person}
        counts={people}
        nameOf={(name) => actorText(t, name)}
        onChoose={(person) => set({ person })}
      />
      <PickMany
        label={t('history.what')}
        chosen={filters.what}
        choices={[...done].flatMap(([key, count]) =>
          isAuditAction(key) ? [{ key, text: t('filter.withCount', { name: said(key), count }) }] : [],
        )}
        onChoose={(what) => set({ what })}
      />
      <PickOne
        label={t('batches.user')}
        any={t('history.anyWorker')}
        chosen={filters.user}
        counts={workers}
        onChoose={(user) => set({ user })}
      />
      <Days filters={filters} set={set} />
      {isNarrowed(filters) ? (
        <Button
          look="quiet"
          icon={FilterX}
          onPress={() => {
            setText('');
            set(WHOLE_HISTORY);
          }}
        >
          {t('filter.clear')}
        </Button>
      ) : null}
    </div>
  );
}

/** What there is of it, by name, the most first. */
function useCounted(by: HistoryCounted, asked: HistoryParams): ReadonlyMap<string, number> {
  const list = useQuery('history.counts', { ...asked, by }, TOPICS);
  return new Map(
    (list.value?.counts ?? []).flatMap(({ key, count }) => (key === null ? [] : [[key, count] as const])),
  );
}

interface PickOneProps {
  readonly label: string;
  readonly any: string;
  readonly chosen: string;
  readonly counts: ReadonlyMap<string, number>;
  readonly nameOf?: (key: string) => string;
  readonly onChoose: (key: string) => void;
}

function PickOne({ label, any, chosen, counts, nameOf = (key) => key, onChoose }: PickOneProps) {
  const { t } = useTranslation();
  const shown = chosen === ANY || counts.has(chosen) ? counts : new Map([...counts, [chosen, 0] as const]);
  return (
    <Pick
      label={label}
      quietLabel
      chosen={chosen}
      choices={[
        { key: ANY, text: any },
        ...[...shown].map(([key, count]) => ({
          key,
          text: t('filter.withCount', { name: nameOf(key), count }),
        })),
      ]}
      onChoose={onChoose}
    />
  );
}

function Days({ filters: { from, to }, set }: Omit<FiltersProps, 'asked'>) {
  const { t } = useTranslation();
  const format = useFormat();
  const given = from !== '' || to !== '';
  const words = (from === to ? [from] : [from, to]).map((day) => (day === '' ? '…' : format.date(day)));
  return (
    <DialogTrigger>
      <AriaButton className={given ? 'pick-button picked' : 'pick-button'}>
        <span>{given ? words.join(' – ') : t('filter.anyDate')}</span>
        <ChevronDown aria-hidden size={18} />
      </AriaButton>
      <Popover className="popover">
        <Dialog className="dates" aria-label={t('filter.dates')}>
          <DaySpan from={from} to={to} onChoose={set} />
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
