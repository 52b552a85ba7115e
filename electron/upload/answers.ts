/** What is in the answers of a server; what is not as documented is left out or `bad-answer`. */
import { StationError } from '../../shared/errors.ts';
import { isObject } from '../../shared/untrusted.ts';

/** A version of CHT, or `null`: what only names the program `api` is not a version, and no version is that long. */
export function chtVersion(value: unknown): string | null {
  return typeof value === 'string' && value.length <= 40 && /^[1-9]\d*\.\d+/.test(value) ? value : null;
}

/**
 * The version of CHT on a server, asked for with two questions of which each may give nothing. Where `deploy-info` is not
 * offered, the app's own document tells.
 */
export async function versionOf(ask: (path: string) => Promise<unknown>): Promise<string | null> {
  const deployed = await ask('/api/deploy-info');
  const version = chtVersion(isObject(deployed) ? deployed['version'] : undefined);
  if (version !== null) return version;
  const app = await ask('/medic/_design/medic-client');
  const build = isObject(app) ? app['build_info'] : undefined;
  return chtVersion(isObject(build) ? (build['base_version'] ?? build['version']) : undefined);
}

/** The documents of an answer of `_bulk_get`. @throws StationError `bad-answer` */
export function documentsIn(found: unknown): Record<string, unknown>[] {
  if (!isObject(found) || !Array.isArray(found['results'])) throw new StationError('bad-answer');
  const documents: Record<string, unknown>[] = [];
  for (const result of found['results'] as unknown[]) {
    const entries: unknown = isObject(result) ? result['docs'] : undefined;
    if (!Array.isArray(entries)) continue;
    for (const entry of entries as unknown[]) {
      if (isObject(entry) && isObject(entry['ok'])) documents.push(entry['ok']);
    }
  }
  return documents;
}

/** The strings of a list; none where it is no list. */
export function strings(value: unknown): string[] {
  return Array.isArray(value) ? (value as unknown[]).filter((entry) => typeof entry === 'string') : [];
}
