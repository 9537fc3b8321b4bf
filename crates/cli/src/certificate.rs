//! Certificates of destruction among the files that `verify` is given: how one is known, and what is said of it.
//!
//! Not the check (`seal::certificate`). Invariants: a file is taken for a certificate only where it can be nothing else; whatever is not
//! proven is said to be the certificate's own word; every text out of it goes through `text::visible`.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use seal::certificate::{
    Approver, Certificate, FILE_BYTES_MAX, FaultKind, Judgement, Kept, Logged, Method, Outcome, is_certificate, verify,
};
use seal::tlog::Policy;

use crate::files::{self, Place};
use crate::render::{line, several};
use crate::text::{self, hex, visible};
use crate::when;

/// Enough to see that a file can be no certificate.
const HEAD_BYTES: u64 = 4_096;
/// `spec/certificate.md` section 6, in one line.
const LIMITS: &str = "that nobody kept another copy, that the tool was honest, or whose the approvers' keys are";

/// Judges the file at a path, if it is a certificate. Whatever cannot be read is somebody else's to say.
pub(crate) fn judge(path: &Path, policy: Option<&Policy>) -> Option<Judgement> {
    let Place::File(path) = files::place(path) else { return None };
    let bytes = read(files::open(&path).ok()?).ok()?;
    is_certificate(&bytes).then(|| verify(&bytes, policy))
}

/// All of a certificate, one byte more than it may have of what is longer, and the head of anything else.
fn read(mut file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.by_ref().take(HEAD_BYTES).read_to_end(&mut bytes)?;
    // In JSON the name of the schema may stand anywhere.
    if is_certificate(&bytes) || bytes.trim_ascii_start().starts_with(b"{") {
        file.take(FILE_BYTES_MAX as u64 + 1 - HEAD_BYTES).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The one plain sentence.
pub(crate) fn sentence(judgement: &Judgement) -> String {
    match judgement.outcome() {
        Outcome::Destroyed(logged) => {
            format!("The log had this certificate by {}.", when::utc(logged.no_later_s))
        }
        Outcome::NotLogged => "This certificate holds by itself, and nothing in it shows that a log has it.".to_owned(),
        Outcome::CannotSay(fault) | Outcome::NotIntact(fault) => what_is_wrong(fault.kind).to_owned(),
        _ => "This program does not know what that is.".to_owned(),
    }
}

fn what_is_wrong(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Version => "This certificate is of a version that this program does not know.",
        FaultKind::Subject => "What this certificate names is not what was approved.",
        FaultKind::Persons => "Two people must have approved it, and this certificate does not show that.",
        FaultKind::Signature => "An approval in this certificate does not hold.",
        FaultKind::Times => "The times in this certificate cannot all be true.",
        FaultKind::NotIncluded => "The log's proof in this file is not of this certificate.",
        FaultKind::UnknownLog => "The log that has this certificate is none that you trust.",
        FaultKind::Forged => "A signature of the log or of a witness in this file does not hold.",
        FaultKind::Unwitnessed => "The witnesses that you trust have not seen the log with this certificate in it.",
        FaultKind::Contradictory => "The log had this certificate before it says that it was made.",
        _ => "This certificate is not in the form in which one is written.",
    }
}

/// What to do, where there is something.
pub(crate) fn hint(judgement: &Judgement) -> Option<&'static str> {
    let kind = match judgement.outcome() {
        Outcome::NotLogged => return Some("ask the office for the certificate with the log's proof in it"),
        outcome => outcome.fault()?.kind,
    };
    Some(match kind {
        FaultKind::Version => "verify it with a newer version of counterpart",
        FaultKind::UnknownLog => {
            "name whom you trust: --trust FILE, a policy that has this log (docs/cli.md, \"Whom to trust\")"
        }
        FaultKind::Unwitnessed => {
            "ask the office for the certificate with a later proof, or trust a policy with other witnesses"
        }
        FaultKind::Malformed => {
            "verify the file as the office gave it, whole: a part of it may be missing, or an editor or a mail program changed it"
        }
        _ => "keep this file as it is, and ask the office that issued it",
    })
}

/// The evidence, in lines.
pub(crate) fn add(lines: &mut String, judgement: &Judgement) {
    if let Some(fault) = judgement.outcome().fault() {
        lines.push('\n');
        line(lines, fault.kind.name(), &visible(&fault.detail));
    }
    let Some(file) = judgement.file() else { return };
    lines.push('\n');
    match judgement.outcome() {
        Outcome::Destroyed(logged) => in_log(lines, logged),
        _ => lines.push_str("  The certificate says, and no log that you trust confirms it:\n"),
    }
    says(lines, &file.certificate);
    line(lines, "not proven", LIMITS);
}

