-- What the steps of migrations.ts make. Written by test/ledger/database.test.ts; not read by the program.

CREATE TABLE settings (
  key TEXT PRIMARY KEY, value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dumps (
  -- One row for each export file, or direct reading of a phone, that was copied here.
  dump TEXT PRIMARY KEY,              -- sha256 of the bytes
  name TEXT NOT NULL,
  format TEXT,
  bytes INTEGER NOT NULL,
  source TEXT NOT NULL,               -- what kind of source it came from
  state TEXT NOT NULL CHECK (state IN ('copied', 'taken', 'failed')),
  error TEXT,                         -- why it failed; of a copied one: why it is not read
  readings INTEGER NOT NULL DEFAULT 0, -- begun one after the other, of which none came to an end of any kind
  put_by_at TEXT,                     -- when somebody dismissed a copied one that is not read
  claims TEXT NOT NULL DEFAULT '{}',
  user TEXT, device TEXT,
  typed_user TEXT, typed_device TEXT,
  flags TEXT NOT NULL DEFAULT '[]',
  copied_at TEXT NOT NULL, taken_at TEXT,
  n_read INTEGER NOT NULL DEFAULT 0, n_new INTEGER NOT NULL DEFAULT 0,
  n_known INTEGER NOT NULL DEFAULT 0, n_skipped INTEGER NOT NULL DEFAULT 0,
  n_broken INTEGER NOT NULL DEFAULT 0,
  attachments INTEGER NOT NULL DEFAULT 0, attachment_bytes INTEGER NOT NULL DEFAULT 0,
  problems INTEGER NOT NULL DEFAULT 0,
  seconds REAL NOT NULL DEFAULT 0,
  aside TEXT,                         -- why nothing of it is sent: it names another server or database
  people TEXT NOT NULL DEFAULT '[]',  -- JSON array of {batch, user, contact}: whom its batches are of
  number INTEGER NOT NULL UNIQUE      -- counts the dumps: short, for tables with a row for each record
, copy_gone_at TEXT, came TEXT) STRICT, WITHOUT ROWID;

CREATE INDEX dumps_taken ON dumps (taken_at);

CREATE TABLE bundles (
  -- Sealed bundles: kept byte for byte beside the other dumps, for a later delivery.
  dump TEXT PRIMARY KEY,              -- sha256 of the sealed half, a zero, the envelope, a zero, the signature
  number INTEGER, bytes INTEGER NOT NULL,
  matches INTEGER                     -- 0: the envelope names another sealed half; NULL: it names none
) STRICT, WITHOUT ROWID;

CREATE TABLE files_seen (
  -- How the files of copied dumps look from outside, so that the same stick is known when it comes again.
  name TEXT NOT NULL, bytes INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL,       -- milliseconds since 1970, as the source says
  dump TEXT NOT NULL,
  PRIMARY KEY (name, bytes, modified_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE phone_reads (
  -- How far phones were read directly.
  server TEXT NOT NULL, user TEXT NOT NULL,
  device TEXT NOT NULL,
  database_id TEXT NOT NULL,          -- of the phone's PouchDB: another one after the app was reset
  sequence INTEGER NOT NULL,          -- everything up to it is in replica and ledger
  read_at TEXT NOT NULL,
  received_at TEXT,                   -- when its app had last synchronised by then; NULL: not known
  told_at TEXT,                       -- the time that the station itself wrote there, by the phone's clock: nothing was received then
  parcel_at TEXT,                     -- when that was fetched which its app was given as a parcel, to the end
  PRIMARY KEY (server, user, device, database_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE phone_leaves (
  -- The ends of the branches of each document on a phone, as last read: what a return parcel need not bring.
  server TEXT NOT NULL, user TEXT NOT NULL,
  device TEXT NOT NULL,
  database_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,          -- as they were after this change
  leaves TEXT NOT NULL,               -- JSON array of [id, revision, ...]
  PRIMARY KEY (server, user, device, database_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE parcels (
  -- Return parcels: what a server has for the person of a phone, to be written to that phone. The newest of each phone.
  server TEXT NOT NULL, user TEXT NOT NULL,
  device TEXT NOT NULL,
  database_id TEXT NOT NULL,
  sha256 TEXT NOT NULL UNIQUE,        -- of the file's bytes, and its name in the folder of parcels
  bytes INTEGER NOT NULL,
  documents INTEGER NOT NULL, deletes INTEGER NOT NULL, skipped INTEGER NOT NULL,
  version TEXT,                       -- of CHT on the server
  sequence INTEGER NOT NULL,          -- of the phone, as it was read before
  made_at TEXT NOT NULL, made_by TEXT NOT NULL,
  applied_at TEXT,                    -- when it was last written to its phone, to the end
  PRIMARY KEY (server, user, device, database_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE label_documents (
  -- What says how things are called: each revision of a form, translations or settings that was seen, its naming fields
  -- only. One revision may come with several contents.
  id TEXT NOT NULL, rev TEXT NOT NULL, content TEXT NOT NULL, -- sha256 of body and XForm
  kind TEXT NOT NULL CHECK (kind IN ('form', 'translations', 'settings')),
  name TEXT NOT NULL,                 -- the code of the form, the language, or nothing
  title TEXT, body TEXT NOT NULL, xform TEXT,
  UNIQUE (id, rev, content)
) STRICT;

CREATE INDEX label_documents_name ON label_documents (kind, name);

CREATE TABLE label_sources (
  -- Who brought which of them.
  source TEXT NOT NULL,               -- a dump, or 'server'
  id TEXT NOT NULL, rev TEXT NOT NULL, content TEXT NOT NULL, at TEXT NOT NULL,
  current INTEGER NOT NULL,           -- 0: the server had it once
  PRIMARY KEY (source, id, rev)
) STRICT, WITHOUT ROWID;

CREATE INDEX label_sources_document ON label_sources (id, rev, content);

CREATE TABLE problems (
  -- Everything that could not be read, and everything a reader warned about. Evidence: only added to.
  dump TEXT NOT NULL, number INTEGER NOT NULL,
  code TEXT NOT NULL, message TEXT NOT NULL,
  ordinal INTEGER, id TEXT, line INTEGER, offset INTEGER,
  PRIMARY KEY (dump, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER problems_never_change BEFORE UPDATE ON problems BEGIN SELECT RAISE(ABORT, 'problems are append-only'); END;

CREATE TRIGGER problems_never_go BEFORE DELETE ON problems BEGIN SELECT RAISE(ABORT, 'problems are append-only'); END;

CREATE TABLE purges (
  -- Purge stubs a dump carried: recorded, never written to the replica, never sent. Evidence: only added to.
  dump TEXT NOT NULL, ordinal INTEGER NOT NULL, id TEXT NOT NULL, rev TEXT,
  PRIMARY KEY (dump, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER purges_never_change BEFORE UPDATE ON purges BEGIN SELECT RAISE(ABORT, 'purges are append-only'); END;

CREATE TRIGGER purges_never_go BEFORE DELETE ON purges BEGIN SELECT RAISE(ABORT, 'purges are append-only'); END;

CREATE TABLE named_revisions (
  -- What a dump names without its content, a deletion or a revision: knowledge, no version. Evidence: only added to.
  dump TEXT NOT NULL, ordinal INTEGER NOT NULL, id TEXT NOT NULL, rev TEXT NOT NULL, deleted INTEGER NOT NULL,
  PRIMARY KEY (dump, ordinal)
) STRICT, WITHOUT ROWID;

CREATE INDEX named_revisions_rev ON named_revisions (id, rev);

CREATE TRIGGER named_revisions_never_change BEFORE UPDATE ON named_revisions
  BEGIN SELECT RAISE(ABORT, 'named revisions are append-only'); END;

CREATE TRIGGER named_revisions_never_go BEFORE DELETE ON named_revisions
  BEGIN SELECT RAISE(ABORT, 'named revisions are append-only'); END;

CREATE TABLE batches (
  -- The documents of one health worker on one device that one dump brought.
  batch TEXT PRIMARY KEY,
  dump TEXT NOT NULL REFERENCES dumps (dump),
  user TEXT,
  contact TEXT,                       -- the contact document of the user
  device TEXT,
  taken_at TEXT NOT NULL, compared_at TEXT,
  flags TEXT NOT NULL DEFAULT '[]',
  unusual TEXT NOT NULL DEFAULT '[]', -- JSON array of {rule, number}: what is unusual about the batch
  dismissed_at TEXT                   -- of a dump that is set aside: when somebody put it out of sight
) STRICT, WITHOUT ROWID;

CREATE TABLE people (
  -- People of whom the server, a delivery or somebody here has said that they exist.
  user TEXT PRIMARY KEY, contact TEXT, seen_at TEXT NOT NULL,
  how TEXT NOT NULL CHECK (how IN ('server', 'delivered', 'said')),
  name TEXT, phone TEXT               -- as the account on the server gives them
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_in_ways (
  -- How people sign in to the server, known before anybody types: some have no password.
  user TEXT PRIMARY KEY,
  way TEXT NOT NULL CHECK (way IN ('password', 'link', 'sso')),
  generation INTEGER,                 -- of the settings that say so; NULL: the server showed it when somebody signed in
  how TEXT NOT NULL CHECK (how IN ('server', 'dump')),
  at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX batches_taken ON batches (taken_at);

CREATE INDEX batches_dump ON batches (dump);

CREATE TABLE changes (
  -- One row for each leaf revision that a dump was the first to bring, or that a decision made. Never deleted.
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL, rev TEXT NOT NULL,
  batch TEXT, dump TEXT, ordinal INTEGER,
  origin TEXT NOT NULL DEFAULT 'dump' CHECK (origin IN ('dump', 'closing', 'merge', 'rebase')),
  history TEXT NOT NULL,              -- JSON array, newest first, begins with rev
  made_here INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0,
  never_sent TEXT,
  kind TEXT NOT NULL, label TEXT NOT NULL, form TEXT, reported_at INTEGER,
  author_user TEXT, author_contact TEXT,
  needs TEXT NOT NULL DEFAULT '[]',   -- JSON array of document ids this one depends on
  code TEXT,                          -- of a contact: the short code by which reports name it
  about TEXT,                         -- whom it is about, by id or short code; of a contact: the place that it is in
  about_name TEXT,                    -- what the record itself calls them
  title_key TEXT,                     -- of a contact its type, of a task its title
  phones TEXT,                        -- its phone numbers, each in the ways that it may be typed
  content TEXT NOT NULL,              -- digest of the canonical content
  bytes INTEGER NOT NULL DEFAULT 0, attachments INTEGER NOT NULL DEFAULT 0,
  class TEXT NOT NULL DEFAULT 'unchecked', reason TEXT, odd INTEGER NOT NULL DEFAULT 9,
  state TEXT NOT NULL DEFAULT 'open', held_reason TEXT,
  approved_class TEXT, decided_by TEXT, decided_at TEXT,
  -- A settled conflict: the rows of one decision share it; closing rows wait until the kept one is proven.
  resolution TEXT, keeps TEXT, seen TEXT,
  refused TEXT,                       -- the server's word, or the reason the station worked out
  refusal_approved INTEGER NOT NULL DEFAULT 0, -- 1: approved although it is refused
  size TEXT,                          -- of what is too large for the server, JSON {bytes, largest: {name, bytes}}
  unusual TEXT NOT NULL DEFAULT '[]', -- JSON array of {rule, number}
  approved_unusual TEXT NOT NULL DEFAULT '[]', -- JSON array of rules, as it was approved
  waits TEXT,                         -- why an approved change did not go with the last upload
  accepted_at TEXT, server_had_it INTEGER NOT NULL DEFAULT 0,
  gone_at TEXT,                       -- when the server was seen without what it had accepted
  decision INTEGER,                   -- the last decision about it
  body_gone INTEGER NOT NULL DEFAULT 0, -- 1: neither the replica nor a safe copy has its content any more
  several INTEGER NOT NULL DEFAULT 0, form_version INTEGER, files_missing INTEGER NOT NULL DEFAULT 0, makes_login INTEGER NOT NULL DEFAULT 0, born TEXT, near INTEGER NOT NULL DEFAULT 0, seen_there_at TEXT, retired_at TEXT, leaving INTEGER NOT NULL DEFAULT 0, -- 1: its document has, or had, more than one row; kept by triggers
  UNIQUE (id, rev)
) STRICT;

CREATE INDEX changes_batch ON changes (batch, class, state) WHERE batch IS NOT NULL;

CREATE INDEX changes_batch_id ON changes (batch, id) WHERE batch IS NOT NULL;

CREATE INDEX changes_code ON changes (code) WHERE code IS NOT NULL;

CREATE INDEX changes_about ON changes (about, form, reported_at) WHERE about IS NOT NULL;

CREATE INDEX changes_dump ON changes (dump, ordinal);

CREATE INDEX changes_odd ON changes (batch, odd, seq) WHERE batch IS NOT NULL;

CREATE INDEX changes_refused ON changes (batch) WHERE refused IS NOT NULL;

CREATE INDEX changes_settled ON changes (id) WHERE resolution IS NOT NULL;

CREATE INDEX changes_several ON changes (batch, id) WHERE several = 1;

CREATE INDEX changes_gone ON changes (dump) WHERE body_gone = 1;

CREATE TRIGGER changes_never_go BEFORE DELETE ON changes BEGIN SELECT RAISE(ABORT, 'changes are never deleted'); END;

CREATE VIRTUAL TABLE change_words USING fts5 (
  words, content = '', tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
);

CREATE TABLE 'change_words_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'change_words_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE TABLE 'change_words_docsize'(id INTEGER PRIMARY KEY, sz BLOB);

CREATE TABLE 'change_words_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TRIGGER words_come AFTER INSERT ON changes BEGIN
  INSERT INTO change_words (rowid, words)
    VALUES (NEW.seq, indexed_text(NEW.label, NEW.about_name, NEW.code, iif(length(NEW.about) < 20, NEW.about, NULL), NEW.phones));
END;

CREATE TRIGGER words_move AFTER UPDATE OF label, about_name, code, about, phones ON changes BEGIN
  INSERT INTO change_words (change_words, rowid, words)
    VALUES ('delete', OLD.seq, indexed_text(OLD.label, OLD.about_name, OLD.code, iif(length(OLD.about) < 20, OLD.about, NULL), OLD.phones));
  INSERT INTO change_words (rowid, words)
    VALUES (NEW.seq, indexed_text(NEW.label, NEW.about_name, NEW.code, iif(length(NEW.about) < 20, NEW.about, NULL), NEW.phones));
END;

CREATE TABLE brought_again (
  -- Revisions that a dump brought which another had brought before: by whom they go if that one is set aside.
  id TEXT NOT NULL, rev TEXT NOT NULL, dump TEXT NOT NULL, ordinal INTEGER NOT NULL, batch TEXT,
  covered TEXT,                       -- its change as JSON, where only a newer version of it had come before
  PRIMARY KEY (id, rev, dump)
) STRICT, WITHOUT ROWID;

CREATE INDEX brought_again_dump ON brought_again (dump);

CREATE TABLE content_bringers (
  -- Which later dumps brought a change once more, so that it can be said who brought which content.
  change INTEGER NOT NULL REFERENCES changes (seq),
  dump INTEGER NOT NULL,              -- number of the dump
  ordinal INTEGER NOT NULL,
  PRIMARY KEY (change, dump)
) STRICT, WITHOUT ROWID;

CREATE TABLE contents (
  -- Every content of a revision that came with several, whole: the replica holds one of them. Evidence: only added to.
  id TEXT NOT NULL, rev TEXT NOT NULL,
  content TEXT NOT NULL,              -- digest, as in changes
  deleted INTEGER NOT NULL,
  body TEXT NOT NULL,                 -- JSON object
  attachments TEXT NOT NULL,          -- JSON object: by name {content_type, digest, length, revpos}
  UNIQUE (id, rev, content)
) STRICT;

CREATE TRIGGER contents_never_change BEFORE UPDATE ON contents BEGIN SELECT RAISE(ABORT, 'contents are append-only'); END;

CREATE TABLE content_files (
  -- The bytes of their attachments, each once.
  id TEXT NOT NULL, digest TEXT NOT NULL, data BLOB NOT NULL,
  UNIQUE (id, digest)
) STRICT;

CREATE TRIGGER content_files_never_change BEFORE UPDATE ON content_files
  BEGIN SELECT RAISE(ABORT, 'contents are append-only'); END;

CREATE TABLE decisions (
  -- One row for each request of a person, whatever number of changes it is about. Evidence: only added to.
  decision INTEGER PRIMARY KEY,
  at TEXT NOT NULL, person TEXT NOT NULL,
  kind TEXT NOT NULL,                 -- as in the audit trail
  batch TEXT,
  undoes INTEGER REFERENCES decisions (decision)
, second TEXT) STRICT;

CREATE INDEX decisions_undone ON decisions (undoes) WHERE undoes IS NOT NULL;

CREATE TRIGGER decisions_never_change BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

CREATE TRIGGER decisions_never_go BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

CREATE TABLE decision_changes (
  -- What each decision made of a change, and what stood before, so that it can be undone. Evidence: only added to.
  decision INTEGER NOT NULL REFERENCES decisions (decision),
  change INTEGER NOT NULL REFERENCES changes (seq),
  made TEXT NOT NULL,                 -- the state that it made
  state TEXT NOT NULL, approved_class TEXT, approved_unusual TEXT NOT NULL,
  refused TEXT, refusal_approved INTEGER NOT NULL,
  held_reason TEXT, decided_by TEXT, decided_at TEXT, decision_before INTEGER,
  PRIMARY KEY (decision, change)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER decision_changes_never_change BEFORE UPDATE ON decision_changes
  BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

CREATE TRIGGER decision_changes_never_go BEFORE DELETE ON decision_changes
  BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

CREATE TABLE closed_bodies (
  -- Bodies of revisions that a decision closed: kept for ever, whatever happens to the replica. Evidence: only added to.
  id TEXT NOT NULL, rev TEXT NOT NULL, at TEXT NOT NULL, person TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (id, rev)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER closed_bodies_never_change BEFORE UPDATE ON closed_bodies
  BEGIN SELECT RAISE(ABORT, 'closed bodies are append-only'); END;

CREATE TABLE server_docs (
  -- The baseline: what the station knows of the server.
  id TEXT PRIMARY KEY, asked_at TEXT NOT NULL,
  leaves TEXT NOT NULL,               -- JSON array of {rev, deleted, content}
  has TEXT NOT NULL DEFAULT '[]',
  forked INTEGER NOT NULL DEFAULT 0   -- 1: it has more than one leaf that is not deleted
) STRICT, WITHOUT ROWID;

CREATE INDEX server_docs_forked ON server_docs (id) WHERE forked = 1;

CREATE TABLE server_bodies (
  id TEXT NOT NULL, rev TEXT NOT NULL, deleted INTEGER NOT NULL, content TEXT NOT NULL,
  history TEXT NOT NULL, body TEXT NOT NULL, attachments TEXT NOT NULL DEFAULT '{}', asked_at TEXT NOT NULL,
  PRIMARY KEY (id, rev)
) STRICT, WITHOUT ROWID;

CREATE TABLE server_contents (
  -- What the server was seen to hold under a revision that is here too. Attachments by the digests of their own bytes.
  id TEXT NOT NULL, rev TEXT NOT NULL, content TEXT NOT NULL, asked_at TEXT NOT NULL,
  PRIMARY KEY (id, rev)
) STRICT, WITHOUT ROWID;

CREATE TABLE uploads (
  upload TEXT PRIMARY KEY,
  user TEXT NOT NULL,
  account INTEGER NOT NULL DEFAULT 0, -- 1: a station account, not the author
  way TEXT NOT NULL DEFAULT 'station' CHECK (way IN ('station', 'phone')), -- phone: its own app sent, through this station
  server TEXT NOT NULL,
  started_at TEXT NOT NULL, ended_at TEXT,
  outcome TEXT NOT NULL, error TEXT,
  sent INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
  -- What each upload did with each change; the latest state of the pair.
  upload TEXT NOT NULL, change INTEGER NOT NULL REFERENCES changes (seq),
  state TEXT NOT NULL CHECK (state IN
    ('sent', 'accepted', 'already', 'refused', 'failed', 'lapsed', 'waits', 'gone')),
  reason TEXT, at TEXT NOT NULL,
  was_sent INTEGER NOT NULL DEFAULT 0, -- 1: counted among what the upload sent
  PRIMARY KEY (upload, change)
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_change ON deliveries (change);

CREATE TABLE audit (
  -- Who did what and when. Only added to: a trigger refuses everything else.
  seq INTEGER PRIMARY KEY, at TEXT NOT NULL, person TEXT NOT NULL, what TEXT NOT NULL,
  batch TEXT, id TEXT, rev TEXT, detail TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE INDEX audit_at ON audit (at);

CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;

CREATE TRIGGER audit_never_goes BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;

CREATE TABLE audit_chain (
  -- Each entry of the audit trail is chained to the one before: hash = sha256(hash before + entry as JSON).
  seq INTEGER PRIMARY KEY REFERENCES audit (seq), hash TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_is_chained AFTER INSERT ON audit BEGIN
  INSERT INTO audit_chain (seq, hash) VALUES (NEW.seq, sha256(
    coalesce((SELECT hash FROM audit_chain ORDER BY seq DESC LIMIT 1), '')
    || json_array(NEW.seq, NEW.at, NEW.person, NEW.what, NEW.batch, NEW.id, NEW.rev, NEW.detail)));
END;

CREATE TRIGGER chain_never_changes BEFORE UPDATE ON audit_chain BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;

CREATE TRIGGER chain_never_goes BEFORE DELETE ON audit_chain BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;

CREATE TABLE staff (
  -- Who works at this station. Nobody is taken out: the history names them.
  key TEXT PRIMARY KEY,               -- the name without capitals
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('admin', 'clerk', 'service')),
  hash TEXT NOT NULL,                 -- scrypt of the PIN or passphrase, with its salt and cost
  added_at TEXT NOT NULL, left_at TEXT,
  must_choose INTEGER NOT NULL DEFAULT 0, -- 1: the PIN is the administrator's, and is changed first
  computer TEXT,                      -- account of the computer that stands for them at a terminal
  wrong INTEGER NOT NULL DEFAULT 0,   -- tries in a row that failed …
  wrong_at INTEGER NOT NULL DEFAULT 0 -- … and when the last was, milliseconds since 1970
) STRICT, WITHOUT ROWID;

CREATE TRIGGER staff_never_goes BEFORE DELETE ON staff BEGIN SELECT RAISE(ABORT, 'the history names them'); END;

CREATE INDEX decision_changes_change ON decision_changes (change);

CREATE INDEX audit_id ON audit (id) WHERE id IS NOT NULL;

CREATE TABLE acts (
  -- The audit trail for people: one row for each decision, sending or moment, whose entries share its key. Worked out
  -- from the trail.
  seq INTEGER PRIMARY KEY REFERENCES audit (seq), -- its first entry
  key TEXT NOT NULL UNIQUE,           -- JSON array of what, person, and its decision, upload or time
  last INTEGER NOT NULL,              -- its last entry; between them may stand those of others
  at TEXT NOT NULL, until TEXT NOT NULL,
  person TEXT NOT NULL, what TEXT NOT NULL,
  batch TEXT, id TEXT,                -- NULL: none, or several
  decision INTEGER, upload TEXT,
  entries INTEGER NOT NULL
) STRICT;

CREATE INDEX acts_batch ON acts (batch) WHERE batch IS NOT NULL;

CREATE INDEX acts_decision ON acts (decision) WHERE decision IS NOT NULL;

CREATE INDEX acts_upload ON acts (upload) WHERE upload IS NOT NULL;

CREATE TRIGGER audit_is_an_act AFTER INSERT ON audit BEGIN
  INSERT INTO acts (seq, key, last, at, until, person, what, batch, id, decision, upload, entries)
    VALUES (NEW.seq,
      json_array(NEW.what, NEW.person,
        coalesce(nullif(NEW.detail ->> 'decision', 0), NEW.detail ->> 'upload', NEW.at)),
      NEW.seq, NEW.at, NEW.at, NEW.person, NEW.what, NEW.batch, NEW.id,
      nullif(NEW.detail ->> 'decision', 0), NEW.detail ->> 'upload', 1)
    ON CONFLICT (key) DO UPDATE SET last = excluded.last, at = min(at, excluded.at), until = max(until, excluded.until),
      entries = entries + 1,
      batch = iif(batch IS excluded.batch, batch, NULL), id = iif(id IS excluded.id, id, NULL);
END;

CREATE INDEX changes_born ON changes (about, born) WHERE born IS NOT NULL;

CREATE TABLE batch_counts (
  -- Records of each batch that have one row, kept by triggers, so that no list counts rows. Those with several rows are
  -- counted by their documents (counts.ts).
  batch TEXT NOT NULL, class TEXT NOT NULL, state TEXT NOT NULL,
  refused INTEGER NOT NULL,           -- 0 not refused, 1 refused, 2 refused and approved all the same
  unusual INTEGER NOT NULL,           -- 1: something about the record itself is unusual
  kind TEXT NOT NULL, deleted INTEGER NOT NULL,
  form TEXT NOT NULL,                 -- after a sign that it has one
  files INTEGER NOT NULL,             -- 1: it has attachments
  n INTEGER NOT NULL,
  PRIMARY KEY (batch, class, state, refused, unusual, kind, deleted, form, files)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER counts_grow AFTER INSERT ON changes BEGIN
  INSERT INTO batch_counts (batch, class, state, refused, unusual, kind, deleted, form, files, n)
    SELECT NEW.batch, NEW.class, NEW.state, (NEW.refused IS NOT NULL) * (1 + NEW.refusal_approved), NEW.unusual != '[]',
      NEW.kind, NEW.deleted, ifnull('=' || NEW.form, ''), NEW.attachments > 0, 1
      WHERE NEW.batch IS NOT NULL AND NEW.several = 0
    ON CONFLICT DO UPDATE SET n = n + 1;
  -- What is broken is no version of a document.
  UPDATE changes SET several = 1 WHERE id = NEW.id AND several = 0 AND class != 'broken' AND NEW.class != 'broken'
    AND EXISTS (SELECT 1 FROM changes o WHERE o.id = NEW.id AND o.rev != NEW.rev AND o.class != 'broken');
  UPDATE changes SET several = 1 WHERE seq = NEW.seq AND several = 0 AND NEW.state = 'superseded';
END;

CREATE TRIGGER counts_move AFTER UPDATE OF batch, class, state, refused, refusal_approved, unusual, several, kind, deleted,
    form, attachments ON changes
  WHEN OLD.batch IS NOT NEW.batch OR OLD.class != NEW.class OR OLD.state != NEW.state OR OLD.refused IS NOT NEW.refused
    OR OLD.refusal_approved != NEW.refusal_approved OR OLD.unusual != NEW.unusual OR OLD.several != NEW.several
    OR OLD.kind != NEW.kind OR OLD.deleted != NEW.deleted OR OLD.form IS NOT NEW.form OR OLD.attachments != NEW.attachments BEGIN
  UPDATE batch_counts SET n = n - 1 WHERE OLD.several = 0 AND batch = OLD.batch AND class = OLD.class AND state = OLD.state
    AND refused = (OLD.refused IS NOT NULL) * (1 + OLD.refusal_approved) AND unusual = (OLD.unusual != '[]')
    AND kind = OLD.kind AND deleted = OLD.deleted AND form = ifnull('=' || OLD.form, '') AND files = (OLD.attachments > 0);
  INSERT INTO batch_counts (batch, class, state, refused, unusual, kind, deleted, form, files, n)
    SELECT NEW.batch, NEW.class, NEW.state, (NEW.refused IS NOT NULL) * (1 + NEW.refusal_approved), NEW.unusual != '[]',
      NEW.kind, NEW.deleted, ifnull('=' || NEW.form, ''), NEW.attachments > 0, 1
      WHERE NEW.batch IS NOT NULL AND NEW.several = 0
    ON CONFLICT DO UPDATE SET n = n + 1;
  UPDATE changes SET several = 1 WHERE seq = NEW.seq AND several = 0 AND NEW.state = 'superseded';
END;

CREATE INDEX changes_unplaced ON changes (seq) WHERE batch IS NULL;

CREATE INDEX changes_by_odd ON changes (odd) WHERE several = 0;

CREATE INDEX changes_by_label ON changes (label) WHERE several = 0;

CREATE INDEX changes_by_day ON changes (reported_at) WHERE several = 0;

CREATE INDEX changes_by_kind ON changes (kind) WHERE several = 0;

CREATE INDEX changes_by_class ON changes (class) WHERE several = 0;

CREATE INDEX changes_state ON changes (state, class, several);

CREATE INDEX changes_form ON changes (form, odd) WHERE form IS NOT NULL;

CREATE INDEX changes_unusual ON changes (batch) WHERE unusual != '[]';

CREATE INDEX changes_files ON changes (batch) WHERE attachments > 0;

CREATE INDEX changes_near ON changes (about, form, reported_at) WHERE near = 1;

CREATE TRIGGER near_ones_come AFTER INSERT ON changes
  WHEN NEW.about IS NOT NULL AND NEW.form IS NOT NULL AND NEW.reported_at IS NOT NULL BEGIN
  UPDATE changes SET near = 1 WHERE about = NEW.about AND form = NEW.form AND near = 0
    AND reported_at >= NEW.reported_at / 86400000 * 86400000
    AND reported_at < (NEW.reported_at / 86400000 + 1) * 86400000
    AND EXISTS (SELECT 1 FROM changes o WHERE o.about = NEW.about AND o.form = NEW.form AND o.seq != NEW.seq
      AND o.reported_at >= NEW.reported_at / 86400000 * 86400000
      AND o.reported_at < (NEW.reported_at / 86400000 + 1) * 86400000);
END;

CREATE TRIGGER near_ones_move AFTER UPDATE OF about, form, reported_at ON changes
  WHEN NEW.about IS NOT NULL AND NEW.form IS NOT NULL AND NEW.reported_at IS NOT NULL BEGIN
  UPDATE changes SET near = 1 WHERE about = NEW.about AND form = NEW.form AND near = 0
    AND reported_at >= NEW.reported_at / 86400000 * 86400000
    AND reported_at < (NEW.reported_at / 86400000 + 1) * 86400000
    AND EXISTS (SELECT 1 FROM changes o WHERE o.about = NEW.about AND o.form = NEW.form AND o.seq != NEW.seq
      AND o.reported_at >= NEW.reported_at / 86400000 * 86400000
      AND o.reported_at < (NEW.reported_at / 86400000 + 1) * 86400000);
END;

CREATE INDEX changes_retired ON changes (dump) WHERE retired_at IS NOT NULL;

CREATE INDEX changes_leaving ON changes (id) WHERE leaving = 1;

CREATE TRIGGER contents_never_go BEFORE DELETE ON contents
  WHEN NOT EXISTS (SELECT 1 FROM changes c WHERE c.id = OLD.id AND c.retired_at IS NOT NULL)
  BEGIN SELECT RAISE(ABORT, 'contents are append-only'); END;

CREATE TRIGGER content_files_never_go BEFORE DELETE ON content_files
  WHEN NOT EXISTS (SELECT 1 FROM changes c WHERE c.id = OLD.id AND c.retired_at IS NOT NULL)
  BEGIN SELECT RAISE(ABORT, 'contents are append-only'); END;

CREATE TRIGGER closed_bodies_never_go BEFORE DELETE ON closed_bodies
  WHEN NOT EXISTS (SELECT 1 FROM changes c WHERE c.id = OLD.id AND c.retired_at IS NOT NULL)
  BEGIN SELECT RAISE(ABORT, 'closed bodies are append-only'); END;
