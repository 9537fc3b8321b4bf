//! The passphrase of an account's key: given, wrong, changed, taken away; and files made to cost much.
//!
//! Not the passphrase of the office key (`vault_surroundings.rs`, and `vault`'s own tests). Invariants: what is refused is one line and one hint
//! with exit code 2, and changes no file; the key is the same behind every passphrase; no file costs more than a fixed bound.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use age::secrecy::SecretString;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness::office::{Bureau, LONG_AGO, Said};
use harness::text;

/// The passphrase of what `locked` makes.
const SECRET: &str = "a long one";

/// A vault command without an office and without any terminal.
fn bare(args: &[&str], variable: Option<&str>) -> Said {
    let mut command = Command::new("setsid");
    command.args(["--wait", env!("CARGO_BIN_EXE_counterpartd"), "vault"]).args(args).stdin(Stdio::null());
    command.envs(variable.map(|secret| ("COUNTERPART_ACCOUNT_PASSPHRASE", secret)));
    let output = command.output().unwrap();
    Said { code: output.status.code(), err: text(&output.stderr), out: output.stdout }
}

/// That it failed with exactly this.
#[track_caller]
fn refused(said: &Said, folder: &str, line: &str, hint: &str) {
    let shown = said.err.replace(folder, "");
    assert_eq!((said.code, shown.as_str()), (Some(2), format!("counterpartd: {line}\nhint: {hint}\n").as_str()));
    assert!(said.out.is_empty());
}

/// A key's file behind a passphrase, with so little work that a test costs nothing.
fn locked(text: &str, passphrase: &str) -> Vec<u8> {
    let mut locks = age::scrypt::Recipient::new(SecretString::from(passphrase));
    locks.set_work_factor(2);
    age::encrypt(&locks, text.as_bytes()).unwrap()
}

const FORGOTTEN: &str = "try again; where it is forgotten, make another key and enrol it as a new account";
const NOT_ONE: &str = "name the file that \"counterpartd vault key\" made, or make one with it";

#[test]
fn a_new_key_needs_a_passphrase_unless_told_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let root = path("");
    std::fs::write(path("empty"), "\n").unwrap();
    let key = path("a.key");
    let make = ["key", "--account", "anna", "--file", &key];
    let hint = "name a file with --passphrase-file; --no-passphrase makes a key for whoever has the file";
    let no_terminal = "a key has a passphrase, and there is no terminal to ask for one on";
    refused(&bare(&make, None), &root, no_terminal, hint);
    let empty = "an empty passphrase keeps nobody out";
    let choose = "choose one; or say --no-passphrase";
    refused(&bare(&[&make[..], &["--passphrase-file", &path("empty")]].concat(), None), &root, empty, choose);
    refused(&bare(&make, Some("")), &root, empty, choose);
    let empty_file = path("empty");
    let both = [&make[..], &["--no-passphrase", "--passphrase-file", &empty_file]].concat();
    assert_eq!(bare(&both, None).code, Some(2));
    assert!(!folder.path().join("a.key").exists(), "a refused command made a key");
    // Given by the environment, and by nobody.
    let said = bare(&make, Some(SECRET));
    assert_eq!((said.code, said.text().trim_end().len()), (Some(0), 64), "{}", said.err);
    let bytes = std::fs::read(&key).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n-> scrypt "), "not locked");
    assert!(text(&bytes[..80]).contains(" 18\n"), "the same work on every machine");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    refused(
        &bare(&make, Some(SECRET)),
        &root,
        "a.key is there already",
        "nothing is written over; choose another name",
    );
    let plain = path("plain.key");
    let said = bare(&["key", "--no-passphrase", "--account", "anna", "--file", &plain], None);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(text(&std::fs::read(&plain).unwrap()).starts_with("counterpart/account-key/v1\naccount: anna\nsecret: "));
}

