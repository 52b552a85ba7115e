/** The one table of readers: which format is read by what. */
import type { DumpFormat } from '../../../shared/dump.ts';
import type { Limits } from '../../../shared/limits.ts';
import { allDocs } from './all-docs.ts';
import { bulkGet } from './bulk-get.ts';
import { changesLines, changesObject } from './changes.ts';
import { chtAndroid300 } from './cht-android-300.ts';
import { couchbackup } from './couchbackup.ts';
import { docs } from './docs.ts';
import { ndjson } from './ndjson.ts';
import type { DumpReader, EntryFormat, Header } from './reader.ts';
import { EntryReader } from './reader.ts';
import type { Layout } from './recognise.ts';
import { replicationStream } from './replication-stream.ts';
import { StationReader } from './station.ts';
import { wrappedDocs } from './wrapped-docs.ts';

type MakeReader = (limits: Limits, offset: number, layout: Layout, header?: Header) => DumpReader;

const entries =
  (format: EntryFormat): MakeReader =>
  (limits, offset, _layout, header) =>
    new EntryReader(format, limits, offset, header);

/** A `cht-bundle` is sealed, and a `zip` holds other dumps: neither has records of its own. */
export const READERS: Readonly<Record<Exclude<DumpFormat, 'cht-bundle' | 'zip'>, MakeReader>> = {
  station: (limits, offset) => new StationReader(limits, offset),
  'all-docs': entries(allDocs),
  docs: entries(docs),
  'wrapped-docs': entries(wrappedDocs),
  'cht-android-300': entries(chtAndroid300),
  ndjson: entries(ndjson),
  changes: (limits, offset, layout) =>
    new EntryReader(layout === 'lines' ? changesLines : changesObject, limits, offset),
  'replication-stream': entries(replicationStream),
  couchbackup: entries(couchbackup),
  'bulk-get': entries(bulkGet),
};
