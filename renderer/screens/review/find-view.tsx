/** Finding records in all batches: a few words, what else they may mean, the filters, and the records. */
import { ArrowLeft, CalendarDays, ClipboardList, Smartphone, User } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Input, Label, SearchField, ToggleButton } from 'react-aria-components';
import type { FilterCount } from '../../../shared/filter-counts.ts';
import { useLanguage } from '../../hooks/use-language.ts';
import { ownTimeZone } from '../../../shared/time-zone.ts';
import type { ChangeRow } from '../../../shared/review.ts';
import { NO_FILTERS, usePreferences, type ChangeFilters } from '../../hooks/preferences.ts';
import { useChanges } from '../../hooks/use-changes.ts';
import { useDelayed } from '../../hooks/use-delayed.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { RECORD_TOPICS } from '../../hooks/record-topics.ts';
import { useQuery } from '../../hooks/use-query.ts';
import { useWhere, type Finding } from '../../hooks/use-where.ts';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { PlaceHead } from '../../components/place-head.tsx';
import { ChangeTable, keyOf } from './change-table.tsx';
import { DecideMany } from './decide-many.tsx';
import { FilterBar } from './filter-bar.tsx';
import { isFiltered, paramsOf } from './filters.ts';
import { OpenedPanel } from './opened-panel.tsx';
import { rowsSeen } from './rows-seen.ts';
import { NOTHING } from './selection.ts';
import { useOpened } from './use-opened.ts';

export function FindView({ finding }: { readonly finding: Finding }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { go } = useWhere();
  const { changeSort } = usePreferences();
  const { filters } = finding;
  const [text, setText] = useState(finding.text);
  const typed = useDelayed(text, 250);
  // Back may bring other words here than those that stand in the field.
  useEffect(() => setText(finding.text), [finding.text]);
  // Only what is typed is looked for: other words that come from elsewhere stand in `finding` already.
  const latest = useRef(finding);
  latest.current = finding;
  useEffect(() => {
    if (typed !== latest.current.text) go({ find: { ...latest.current, text: typed } });
  }, [typed, go]);

  const isAsked = isFiltered(filters, finding.text);
  const meant = useQuery(
    'find.meant',
    finding.text.trim() === '' ? null : { find: finding.text, language, timeZone: ownTimeZone() },
    RECORD_TOPICS,
  );
  const filter = paramsOf(filters, finding.text);
  const changes = useChanges({ ...filter, sort: changeSort.by, descending: changeSort.descending });
  const { total } = changes;
  const seen = rowsSeen(JSON.stringify([filter, changeSort]));
  const [selection, setSelection] = useState(() => ({
    ...NOTHING,
    active: seen.active,
    anchor: seen.active,
  }));
  const [opened, setOpened] = useState<ChangeRow | null>(seen.opened);
  useEffect(() => seen.keep({ active: selection.active, opened }), [seen, selection.active, opened]);

  const setFilters = (chosen: ChangeFilters) => {
    setSelection(NOTHING);
    setOpened(null);
    go({ find: { ...finding, filters: chosen } });
  };
  /** What was found among the meanings takes the place of the words. */
  const mean = (chosen: Partial<ChangeFilters>) => {
    setSelection(NOTHING);
    setOpened(null);
    go({ find: { text: '', filters: { ...NO_FILTERS, ...chosen } } });
  };
  const back = () => go({ find: null });
  const { close, step } = useOpened({ changes, selection, setSelection, opened, setOpened, back });

  return (
    <div className="batch-view">
      <PlaceHead
        before={
          <Button look="quiet" icon={ArrowLeft} bare onPress={back}>
            {t('batch.back')}
          </Button>
        }
        title={t('find.title')}
      >
        <SearchField className="field find-field" value={text} onChange={setText} maxLength={200} autoFocus>
          <Label className="unseen">{t('find.field')}</Label>
          <Input className="input" placeholder={t('find.field')} />
        </SearchField>
      </PlaceHead>
      <div className={opened === null ? 'split' : 'split split-open'}>
        <div className="split-list">
          {finding.text.trim() === '' || meant.value === undefined ? null : (
            <div className="meant" role="group" aria-label={t('find.meant')}>
              <Meaning icon={ClipboardList} of={meant.value.forms} onChoose={(form) => mean({ form })} />
              <Meaning icon={User} of={meant.value.people} onChoose={(user) => mean({ user })} />
              <Meaning icon={Smartphone} of={meant.value.devices} onChoose={(device) => mean({ device })} />
              <Meaning
                icon={CalendarDays}
                days
                of={meant.value.days}
                onChoose={(day) => mean({ from: day, to: day })}
              />
            </div>
          )}
          <Kinds filters={filters} onFilters={setFilters} asked={filter} />
          <FilterBar
            filters={filters}
            onFilters={setFilters}
            text={finding.text}
            onText={setText}
            asked={filter}
            ofMany
            withoutText
          >
            <p className="help rows-shown" role="status">
              {total === null ? '' : t(isAsked ? 'find.found' : 'changes.all', { count: total })}
            </p>
          </FilterBar>
          {isAsked ? <DecideMany filter={filter} /> : null}
          <Failure failure={changes.failure} retry={changes.again} />
          <ChangeTable
            label={t('find.records')}
            changes={changes}
            selection={selection}
            setSelection={setSelection}
            opened={opened === null ? null : keyOf(opened)}
            onOpen={setOpened}
            onClose={close}
            withWhose
          />
        </div>
        <OpenedPanel opened={opened} setOpened={setOpened} close={close} step={step} />
      </div>
    </div>
  );
}

interface MeaningProps {
  readonly icon: typeof User;
  readonly of: readonly FilterCount[];
  readonly days?: boolean;
  readonly onChoose: (key: string) => void;
}

function Meaning({ icon, of, days = false, onChoose }: MeaningProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return of.map(({ key, title, count }) =>
    key === null ? null : (
      <Button key={key} icon={icon} onPress={() => onChoose(key)}>
        {t('filter.withCount', { name: days ? format.date(key) : (title ?? key), count })}
      </Button>
    ),
  );
}

interface KindsProps {
  readonly filters: ChangeFilters;
  readonly onFilters: (filters: ChangeFilters) => void;
  readonly asked: ReturnType<typeof paramsOf>;
}

/** What was found, kind by kind, each with its number; each is also the filter for it. */
function Kinds({ filters, onFilters, asked }: KindsProps) {
  const { t } = useTranslation();
  const counts = useQuery('changes.counts', { ...asked, by: 'kind' }, RECORD_TOPICS);
  const shown = (counts.value?.counts ?? []).filter(({ key }) => key !== null);
  if (shown.length < 2 && filters.kinds.length === 0) return null;
  return (
    <div className="class-bar" role="group" aria-label={t('find.kinds')}>
      {shown.map(({ key, count }) => {
        const kind = key as ChangeFilters['kinds'][number];
        const chosen = filters.kinds.includes(kind);
        return (
          <ToggleButton
            key={kind}
            className="class-toggle"
            isSelected={chosen}
            onChange={(on) =>
              onFilters({
                ...filters,
                kinds: on ? [...filters.kinds, kind] : filters.kinds.filter((one) => one !== kind),
              })
            }
          >
            <span className="mark">{t('filter.withCount', { name: t(`kind.${kind}`), count })}</span>
          </ToggleButton>
        );
      })}
    </div>
  );
}