#[test]
fn a_passphrase_is_changed_and_the_key_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (root, key, link) = (path(""), path("a.key"), path("link.key"));
    assert_eq!(bare(&["key", "--no-passphrase", "--account", "anna", "--file", &key], None).code, Some(0));
    let plain = std::fs::read(&key).unwrap();
    std::os::unix::fs::symlink(&key, &link).unwrap();
    std::fs::write(path("new"), SECRET).unwrap();
    let change = ["passphrase", "--as", &link];
    let no_terminal = "a key has a passphrase, and there is no terminal to ask for one on";
    let hint = "name a file with --new-passphrase-file; --no-passphrase makes a key for whoever has the file";
    // The variable has the passphrase that is, never the one that is to be.
    refused(&bare(&change, Some(SECRET)), &root, no_terminal, hint);
    assert_eq!(std::fs::read(&key).unwrap(), plain);
    // One that was killed left the key behind another passphrase; what only looks like it is somebody else's.
    for name in ["a.key.0123abcd.new", "a.key.mine.new"] {
        std::fs::write(path(name), &plain).unwrap();
    }
    let said = bare(&[&change[..], &["--new-passphrase-file", &path("new")]].concat(), None);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    let is_there = |name: &str| folder.path().join(name).exists();
    assert_eq!((is_there("a.key.0123abcd.new"), is_there("a.key.mine.new")), (false, true));
    std::fs::remove_file(path("a.key.mine.new")).unwrap();
    assert_eq!(said.text(), "the key of anna has the new passphrase; copies of the file are as they were\n");
    let is_link = std::fs::symlink_metadata(&link).unwrap().is_symlink();
    assert!(is_link, "what the link points to is changed, not the link");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let locked = std::fs::read(&key).unwrap();
    assert!(locked.starts_with(b"age-encryption.org/v1\n"));
    let opened = age::decrypt(&age::scrypt::Identity::new(SecretString::from(SECRET)), &locked).unwrap();
    assert_eq!(opened, plain, "another key");
    // With a wrong one nothing is changed, and with none it cannot be said to be right.
    let take_away = [&change[..], &["--no-passphrase"]].concat();
    let line = "link.key: the passphrase does not open this key";
    refused(&bare(&take_away, Some("a wrong one")), &root, line, FORGOTTEN);
    let line = "link.key: the key has a passphrase and there is no terminal to ask on";
    let hint = "name a file with --as-passphrase-file, or put it into $COUNTERPART_ACCOUNT_PASSPHRASE";
    refused(&bare(&take_away, None), &root, line, hint);
    assert_eq!(std::fs::read(&key).unwrap(), locked);
    // A disk that does not let the new file take the old one's place leaves the old one, and nothing beside it.
    let log = path("strace.log");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-o", &log, "-e", "trace=rename", "-e", "inject=rename:error=EIO"]);
    strace.arg(env!("CARGO_BIN_EXE_counterpartd")).arg("vault").args(&take_away);
    let output = strace.env("COUNTERPART_ACCOUNT_PASSPHRASE", SECRET).stdin(Stdio::null()).output().unwrap();
    assert!(std::fs::read_to_string(&log).unwrap().contains("(INJECTED)"), "the fault did not fire");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert_eq!(std::fs::read(&key).unwrap(), locked);
    let left = std::fs::read_dir(folder.path()).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().ends_with(".new")
    });
    assert_eq!(left.count(), 0, "half of a change is left");
    let said = bare(&take_away, Some(SECRET));
    assert_eq!(said.text(), "the key of anna has no passphrase; copies of the file are as they were\n", "{}", said.err);
    assert_eq!(std::fs::read(&key).unwrap(), plain);
}

