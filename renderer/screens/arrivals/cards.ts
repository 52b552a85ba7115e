/** Sources as cards: one for each stick, phone and folder, and one for all the files that were chosen by hand. */
import type { DumpOnSource, SourceInfo } from '../../../shared/sources.ts';

export interface CardDump extends DumpOnSource {
  readonly source: string;
  /** Unique over all sources of the card. */
  readonly key: string;
}

export interface Card {
  readonly key: string;
  readonly kind: SourceInfo['kind'];
  /** Empty for the card of chosen files. */
  readonly name: string;
  readonly state: SourceInfo['state'];
  readonly dumps: readonly CardDump[];
  readonly unusable: SourceInfo['unusable'];
  readonly canEject: boolean;
  readonly sources: readonly string[];
}

const dumpsOf = (source: SourceInfo): readonly CardDump[] =>
  source.dumps.map((dump) => ({ ...dump, source: source.source, key: `${source.source} ${dump.file}` }));

/** A chosen file that cannot be used stays a card of its own, so that its reason is seen. */
const isPlainFile = (source: SourceInfo) => source.kind === 'file' && source.state.kind === 'ready';

export function cardsOf(sources: readonly SourceInfo[]): readonly Card[] {
  const files = sources.filter(isPlainFile);
  const cards: Card[] = sources
    .filter((source) => !isPlainFile(source))
    .map((source) => ({
      key: source.source,
      kind: source.kind,
      name: source.name,
      state: source.state,
      dumps: dumpsOf(source),
      unusable: source.unusable,
      canEject: source.canEject,
      sources: [source.source],
    }));
  if (files.length === 0) return cards;
  return [
    {
      key: 'files',
      kind: 'file',
      name: '',
      state: { kind: 'ready' },
      dumps: files.flatMap(dumpsOf),
      unusable: [],
      canEject: false,
      sources: files.map((file) => file.source),
    },
    ...cards,
  ];
}

const isPhone = ({ kind }: Card) => kind === 'mtp' || kind === 'adb';

/** Whose list is open by itself: the only card, and the only phone. */
export function isOpenByItself(card: Card, cards: readonly Card[]): boolean {
  return cards.length === 1 || (isPhone(card) && cards.filter(isPhone).length === 1);
}

/** The files to take, for each source that has some. */
export function bySource(dumps: readonly CardDump[]): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>();
  for (const dump of dumps) files.set(dump.source, [...(files.get(dump.source) ?? []), dump.file]);
  return files;
}
