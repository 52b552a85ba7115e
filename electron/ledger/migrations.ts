/**
 * The ledger's tables, as numbered steps that are never edited once released: a data folder of any
 * version is brought up to date by the steps it has not seen (`PRAGMA user_version`).
 */
export const MIGRATIONS: readonly string[] = [
  /* 1: dumps, batches, changes, the server's side, uploads, audit */ `
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE dumps (
    dump TEXT PRIMARY KEY,              -- sha256 of the bytes
    name TEXT NOT NULL,
    format TEXT,
    bytes INTEGER NOT NULL,
    source TEXT NOT NULL,               -- what kind of source it came from
    state TEXT NOT NULL CHECK (state IN ('copied', 'taken', 'failed')),
    error TEXT,                         -- why it failed
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
    seconds REAL NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX dumps_taken ON dumps (taken_at);

  -- Sealed bundles: kept byte for byte beside the other dumps, for a later delivery.
  CREATE TABLE bundles (dump TEXT PRIMARY KEY, number INTEGER, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE forms (form TEXT PRIMARY KEY, title TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- Everything that could not be read, and everything a reader warned about. Evidence: only added to.
  CREATE TABLE problems (
    dump TEXT NOT NULL, number INTEGER NOT NULL,
    code TEXT NOT NULL, message TEXT NOT NULL,
    ordinal INTEGER, id TEXT, line INTEGER, offset INTEGER,
    PRIMARY KEY (dump, number)
  ) STRICT, WITHOUT ROWID;

  -- Purge stubs a dump carried: noted, never written to the replica, never sent.
  CREATE TABLE purges (
    dump TEXT NOT NULL, ordinal INTEGER NOT NULL, id TEXT NOT NULL, rev TEXT,
    PRIMARY KEY (dump, ordinal)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE batches (
    batch TEXT PRIMARY KEY,
    dump TEXT NOT NULL REFERENCES dumps (dump),
    user TEXT, device TEXT,
    taken_at TEXT NOT NULL, compared_at TEXT,
    flags TEXT NOT NULL DEFAULT '[]'
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX batches_taken ON batches (taken_at);
  CREATE INDEX batches_dump ON batches (dump);

  -- One row for each leaf revision that a dump was the first to bring, or that a decision made.
  CREATE TABLE changes (
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
    content TEXT NOT NULL,              -- digest of the canonical content
    bytes INTEGER NOT NULL DEFAULT 0, attachments INTEGER NOT NULL DEFAULT 0,
    class TEXT NOT NULL DEFAULT 'unchecked', reason TEXT, odd INTEGER NOT NULL DEFAULT 9,
    state TEXT NOT NULL DEFAULT 'open', held_reason TEXT,
    approved_class TEXT, decided_by TEXT, decided_at TEXT,
    -- A settled conflict: the rows of one decision share it; closing rows wait until the kept one is proven.
    resolution TEXT, keeps TEXT, seen TEXT,
    refused TEXT,                       -- the server's word, or the reason the station worked out
    accepted_at TEXT, server_had_it INTEGER NOT NULL DEFAULT 0,
    UNIQUE (id, rev)
  ) STRICT;
  -- Rows get their batch at the end of an intake; until then they need not stand in these.
  CREATE INDEX changes_batch ON changes (batch, class, state) WHERE batch IS NOT NULL;
  CREATE INDEX changes_batch_id ON changes (batch, id) WHERE batch IS NOT NULL;
  CREATE INDEX changes_dump ON changes (dump, ordinal);
  CREATE INDEX changes_state ON changes (state, class);
  CREATE INDEX changes_odd ON changes (batch, odd, seq) WHERE batch IS NOT NULL;

  -- The baseline: what the station knows of the server. leaves: JSON array of {rev, deleted, content}.
  CREATE TABLE server_docs (
    id TEXT PRIMARY KEY, asked_at TEXT NOT NULL, leaves TEXT NOT NULL, has TEXT NOT NULL DEFAULT '[]'
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE server_bodies (
    id TEXT NOT NULL, rev TEXT NOT NULL, deleted INTEGER NOT NULL, content TEXT NOT NULL,
    history TEXT NOT NULL, body TEXT NOT NULL, attachments TEXT NOT NULL DEFAULT '{}', asked_at TEXT NOT NULL,
    PRIMARY KEY (id, rev)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE uploads (
    upload TEXT PRIMARY KEY, user TEXT NOT NULL, server TEXT NOT NULL,
    started_at TEXT NOT NULL, ended_at TEXT,
    outcome TEXT NOT NULL, error TEXT,
    sent INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  -- What each upload did with each change; the latest state of the pair.
  CREATE TABLE deliveries (
    upload TEXT NOT NULL, id TEXT NOT NULL, rev TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sent', 'accepted', 'already', 'refused', 'failed', 'lapsed')),
    reason TEXT, at TEXT NOT NULL,
    PRIMARY KEY (upload, id, rev)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX deliveries_change ON deliveries (id, rev);

  -- Bodies of revisions that a decision closed: kept for ever, whatever happens to the replica.
  CREATE TABLE closed_bodies (
    id TEXT NOT NULL, rev TEXT NOT NULL, at TEXT NOT NULL, person TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (id, rev)
  ) STRICT, WITHOUT ROWID;

  -- Who did what and when. Only added to: a trigger refuses everything else.
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY, at TEXT NOT NULL, person TEXT NOT NULL, what TEXT NOT NULL,
    batch TEXT, id TEXT, rev TEXT, detail TEXT NOT NULL DEFAULT '{}'
  ) STRICT;
  CREATE INDEX audit_at ON audit (at);
  CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
  CREATE TRIGGER audit_never_goes BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
  CREATE TRIGGER problems_never_change BEFORE UPDATE ON problems BEGIN SELECT RAISE(ABORT, 'problems are append-only'); END;
  `,
  /* 2: all evidence is only ever added to */ `
  CREATE TRIGGER problems_never_go BEFORE DELETE ON problems BEGIN SELECT RAISE(ABORT, 'problems are append-only'); END;
  CREATE TRIGGER purges_never_change BEFORE UPDATE ON purges BEGIN SELECT RAISE(ABORT, 'purges are append-only'); END;
  CREATE TRIGGER purges_never_go BEFORE DELETE ON purges BEGIN SELECT RAISE(ABORT, 'purges are append-only'); END;
  CREATE TRIGGER closed_bodies_never_change BEFORE UPDATE ON closed_bodies
    BEGIN SELECT RAISE(ABORT, 'closed bodies are append-only'); END;
  CREATE TRIGGER closed_bodies_never_go BEFORE DELETE ON closed_bodies
    BEGIN SELECT RAISE(ABORT, 'closed bodies are append-only'); END;
  `,
  /* 3: who sent for whom, what waits and why, what the server lost or will never take, the chained audit */ `
  ALTER TABLE uploads ADD COLUMN account INTEGER NOT NULL DEFAULT 0; -- 1: a station account, not the author

  ALTER TABLE changes ADD COLUMN waits TEXT;            -- why an approved change did not go with the last upload
  ALTER TABLE changes ADD COLUMN gone_at TEXT;          -- when the server was seen without what it had accepted
  ALTER TABLE changes ADD COLUMN refused_approved TEXT; -- the class it was approved as before it was refused
  CREATE INDEX changes_refused ON changes (batch) WHERE refused IS NOT NULL;

  CREATE TABLE deliveries_2 (
    upload TEXT NOT NULL, id TEXT NOT NULL, rev TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN
      ('sent', 'accepted', 'already', 'refused', 'failed', 'lapsed', 'waits', 'gone')),
    reason TEXT, at TEXT NOT NULL,
    PRIMARY KEY (upload, id, rev)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO deliveries_2 SELECT upload, id, rev, state, reason, at FROM deliveries;
  DROP TABLE deliveries;
  ALTER TABLE deliveries_2 RENAME TO deliveries;
  CREATE INDEX deliveries_change ON deliveries (id, rev);

  -- Each entry of the audit trail is chained to the one before: hash = sha256(hash before + entry as JSON).
  CREATE TABLE audit_chain (
    seq INTEGER PRIMARY KEY REFERENCES audit (seq), hash TEXT NOT NULL
  ) STRICT;
  INSERT INTO audit_chain (seq, hash)
    WITH RECURSIVE
      numbered AS (
        SELECT row_number() OVER (ORDER BY seq) AS n, seq,
          json_array(seq, at, person, what, batch, id, rev, detail) AS entry FROM audit
      ),
      chain (n, seq, hash) AS (
        SELECT n, seq, sha256(entry) FROM numbered WHERE n = 1
        UNION ALL
        SELECT numbered.n, numbered.seq, sha256(chain.hash || numbered.entry)
          FROM chain JOIN numbered ON numbered.n = chain.n + 1
      )
    SELECT seq, hash FROM chain;
  CREATE TRIGGER audit_is_chained AFTER INSERT ON audit BEGIN
    INSERT INTO audit_chain (seq, hash) VALUES (NEW.seq, sha256(
      coalesce((SELECT hash FROM audit_chain ORDER BY seq DESC LIMIT 1), '')
      || json_array(NEW.seq, NEW.at, NEW.person, NEW.what, NEW.batch, NEW.id, NEW.rev, NEW.detail)));
  END;
  CREATE TRIGGER chain_never_changes BEFORE UPDATE ON audit_chain BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
  CREATE TRIGGER chain_never_goes BEFORE DELETE ON audit_chain BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
  `,
  /* 4: counts of each batch by class and state, kept by the ledger itself, so that a list of batches never counts rows */ `
  CREATE TABLE batch_counts (
    batch TEXT NOT NULL, class TEXT NOT NULL, state TEXT NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (batch, class, state)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO batch_counts (batch, class, state, n)
    SELECT batch, class, state, count(*) FROM changes WHERE batch IS NOT NULL GROUP BY batch, class, state;
  CREATE TRIGGER counts_grow AFTER INSERT ON changes WHEN NEW.batch IS NOT NULL BEGIN
    INSERT INTO batch_counts (batch, class, state, n) VALUES (NEW.batch, NEW.class, NEW.state, 1)
      ON CONFLICT (batch, class, state) DO UPDATE SET n = n + 1;
  END;
  CREATE TRIGGER counts_move AFTER UPDATE OF batch, class, state ON changes
    WHEN OLD.batch IS NOT NEW.batch OR OLD.class != NEW.class OR OLD.state != NEW.state BEGIN
    UPDATE batch_counts SET n = n - 1 WHERE batch = OLD.batch AND class = OLD.class AND state = OLD.state;
    INSERT INTO batch_counts (batch, class, state, n)
      SELECT NEW.batch, NEW.class, NEW.state, 1 WHERE NEW.batch IS NOT NULL
      ON CONFLICT (batch, class, state) DO UPDATE SET n = n + 1;
  END;
  CREATE TRIGGER changes_never_go BEFORE DELETE ON changes BEGIN SELECT RAISE(ABORT, 'changes are never deleted'); END;
  `,
  /* 5: how the files of taken dumps look from outside, so that the same stick is known when it comes again */ `
  CREATE TABLE files_seen (
    name TEXT NOT NULL, bytes INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL, -- milliseconds since 1970, as the source says
    dump TEXT NOT NULL,
    PRIMARY KEY (name, bytes, modified_ms)
  ) STRICT, WITHOUT ROWID;
  `,
  /* 6: how far phones were read directly */ `
  CREATE TABLE phone_reads (
    server TEXT NOT NULL, user TEXT NOT NULL,
    device TEXT NOT NULL,
    database_id TEXT NOT NULL,          -- of the phone's PouchDB: another one after the app was reset
    sequence INTEGER NOT NULL,          -- everything up to it is in replica and ledger
    read_at TEXT NOT NULL,
    PRIMARY KEY (server, user, device, database_id)
  ) STRICT, WITHOUT ROWID;
  `,
  /* 7: deliveries by the number of their change: an upload writes them beside each other and not all over the file;
     and the few changes that a settled conflict holds, found without reading any other */ `
  CREATE INDEX changes_settled ON changes (id) WHERE resolution IS NOT NULL;
  CREATE TABLE deliveries_3 (
    upload TEXT NOT NULL, change INTEGER NOT NULL REFERENCES changes (seq),
    state TEXT NOT NULL CHECK (state IN
      ('sent', 'accepted', 'already', 'refused', 'failed', 'lapsed', 'waits', 'gone')),
    reason TEXT, at TEXT NOT NULL,
    was_sent INTEGER NOT NULL DEFAULT 0,  -- 1: counted among what the upload sent
    PRIMARY KEY (upload, change)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO deliveries_3 SELECT d.upload, c.seq, d.state, d.reason, d.at, d.state NOT IN ('already', 'lapsed', 'waits')
    FROM deliveries d JOIN changes c ON c.id = d.id AND c.rev = d.rev ORDER BY d.upload, c.seq;
  DROP TABLE deliveries;
  ALTER TABLE deliveries_3 RENAME TO deliveries;
  CREATE INDEX deliveries_change ON deliveries (change);
  `,
];
