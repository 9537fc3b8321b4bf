//! The whole way of a thing through an office, with a real log and a real witness: in, read, held, let go, destroyed, certified.
//!
//! Not what is refused (`vault_commands.rs`), nor what is left afterwards (`vault_canary.rs`). Needs Debian's `flac`. Invariants: what
//! is read back is held against what was given in, and a certificate is judged by `seal` with the log's own policy.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use std::process::Command;

use harness::flac::decoded;
use harness::office::{Bureau, LONG_AGO, OFFICE_NAME, Under, find, recording};
use seal::certificate::{Outcome, verify};
use seal::tlog::Policy;

under_both!(a_recording_goes_the_whole_way, a_letter_and_a_disc_go_the_whole_way);

/// The names of the events of a thing, in order.
fn events(bureau: &Bureau, id: &str) -> Vec<String> {
    let shown = bureau.shown(id);
    let name = |event: &serde_json::Value| match &event["clear"]["what"] {
        serde_json::Value::String(word) => word.clone(),
        other => other.as_object().unwrap_or_else(|| panic!("{event}")).keys().next().unwrap().clone(),
    };
    shown["events"].as_array().unwrap().iter().map(name).collect()
}

/// The certificate in both forms: destroyed, and where in the log.
fn certified(bureau: &Bureau, id: &str) -> String {
    let policy = Policy::parse(&std::fs::read_to_string(bureau.path("keys/trust.policy")).unwrap()).unwrap();
    let text = bureau.vault("anna", &["certificate", id]);
    let json = bureau.vault("anna", &["certificate", id, "--json"]);
    let mut indexes = Vec::new();
    for said in [&text, &json] {
        assert_eq!(said.code, Some(0), "{}", said.err);
        let judged = verify(&said.out, Some(&policy));
        let Outcome::Destroyed(logged) = judged.outcome() else { panic!("{:?}: {}", judged.outcome(), said.text()) };
        assert_eq!(logged.witnesses, ["north"]);
        assert!(judged.verdict().ends_with(&format!(", log index {}", logged.index)), "{}", judged.verdict());
        indexes.push(logged.index);
        // Nobody else's policy says so, and one digit of it changed is seen.
        assert!(!matches!(verify(&said.out, None).outcome(), Outcome::Destroyed(_)));
        let other = said.text().replacen(OFFICE_NAME, "Exbmple Assessments", 1);
        assert!(matches!(verify(other.as_bytes(), Some(&policy)).outcome(), Outcome::NotIntact(_)));
    }
    assert_eq!(indexes[0], indexes[1]);
    let shown = text.text();
    for word in [id, OFFICE_NAME] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    format!("log index {}", indexes[0])
}

fn a_recording_goes_the_whole_way(under: Under) {
    let bureau = Bureau::under(under);
    let (flac, samples) = recording(60, 1, "words");
    let file = bureau.file("state/copy.flac", &flac);
    bureau.file("state/other.flac", &recording(1, 2, "words").0);
    let id = bureau.take(&file, "consultation-recording", LONG_AGO, "Interview");
    assert!(bureau.done("anna", &["list"]).contains("\"Interview\""));
    assert_eq!(bureau.done("anna", &["verify", &id]), "complete");

    reads(&bureau, &id, &flac, &samples);

    // A request holds it; its answer alone does not let it go. A second hold ends by two people.
    let request = bureau.done("ben", &["request", &id, "--kind", "access-request", "--reference", "R-1"]);
    let hold = bureau.done("anna", &["hold", &id, "--authority", "office", "--reason", "asked to"]);
    let said = bureau.vault("anna", &["propose", &id]);
    assert_eq!(
        (said.code, said.err.lines().next()),
        (Some(1), Some("counterpartd: the thing is held by 2 holds (P9)"))
    );
    bureau.done("anna", &["review", &id, &hold, "--reason", "still"]);
    bureau.done("anna", &["release", &id, &hold, "--reason", "no more"]);
    let said = bureau.done("anna", &["approve-release", &id, &hold]);
    assert_eq!(said, "1 of 2 approve; the hold stands", "one person lets nothing go");
    assert_eq!(bureau.shown(&id)["holds"].as_array().unwrap().len(), 2);
    assert_eq!(bureau.vault("anna", &["approve-release", &id, &hold]).code, Some(1), "nor does one who says it twice");
    assert_eq!(bureau.done("ben", &["approve-release", &id, &hold]), "ended; 1 more stand on it");
    bureau.done("anna", &["answer", &id, &request]);
    let said = bureau.vault("anna", &["lapse", &id, &request]);
    assert_eq!(said.code, Some(1), "the time after the answer is not over: {}", said.err);
    assert_eq!(bureau.vault("anna", &["propose", &id]).code, Some(1));

    // The same recording once more is not destroyed either.
    let twin = bureau.take(&file, "consultation-recording", LONG_AGO, "Interview again");
    bureau.approve(&twin);
    let said = bureau.vault("anna", &["destroy", &twin]);
    let line = format!("counterpartd: {id} is the same recording, and it is held");
    assert_eq!((said.code, said.err.lines().next()), (Some(1), Some(&*line)));

    // Another one, which nobody asked for, is destroyed.
    let file = bureau.file("state/copy.flac", &recording(60, 3, "words").0);
    let id = bureau.take(&file, "consultation-recording", LONG_AGO, "Another interview");
    let line = bureau.destroy(&id);
    let index = certified(&bureau, &id);
    assert!(line.starts_with("destroyed on ") && line.ends_with(&index), "{line} {index}");
    assert!(!std::path::Path::new(&file).exists(), "the recorder's copy went");
    assert!(std::path::Path::new(&bureau.path("state/other.flac")).exists(), "and nothing else");
    let said = bureau.vault("anna", &["read", &id, "--purpose", "appeal", "--reference", "R"]);
    assert_eq!((said.code, said.out.len()), (Some(1), 0), "{}", said.err);
    let look = || bureau.done("anna", &["status"]);
    let status = look();
    assert!(
        status.contains("2 kept, 0 being destroyed, 1 destroyed") && status.contains("witnesses asked "),
        "{status}"
    );
    // What it says ends with this machine's clock.
    let counts = |text: &str| text.lines().take(4).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(counts(&look()), counts(&status), "to look writes nothing");
    let status = bureau.done("anna", &["status", "--ask-clocks"]);
    assert!(status.contains("the clocks agree") && counts(&status) != counts(&look()), "{status}");
    let submitted = bureau.done("anna", &["submit"]);
    assert!(submitted.ends_with(" proven, 0 wait"), "{submitted}");
    let steps = ["destroying", "key-erased", "object-gone", "swept", "destroyed", "certificate-logged"];
    assert!(events(&bureau, &id).ends_with(&steps.map(str::to_owned)), "{:?}", events(&bureau, &id));
}

