/**
 * How much the station takes. A dump is hostile input until it is read: everything that its author chooses
 * (sizes, depths, counts, names) has a bound here, so that no file can exhaust memory or run for ever.
 * Sizes are in bytes.
 */
const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

export const LIMITS = {
  // The disk of this computer
  /** Left free by an import, for the ledger, its backups and whatever else the computer does. */
  diskReserveBytes: 64 * MiB,

  // One record
  /** A record as it stands in the dump. A photo of 64 MiB is 86 MiB of base64; V8 ends at 512 MiB. */
  recordBytes: 128 * MiB,
  /** Values and keys of one record, counted before it is parsed: each becomes an object many times its size. */
  recordValues: 500_000,
  /** Objects and arrays inside each other, the document itself counted. XForms nest about 15 deep. */
  depth: 100,
  /** Characters of a document's id. The ids of CHT tasks reach about 250. */
  idLength: 4096,
  /** Revisions in one history. CouchDB and PouchDB keep 1,000 unless told otherwise. */
  historyLength: 10_000,
  /** Attachments of one document. */
  attachments: 500,
  /** Characters of an attachment's name. */
  attachmentNameLength: 1024,
  /** Characters of an attachment's content type. */
  contentTypeLength: 255,
  /** One attachment, decoded. CHT's own limit for all files of a report is 30 MiB. */
  attachmentBytes: 64 * MiB,
  /** All attachments of one document, decoded. */
  documentAttachmentBytes: 128 * MiB,
  /** Lines that carry the parts of one attachment (format `station`). */
  attachmentParts: 10_000,

  // One dump
  /** What the recogniser looks at, after unpacking. */
  recogniseBytes: MiB,
  /** All bytes of a dump after unpacking. */
  unpackedBytes: 64 * GiB,
  /** Records of one dump, broken ones counted. */
  records: 20_000_000,
  /** Problems of one dump that are listed one by one; those after them are reported together. */
  problems: 20_000,
  /** Problems of one kind without a record between them that are listed one by one; the rest is told as a range. */
  problemsInARow: 20,
  /** Unpacked bytes in a row that hold no record: then reading ends. */
  bytesWithoutRecord: GiB,
  /** Characters of one form, of translations or settings, of which labels are made. */
  labelCharacters: 4 * MiB,
  /** Such documents of one dump. A deployment has some hundred forms. */
  labelDocuments: 2000,
  /** So many times its size a packed dump may unpack to without a record, … */
  unpackedRatio: 200,
  /** … once it is so many bytes. */
  unpackedRatioFrom: 64 * MiB,
  /** Bytes that may be looked at a second time while searching for the next record after damage. */
  searchBytes: 256 * MiB,
  /** Characters of anything a dump claims about itself: user, device, server. */
  claimLength: 200,
  /** The `.json` half of a sealed bundle. */
  bundleEnvelopeBytes: 64 * KiB,
  /** The header of an age file, as the CHT server bounds it. */
  ageHeaderBytes: 16 * KiB,

  // One step of the work
  /** Bytes read from the disk at once. */
  blockBytes: MiB,
  /** A chunk of records is handed on once it holds so many bytes of records, … */
  chunkBytes: 1 * MiB,
  /** … or so many records and problems. */
  chunkItems: 4000,

  // One source
  /** Files looked at on a stick or in a folder. */
  sourceFiles: 50_000,
  /** Folders inside each other, from the top of the stick. */
  sourceDepth: 8,
  /** Folders that are watched. */
  watchedFolders: 20,

  // One zip
  /** Files in it that are looked at more closely than by their first bytes, because they may be dumps. */
  zipDumps: 1000,

  // One glimpse at a dump before it is imported
  /** So much of its beginning is read, after unpacking, … */
  glimpseBytes: 256 * KiB,
  /** … in steps of so many stored bytes, … */
  glimpseBlockBytes: 16 * KiB,
  /** … for so many records and problems, … */
  glimpseItems: 5000,
  /** … and so much of its end, where a format says something there. */
  glimpseEndBytes: 4 * KiB,
  /** Samples by which the records of others are reckoned, … */
  glimpseSamples: 16,
  /** … and the size of each. */
  glimpseSampleBytes: 16 * KiB,
  /** Dumps of one source that are glimpsed at; the others are listed without. */
  glimpses: 1000,

  // What the window gets
  /** Problems listed with the result of an import; all of them stand in the ledger. */
  problemsListed: 100,
  /** A picture shown in the window. */
  pictureBytes: 10 * MiB,
} as const;

/** The same names with any numbers: tests use small ones. */
export type Limits = { readonly [Name in keyof typeof LIMITS]: number };
