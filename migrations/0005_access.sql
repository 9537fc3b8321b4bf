-- Signing in: what accounts show that they are theirs, sessions, one-time links, and how often somebody failed. No secret stands here in clear: a
-- password as its Argon2id text, an account's key sealed under the password, sessions and links by the hash of what only their holder has.

-- An account of the web. `handle` is what its passkeys call it; `tag` says that a program with the office key wrote the row.
CREATE TABLE access_account (
    account TEXT PRIMARY KEY NOT NULL,
    person TEXT NOT NULL,
    handle TEXT NOT NULL UNIQUE,
    public_key BYTEA NOT NULL,
    password TEXT NOT NULL,
    salt BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    since_us BIGINT NOT NULL,
    tag BYTEA NOT NULL
);

-- Passkeys and security keys: their public halves, and the names that people gave them.
CREATE TABLE access_passkey (
    id TEXT PRIMARY KEY NOT NULL,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    passkey TEXT NOT NULL,
    since_us BIGINT NOT NULL,
    used_us BIGINT,
    tag BYTEA NOT NULL
);
CREATE INDEX access_passkey_of ON access_passkey (account);

-- Sessions, by the SHA-256 of the secret that only the cookie has. `sealed` is the account's key under that secret.
CREATE TABLE access_session (
    name BYTEA PRIMARY KEY NOT NULL,
    account TEXT NOT NULL,
    passkey TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    began_us BIGINT NOT NULL,
    shown_us BIGINT NOT NULL,
    seen_us BIGINT NOT NULL,
    tag BYTEA NOT NULL
);
CREATE INDEX access_session_of ON access_session (account);

-- One-time links, by the SHA-256 of what only the link has. `sealed` is the key of an account that had one before, under what only the link has.
CREATE TABLE access_link (
    name BYTEA PRIMARY KEY NOT NULL,
    account TEXT,
    person TEXT,
    made_by TEXT,
    sealed BYTEA,
    made_us BIGINT NOT NULL,
    used_us BIGINT,
    tag BYTEA NOT NULL
);

-- Attempts that failed, or are under way. Names and addresses stand here only as one of a fixed number of places, so that nobody can fill it.
CREATE TABLE access_failure (
    kind TEXT NOT NULL,
    place BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    newest_us BIGINT NOT NULL,
    PRIMARY KEY (kind, place)
);

-- Challenges that were answered, until they would be too old anyway: none is answered twice.
CREATE TABLE access_answered (
    challenge BYTEA PRIMARY KEY NOT NULL,
    until_us BIGINT NOT NULL
);
CREATE INDEX access_answered_until ON access_answered (until_us);
