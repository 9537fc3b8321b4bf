//! `counterpart stick verify A B`: the recording on each of two sticks, and whether all that is ours on them is the same.
//!
//! Not a check of what else is on a stick. Invariants: the recording is judged by `seal`; an encrypted copy is called the same
//! only when it was opened and its digest is that of the other; the exit code is 1 if anything is not intact or differs,
//! else 2 if anything cannot be said.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use clap::Args;
use recorder::folder::RECORDING;
use seal::ReadAt;

use super::check_pair;
use super::lock::{ENCRYPTED, hash_encrypted};
use crate::bits::{Differences, Equal, compare};
use crate::check::{Checked, Look};
use crate::disc::Surface;
use crate::error::{Error, Result, plain};
use crate::reading::hash;
use crate::receipt::{self, Beside, PAPER_BYTES_MAX, Subject, beside};
use crate::render::{report, several};
use crate::{json, out, text};

/// `counterpart stick verify …`
#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    /// A stick's folder
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The other stick's folder
    #[arg(value_name = "B")]
    b: PathBuf,
    /// The key file of age that opens an encrypted copy; without it the passphrase is asked for
    #[arg(long, value_name = "KEY-FILE")]
    identity: Option<PathBuf>,
    #[command(flatten)]
    json: json::Flag,
}

/// What is on two sticks.
pub(crate) struct Sticks {
    pub(crate) folders: [PathBuf; 2],
    /// The recordings that are not encrypted.
    pub(crate) recordings: Vec<Checked>,
    /// One of the sticks is encrypted.
    pub(crate) encrypted: bool,
    /// The first difference; none, and no equality either, where nothing of ours is on both.
    pub(crate) found: std::result::Result<Option<Equal>, Difference>,
    /// What is wrong with the papers, and what has to be known of them; a clause each.
    pub(crate) papers: Beside,
}

/// How two sticks differ.
pub(crate) enum Difference {
    /// A file that only one of them has.
    Only { name: String, on: PathBuf },
    /// The same name and other bytes.
    Bytes { name: String, bytes: u64, first: u64 },
    /// The encrypted copy holds something else.
    Inside,
    /// The encrypted copy cannot be opened to its end.
    Damaged(String),
    /// A file cannot be read.
    Unreadable { name: String, why: String },
}

impl Difference {
    pub(crate) fn words(&self) -> String {
        match self {
            Difference::Only { name, on } => format!("{name} is only on {}", on.display()),
            Difference::Bytes { name, bytes, first } => {
                format!("{name} differs in {}, the first is byte {first}", text::count(*bytes, "byte"))
            }
            Difference::Inside => "the encrypted copy holds another file".to_owned(),
            Difference::Damaged(why) => format!("the encrypted copy is damaged: {why}"),
            Difference::Unreadable { name, why } => format!("{name} cannot be read: {why}"),
        }
    }
}

impl Sticks {
    /// Both hold the same, as far as it is ours.
    pub(crate) fn are_same(&self) -> bool {
        self.found.as_ref().is_ok_and(|equal| equal.is_some() || self.encrypted)
    }

    /// Each side may have either: equal, papers and recording hold.
    fn may_choose(&self) -> bool {
        let is_equal = self.found.as_ref().is_ok_and(Option::is_some);
        is_equal && self.papers.faults.is_empty() && self.recordings.iter().all(|recording| recording.exit_code() == 0)
    }
}

pub(crate) fn run(args: &VerifyArgs) -> Result<u8> {
    check_pair(&args.a, &args.b)?;
    let folders = [args.a.clone(), args.b.clone()];
    let is_encrypted = |folder: &&PathBuf| !has(folder, RECORDING) && has(folder, ENCRYPTED);
    let encrypted = folders.iter().find(is_encrypted);
    if folders.iter().all(|folder| is_encrypted(&folder)) {
        return Err(Error::of("both sticks are encrypted: there is nothing to compare with")
            .hint("open one of them with age and verify what comes out"));
    }
    let open = folders.iter().filter(|folder| !is_encrypted(folder));
    let recordings: Vec<Checked> = open.map(|folder| Checked::path(folder, &Look::default(), &mut |_, _| {})).collect();
    let found = match encrypted {
        Some(encrypted) => {
            let other = folders.iter().find(|folder| *folder != encrypted).unwrap_or(encrypted);
            compare_encrypted(encrypted, other, args.identity.as_deref())?.map_or(Ok(None), Err)
        }
        None => compare_sticks(&args.a, &args.b, &names()),
    };
    let mut sticks = Sticks { encrypted: encrypted.is_some(), folders, recordings, found, papers: Beside::default() };
    look_at_papers(&mut sticks);
    let exit = exit_code(&sticks);
    let text = match args.json.json {
        true => json::text(&json::stick::Verify::new(&sticks, exit)),
        false => human(&sticks),
    };
    Ok(out::result(&text, exit))
}

fn exit_code(sticks: &Sticks) -> u8 {
    let codes = || sticks.recordings.iter().map(Checked::exit_code);
    let is_wrong = sticks.found.is_err() || !sticks.papers.faults.is_empty();
    if is_wrong || codes().any(|code| code == 1) { 1 } else { codes().max().unwrap_or(2) }
}

fn has(folder: &Path, name: &str) -> bool {
    folder.join(name).symlink_metadata().is_ok()
}

/// Every name that we give.
fn names() -> Vec<String> {
    let mut names = vec![RECORDING.to_owned()];
    names.extend(receipt::known_names());
    names
}

