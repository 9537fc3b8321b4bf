//! Files that are not what their name says: certificates that lie, beside the keyring and in the office itself; pipes and folders.
//!
//! Not what a certificate says (`vault_way.rs`), nor how one comes back with a restore (`vault_restore.rs`).
//! Invariant: what the keyring's digest does not commit to is given out by no command, and no command waits for a writer.
#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::mpsc;
use std::time::Duration;

use harness::office::{Bureau, LONG_AGO};

fn make_pipe(path: &str) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_certificate_that_is_not_the_one_the_keyring_knows_is_named_and_written_anew() {
    let bureau = Bureau::new();
    let ids = ["one", "two"].map(|name| {
        let file = bureau.file(&format!("{name}.txt"), format!("Dear {name}").as_bytes());
        let id = bureau.take(&file, "letter", LONG_AGO, name);
        bureau.destroy(&id);
        id
    });
    let folders = ["keys/ring.sqlite.certificates", "keys/ring2.sqlite.certificates"];
    let at = |folder: &str, id: &str| bureau.path(&format!("{folder}/{id}.cert"));
    let right = ids.clone().map(|id| fs::read(at(folders[0], &id)).unwrap());
    assert_eq!(bureau.vault("anna", &["status"]).code, Some(0));
    let given = bureau.done("anna", &["certificate", &ids[0]]);
    for folder in folders {
        let path = at(folder, &ids[0]);
        let whole = [&right[0][..], b"\n"].concat();
        let edits: [(&str, &dyn Fn()); 5] = [
            ("an edited one", &|| {
                fs::write(&path, String::from_utf8(right[0].clone()).unwrap().replace("anna", "ben")).unwrap()
            }),
            ("a longer one", &|| fs::write(&path, &whole).unwrap()),
            ("another thing's", &|| fs::write(&path, &right[1]).unwrap()),
            ("none", &|| fs::remove_file(&path).unwrap()),
            ("a pipe", &|| {
                fs::remove_file(&path).unwrap();
                make_pipe(&path);
            }),
        ];
        for (what, edit) in edits {
            edit();
            let said = bureau.vault("anna", &["status"]);
            assert!(said.code == Some(1) && said.text().contains(&path), "{what}: {} {}", said.text(), said.err);
            let said = bureau.vault("anna", &["scrub"]);
            let line = said.text().lines().find(|line| line.contains(&path)).map(str::to_owned);
            assert!(
                said.code == Some(0) && line.unwrap_or_default().ends_with(": written anew"),
                "{what}: {}",
                said.text()
            );
            assert!(fs::read(&path).unwrap() == right[0], "{what}");
            assert_eq!(bureau.vault("anna", &["status"]).code, Some(0), "{what}");
        }
    }
    the_offices_own(&bureau, &ids, &given);
    // What is of nothing is named, and left to people.
    let stranger = bureau.path(&format!("{}/{}.cert", folders[0], "ab".repeat(16)));
    fs::write(&stranger, &right[0]).unwrap();
    for command in ["status", "scrub"] {
        let said = bureau.vault("anna", &[command]);
        assert!(said.code == Some(1) && said.text().contains(&stranger), "{command}: {}", said.text());
    }
}

/// Its row has another certificate, or is gone.
fn the_offices_own(bureau: &Bureau, [one, two]: &[String; 2], given: &str) {
    let text = format!("SELECT text FROM certificate WHERE thing = '{two}'");
    assert_eq!(bureau.edit(&format!("UPDATE certificate SET text = ({text}) WHERE thing = '{one}'")), 1);
    // The right one lies beside the keyring.
    assert_eq!(bureau.done("anna", &["certificate", one]), given);
    let said = bureau.vault("anna", &["status"]);
    assert!(said.code == Some(1) && said.text().contains("not the one that the keyring knows"), "{}", said.text());
    assert_eq!(bureau.vault("anna", &["scrub"]).code, Some(0));
    assert_eq!(bureau.done("anna", &["certificate", one]), given);
    // And where its row is gone.
    assert_eq!(bureau.edit(&format!("DELETE FROM certificate WHERE thing = '{one}'")), 1);
    let said = bureau.vault("anna", &["status"]);
    let line = format!("{one}: the office's certificate is not there");
    assert!(said.code == Some(1) && said.text().contains(&line), "{}", said.text());
    let said = bureau.done("anna", &["scrub"]);
    assert!(said.contains(&format!("{line}: written anew")), "{said}");
    bureau.done("anna", &["status"]);
    bureau.done("anna", &["submit"]);
    assert_eq!(bureau.done("anna", &["certificate", one]), given);
}

