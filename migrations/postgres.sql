-- Only for PostgreSQL: how far the migrations have come, and whose events these are. SQLite notes the first in its file's head.
CREATE TABLE layout (
    one BIGINT PRIMARY KEY NOT NULL CHECK (one = 1),
    layout BIGINT NOT NULL,
    office TEXT NOT NULL,
    is_draft BIGINT NOT NULL
);
