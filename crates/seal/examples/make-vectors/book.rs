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
# the design's list that the case belongs to, if any. `[case.time]` is what the file proves about when it was made, by the policy
# `trust.policy` (spec/log.md section 4): limits, anchors, the longest stretch in samples and in seconds, the sound that is more than
# time passed, and each piece of evidence that counts for nothing, with its place (an anchor's is its sample) and its fault. Where
# there is no such table nothing is proven, and where the verdict is bad nothing is looked at.
";

struct Case {
    file: String,
    verdict: &'static str,
    reason: &'static str,
    deep: bool,
    with: &'static str,
    about: &'static str,
    attack: &'static str,
    time: Option<Claims>,
}

/// One end of the bracket that a case proves.
#[derive(Clone)]
pub(crate) struct Said {
    pub(crate) time_s: u64,
    pub(crate) by: &'static str,
    pub(crate) witnesses: Vec<&'static str>,
}

/// What a case proves about time by the policy beside it. Nothing by default.
#[derive(Clone, Default)]
pub(crate) struct Claims {
    pub(crate) no_earlier: Option<Said>,
    pub(crate) no_later: Option<Said>,
    pub(crate) anchors: u32,
    pub(crate) anchors_held: u32,
    pub(crate) longest: Option<[u64; 2]>,
    pub(crate) longest_s: Option<u64>,
    pub(crate) too_much: Option<[u64; 2]>,
    /// Place and fault.
    pub(crate) refused: Vec<String>,
}

impl Claims {
    /// As a table of the manifest.
    fn print(&self) -> String {
        let mut out = String::from("[case.time]\n");
        let mut line = |key: &str, value: Option<String>| {
            let value = value.map(|value| format!("{key} = {value}\n"));
            out += &value.unwrap_or_default();
        };
        let limit = |said: &Option<Said>| {
            let said = said.as_ref();
            said.map(|Said { time_s, by, witnesses }| {
                format!("{{ time_s = {time_s}, by = {by:?}, witnesses = {witnesses:?} }}")
            })
        };
        line("no_earlier", limit(&self.no_earlier));
        line("no_later", limit(&self.no_later));
        line("anchors", Some(self.anchors.to_string()));
        line("anchors_held", Some(self.anchors_held.to_string()));
        line("longest", self.longest.map(|range| format!("{range:?}")));
        line("longest_s", self.longest_s.map(|time_s| time_s.to_string()));
        line("too_much", self.too_much.map(|range| format!("{range:?}")));
        line("refused", Some(format!("{:?}", self.refused)));
        out
    }
}

/// All cases and their files.
#[derive(Default)]
pub(crate) struct Book {
    cases: Vec<Case>,
    files: Vec<(String, Vec<u8>)>,
    /// By which all of them are judged.
    pub(crate) policy: String,
}

impl Book {
    /// A file in which nothing is wrong.
    pub(crate) fn good(&mut self, verdict: &'static str, name: &str, about: &'static str, file: &Forge) {
        self.file(name, file.print());
        self.case(name, verdict, "", about);
    }

    /// A file in which nothing is wrong, and what it proves about when it was made.
    pub(crate) fn time(
        &mut self,
        verdict: &'static str,
        name: &str,
        attack: &'static str,
        about: &'static str,
        file: &Forge,
        claims: Claims,
    ) {
        self.good(verdict, name, about, file);
        if let Some(case) = self.cases.last_mut() {
            (case.attack, case.time) = (attack, Some(claims));
        }
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
        let file = format!("{name}.flac");
        let case = Case { file, verdict, reason, deep: false, with: "", about, attack: "", time: None };
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
        std::fs::write(folder.join("trust.policy"), &self.policy)?;
        std::fs::write(folder.join("manifest.toml"), self.manifest())
    }

    fn manifest(&self) -> String {
        let mut out = PREFACE.to_owned();
        for case in &self.cases {
            let Case { file, verdict, reason, deep, with, about, attack, time } = case;
            let time = time.as_ref().map(Claims::print).unwrap_or_default();
            let with = if with.is_empty() { String::new() } else { format!("with = [\"{with}.flac\"]\n") };
            let written = write!(
                out,
                "\n[[case]]\nfile = \"{file}\"\nverdict = \"{verdict}\"\nreason = \"{reason}\"\ndeep = {deep}\n{with}\
                 attack = \"{attack}\"\nabout = \"{about}\"\n{time}"
            );
            written.expect("a string takes everything");
        }
        out
    }
}
