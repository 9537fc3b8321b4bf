-- The keyring, version 1 (spec/vault.md, "Keyring"). Every copy has the same rows.
CREATE TABLE keyring (
  one           INTEGER PRIMARY KEY CHECK (one = 1),
  keyring       BLOB    NOT NULL CHECK (length(keyring) = 16), -- chance: tells copies from strangers
  office        TEXT    NOT NULL,
  copies        INTEGER NOT NULL,
  generation    INTEGER NOT NULL, -- one more with each change
  mark          BLOB    NOT NULL CHECK (length(mark) = 16), -- chance of the newest change: equal in equal copies
  key_version   INTEGER NOT NULL, -- of the office key; one more with each rotation
  key_name      TEXT    NOT NULL, -- which office key this needs
  canary        BLOB    NOT NULL, -- wrapped; opens only under that key
  canary_digest BLOB    NOT NULL, -- SHA-256 of canary: tells a wrong key from a damaged file
  head_number   INTEGER,          -- the newest event that the event store has shown
  head_hash     BLOB
) STRICT;

CREATE TABLE entry (
  thing            BLOB    NOT NULL UNIQUE CHECK (length(thing) = 16),
  kind             TEXT    NOT NULL,
  state            TEXT    NOT NULL CHECK (state IN ('pending', 'kept', 'erased')),
  wrapped          BLOB,    -- nonce, ciphertext, tag; nothing once erased
  digest           BLOB,    -- SHA-256 of the object, once kept
  sealed_len_bytes INTEGER, -- of the object, once kept
  erased_at_us     INTEGER, -- microseconds since 1970
  subject          BLOB,    -- what was approved to be destroyed
  certificate      BLOB,    -- SHA-256 of the certificate of destruction
  CHECK ((state = 'erased') = (wrapped IS NULL)),
  CHECK ((state = 'erased') = (subject IS NOT NULL))
) STRICT;

CREATE TABLE hold (
  thing      BLOB    NOT NULL CHECK (length(thing) = 16),
  hold       BLOB    NOT NULL CHECK (length(hold) = 16),
  standing   INTEGER NOT NULL, -- 0 once released
  generation INTEGER NOT NULL, -- of the change that made it so
  PRIMARY KEY (thing, hold)
) STRICT;

-- Nonces (hexadecimal) of wrapped keys that are out of the table and not yet known to be out of the files.
CREATE TABLE gone (nonce TEXT PRIMARY KEY NOT NULL) STRICT;
CREATE TRIGGER gone_by_update AFTER UPDATE OF wrapped ON entry
WHEN OLD.wrapped IS NOT NULL AND OLD.wrapped IS NOT NEW.wrapped
BEGIN INSERT OR IGNORE INTO gone VALUES (hex(substr(OLD.wrapped, 1, 12))); END;
CREATE TRIGGER gone_by_delete AFTER DELETE ON entry WHEN OLD.wrapped IS NOT NULL
BEGIN INSERT OR IGNORE INTO gone VALUES (hex(substr(OLD.wrapped, 1, 12))); END;
