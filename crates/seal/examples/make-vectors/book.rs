//! The list of cases: files and what every reader must say of them.
//!
//! Not here: the cases (`*_cases.rs`).
//! Invariants: no name twice; no file above 40,000 bytes.

use crate::forge::Forge;
use std::fmt::Write as _;
use std::path::Path;

/// No vector is larger, bytes.
const FILE_BYTES_MAX: usize = 40_000;
/// Reasons that make the verdict `cannot say`.
const CANNOT_SAY: [&str; 5] = ["unreadable", "not-flac", "no-seal", "unfinished", "version"];
const PREFACE: &str = "\
# What every reader must say of the files beside this one. Made by `cargo run -p seal --example make-vectors -- vectors`.
# `verdict` and `reason` are those of spec/seal.md section 6. With `deep = true` they are those of the deep check, otherwise of
# the ordinary one, and of the deep one too unless that has a case of its own. `with` names files given to the reader in the same call. `attack` is the attack of
# the design's list that the case belongs to, if any.
";

struct Case {
    file: String,
    verdict: &'static str,
    reason: &'static str,
    deep: bool,
    with: &'static str,
    about: &'static str,
    attack: &'static str,
}

/// All cases and their files.
#[derive(Default)]
pub(crate) struct Book {
    cases: Vec<Case>,
    files: Vec<(String, Vec<u8>)>,
}

impl Book {
    /// A file in which nothing is wrong.
    pub(crate) fn good(&mut self, verdict: &'static str, name: &str, about: &'static str, file: &Forge) {
        self.file(name, file.print());
        self.case(name, verdict, "", about);
    }

    /// A file in which something is, or of which nothing can be said.
    pub(crate) fn bad(
        &mut self,
        reason: &'static str,
        name: &str,
        attack: &'static str,
        about: &'static str,
        bytes: Vec<u8>,
    ) {
        self.file(name, bytes);
        let case =
            self.case(name, if CANNOT_SAY.contains(&reason) { "cannot say" } else { "not intact" }, reason, about);
        case.attack = attack;
    }

    /// A full copy in which only the deep check finds something: one case for each of the two checks.
    pub(crate) fn deep(
        &mut self,
        reason: &'static str,
        name: &str,
        attack: &'static str,
        about: &'static str,
        file: &Forge,
    ) {
        self.bad(reason, name, attack, about, file.print());
        if let Some(case) = self.cases.last_mut() {
            case.deep = true;
        }
        self.case(name, "complete", "", about);
    }

    /// Two files that are only bad, or not, side by side; each is checked with the other.
    pub(crate) fn pair(
        &mut self,
        good: bool,
        names: [&'static str; 2],
        attack: &'static str,
        about: &'static str,
        files: [&Forge; 2],
    ) {
        for (at, file) in files.into_iter().enumerate() {
            self.file(names[at], file.print());
            let (verdict, reason) = if good { ("complete", "") } else { ("not intact", "two-histories") };
            let case = self.case(names[at], verdict, reason, about);
            (case.with, case.attack) = (names[1 - at], attack);
        }
    }

    fn case(&mut self, name: &str, verdict: &'static str, reason: &'static str, about: &'static str) -> &mut Case {
        let case = Case { file: format!("{name}.flac"), verdict, reason, deep: false, with: "", about, attack: "" };
        self.cases.push(case);
        self.cases.last_mut().expect("one was just added")
    }

    fn file(&mut self, name: &str, bytes: Vec<u8>) {
        let name = format!("{name}.flac");
        assert!(bytes.len() <= FILE_BYTES_MAX, "{name} has {} bytes", bytes.len());
        assert!(self.files.iter().all(|(other, _)| *other != name), "{name} is there twice");
        self.files.push((name, bytes));
    }

    /// Writes files and manifest.
    pub(crate) fn write(&self, folder: &Path) -> std::io::Result<()> {
        for (name, bytes) in &self.files {
            std::fs::write(folder.join(name), bytes)?;
        }
        std::fs::write(folder.join("manifest.toml"), self.manifest())
    }

    fn manifest(&self) -> String {
        let mut out = PREFACE.to_owned();
        for case in &self.cases {
            let Case { file, verdict, reason, deep, with, about, attack } = case;
            let with = if with.is_empty() { String::new() } else { format!("with = [\"{with}.flac\"]\n") };
            let written = write!(
                out,
                "\n[[case]]\nfile = \"{file}\"\nverdict = \"{verdict}\"\nreason = \"{reason}\"\ndeep = {deep}\n{with}\
                 attack = \"{attack}\"\nabout = \"{about}\"\n"
            );
            written.expect("a string takes everything");
        }
        out
    }
}
