/** Filters of a list of records, each with what there is to choose and how much of it. Those of a batch are remembered, so the bar says aloud when something is hidden. */
import { ChevronDown, FilterX, X } from 'lucide-react';
import { useState, type ReactNode } from 'react';
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
import { TWICE, type CountedBy, type FilterCount } from '../../../shared/filter-counts.ts';
import { useLanguage } from '../../hooks/use-language.ts';
import { STATES } from '../../../shared/review.ts';
import { ownTimeZone } from '../../../shared/time-zone.ts';
import { UNUSUAL_RULES } from '../../../shared/unusual.ts';
import { NO_FILTERS, type ChangeFilters } from '../../hooks/preferences.ts';
import type { ChangeParams } from '../../hooks/use-changes.ts';
import { RECORD_TOPICS } from '../../hooks/record-topics.ts';
import { useQuery } from '../../hooks/use-query.ts';
import { useFormat } from '../../hooks/use-format.ts';
import { Button } from '../../components/button.tsx';
import { DayCalendar } from '../../components/day-calendar.tsx';
import { DaySpan } from '../../components/day-span.tsx';
import { Pick } from '../../components/pick.tsx';
import { PickMany } from '../../components/pick-many.tsx';
import { Tick } from '../../components/tick.tsx';
import { isFiltered, NOBODY } from './filters.ts';

interface Props {
  readonly filters: ChangeFilters;
  readonly onFilters: (filters: ChangeFilters) => void;
  readonly text: string;
  readonly onText: (text: string) => void;
  /** What the list asks for with these filters: what else could be chosen is counted in it. */
  readonly asked: ChangeParams;
  /** Records of several people and devices. */
  readonly ofMany?: boolean;
  /** The field for words stands elsewhere. */
  readonly withoutText?: boolean;
  /** What the filters leave, in words. */
  readonly children: ReactNode;
}

const ANY = '*';
const ruleNamed = (name: string | null) => [...UNUSUAL_RULES, TWICE].find((rule) => rule === name);

export function FilterBar(props: Props) {
  const { filters, onFilters, text, onText, asked, ofMany = false, withoutText = false, children } = props;
  const { t } = useTranslation();
  const set = (change: Partial<ChangeFilters>) => onFilters({ ...filters, ...change });
  return (
    <div className="filters" role="group" aria-label={t('filter.title')}>
      {withoutText ? null : (
        <SearchField className="field field-inline" value={text} onChange={onText} maxLength={200}>
          <Label className="unseen">{t('filter.text')}</Label>
          <Input className="input" placeholder={t('filter.text')} />
        </SearchField>
      )}
      <PickMany
        label={t('filter.state')}
        chosen={filters.states}
        choices={STATES.map((key) => ({ key, text: t(`state.${key}`) }))}
        onChoose={(states) => set({ states })}
      />
      <PickCounted
        label={t('filter.form')}
        any={t('filter.anyForm')}
        by="form"
        asked={asked}
        chosen={filters.form}
        nameOf={({ key, title }) => title ?? key}
        onChoose={(form) => set({ form })}
      />
      {ofMany ? (
        <>
          <PickCounted
            label={t('batches.user')}
            any={t('filter.anyUser')}
            by="user"
            asked={asked}
            chosen={filters.user}
            nameOf={({ key }) => key ?? t('batch.unknownUser')}
            onChoose={(user) => set({ user })}
          />
          <PickCounted
            label={t('batches.device')}
            any={t('filter.anyDevice')}
            by="device"
            asked={asked}
            chosen={filters.device}
            nameOf={({ key }) => key ?? t('batch.unknownDevice')}
            onChoose={(device) => set({ device })}
          />
        </>
      ) : null}
      <PickCounted
        label={t('filter.odd')}
        any={t('filter.anyOdd')}
        by="unusual"
        asked={asked}
        chosen={filters.unusual}
        nameOf={({ key }) => {
          const rule = ruleNamed(key);
          if (rule === TWICE) return t('filter.twice');
          return rule === undefined ? null : t(`unusual.${rule}.word`, { count: 1 });
        }}
        onChoose={(key) => set({ unusual: ruleNamed(key) ?? '' })}
      />
      <Dates filters={filters} set={set} asked={asked} />
      <Tick chosen={filters.withPhoto} onChange={(withPhoto) => set({ withPhoto })}>
        {t('filter.photo')}
      </Tick>
      {filters.decision === '' ? null : (
        <Button look="quiet" icon={X} onPress={() => set({ decision: '' })}>
          {t('filter.decision')}
        </Button>
      )}
      {isFiltered(filters, withoutText ? '' : text) ? (
        <Button
          look="quiet"
          icon={FilterX}
          onPress={() => {
            onFilters(NO_FILTERS);
            if (!withoutText) onText('');
          }}
        >
          {t('filter.clear')}
        </Button>
      ) : null}
      {children}
    </div>
  );
}

