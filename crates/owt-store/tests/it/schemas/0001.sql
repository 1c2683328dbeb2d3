-- What release 1 of the schema left on disk. A record: never edited.
PRAGMA application_id = 0x6f777431;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
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
INSERT INTO "events" VALUES(1,'job','job_00000000000000000000000001',1,1767225600000,'created','{"task":"it''s ‘kept’"}','req_00000000000000000000000001',NULL,'fx_00000000000000000000000001','requested');
INSERT INTO "events" VALUES(2,'job','job_00000000000000000000000001',2,1767225601000,'started','{}','req_00000000000000000000000001','fx_00000000000000000000000002',NULL,NULL);
CREATE TABLE outbox (
    effect   TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL UNIQUE REFERENCES events (sequence)
) STRICT;
INSERT INTO "outbox" VALUES('fx_00000000000000000000000001',1);
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
INSERT INTO "queue" VALUES('job_00000000000000000000000001','claimed',0,1767225600000,1,1,'here','att_00000000000000000000000001',1767225660000);
INSERT INTO "queue" VALUES('job_00000000000000000000000002','finished',0,1767225600000,2,3,NULL,NULL,NULL);
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
INSERT INTO "rows" VALUES('job','job_00000000000000000000000001',2,'{"state":"started"}','ws_00000000000000000000000001',1,1767225600000,1767225601000);
CREATE UNIQUE INDEX events_by_version ON events (kind, stream, version);
CREATE UNIQUE INDEX events_by_cause ON events (kind, stream, cause) WHERE cause IS NOT NULL;
CREATE INDEX events_by_effect ON events (effect, sequence) WHERE effect IS NOT NULL;
CREATE INDEX rows_by_parent ON rows (kind, parent, stream);
CREATE INDEX rows_live ON rows (kind, stream) WHERE live = 1;
CREATE INDEX rows_live_by_parent ON rows (kind, parent, stream) WHERE live = 1;
CREATE INDEX queue_in_order ON queue (priority DESC, position) WHERE state IN ('waiting', 'claimed');
CREATE INDEX queue_by_runner ON queue (runner, job) WHERE runner IS NOT NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('events',2);
COMMIT;
