/** What the administrator sets for the whole station: the language of its window, receipts, lists and questions. */
import type { StationSettings } from '../../shared/contract.ts';
import { isLanguage, type Language } from '../../shared/languages.ts';
import { audit } from '../ledger/audit.ts';
import type { Database } from '../ledger/database.ts';
import { forgetSettings, setSetting, setting } from '../ledger/settings.ts';
import type { Core } from './core.ts';

export function stationSettings(db: Database): StationSettings {
  const language = setting(db, 'station.language');
  return { language: isLanguage(language) ? language : null };
}

export function setStationLanguage(core: Core, language: Language | null): StationSettings {
  const { db } = core;
  db.transaction(() => {
    if (language === null) forgetSettings(db, ['station.language']);
    else setSetting(db, 'station.language', language);
    audit(db, { person: core.person, at: core.now() }, 'language-set', { detail: { language } });
  });
  core.changed('settings');
  return stationSettings(db);
}

/** The language of what is handed on: as it was asked for, else the station's own, else English. */
export function languageOf(core: Core, asked: Language | undefined): Language {
  return asked ?? stationSettings(core.db).language ?? 'en';
}