/// By bytes, by time, whole; and that somebody looks is written before anything is given out.
fn reads(bureau: &Bureau, id: &str, flac: &[u8], samples: &[i32]) {
    let why = ["--purpose", "appeal", "--reference", "R1"];
    let read = |more: &[&str]| bureau.vault("anna", &[&["read", id], &why[..], more].concat());
    let len = flac.len();
    for (from, until) in [(0, 4), (70_000, 70_000), (65_535, 65_537), (len - 1, len), (0, len)] {
        let said = read(&["--bytes", &format!("{from}..{until}")]);
        assert!(said.code == Some(0) && said.out == flac[from..until], "{from}..{until}: {}", said.err);
    }
    assert_eq!(read(&[]).out, flac);
    let part = bureau.path("part.flac");
    assert_eq!(read(&["--from", "0:30", "--until", "0:40", "--out", &part]).code, Some(0));
    let tested = Command::new("flac").args(["-t", "-s", &part]).status().unwrap();
    assert!(tested.success());
    let part = decoded(&std::fs::read(part).unwrap());
    let first = samples.windows(part.len()).position(|window| window == part).expect("it is a stretch of the whole");
    assert!(first <= 30 * 8000 && first + part.len() >= 40 * 8000 && part.len() < 11 * 8000, "{first} {}", part.len());
    let before = events(bureau, id);
    assert_eq!(before.iter().filter(|name| *name == "accessed").count(), 7, "{before:?}");
    let told = bureau.shown(id).to_string();
    for stretch in ["\"range_bytes\":[65535,65537]", "\"range_bytes\":[70000,70000]", "\"range_ms\":[30000,"] {
        assert!(told.contains(stretch), "{stretch} is on the record: {told}");
    }
    // Nobody can be given anything there, and yet it is written that it was asked for.
    let said = read(&["--out", &bureau.path("missing/part.flac")]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert_eq!(events(bureau, id).len(), before.len() + 1);
    // What cannot be given out is not written down as given out.
    let said = read(&["--bytes", &format!("0..{}", len + 1)]);
    assert_eq!((said.code, said.out.len()), (Some(2), 0), "{}", said.err);
    assert_eq!(events(bureau, id).len(), before.len() + 1);
    let shown = bureau.shown(id);
    let last = shown["events"].as_array().unwrap().iter().rev().find(|event| find(event, "reference").is_some());
    assert_eq!(find(last.unwrap(), "reference").as_deref(), Some("R1"));
}

fn a_letter_and_a_disc_go_the_whole_way(under: Under) {
    let bureau = Bureau::under(under);
    let letter = bureau.file("letter.txt", b"Dear Sir");
    let copy = bureau.file("state/letter-copy.txt", b"Dear Sir");
    let id = bureau.take(&letter, "letter", LONG_AGO, "A letter");
    assert_eq!(bureau.done("ben", &["verify", &id]), "unchanged");
    let said = bureau.vault("anna", &["read", &id, "--purpose", "complaint", "--reference", "R2"]);
    assert_eq!(said.out, b"Dear Sir");
    assert!(bureau.destroy(&id).contains("log index "));
    certified(&bureau, &id);
    assert!(bureau.done("anna", &["certificate", &id]).contains("place: 1 Example Street"));
    assert!(!std::path::Path::new(&copy).exists(), "a copy of the same content went");

    let args = ["take", "--kind", "consultation-recording", "--made", LONG_AGO, "--title", "The disc"];
    let item = ["--medium", "disc", "--label", "No. 7", "--where", "cupboard 3"];
    let id = bureau.done("anna", &[&args[..], &item].concat()).lines().next().unwrap().to_owned();
    bureau.done("anna", &["move", &id, "--where", "cupboard 4"]);
    let line = bureau.destroy(&id);
    assert_eq!(line, "its destruction began; destroy the item, and say so with \"vault destroyed\"");
    let said = bureau.vault("anna", &["certificate", &id]);
    assert_eq!((said.code, said.out.len()), (Some(1), 0), "nothing is certified before: {}", said.err);
    let how = ["--method", "shredded", "--by", "Shredders Ltd", "--where", "their works"];
    let line = bureau.done("anna", &[&["destroyed", &id], &how[..]].concat());
    let index = certified(&bureau, &id);
    assert!(line.starts_with("destroyed on ") && line.ends_with(&index), "{line} {index}");
    let shown = bureau.done("anna", &["certificate", &id]);
    for word in ["method: shredded", "standard: none named", "place: their works", "by: Shredders Ltd"] {
        assert!(shown.lines().any(|line| line == word), "{word}: {shown}");
    }
}