/// Compares these files up to the first that is not the same on both; none is equal to none, and no proof of anything.
pub(crate) fn compare_sticks(a: &Path, b: &Path, names: &[String]) -> std::result::Result<Option<Equal>, Difference> {
    let mut equal = None;
    for name in names {
        match (has(a, name), has(b, name)) {
            (false, false) => {}
            (true, false) => return Err(Difference::Only { name: name.clone(), on: a.to_owned() }),
            (false, true) => return Err(Difference::Only { name: name.clone(), on: b.to_owned() }),
            (true, true) => equal = Some(compare_files(a, b, name)?),
        }
    }
    Ok(equal)
}

fn compare_files(a: &Path, b: &Path, name: &str) -> std::result::Result<Equal, Difference> {
    let found =
        read_both(a, b, name).map_err(|err| Difference::Unreadable { name: name.to_owned(), why: plain(&err) })?;
    let first = found.places.first().map_or(0, |place| place.start);
    found.equal().ok_or(Difference::Bytes { name: name.to_owned(), bytes: found.bytes, first })
}

fn read_both(a: &Path, b: &Path, name: &str) -> io::Result<Differences> {
    let (mut a, mut b) = (Surface::open(&on_stick(a, name)?)?, Surface::open(&on_stick(b, name)?)?);
    let len_bytes = a.len_bytes()?.max(b.len_bytes()?);
    compare(&mut a, &mut b, len_bytes)
}

/// Whether receipt and read-me are of the recording that they lie beside. Two sticks that are equal have one set.
fn look_at_papers(sticks: &mut Sticks) {
    let folders = sticks.folders.clone();
    let count = if sticks.found.is_ok() && !sticks.encrypted { 1 } else { folders.len() };
    for folder in &folders[..count] {
        let found = match papers_on(folder) {
            Ok(found) => found,
            Err(err) => {
                sticks.papers.faults.push(format!("a paper on {} cannot be read: {}", folder.display(), plain(&err)));
                continue;
            }
        };
        let beside = match sticks.recordings.iter().find(|recording| recording.path == *folder) {
            None => beside(&found, None),
            Some(recording) => {
                // Of a recording that does not hold nothing more is said.
                let Some(held) = recording.held() else { continue };
                match on_stick(folder, RECORDING).and_then(|path| hash(&mut Surface::open(&path)?)) {
                    Ok(hashed) => beside(&found, Some(&Subject::new(&held, &hashed, RECORDING))),
                    Err(err) => Beside {
                        faults: vec![format!("{RECORDING} cannot be read again: {}", plain(&err))],
                        notes: Vec::new(),
                    },
                }
            }
        };
        let named = |clause: &String| format!("{clause} ({})", folder.display());
        sticks.papers.faults.extend(beside.faults.iter().map(named));
        sticks.papers.notes.extend(beside.notes.iter().map(named));
    }
}

fn papers_on(folder: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    for name in receipt::known_names().into_iter().filter(|name| has(folder, name)) {
        let mut bytes = Vec::new();
        File::open(on_stick(folder, &name)?)?.take(PAPER_BYTES_MAX).read_to_end(&mut bytes)?;
        found.push((name, bytes));
    }
    Ok(found)
}

/// A file of the stick itself: a link or a mount would show another medium's.
fn on_stick(folder: &Path, name: &str) -> io::Result<PathBuf> {
    let path = folder.join(name);
    let meta = path.symlink_metadata()?;
    if meta.is_file() && meta.dev() == folder.metadata()?.dev() {
        return Ok(path);
    }
    Err(io::Error::other("it is no file of this stick, but a link or something else"))
}

fn compare_encrypted(encrypted: &Path, other: &Path, key_file: Option<&Path>) -> Result<Option<Difference>> {
    let recording = other.join(RECORDING);
    let plain = on_stick(other, RECORDING).and_then(|path| hash(&mut Surface::open(&path)?));
    let plain = plain.map_err(|err| Error::io(&recording, &err))?;
    let lock = encrypted.join(ENCRYPTED);
    let inside = hash_encrypted(&on_stick(encrypted, ENCRYPTED).map_err(|err| Error::io(&lock, &err))?, key_file)?;
    Ok(match inside {
        Ok(inside) => (inside != plain).then_some(Difference::Inside),
        Err(why) => Some(Difference::Damaged(why)),
    })
}

fn human(sticks: &Sticks) -> String {
    let [a, b] = sticks.folders.each_ref().map(|folder| text::path(folder));
    let mut lines = match &sticks.found {
        Err(difference) => format!("{a} and {b} DIFFER: {}.\n", text::visible(&difference.words())),
        Ok(_) if sticks.encrypted => format!("{a} and {b} hold the same recording; one of them is encrypted.\n"),
        Ok(None) => String::new(),
        Ok(_) if sticks.recordings.iter().all(|recording| recording.exit_code() == 2) => String::new(),
        Ok(_) => format!("{a} and {b} are equal to the bit.\n"),
    };
    let clauses = |clauses: &[String]| clauses.iter().map(|clause| text::visible(clause)).collect::<Vec<_>>();
    several(&mut lines, "BUT", &clauses(&sticks.papers.faults));
    several(&mut lines, "note", &clauses(&sticks.papers.notes));
    // Equal recordings have one report.
    let told = if sticks.found.is_ok() { 1 } else { sticks.recordings.len() };
    for recording in sticks.recordings.iter().take(told) {
        lines.push('\n');
        lines.push_str(&report(recording));
    }
    if sticks.may_choose() {
        lines.push_str("\nYou may choose either.\n");
    }
    lines
}
