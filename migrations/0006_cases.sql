-- Where each case stands, made of its events and written with them: what lists are made of. Names and words about people are not here.
CREATE TABLE case_now (
    id TEXT PRIMARY KEY NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    phase TEXT NOT NULL,
    office TEXT NOT NULL,
    staff TEXT NOT NULL,
    room TEXT,
    starts_us BIGINT NOT NULL,
    ends_us BIGINT NOT NULL,
    outcome TEXT,
    position BIGINT NOT NULL,
    tag BYTEA NOT NULL
);
CREATE INDEX case_now_starts ON case_now (starts_us, id);
CREATE INDEX case_now_staff ON case_now (staff, starts_us, id);
CREATE INDEX case_now_room ON case_now (office, room, starts_us);
