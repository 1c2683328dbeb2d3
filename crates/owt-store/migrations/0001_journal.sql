-- The journal and what follows from it, and the queue of jobs.
-- A released migration is never edited: the next number changes what it made.

PRAGMA application_id = 0x6f777431; -- "owt1"

-- The truth. Appended to, never changed.
CREATE TABLE events (
    -- AUTOINCREMENT: a number is never given twice, even when the newest events were removed.
    sequence    INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL,
    stream      TEXT NOT NULL,
    version     INTEGER NOT NULL,
    at          INTEGER NOT NULL, -- milliseconds since the Unix epoch
    name        TEXT NOT NULL,
    payload     TEXT NOT NULL,
    correlation TEXT NOT NULL,
    cause       TEXT,             -- on the first event of an append only
    effect      TEXT,
    effect_word TEXT CHECK (effect_word IN ('requested', 'done')),
    CHECK ((effect IS NULL) = (effect_word IS NULL))
) STRICT;

CREATE UNIQUE INDEX events_by_version ON events (kind, stream, version);
CREATE UNIQUE INDEX events_by_cause ON events (kind, stream, cause) WHERE cause IS NOT NULL;
CREATE INDEX events_by_effect ON events (effect, sequence) WHERE effect IS NOT NULL;

-- A projection: one row a stream, written with its events, always rebuildable from them.
CREATE TABLE rows (
    kind       TEXT NOT NULL,
    stream     TEXT NOT NULL,
    version    INTEGER NOT NULL,
    state      TEXT NOT NULL,
    parent     TEXT NOT NULL,
    live       INTEGER NOT NULL CHECK (live IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (kind, stream)
) STRICT;

CREATE INDEX rows_by_parent ON rows (kind, parent, stream);
CREATE INDEX rows_live ON rows (kind, stream) WHERE live = 1;
CREATE INDEX rows_live_by_parent ON rows (kind, parent, stream) WHERE live = 1;

-- A projection: the effects that are requested and not done, by the event that requested them.
CREATE TABLE outbox (
    effect   TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL UNIQUE REFERENCES events (sequence)
) STRICT;

-- Jobs to be claimed. Finished and withdrawn ones stay: the one must not run again, the other's token must grow on.
CREATE TABLE queue (
    job        TEXT PRIMARY KEY,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'claimed', 'withdrawn', 'finished')),
    priority   INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    position   INTEGER NOT NULL UNIQUE,
    token      INTEGER NOT NULL DEFAULT 0,
    runner     TEXT,
    attempt    TEXT,
    until      INTEGER,
    CHECK ((state = 'claimed') = (runner IS NOT NULL)),
    CHECK ((runner IS NULL) = (attempt IS NULL) AND (runner IS NULL) = (until IS NULL))
) STRICT;

CREATE INDEX queue_in_order ON queue (priority DESC, position) WHERE state IN ('waiting', 'claimed');
CREATE INDEX queue_by_runner ON queue (runner, job) WHERE runner IS NOT NULL;
