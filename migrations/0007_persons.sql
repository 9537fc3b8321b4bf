-- People whose cases are here: how they sign in, and mail that waits to be sent. A mail address stands nowhere in clear: it is found again by a hash under
-- the office key, and what it is sent to is sealed under that key.

-- An account of a person. `contact` is the hash of the address, `place` the digits of the code that say which of an address's accounts it is, `code` the Argon2id text of the code.
CREATE TABLE person_account (
    person TEXT PRIMARY KEY NOT NULL,
    contact BYTEA NOT NULL,
    place TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    code TEXT NOT NULL,
    since_us BIGINT NOT NULL,
    tag BYTEA NOT NULL
);
CREATE UNIQUE INDEX person_account_contact ON person_account (contact, place);

-- Sessions, by the SHA-256 of the secret that only the cookie has.
CREATE TABLE person_session (
    name BYTEA PRIMARY KEY NOT NULL,
    person TEXT NOT NULL,
    began_us BIGINT NOT NULL,
    seen_us BIGINT NOT NULL,
    tag BYTEA NOT NULL
);
CREATE INDEX person_session_of ON person_session (person);

-- Links that somebody asked for, by the SHA-256 of what only the link has: for any address, whether anybody has an account or not.
CREATE TABLE person_link (
    name BYTEA PRIMARY KEY NOT NULL,
    contact BYTEA NOT NULL,
    made_us BIGINT NOT NULL,
    used_us BIGINT,
    tag BYTEA NOT NULL
);
CREATE INDEX person_link_contact ON person_link (contact, made_us);
CREATE INDEX person_link_made ON person_link (made_us);

-- Mail that waits. Whom it is for, and the link in it, are sealed.
CREATE TABLE mail (
    id TEXT PRIMARY KEY NOT NULL,
    sealed BYTEA NOT NULL,
    made_us BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    next_us BIGINT NOT NULL
);
CREATE INDEX mail_next ON mail (next_us);
