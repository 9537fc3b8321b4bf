-- The keyring, version 2 (spec/vault.md, "Keyring"): what it carries of discs and tapes, so that a restore finds them.
CREATE TABLE item (
  thing      BLOB    NOT NULL PRIMARY KEY CHECK (length(thing) = 16),
  sealed     BLOB    NOT NULL, -- encrypted under the thing's own key by whoever keeps it
  generation INTEGER NOT NULL  -- of the change that made it so
) STRICT;

CREATE TRIGGER item_goes_with_key AFTER UPDATE OF wrapped ON entry WHEN NEW.wrapped IS NULL
BEGIN DELETE FROM item WHERE thing = NEW.thing; END;
CREATE TRIGGER item_goes_with_entry AFTER DELETE ON entry
BEGIN DELETE FROM item WHERE thing = OLD.thing; END;
