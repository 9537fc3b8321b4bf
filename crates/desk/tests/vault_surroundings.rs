//! An office whose file, keys, keyring or stores are not as they should be: one line, one hint, and nothing served.
//!
//! Not wrong commands or people (`vault_commands.rs`), nor restores (`vault_restore.rs`). Invariant: put right again, the office opens as if
//! nothing had been.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::os::unix::fs::PermissionsExt as _;

use harness::office::{Bureau, LONG_AGO, Said, all_bytes};

/// What is not exactly this of a command that failed; places are shown as they are in the test's folder.
fn differs(bureau: &Bureau, what: &str, said: &Said, code: i32, line: &str, hint: &str) -> String {
    let shown = said.err.replace(&bureau.path(""), "");
    let expected = format!("counterpartd: {line}\nhint: {hint}\n");
    let is_so = shown == expected && said.code == Some(code) && said.out.is_empty();
    if is_so { String::new() } else { format!("{what}: expected {code} {expected}found {:?} {shown}", said.code) }
}

/// With this file so, or gone, listing what is kept fails like this; then it is put back.
fn with(bureau: &Bureau, file: &str, bytes: Option<&[u8]>, line: &str, hint: &str) -> String {
    let path = bureau.path(file);
    let before = std::fs::read(&path).unwrap();
    match bytes {
        // Its mode stays: the file is the same.
        Some(bytes) => std::fs::write(&path, bytes).unwrap(),
        None => std::fs::rename(&path, format!("{path}.away")).unwrap(),
    }
    let said = bureau.vault("anna", &["list"]);
    match bytes {
        Some(_) => std::fs::write(&path, before).unwrap(),
        None => std::fs::rename(format!("{path}.away"), &path).unwrap(),
    }
    differs(bureau, file, &said, 2, line, hint)
}

