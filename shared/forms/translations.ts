/** What a deployment's translations and the texts in its documents say, in the first language that says it. */
import { fieldAt, isObject, textAt, type Body } from '../untrusted.ts';
import { plainText } from './label-text.ts';

export interface Translations {
  /** Codes, the one that is wanted most first. */
  readonly languages: readonly string[];
  /** `undefined`: no language says it. `{{name}}` in it is taken from `context`. */
  key(key: string, context?: unknown): string | undefined;
  /** In one language only. */
  keyIn(language: string, key: string): string | undefined;
  /** A text, a list of `{locale, content}` or an object by language, the three ways in which CHT writes one. */
  from(value: unknown, context?: unknown): string | undefined;
}

/**
 * @param documents the translations by the code of their language, as `messages-LANGUAGE` holds them
 */
export function translationsOf(
  languages: readonly string[],
  documents: ReadonlyMap<string, Body>,
): Translations {
  // What the deployment changed goes before what CHT brings along; `values` is how old versions kept both.
  const raw = (language: string, key: string) => {
    const document = documents.get(language);
    return ['custom', 'generic', 'values'].map((part) => textAt(document, part, key)).find(Boolean);
  };
  const first = (find: (language: string) => string | undefined): string | undefined => {
    for (const language of new Set([...languages, ...documents.keys()])) {
      const found = find(language);
      if (found !== undefined && found.trim() !== '') return found;
    }
    return undefined;
  };
  const filled = (text: string | undefined, context: unknown): string | undefined => {
    const plain = text === undefined ? '' : plainText(withValues(text, context));
    return plain === '' ? undefined : plain;
  };
  return {
    languages,
    keyIn: (language, key) => filled(raw(language, key), undefined),
    key: (key, context) =>
      filled(
        first((language) => raw(language, key)),
        context,
      ),
    from: (value, context) => {
      if (typeof value === 'string') return filled(value, context);
      const said = Array.isArray(value)
        ? (language: string) => contentIn(value, language)
        : (language: string) => textAt(value, language);
      const any = Array.isArray(value) ? contentIn(value, null) : anyText(value);
      return filled(first(said) ?? any, context);
    },
  };
}

function contentIn(list: readonly unknown[], locale: string | null): string | undefined {
  const found = list.find(
    (one) => textAt(one, 'content') !== undefined && (locale === null || textAt(one, 'locale') === locale),
  );
  return textAt(found, 'content');
}

function anyText(value: unknown): string | undefined {
  return isObject(value) ? Object.values(value).find((one) => typeof one === 'string') : undefined;
}

/** `{{contact.name}}` by the value there. */
function withValues(text: string, context: unknown): string {
  return text.slice(0, 10_000).replace(/\{\{\s*([\w.]{1,100})\s*\}\}/gu, (_, path: string) => {
    const value = fieldAt(context, ...path.split('.'));
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '…';
  });
}