#[test]
fn files_made_to_cost_much_or_cut_are_refused_quickly() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (root, key) = (path(""), path("a.key"));
    let good =
        "counterpart/account-key/v1\naccount: anna\nsecret: ed25519 BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n";
    let whole = locked(good, SECRET);
    let with_work = |work: &str| {
        let at = whole.windows(3).position(|part| part == b" 2\n").unwrap();
        [&whole[..at], format!(" {work}\n").as_bytes(), &whole[at + 3..]].concat()
    };
    let cut = whole[..whole.len() - 1].to_vec();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    let to_a_key = {
        let identity = age::x25519::Identity::generate();
        age::encrypt(&identity.to_public(), good.as_bytes()).unwrap()
    };
    let more = "a.key: this key file asks for more work than this machine should do";
    let ours = "no program of ours made it: name the file that \"counterpartd vault key\" made";
    let not_one = "a.key: not an account's key";
    let cases: [(&str, Vec<u8>, &str, &str); 9] = [
        ("2 GiB", with_work("21"), more, ours),
        ("1 TiB", with_work("30"), more, ours),
        ("most", with_work("63"), more, ours),
        ("cut", cut, not_one, NOT_ONE),
        ("changed", changed, not_one, NOT_ONE),
        ("head", whole[..60].to_vec(), not_one, NOT_ONE),
        ("to a key", to_a_key, not_one, NOT_ONE),
        ("an office's", locked("counterpart/office-key/v1\noffice: x\n", SECRET), not_one, NOT_ONE),
        ("long", [&whole[..], &[0; 20_000]].concat(), not_one, NOT_ONE),
    ];
    for (name, bytes, line, hint) in cases {
        std::fs::write(&key, bytes).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        // With little memory and little time: what asks for more is refused before any of it is done.
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -v 1000000; ulimit -t 20; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_counterpartd")]);
        command.args(["vault", "passphrase", "--no-passphrase", "--as", &key]).stdin(Stdio::null());
        let output = command.env("COUNTERPART_ACCOUNT_PASSPHRASE", SECRET).output().unwrap();
        let said = Said { code: output.status.code(), err: text(&output.stderr), out: output.stdout };
        println!("{name}: {}", said.err);
        refused(&said, &root, line, hint);
    }
    // The one they were made of is one.
    std::fs::write(&key, &whole).unwrap();
    assert_eq!(bare(&["passphrase", "--no-passphrase", "--as", &key], Some(SECRET)).code, Some(0));
    assert_eq!(text(&std::fs::read(&key).unwrap()), good);
    // Behind a passphrase or not, a key that others may read is refused.
    for bytes in [whole.as_slice(), good.as_bytes()] {
        std::fs::write(&key, bytes).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
        let said = bare(&["passphrase", "--no-passphrase", "--as", &key], Some(SECRET));
        let hint = "give the file the mode 600, and enrol another key if others could read it";
        refused(&said, &root, "a.key: others may read this key", hint);
    }
}

/// What the specification shows in a block of code behind this line.
fn shown(heading: &str) -> String {
    let page = include_str!("../../../spec/vault.md");
    let (_, rest) = page.split_once(heading).unwrap_or_else(|| panic!("no {heading}"));
    rest.split("```").nth(1).unwrap().trim_start_matches(|c: char| c.is_ascii_lowercase()).trim().to_owned()
}

#[test]
fn the_vector_of_the_specification_is_the_key_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("a.key").to_str().unwrap().to_owned();
    let plain = shown("The plain form of the key of the vector:");
    let locked = BASE64_STANDARD.decode(shown("behind the passphrase `correct horse`:").replace('\n', "")).unwrap();
    std::fs::write(&key, locked).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let said = bare(&["passphrase", "--no-passphrase", "--as", &key], Some("correct horse"));
    assert_eq!(said.text(), "the key of anna has no passphrase; copies of the file are as they were\n", "{}", said.err);
    assert_eq!(text(&std::fs::read(&key).unwrap()).trim_end(), plain);
}

#[test]
fn who_acts_opens_their_key_first() {
    let bureau = Bureau::new();
    let letter = bureau.file("letter.txt", b"Dear Sir");
    let plain = std::fs::read_to_string(bureau.path("keys/anna.key")).unwrap();
    std::fs::write(bureau.path("keys/anna.key"), locked(&plain, SECRET)).unwrap();
    let take = ["take", &letter, "--kind", "letter", "--made", LONG_AGO, "--title", "t"];
    let root = bureau.path("");
    let (wrong, right) = (bureau.file("wrong", b"a wrong one\n"), bureau.file("right", b"a long one\n"));
    let wrongly = bureau.vault("anna", &[&take[..], &["--as-passphrase-file", &wrong]].concat());
    refused(&wrongly, &root, "keys/anna.key: the passphrase does not open this key", FORGOTTEN);
    assert_eq!(bureau.done("ben", &["list"]), "", "taken in by nobody");
    let id = bureau.done("anna", &[&take[..], &["--as-passphrase-file", &right]].concat());
    let id = id.lines().next().unwrap();
    // An approval is signed by the same key.
    let subject = bureau.done("anna", &["propose", id, "--as-passphrase-file", &right]);
    bureau.done("anna", &["approve", id, "--subject", &subject, "--as-passphrase-file", &right]);
    bureau.done("ben", &["approve", id, "--subject", &subject]);
    let told = bureau.done("ben", &["destroy", id]);
    assert!(told.starts_with("destroyed on "), "{told}");
    // Whoever gives an account opens theirs, too.
    let public = "ab".repeat(32);
    let enrol = ["enrol", "--account", "carol", "--person", "3", "--public-key", &public];
    let wrongly = bureau.vault("anna", &[&enrol[..], &["--as-passphrase-file", &wrong]].concat());
    refused(&wrongly, &root, "keys/anna.key: the passphrase does not open this key", FORGOTTEN);
}
