//! `vault …` under wrong files, wrong people, wrong keys and odd surroundings: one line, one hint, one exit code.
//!
//! Not what it does when all is right (`vault_way.rs`). Invariants: what is refused changes no byte of the office or of its keys; a file
//! that does not verify is kept nowhere.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use harness::expect;
use harness::office::{Bureau, LONG_AGO, Said, Under, all_bytes, recording};

under_both!(wrong_people_are_refused);

/// One way to be refused: what is asked, the exit code, the line and its hint.
type Case<'a> = (&'a [&'a str], i32, &'a str, &'a str);

const NOBODY: &str = "00112233445566778899aabbccddeeff";

/// What is not exactly this of a command that failed; places are shown as they are in the test's folder.
fn differs(bureau: &Bureau, said: &Said, code: i32, line: &str, hint: &str) -> Option<String> {
    let shown = said.err.replace(&bureau.path(""), "");
    let expected = format!("counterpartd: {line}\nhint: {hint}\n");
    let is_so = shown == expected && said.code == Some(code) && said.out.is_empty();
    (!is_so).then(|| format!("expected {code} {expected}found {:?} {shown}{:?}\n", said.code, said.text()))
}

/// The office and its keys, to the byte.
fn everything(bureau: &Bureau) -> Vec<(String, Vec<u8>)> {
    let mut files = all_bytes(&[&bureau.path("office"), &bureau.path("keys")]);
    // The log's and the witness's own go on meanwhile.
    files.retain(|(name, bytes)| {
        let is_others = name.contains("/north.") || name.ends_with("/lock") || name.ends_with("-shm");
        // An empty lock is what a command leaves.
        !is_others && !bytes.is_empty()
    });
    files.sort();
    files
}

/// Each case fails as it says, and nothing is changed.
fn refused(bureau: &Bureau, who: &str, cases: &[Case<'_>]) {
    let before = everything(bureau);
    let mut faults = String::new();
    for (args, code, line, hint) in cases {
        let said = bureau.vault(who, args);
        faults += &differs(bureau, &said, *code, line, hint).unwrap_or_default();
        let now = everything(bureau);
        for (name, _) in now.iter().filter(|file| !before.contains(file)) {
            faults += &format!("{args:?} changed {name}\n");
        }
        assert!(now.len() >= before.len(), "{args:?} removed something");
    }
    assert!(faults.is_empty(), "{faults}");
}

/// Not by mistake in its settings, not when the mark was lost, not to make room.
#[test]
fn a_store_belongs_to_one_office_and_nothing_of_another_is_removed() {
    let bureau = Bureau::new();
    bureau.found("other", "other-", &[]);
    let letter = bureau.file("letter.txt", b"a letter");
    let id = bureau.take(&letter, "letter", LONG_AGO, "t");
    let (object, mark) = (bureau.object(&id), bureau.path("office/objects/owner"));
    let marked = std::fs::read(&mark).unwrap();

    let (other, settings) = (bureau.path("other"), bureau.path("other/office.toml"));
    let text = std::fs::read_to_string(&settings).unwrap();
    let text = text.replace("at = \"objects\"", &format!("at = \"{}\"", bureau.path("office/objects")));
    std::fs::write(&settings, text).unwrap();
    let another =
        "counterpartd: main: the store belongs to another office\nhint: name this office's own store in office.toml\n";
    let by_other = |args: &[&str]| bureau.bare(&[&["vault"], args, &["--office", &other]].concat());
    for args in [&["scrub"][..], &["scrub", "--remove-unknown"], &["list", "--claim-store", "1"]] {
        let said = by_other(args);
        assert_eq!((said.code, said.err.as_str()), (Some(2), another), "{args:?}");
    }

    std::fs::remove_file(&mark).unwrap();
    let said = by_other(&["scrub", "--remove-unknown"]);
    let lost = "counterpartd: main: no mark says whose the store is, and of its objects 1 are unknown to this office\n";
    assert!(said.code == Some(2) && said.err.starts_with(lost), "{}", said.err);
    assert!(std::path::Path::new(&object).exists() && !std::path::Path::new(&mark).exists());
    bureau.done("anna", &["scrub"]);
    assert_eq!(std::fs::read(&mark).unwrap(), marked, "all that lies in it is known: it is marked again");

    let stray = object.replace(
        object.rsplit('/').next().unwrap(),
        &format!("{}{}", &object[object.len() - 64..][..4], "0".repeat(60)),
    );
    std::fs::write(&stray, "of nobody known").unwrap();
    std::fs::remove_file(&mark).unwrap();
    for args in [&["scrub"][..], &["scrub", "--remove-unknown"], &["scrub", "--remove-unknown", "--claim-store", "2"]] {
        let said = bureau.vault("anna", args);
        assert!(said.code == Some(2) && said.err.starts_with(lost), "{args:?}: {}", said.err);
        assert!(said.err.contains("--claim-store 1"), "{}", said.err);
        assert!(std::path::Path::new(&stray).exists(), "{args:?}");
    }
    bureau.done("anna", &["list", "--claim-store", "1"]);
    bureau.done("anna", &["scrub", "--remove-unknown"]);
    assert!(std::path::Path::new(&object).exists() && !std::path::Path::new(&stray).exists());
}

#[test]
fn what_does_not_verify_is_kept_nowhere() {
    let bureau = Bureau::new();
    let (good, _) = recording(2, 1, "words");
    let mut changed = good.clone();
    let middle = changed.len() - 2_000;
    changed[middle] ^= 1;
    let own = |name: &str, bytes: &[u8]| bureau.file(name, bytes);
    let changed = own("changed.flac", &changed);
    let cut = own("cut.flac", &good[..good.len() - 100]);
    let added = own("added.flac", &[&good[..], b"x"].concat());
    let text = own("text.flac", b"not sound");
    let empty = own("empty.flac", b"");
    let plain = own("plain.flac", include_bytes!("../../../vectors/no-seal-ordinary.flac"));
    let (folder, missing) = (bureau.path("state"), bureau.path("missing.flac"));
    let rest = ["--kind", "consultation-recording", "--made", LONG_AGO, "--title", "t"];
    let ask = "\"counterpart verify\" says where; ask for the other copy";
    let cases: [(&str, i32, &str, &str); 8] = [
        (&changed, 1, "changed.flac: the check says not intact (frames), so it is not taken in", ask),
        (&cut, 1, "cut.flac: the check says not intact (truncated), so it is not taken in", ask),
        (&added, 1, "added.flac: the check says not intact (trailing), so it is not taken in", ask),
        (&text, 1, "text.flac: the check says cannot say (not-flac), so it is not taken in", ask),
        (&empty, 1, "empty.flac: the check says cannot say (not-flac), so it is not taken in", ask),
        (&plain, 1, "plain.flac: the check says cannot say (no-seal), so it is not taken in", ask),
        (&folder, 2, "state: not a file", "name a file, once it is whole"),
        (&missing, 2, "missing.flac: no such file or directory", "check the spelling of the path"),
    ];
    let args = cases.map(|(file, ..)| [&["take", file], &rest[..]].concat());
    let cases: Vec<Case<'_>> =
        args.iter().zip(cases).map(|(args, (_, code, line, hint))| (&args[..], code, line, hint)).collect();
    refused(&bureau, "anna", &cases);
    assert_eq!(bureau.done("anna", &["list"]), "");
    // The same file is taken in as what it is: any file can be a letter.
    let args = ["take", &changed, "--kind", "letter", "--made", LONG_AGO, "--title", "t"];
    bureau.done("anna", &[&args[..], &["--unverified"]].concat());
}

#[test]
fn wrong_words_are_refused() {
    let bureau = Bureau::new();
    let letter = bureau.file("letter.txt", b"Dear Sir");
    let id = bureau.take(&letter, "letter", LONG_AGO, "t");
    let help = |command: &str| format!("\"counterpartd vault {command} --help\" shows how");
    let (take, read, show) = (help("take"), help("read"), help("show"));
    let none = format!("{NOBODY}: there is no such thing");
    let long_id =
        "invalid value 'abc' for '<THING>': the id of a thing is 32 digits of 0-9 and a-f; \"vault list\" shows them";
    let why = ["read", &id, "--purpose", "appeal", "--reference", "R"];
    let beyond = [&why[..], &["--bytes", "0..9"]].concat();
    let times = [&why[..], &["--from", "0:10"]].concat();
    let turned = [&why[..], &["--bytes", "5..4"]].concat();
    let minute = [&why[..], &["--from", "0:60"]].concat();
    let over = [&why[..], &["--out", &letter]].concat();
    let range = "invalid value '5..4' for '--bytes <RANGE>': a range of bytes is written FROM..UNTIL";
    let time = "invalid value '0:60' for '--from <TIME>': a time in a recording is written 1:02:03, 2:03 or 2:03.5";
    let no_words = "the following required arguments were not provided: --purpose <PURPOSE> --reference <REFERENCE>";
    let no_certificate = "there is no certificate of this thing";
    let has_one = "only what was destroyed has one; \"vault show\" says where a thing stands";
    let absent = "look at where the thing stands";
    let list = "\"vault list\" shows what there is";
    let no_hold = format!("no hold or transfer {NOBODY} stands on this thing");
    let missing = "the following required arguments were not provided: --kind <KIND> --made <DATE> --title <TITLE>";
    let no_item = "the following required arguments were not provided: --label <LABEL> --where <PLACE>";
    let future = ["take", &letter, "--kind", "letter", "--made", "2999-01-01", "--title", "t"];
    let twice = ["take", &letter, "--kind", "letter", "--made", LONG_AGO, "--fact", "made=2026-01-02", "--title", "t"];
    let lying = ["take", &letter, "--where", "shelf", "--kind", "letter", "--made", LONG_AGO, "--title", "t"];
    let item = ["take", "--medium", "disc", "--kind", "letter", "--made", LONG_AGO, "--title", "t"];
    let shredded = ["destroyed", &id, "--method", "shredded", "--by", "x", "--where", "x"];
    let court = ["hold", NOBODY, "--authority", "court", "--reason", "x"];
    refused(
        &bureau,
        "anna",
        &[
            (&beyond, 2, "the range ends behind its 8 bytes", "name a range within it"),
            (&times, 2, "only a recording has times", "name a range of --bytes, or leave it out"),
            (&turned, 2, range, &read),
            (&minute, 2, time, &read),
            (&over, 2, "letter.txt is there already", "nothing is written over; choose another name"),
            (&["show", "abc"], 2, long_id, &show),
            (&["show", NOBODY], 1, &none, list),
            (&["read", &id], 2, no_words, &read),
            (&["take", &letter], 2, missing, &take),
            (&future, 1, "made on 2999-01-01 has not come yet", "look at the date, and at the clock"),
            (&twice, 1, "`made` is given two days", "give one"),
            (&lying, 2, "the argument '[FILE]' cannot be used with '--where <PLACE>'", &take),
            (&item, 2, no_item, &take),
            (&["take", "--nothing"], 2, "unexpected argument '--nothing' found", &take),
            (&["certificate", &id], 1, no_certificate, has_one),
            (&["certificate", NOBODY], 1, no_certificate, has_one),
            (&["verify", NOBODY], 1, "there is no such thing", list),
            (&["answer", &id, NOBODY], 1, &no_hold, "look at what stands on the thing"),
            (&["release", &id, NOBODY, "--reason", "x"], 1, &no_hold, "look at what stands on the thing"),
            (&court, 1, "there is no such thing", list),
            (&shredded, 1, "destroy-item cannot be while the thing is kept", absent),
        ],
    );
}

fn wrong_people_are_refused(under: Under) {
    let bureau = Bureau::under(under);
    let id = bureau.take(&bureau.file("letter.txt", b"Dear Sir"), "letter", LONG_AGO, "t");
    people(&bureau);
    accounts(&bureau, &id);
    enrolments(&bureau);
    approvals(&bureau, &id);
}

/// Makes a key for an account; its public half.
fn make(bureau: &Bureau, file: &str, account: &str) -> String {
    let file = bureau.path(&format!("keys/{file}.key"));
    expect(&["vault", "key", "--no-passphrase", "--account", account, "--file", &file], 0).trim_end().to_owned()
}

/// People beside anna and ben, and files that are nobody's keys.
fn people(bureau: &Bureau) {
    // Of ben's name with another key; of nobody's; of anna's second account, of carol, who may nothing, and of dan, whom nobody confirmed.
    make(bureau, "forged", "ben");
    make(bureau, "nobody", "nobody");
    for (account, person) in [("anna-too", "1"), ("carol", "3"), ("dan", "4")] {
        let public = make(bureau, account, account);
        bureau.done("anna", &["enrol", "--account", account, "--person", person, "--public-key", &public]);
    }
    for account in ["anna-too", "carol"] {
        bureau.done("ben", &["confirm", account]);
    }
    for who in ["anna", "ben"] {
        bureau.done(who, &["grant", "anna-too", "records-officer"]);
    }
    bureau.file("keys/text.key", b"a letter");
    bureau.file("keys/open.key", &std::fs::read(bureau.path("keys/carol.key")).unwrap());
}

/// Who may not act.
fn accounts(bureau: &Bureau, id: &str) {
    let verify = ["verify", id];
    let records = "ask one of these: interviewer, team-leader, adviser, information-rights-officer, records-officer, privacy-officer";
    for (who, code, line, hint) in [
        ("missing", 2, "keys/missing.key: no such file or directory", "check the spelling of the path"),
        (
            "text",
            2,
            "keys/text.key: not an account's key",
            "name the file that \"counterpartd vault key\" made, or make one with it",
        ),
        (
            "open",
            2,
            "keys/open.key: others may read this key",
            "give the file the mode 600, and enrol another key if others could read it",
        ),
        (
            "forged",
            1,
            "the key is not the one enrolled for ben",
            "name the file of the key that was enrolled, or enrol a new account",
        ),
        ("nobody", 1, "there is no account nobody", "enrol it first, or look at its spelling"),
        ("dan", 1, "the account dan is not confirmed, or was left", "another person confirms it first"),
        ("carol", 1, "the account carol may not do that", records),
    ] {
        refused(bureau, who, &[(&verify, code, line, hint)]);
    }
}

/// Who may not enrol, confirm or grant, and whom.
fn enrolments(bureau: &Bureau) {
    let public = make(bureau, "fresh", "fresh");
    let enrol = |account: &'static str, person: &'static str| -> Vec<String> {
        ["enrol", "--account", account, "--person", person, "--public-key", &public].map(str::to_owned).to_vec()
    };
    let (again, zero) = (enrol("carol", "5"), enrol("fresh", "0"));
    let (again, zero): (Vec<&str>, Vec<&str>) =
        (again.iter().map(String::as_str).collect(), zero.iter().map(String::as_str).collect());
    let help = "\"counterpartd vault enrol --help\" shows how";
    let digits = "invalid value '0' for '--person <NUMBER>': a staff number has 1 to 18 digits, not 0 first";
    refused(
        bureau,
        "anna",
        &[
            (&again, 1, "the account name carol is or was in use", "choose another name"),
            (&zero, 2, digits, help),
            (
                &["confirm", "dan"],
                1,
                "it needs another person than the one who began it",
                "ask a colleague; another account of the same person does not count",
            ),
            (
                &["grant", "nobody", "auditor"],
                1,
                "there is no account nobody",
                "enrol it first, or look at its spelling",
            ),
            (
                &["grant", "dan", "auditor"],
                1,
                "the account dan is not confirmed, or was left",
                "another person confirms it first",
            ),
        ],
    );
    refused(
        bureau,
        "carol",
        &[(&["grant", "carol", "auditor"], 1, "the account carol may not do that", "ask one of these: administrator")],
    );
}

/// Who approves, and what.
fn approvals(bureau: &Bureau, id: &str) {
    let today = jiff::Zoned::now().date().to_string();
    let young = bureau.take(&bureau.file("young.txt", b"Dear Madam"), "letter", &today, "t");
    let one = |who: &str, args: &[&str], line: &str, hint: &str| {
        let said = bureau.vault(who, args);
        let differs = differs(bureau, &said, 1, line, hint);
        assert!(differs.is_none(), "{args:?}: {}", differs.unwrap());
    };
    let said = bureau.vault("anna", &["propose", &young]);
    assert!(said.code == Some(1) && said.err.starts_with("counterpartd: it is kept until the end of "), "{}", said.err);
    assert!(said.err.ends_with("hint: wait until it is over\n"), "{}", said.err);
    one("anna", &["approve", id, "--subject", &NOBODY.repeat(2)], "nothing is proposed", "propose it first");
    one("anna", &["destroy", id], "nothing is proposed", "propose it first");
    let old = bureau.done("anna", &["propose", id]);
    bureau.done("anna", &["approve", id, "--subject", &old]);
    let few = "1 of 2 approvals count";
    let ask = "ask another person to approve";
    let said = bureau.vault("anna", &["destroy", id]);
    assert!(said.code == Some(1) && said.err.contains(few) && said.err.contains(ask), "{}", said.err);
    // A second account makes no second person.
    bureau.done("anna-too", &["approve", id, "--subject", &old]);
    let said = bureau.vault("anna", &["destroy", id]);
    assert!(said.code == Some(1) && said.err.contains(few) && said.err.contains(ask), "{}", said.err);
    one(
        "ben",
        &["approve", id, "--subject", &NOBODY.repeat(2)],
        "that is not what is proposed, or it has changed since",
        "propose it anew, and approve what is proposed then",
    );
    one(
        "carol",
        &["approve", id, "--subject", &old],
        "the account carol may not do that",
        "ask one of these: records-officer, information-rights-officer, privacy-officer",
    );
    // A hold that comes before the second approval stops it.
    bureau.done("ben", &["hold", id, "--authority", "court", "--reason", "order"]);
    one(
        "ben",
        &["approve", id, "--subject", &old],
        "the thing is held (P9)",
        "it stays until every hold is released or over",
    );
    one("anna", &["destroy", id], "the thing is held (P9)", "it stays until every hold is released or over");
    assert_eq!(bureau.vault("anna", &["verify", id]).code, Some(0), "it is there, and whole");
}
