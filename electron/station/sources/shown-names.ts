/** Names of sources, phones and files as they are shown: cleaned like labels. What identifies a file stays as it is. */
import type { Requests } from '../../../shared/contract.ts';
import { cleanText } from '../../../shared/labels.ts';

type SourceList = Requests['sources.list']['value'];
type PhoneList = Requests['phones.list']['value'];

export function shownSources(list: SourceList): SourceList {
  return {
    ...list,
    sources: list.sources.map((source) => ({
      ...source,
      name: cleanText(source.name),
      dumps: source.dumps.map((dump) => ({
        ...dump,
        name: cleanText(dump.name),
        ...cleanBundle(dump.bundle),
      })),
      unusable: source.unusable.map((file) => ({ ...file, name: cleanText(file.name) })),
    })),
    partialCopies: list.partialCopies.map((one) => ({
      ...one,
      source: cleanText(one.source),
      file: cleanText(one.file),
    })),
  };
}

type SealedBundle = SourceList['sources'][number]['dumps'][number]['bundle'];

function cleanBundle(bundle: SealedBundle): { bundle?: NonNullable<SealedBundle> } {
  if (bundle === undefined) return {};
  const clean = (text: string | null): string | null => (text === null ? null : cleanText(text));
  return { bundle: { ...bundle, user: clean(bundle.user), device: clean(bundle.device) } };
}

export function shownPhones(list: PhoneList): PhoneList {
  return { phones: list.phones.map((phone) => ({ ...phone, name: cleanText(phone.name) })) };
}