/// The same with a mode that lets others read it.
fn readable(bureau: &Bureau, file: &str, line: &str, hint: &str) -> String {
    let set = |mode: u32| {
        std::fs::set_permissions(bureau.path(file), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set(0o644);
    let said = bureau.vault("anna", &["list"]);
    set(0o600);
    differs(bureau, file, &said, 2, line, hint)
}

#[test]
fn wrong_keys_and_keyrings_are_refused() {
    let bureau = Bureau::new();
    let id = bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    bureau.found("other", "other-", &[]);
    let file = |name: &str| std::fs::read(bureau.path(name)).unwrap();
    let (key, ring) = ("keys/office.key", "keys/ring.sqlite");
    let named = "check office.toml, the key it names, and the passphrase";
    let replace = "move the file away; then \"counterpartd vault keyring\" makes another copy from the other one";
    let places = "check which keyring and which key office.toml names";
    let malformed = "keys/ring.sqlite: the keyring is damaged: error returned from database: (code: 11) database disk image is malformed";
    let others = "office key: made for \"other-Example Assessments\", not for \"Example Assessments\"";
    let ours = "\"Example Assessments\"";
    let of_other = format!("{ring}: the keyring of \"other-Example Assessments\", not of {ours}");
    let exposed = "chmod 600 the file, and ask who may have read it";
    let lost = "mount its disk; if it is lost for good, \"counterpartd vault keyring\" makes another copy";
    let faults = [
        with(&bureau, key, None, "keys/office.key: there is no office key", named),
        with(&bureau, key, Some(b"x"), "keys/office.key: this is not an office key, or it is damaged", named),
        with(&bureau, ring, None, "keys/ring.sqlite: this copy of the keyring is gone", lost),
        with(&bureau, "keys/ring2.sqlite", None, "keys/ring2.sqlite: this copy of the keyring is gone", lost),
        with(&bureau, ring, Some(b"not a database"), "keys/ring.sqlite: this is not a keyring", places),
        with(&bureau, ring, Some(&file("keys/other-ring.sqlite")), &of_other, places),
        with(&bureau, ring, Some(&file(ring)[..4096]), malformed, replace),
        readable(&bureau, key, "keys/office.key: others on this machine may read this key", exposed),
        readable(&bureau, ring, "keys/ring.sqlite: others on this machine may read this keyring", exposed),
        with(&bureau, key, Some(&file("keys/other-office.key")), others, places),
    ]
    .concat();
    assert!(faults.is_empty(), "{faults}");
    // The other office's events, when there are as many of them: their numbers alone would not tell.
    let (events, ours) = (bureau.path("office/events.sqlite"), file("office/events.sqlite"));
    for _ in 0..3 {
        let letter = bureau.path("letter.txt");
        let take = ["take", &letter, "--kind", "letter", "--made", LONG_AGO, "--title", "t"];
        let at = ["--office", &bureau.path("other"), "--as", &bureau.path("keys/other-anna.key")];
        bureau.done("anna", &[&take[..], &at].concat());
    }
    std::fs::write(&events, file("other/events.sqlite")).unwrap();
    let said = bureau.vault("anna", &["list"]);
    assert!(
        said.code == Some(2) && said.err.contains(" is not the one that the keyring saw: these events"),
        "{}",
        said.err
    );
    std::fs::write(&events, ours).unwrap();
    assert_eq!(bureau.done("anna", &["verify", &id]), "unchanged", "all is as it was");
}

#[test]
fn a_wrong_passphrase_opens_nothing() {
    let bureau = Bureau::new();
    let wrong = bureau.file("wrong", b"correct house\n");
    let named = "check office.toml, the key it names, and the passphrase";
    let line = "keys/office.key: the passphrase does not open this key";
    let said = bureau.vault("anna", &["list", "--passphrase-file", &wrong]);
    assert_eq!(differs(&bureau, "wrong", &said, 2, line, named), "");
    let said = bureau.vault("anna", &["list", "--passphrase-file", &bureau.path("missing")]);
    let line = "missing: no such file or directory";
    assert_eq!(differs(&bureau, "missing", &said, 2, line, "check the spelling of the path"), "");
    let office = bureau.path("nowhere");
    let said = bureau.vault("anna", &["list", "--office", &office]);
    let hint = "name the folder that \"counterpartd vault init\" made, with --office";
    assert_eq!(differs(&bureau, "office", &said, 2, "nowhere: no office here", hint), "");
}

const CERTIFIED: &str =
    "it stands on certificates: no blanks at its ends, no control characters, nothing that cannot be seen";

/// Ways in which an office's file is wrong: what it is then, some words of the line, and the hint.
fn wrong_files(text: &str) -> [(&'static str, String, &'static str, &'static str); 12] {
    let docs = "the lines of an office's file are described in docs/configuration.md; \"counterpartd configuration\" prints it";
    let jurisdictions = "england-and-wales, scotland or northern-ireland (docs/rules.md)";
    [
        ("unknown", format!("color = 1\n{text}"), "line 1: unknown field `color`", docs),
        ("no toml", "= 1\n".to_owned(), "line 1: ", docs),
        ("empty", String::new(), "line 1: missing field `name`", docs),
        (
            "jurisdiction",
            text.replace("england-and-wales", "atlantis"),
            "jurisdiction: not one that rules know",
            jurisdictions,
        ),
        (
            "name",
            text.replace("name = \"Example Assessments\"", "name = \" \""),
            "name: an office has a name",
            CERTIFIED,
        ),
        ("place", text.replace("1 Example Street", "1\\nStreet"), "place: an office is somewhere", CERTIFIED),
        (
            "renamed",
            text.replace("Example Assessments", "Exemplary Assessments"),
            "made for \"Example Assessments\", not for \"Exemplary Assessments\"",
            "check which keyring and which key office.toml names",
        ),
        (
            "key",
            text.replace("office.key", "none.key"),
            "none.key: there is no office key",
            "check office.toml, the key it names, and the passphrase",
        ),
        (
            "both",
            format!("{text}\n[keyring.token]\nmodule = \"m\"\ntoken = \"t\"\nkey = \"k\"\n"),
            "keyring: either a key file or a token",
            "write keyring.key or [keyring.token], not both",
        ),
        ("tolerance", text.replace("tolerance = \"5m\"", "tolerance = \"5\""), "clock.tolerance: ", "5m is a good one"),
        (
            "sweep",
            text.replace("name = \"recorder\"", "name = \"the recorder\""),
            "sweep.name: not a name",
            "1 to 64 of a-z, 0-9, `.`, `-`, `_` and `@`",
        ),
        (
            "objects",
            text.replace("at = \"objects\"", "at = \"none\""),
            "office/none: ",
            "mount its disk, or name another place; if it is lost for good: \"counterpartd vault store main\"",
        ),
    ]
}

#[test]
fn an_office_file_with_errors_is_refused() {
    let bureau = Bureau::new();
    let path = bureau.path("office/office.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let at = bureau.path("keys/ring.sqlite");
    assert!(text.contains(&at), "{text}");
    let mut faults = String::new();
    for (name, changed, words, hint) in wrong_files(&text) {
        assert_ne!(changed, text, "{name}");
        std::fs::write(&path, changed).unwrap();
        // A store that is away stops only what needs it.
        let said = bureau.vault("anna", &[if name == "objects" { "scrub" } else { "list" }]);
        let lines: Vec<&str> = said.err.lines().collect();
        let is_so = said.code == Some(2) && lines.len() == 2 && lines[0].contains(words);
        if !is_so || lines[1] != format!("hint: {hint}") {
            faults += &format!("{name}: {:?} {}", said.code, said.err);
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn an_object_that_is_gone_or_rotten_is_one_clear_line() {
    let bureau = Bureau::new();
    let id = bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    let object = bureau.object(&id);
    let digest = &object[object.rfind('/').unwrap() + 1..];
    let whole = std::fs::read(&object).unwrap();
    let read = || bureau.vault("anna", &["read", &id, "--purpose", "appeal", "--reference", "R"]);
    let hint = "look over the stores with \"vault scrub\"; nothing was given out";
    std::fs::remove_file(&object).unwrap();
    let line = format!("object {digest} is not in the store");
    assert_eq!(differs(&bureau, "gone", &read(), 2, &line, hint), "");
    let said = bureau.vault("anna", &["scrub"]);
    assert!(
        said.code == Some(1) && said.text().contains(&format!("{id}: missing in main, and not repaired")),
        "{}",
        said.text()
    );
    let mut rotten = whole.clone();
    *rotten.last_mut().unwrap() ^= 1;
    std::fs::write(&object, rotten).unwrap();
    let said = read();
    assert_eq!((said.code, said.out.len(), said.err.lines().count()), (Some(2), 0, 2), "{}", said.err);
    let said = bureau.vault("anna", &["scrub"]);
    assert!(
        said.code == Some(1) && said.text().contains(&format!("{id}: rotten in main, and not repaired")),
        "{}",
        said.text()
    );
    std::fs::write(&object, whole).unwrap();
    assert_eq!(read().out, b"Dear Sir");
    assert_eq!(bureau.vault("anna", &["scrub"]).code, Some(0));
}

#[test]
fn an_office_is_founded_once_and_apart_from_its_keys() {
    let bureau = Bureau::new();
    let path = |name: &str| bureau.path(name);
    let before = all_bytes(&[&path("office"), &path("keys")]).len();
    let (inside, second) = (path("new/ring"), path("keys/ring.sqlite"));
    let over = "nothing is written over; choose another name";
    let apart = "keep keyring and key elsewhere, best on another disk";
    let in_office = |file: &str| {
        let file = file.replace(&path(""), "");
        format!("new/office.toml: keyring: {file}: it lies in the office's folder, which backups carry away")
    };
    let mut faults = String::new();
    for (office, keyring, key, line, hint) in [
        ("office", path("keys/r"), path("keys/k"), "office is there already", over),
        ("new", second, path("keys/k"), "keys/ring.sqlite is there already", over),
        ("new", path("keys/r"), path("keys/office.key"), "keys/office.key is there already", over),
        ("new", inside.clone(), path("keys/k"), in_office(&inside).as_str(), apart),
        ("new", path("keys/r"), path("new/k"), in_office(&path("new/k")).as_str(), apart),
    ] {
        let (office, name) = (path(office), "Another");
        let args = ["vault", "init", "--office", &office, "--name", name, "--place", "x", "--jurisdiction", "scotland"];
        let said = bureau.bare(&[&args[..], &["--keyring", &keyring, "--key", &key]].concat());
        faults += &differs(&bureau, &keyring, &said, 2, line, hint);
        assert!(!std::path::Path::new(&path("new")).exists());
    }
    assert!(faults.is_empty(), "{faults}");
    assert_eq!(all_bytes(&[&path("office"), &path("keys")]).len(), before, "nothing was made");
}

#[test]
fn places_that_lie_in_each_other_are_refused() {
    let bureau = Bureau::new();
    let file = bureau.path("office/office.toml");
    let settings = std::fs::read_to_string(&file).unwrap();
    std::os::unix::fs::symlink(bureau.path("office/objects"), bureau.path("link")).unwrap();
    let (state, at) = (format!("folder = \"{}\"", bureau.path("state")), "at = \"objects\"".to_owned());
    let second = |second: &str| (at.clone(), format!("{at}\nsecond = \"{second}\""));
    let sweep = |folder: &str| (state.clone(), format!("folder = \"{folder}\""));
    let home = std::env::var("HOME").unwrap();
    let root = bureau.path("").trim_end_matches('/').to_owned();
    let buckets = |one: &str, other: &str| (at.clone(), format!("at = \"{one}\"\nsecond = \"{other}\""));
    let (one, store) =
        ("is the same place as objects.at, or one lies in the other", "it is a store, or one lies in the other");
    let (keyring, office) =
        ("the keyring or its key lies in it", "it is the office's folder, or one lies in the other");
    for ((from, to), line) in [
        (second("objects"), one),
        (second("./objects/"), one),
        (second("objects/../objects"), one),
        (second("objects/second"), one),
        (second("."), one),
        (second("../link"), one),
        (second(&bureau.path("office/objects")), one),
        (buckets("s3://bucket/one", "s3://bucket/one/"), one),
        (buckets("s3://bucket/one/two", "s3://bucket/one"), one),
        (sweep("/"), keyring),
        (sweep(&root), keyring),
        (sweep("../keys"), keyring),
        (sweep("."), office),
        (sweep("objects/.new"), office),
        (sweep("../link"), office),
        (sweep(&home), "it is a home folder, or has one in it"),
    ] {
        assert!(settings.contains(&from), "{from}: {settings}");
        std::fs::write(&file, settings.replace(&from, &to)).unwrap();
        let said = bureau.vault("anna", &["list"]);
        let is_clear = said.err.lines().count() == 2 && said.err.contains(line) && said.err.contains("office.toml: ");
        assert!(said.code == Some(2) && is_clear, "{to}: {:?} {}", said.code, said.err);
    }
    // A store outside of the office's folder is none to be searched either.
    let elsewhere = bureau.path("elsewhere");
    vault::store::Folder::make(std::path::Path::new(&elsewhere)).unwrap();
    let apart = settings.replace(&at, &format!("{at}\nsecond = \"{elsewhere}\""));
    std::fs::write(&file, apart.replace(&state, &format!("folder = \"{elsewhere}\""))).unwrap();
    let said = bureau.vault("anna", &["list"]);
    assert!(said.code == Some(2) && said.err.contains(store), "{}", said.err);
    std::fs::write(&file, apart).unwrap();
    bureau.done("anna", &["list"]);
    std::fs::write(&file, settings.replace(&state, &format!("folder = \"{}\"", bureau.path("state/deeper")))).unwrap();
    bureau.done("anna", &["list"]);
}

/// A rollback journal without a page whose end names a file, which SQLite removes when it has played the journal back (its file format, "The Rollback Journal").
fn journal_that_names(database: &str, victim: &str) -> Vec<u8> {
    const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    let head = std::fs::read(database).unwrap();
    let page_len_bytes = u32::from(u16::from_be_bytes([head[16], head[17]]));
    let pages = u32::try_from(head.len()).unwrap() / page_len_bytes;
    let sum: u32 = victim.bytes().map(u32::from).sum();
    let mut bytes = [&MAGIC[..], &[0, 0, pages, 512, page_len_bytes].map(u32::to_be_bytes).concat()].concat();
    bytes.resize(512, 0);
    bytes.extend((0x4000_0000 / page_len_bytes + 1).to_be_bytes());
    bytes.extend(victim.as_bytes());
    bytes.extend([u32::try_from(victim.len()).unwrap(), sum].map(u32::to_be_bytes).concat());
    bytes.extend(MAGIC);
    bytes
}

#[test]
fn nothing_goes_by_what_stands_beside_a_database() {
    let bureau = Bureau::new();
    let id = bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    let (events, ring, key) = ("office/events.sqlite", "keys/ring.sqlite", "keys/office.key");
    let before = [ring, key].map(|file| std::fs::read(bureau.path(file)).unwrap());
    let is_refused = |file: &str, what: &str| {
        let said = bureau.vault("anna", &["list"]);
        let line = format!("counterpartd: {}: {what}", bureau.path(file));
        assert!(said.code == Some(2) && said.err.starts_with(&line), "{file}: {:?} {}", said.code, said.err);
        for (file, before) in [ring, key].iter().zip(&before) {
            assert!(std::fs::read(bureau.path(file)).unwrap() == *before, "{file} is not what it was");
        }
    };
    for (database, why) in [(events, "no program of this office leaves that there"), (ring, "it names another file")] {
        let journal = bureau.path(&format!("{database}-journal"));
        let there = std::fs::read(&journal).ok();
        for victim in [ring, key] {
            let bytes = journal_that_names(&bureau.path(database), &bureau.path(victim));
            std::fs::write(&journal, bytes).unwrap();
            is_refused(&format!("{database}-journal"), why);
        }
        match there {
            Some(bytes) => std::fs::write(&journal, bytes).unwrap(),
            None => std::fs::remove_file(&journal).unwrap(),
        }
    }
    for end in ["-journal", "-wal", "-shm"] {
        for victim in [ring, key] {
            let linked = format!("{events}{end}");
            std::fs::hard_link(bureau.path(victim), bureau.path(&linked)).unwrap();
            is_refused(&linked, "this file has another name too");
            std::fs::remove_file(bureau.path(&linked)).unwrap();
        }
    }
    assert!(bureau.shown(&id)["phase"].is_string());
}