fn in_log(lines: &mut String, logged: &Logged) {
    let names: Vec<String> = logged.witnesses.iter().map(|name| visible(name)).collect();
    let what = if names.len() == 1 { "witness" } else { "witnesses" };
    let by = format!("{}, by the {what} {}", when::utc(logged.no_later_s), text::list(&names));
    line(lines, "in the log", &format!("{}, entry {}", visible(&logged.log), logged.index));
    line(lines, "no later than", &by);
}

fn says(lines: &mut String, certificate: &Certificate) {
    let subject = &certificate.subject;
    line(lines, "thing", &format!("{} {}", subject.thing, hex(&subject.id)));
    if let Some(recording) = &subject.recording {
        line(lines, "recording", &recording.to_string());
    }
    match &subject.kept {
        Kept::Object { commitment, object, sealed_bytes, plain_bytes } => {
            line(lines, "content", &format!("{plain_bytes} bytes, committed to by {}", hex(commitment)));
            line(lines, "object", &format!("{sealed_bytes} bytes, SHA-256 {}", hex(object)));
        }
        Kept::Item { medium, label } => {
            line(lines, "medium", &visible(medium));
            line(lines, "label", &format!("committed to by {}", hex(label)));
        }
    }
    line(lines, "held since", &when::utc(certificate.held_since_s));
    line(lines, "office", &visible(&certificate.office));
    let place = visible(&certificate.place);
    let done = format!("{}, {place}, by {}", when::utc(certificate.destroyed_s), visible(&certificate.by));
    line(lines, "destroyed", &done);
    several(lines, "how", &how(&certificate.method));
    line(lines, "with", &visible(&certificate.tool));
    let searched = certificate.searched.iter().map(|search| format!("{} {}", search.count, visible(&search.what)));
    line(lines, "searched", &format!("{}; nothing was found", text::list(&searched.collect::<Vec<_>>())));
    let confirmed = if certificate.unconfirmed { ", unconfirmed" } else { "" };
    let rule = format!("{} ({}{confirmed})", subject.rule, visible(&certificate.clause));
    line(lines, "rule", &format!("{rule}, pack {} {}", subject.pack, subject.pack_version));
    line(lines, "last day", &subject.last_day);
    let before = text::count(certificate.holds_before, "hold");
    line(lines, "holds", &format!("none stood at {}; {before} before", when::utc(certificate.no_hold_s)));
    let sources: Vec<String> = certificate.time_sources.iter().map(|source| visible(source)).collect();
    let (earliest, latest) = (when::utc(certificate.time_earliest_s), when::utc(certificate.time_latest_s));
    line(lines, "time", &format!("{} agreed, between {earliest} and {latest}", text::list(&sources)));
    several(lines, "approved by", &certificate.approvers.iter().map(approval).collect::<Vec<_>>());
}

fn how(method: &Method) -> Vec<String> {
    match method {
        Method::Physical { method, standard } => vec![format!("{}, {}", visible(method), visible(standard))],
        Method::Erased { stores, key, office_key, key_copies, versions } => {
            let copies = if *key_copies == 1 { "copy" } else { "copies" };
            let key = format!("key {} under office key {office_key}", hex(key));
            let erased = format!("{key} erased from {key_copies} {copies} of the keyring");
            let places = stores.iter().map(|store| format!("{} ({})", store.kind, visible(&store.place)));
            let deleted = format!("{} deleted", text::count(*versions, "version"));
            vec![erased, format!("{deleted} in {}", text::list(&places.collect::<Vec<_>>()))]
        }
    }
}

fn approval(approver: &Approver) -> String {
    format!(
        "{}, person {}, at {}, key {}",
        visible(&approver.account),
        approver.person,
        when::utc(approver.approved_s),
        seal::fingerprint(&approver.key)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_words_of_its_own_and_something_to_do() {
        let said: std::collections::BTreeSet<&str> = FaultKind::ALL.iter().map(|kind| what_is_wrong(*kind)).collect();
        assert_eq!(said.len(), FaultKind::ALL.len());
        for bytes in [&b"counterpart/certificate/v2\n"[..], b"counterpart/certificate/v1\n"] {
            let judgement = verify(bytes, None);
            assert!(hint(&judgement).is_some() && sentence(&judgement).ends_with('.'));
        }
    }
}
