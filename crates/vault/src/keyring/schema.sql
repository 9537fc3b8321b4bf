-- The keyring, version 1 (spec/vault.md, "Keyring"). Every copy has the same rows. Each row but those of `gone` has a tag of its own, and
-- `set_sum` speaks for all of them. Without rowid, so that no index beside a table can say something else than the table.
CREATE TABLE keyring (
  one            INTEGER PRIMARY KEY CHECK (one = 1),
  keyring        BLOB    NOT NULL CHECK (length(keyring) = 16), -- chance: tells copies from strangers
  office         TEXT    NOT NULL,
  copies         INTEGER NOT NULL,
  generation     INTEGER NOT NULL, -- one more with each change
  mark           BLOB    NOT NULL CHECK (length(mark) = 16), -- chance of the newest change: equal in equal copies
  key_version    INTEGER NOT NULL, -- of the office key; one more with each rotation
  key_name       TEXT    NOT NULL, -- which office key this needs
  canary         BLOB    NOT NULL, -- wrapped; opens only under that key
  canary_digest  BLOB    NOT NULL, -- SHA-256 of canary: tells a wrong key from a damaged file
  row_key        BLOB    NOT NULL, -- wrapped; makes every tag
  row_key_before BLOB,             -- wrapped; the one before, until a rotation has reached every copy
  event_key      BLOB    NOT NULL, -- wrapped; makes the tags of events
  eras           BLOB,             -- of each office key before: its newest event, and its event_key, wrapped under this one
  head_number    INTEGER,          -- the newest event that the event store has shown
  head_hash      BLOB,
  set_sum        BLOB    NOT NULL, -- of all rows of the other tables, masked: none is missing, none is an older one
  tag            BLOB    NOT NULL
) STRICT;

CREATE TABLE entry (
  thing            BLOB    NOT NULL PRIMARY KEY CHECK (length(thing) = 16),
  kind             TEXT    NOT NULL,
  state            TEXT    NOT NULL CHECK (state IN ('pending', 'kept', 'erased')),
  wrapped          BLOB,    -- nonce, ciphertext, tag; nothing once erased
  digest           BLOB,    -- SHA-256 of the object, once kept
  sealed_len_bytes INTEGER, -- of the object, once kept
  erased_at_us     INTEGER, -- microseconds since 1970
  subject          BLOB,    -- what was approved to be destroyed
  certificate      BLOB,    -- SHA-256 of the certificate of destruction
  tag              BLOB    NOT NULL,
  CHECK ((state = 'erased') = (wrapped IS NULL)),
  CHECK ((state = 'erased') = (subject IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE hold (
  thing      BLOB    NOT NULL CHECK (length(thing) = 16),
  hold       BLOB    NOT NULL CHECK (length(hold) = 16),
  standing   INTEGER NOT NULL, -- 0 once released
  generation INTEGER NOT NULL, -- of the change that made it so
  tag        BLOB    NOT NULL,
  PRIMARY KEY (thing, hold)
) STRICT, WITHOUT ROWID;

-- What is carried of discs and tapes, so that a restore finds them. It goes with the key.
CREATE TABLE item (
  thing      BLOB    NOT NULL PRIMARY KEY CHECK (length(thing) = 16),
  sealed     BLOB    NOT NULL, -- encrypted under the thing's own key by whoever keeps it
  generation INTEGER NOT NULL, -- of the change that made it so
  tag        BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- Nonces (hexadecimal) of wrapped keys that are out of the table and not yet known to be out of the files.
CREATE TABLE gone (nonce TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;