interface PickCountedProps {
  readonly label: string;
  readonly any: string;
  readonly by: CountedBy;
  readonly asked: ChangeParams;
  /** Empty: any. */
  readonly chosen: string;
  /** `null`: it is not offered. */
  readonly nameOf: (count: FilterCount) => string | null;
  readonly onChoose: (key: string) => void;
}

/** One of the values that occur, each with its number; they are asked for when the list is opened. */
function PickCounted({ label, any, by, asked, chosen, nameOf, onChoose }: PickCountedProps) {
  const { t } = useTranslation();
  const { counts, open } = useCounts(by, asked, chosen !== '');
  const choices = counts.flatMap((one) => {
    const name = nameOf(one);
    return name === null
      ? []
      : [{ key: one.key ?? NOBODY, text: t('filter.withCount', { name, count: one.count }) }];
  });
  const isKnown = chosen === '' || choices.some(({ key }) => key === chosen);
  return (
    <Pick
      label={label}
      quietLabel
      chosen={chosen === '' ? ANY : chosen}
      choices={[
        { key: ANY, text: any },
        ...(isKnown ? [] : [{ key: chosen, text: nameOf({ key: chosen, count: 0 }) ?? chosen }]),
        ...choices,
      ]}
      onChoose={(key) => onChoose(key === ANY ? '' : key)}
      onOpen={open}
    />
  );
}

function useCounts(by: CountedBy, asked: ChangeParams, wanted: boolean) {
  const language = useLanguage();
  const [opened, setOpened] = useState(false);
  const { sort: _sort, descending: _descending, after: _after, ...filter } = asked;
  const list = useQuery(
    'changes.counts',
    opened || wanted ? { ...filter, by, language, timeZone: ownTimeZone() } : null,
    RECORD_TOPICS,
  );
  return { counts: list.value?.counts ?? NONE, open: () => setOpened(true) };
}

const NONE: readonly FilterCount[] = [];

interface DatesProps {
  readonly filters: ChangeFilters;
  readonly set: (change: Partial<ChangeFilters>) => void;
  readonly asked: ChangeParams;
}

function Dates({ filters: { from, to }, set, asked }: DatesProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { counts, open } = useCounts('day', asked, false);
  const days = from === to ? [from] : [from, to];
  const words = days.map((day) => (day === '' ? '…' : format.date(day))).join(' – ');
  const given = from !== '' || to !== '';
  return (
    <DialogTrigger
      onOpenChange={(isOpen) => {
        if (isOpen) open();
      }}
    >
      <AriaButton className={given ? 'pick-button picked' : 'pick-button'}>
        <span>{given ? words : t('filter.anyDate')}</span>
        <ChevronDown aria-hidden size={18} />
      </AriaButton>
      <Popover className="popover">
        <Dialog className="dates" aria-label={t('filter.dates')}>
          <DayCalendar
            counts={counts}
            from={from}
            to={to}
            onChoose={(day) =>
              set(day === from && day === to ? { from: '', to: '' } : { from: day, to: day })
            }
          />
          <DaySpan from={from} to={to} onChoose={set} />
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
