-- What a scrub saw in a store, in order, until a program with the office key makes events of it: the scrub has no key, and no event is without one.
CREATE TABLE finding (
    number BIGINT PRIMARY KEY NOT NULL,
    thing TEXT NOT NULL,
    what TEXT NOT NULL,
    store TEXT NOT NULL,
    source TEXT
);
CREATE INDEX finding_of ON finding (thing, number);

-- Rows that stood behind the newest event and that no program with the office key wrote: taken out, and kept to be looked at.
CREATE TABLE stray (
    found_us BIGINT NOT NULL,
    number BIGINT NOT NULL,
    stream TEXT NOT NULL,
    position BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    account TEXT,
    clear BYTEA NOT NULL,
    private BYTEA,
    salt BYTEA NOT NULL,
    signature BYTEA,
    tag BYTEA,
    hash BYTEA NOT NULL
);

-- How far a thing's row has come with its events, and that a program with the office key wrote it.
ALTER TABLE thing ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
ALTER TABLE thing ADD COLUMN tag BYTEA;
