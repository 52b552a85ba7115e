/** What an import brought, the person first: "chw1 · 14 reports new here, 2 changed". */
import { cameWords } from '../../../shared/came-lines.ts';
import type { ImportResult } from '../../../shared/intake.ts';
import { useLanguage } from '../../hooks/use-language.ts';

/** Nothing where nothing is known of it. */
export function CameLines({ imports }: { readonly imports: readonly ImportResult[] }) {
  const language = useLanguage();
  return cameWords(imports, language).map(({ who, what }) => (
    <strong key={who} className="came">
      <bdi>{who}</bdi> · {what}
    </strong>
  ));
}
