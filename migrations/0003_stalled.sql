-- Destructions that something keeps from their end: when each was last tried, so that a store that is away does not hold up every command.
CREATE TABLE stalled (
    thing TEXT PRIMARY KEY NOT NULL,
    tried_us BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    why TEXT NOT NULL
);

-- Whether the place of a certificate in the log is an event of its thing: only where it is not is looked at again.
ALTER TABLE certificate ADD COLUMN is_noted BIGINT NOT NULL DEFAULT 0;