#[test]
fn no_command_waits_for_a_pipe_in_the_place_of_a_file() {
    let bureau = Bureau::new();
    let id = bureau.take(&bureau.file("one.txt", b"Dear one"), "letter", LONG_AGO, "one");
    let object = bureau.object(&id);
    let files = [
        "office/office.toml",
        "keys/ring.sqlite",
        "keys/ring2.sqlite",
        "keys/office.key",
        "keys/anna.key",
        "office/objects/owner",
        "office/events.sqlite",
        "keys/token",
        "keys/trust.policy",
        // What SQLite would open beside its files.
        "office/events.sqlite-wal",
        "keys/ring.sqlite-journal",
        "keys/ring2.sqlite-wal",
    ];
    for path in files.map(|name| bureau.path(name)).into_iter().chain([object]) {
        let aside = format!("{path}.aside");
        let was_there = fs::rename(&path, &aside).is_ok();
        assert!(was_there || path.ends_with("-wal"), "{path}");
        // The log's files are opened by what asks the log, which says in its answer why nothing was proven.
        let asks = path.ends_with("token") || path.ends_with(".policy");
        let makes: [&dyn Fn(); 2] = [&|| make_pipe(&path), &|| fs::create_dir(&path).unwrap()];
        for make in makes {
            make();
            let said = std::thread::scope(|scope| {
                let (tell, told) = mpsc::channel();
                let out = bureau.path("out");
                let (bureau, id) = (&bureau, &id);
                scope.spawn(move || {
                    let read = ["read", id, "--purpose", "appeal", "--reference", "R-1", "--out", &out];
                    tell.send(bureau.vault("anna", if asks { &["submit"] } else { &read })).unwrap()
                });
                let said = told.recv_timeout(Duration::from_secs(25));
                if said.is_err() {
                    // Lets it go, so that this test ends.
                    drop(fs::OpenOptions::new().write(true).open(&path));
                }
                said.unwrap_or_else(|_| panic!("{path}: it hangs"))
            });
            assert!(matches!(said.code, Some(1 | 2)), "{path}: {:?} {}", said.code, said.err);
            let told = if asks { said.text() } else { said.err };
            let lines = told.lines().filter(|line| !line.starts_with("hint:") && !line.starts_with("note:"));
            assert_eq!(lines.count(), 1, "{path}: {told}");
            assert!(!asks || told.contains(&path), "{path}: {told}");
            fs::remove_file(&path).or_else(|_| fs::remove_dir(&path)).unwrap();
        }
        if was_there {
            fs::rename(&aside, &path).unwrap();
        }
    }
    bureau.done("anna", &["read", &id, "--purpose", "appeal", "--reference", "R-1", "--out", &bureau.path("out")]);
}

#[test]
fn what_others_may_read_or_write_is_refused() {
    let bureau = Bureau::new();
    let modes = [
        ("keys/token", 0o644, "others on this machine may read this secret", ""),
        ("office/events.sqlite", 0o666, "others on this machine may write the events", "chmod 600 the file, and look"),
        ("keys/ring.sqlite", 0o644, "others on this machine may read", "chmod 600 the file, and ask"),
    ];
    for (name, mode, line, hint) in modes {
        let path = bureau.path(name);
        let set = |mode: u32| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        set(mode);
        let said = bureau.vault("anna", &[if name == "keys/token" { "submit" } else { "list" }]);
        let told = format!("{}{}", said.text(), said.err);
        let is_said =
            told.contains(&format!("{path}: {line}")) && (hint.is_empty() || told.contains(&format!("hint: {hint}")));
        assert!(said.code == Some(2) && is_said, "{name}: {told}");
        set(0o600);
        bureau.done("anna", &["list"]);
    }
}
