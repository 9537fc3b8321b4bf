-- What the scrub knows beside its last look at each object, and the role that looks on. Nothing here says what is so now; losing it costs a
-- round of the scrub.

-- How much the last look read, of all stores together, and how often the object was repaired.
ALTER TABLE scrub ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE scrub ADD COLUMN repairs BIGINT NOT NULL DEFAULT 0;

-- The scrub that runs on, or ran last: one row. `things` and `bytes` count since it was started; `trouble` is why it waits.
CREATE TABLE scrub_role (
    one BIGINT PRIMARY KEY NOT NULL CHECK (one = 1),
    began_us BIGINT NOT NULL,
    every_us BIGINT NOT NULL,
    rate_bytes BIGINT NOT NULL,
    things BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    trouble TEXT
);
