/** What an import brought, the person first: "chw1 · 14 reports new here, 2 changed". */
import { useTranslation } from 'react-i18next';
import { cameWords } from '../../../shared/came-lines.ts';
import type { ImportResult } from '../../../shared/intake.ts';
import { languageFor } from '../../../shared/languages.ts';

/** Nothing where nothing is known of it. */
export function CameLines({ imports }: { readonly imports: readonly ImportResult[] }) {
  const { i18n } = useTranslation();
  return cameWords(imports, languageFor(null, [i18n.language])).map(({ who, what }) => (
    <strong key={who} className="came">
      <bdi>{who}</bdi> · {what}
    </strong>
  ));
}
