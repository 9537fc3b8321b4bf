-- The event store: what happened, in order, and what of it goes to the log. One text for SQLite and PostgreSQL; times are
-- microseconds since 1970, ids are text. Nothing here is ever updated but the outbox's answers and the scrub's findings.

-- Every event of every stream. `number` counts over all streams from 1 without a gap; `hash` chains them; `tag` says that
-- a program with the office key wrote it, which the scrub has not.
CREATE TABLE event (
    number BIGINT PRIMARY KEY NOT NULL,
    stream TEXT NOT NULL,
    position BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    account TEXT,
    clear BYTEA NOT NULL,
    private BYTEA,
    salt BYTEA NOT NULL,
    signature BYTEA,
    tag BYTEA,
    hash BYTEA NOT NULL,
    UNIQUE (stream, position)
);

-- Where each thing stands, made of its events and written with them: what opening an office holds against the keyring.
CREATE TABLE thing (
    id TEXT PRIMARY KEY NOT NULL,
    phase TEXT NOT NULL,
    holds TEXT NOT NULL,
    object TEXT,
    recording TEXT
);

-- Commitments on their way to the log. `log_index` and `proof` are empty until it answers.
CREATE TABLE outbox (
    entry BYTEA PRIMARY KEY NOT NULL,
    event_number BIGINT NOT NULL,
    what TEXT NOT NULL,
    log_index BIGINT,
    proof TEXT
);
CREATE INDEX outbox_open ON outbox (event_number) WHERE proof IS NULL;

-- Certificates of destruction, as they are given out: text and salt.
CREATE TABLE certificate (
    thing TEXT PRIMARY KEY NOT NULL,
    text TEXT NOT NULL,
    salt BYTEA NOT NULL
);

-- When each object was last read whole by the scrub, and what it found.
CREATE TABLE scrub (
    thing TEXT PRIMARY KEY NOT NULL,
    looked_us BIGINT NOT NULL,
    found TEXT NOT NULL
);
