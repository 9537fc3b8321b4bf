//! `counterpart stick verify A B`: the recording on each of two sticks, and whether all that is ours on them is the same.
//!
//! Not a check of what else is on a stick. Invariants: the recording is judged by `seal`; a locked copy is called the same
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
use super::lock::{LOCKED, hash_locked};
use crate::bits::compare;
use crate::check::{Checked, Look};
use crate::disc::Surface;
use crate::error::{Error, Result, plain};
use crate::holding::hash;
use crate::receipt::{self, Beside, PAPER_BYTES_MAX, beside};
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
    /// The recordings that are not locked.
    pub(crate) recordings: Vec<Checked>,
    /// One of the sticks is locked.
    pub(crate) locked: bool,
    pub(crate) difference: Option<Difference>,
    /// What is wrong with the papers, and what has to be known of them; a clause each.
    pub(crate) papers: Beside,
}

/// The first difference.
pub(crate) enum Difference {
    /// A file that only one of them has.
    Only { name: String, on: PathBuf },
    /// The same name and other bytes.
    Bytes { name: String, bytes: u64, first: u64 },
    /// The locked copy holds something else.
    Locked,
    /// The locked copy cannot be opened to its end.
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
            Difference::Locked => "the encrypted copy holds another file".to_owned(),
            Difference::Damaged(why) => format!("the encrypted copy is damaged: {why}"),
            Difference::Unreadable { name, why } => format!("{name} cannot be read: {why}"),
        }
    }
}

pub(crate) fn run(args: &VerifyArgs) -> Result<u8> {
    check_pair(&args.a, &args.b)?;
    let folders = [args.a.clone(), args.b.clone()];
    let is_locked = |folder: &&PathBuf| !has(folder, RECORDING) && has(folder, LOCKED);
    let locked = folders.iter().find(is_locked);
    if folders.iter().all(|folder| is_locked(&folder)) {
        return Err(Error::of("both sticks are encrypted: there is nothing to compare with")
            .hint("open one of them with age and verify what comes out"));
    }
    let open = folders.iter().filter(|folder| !is_locked(folder));
    let recordings: Vec<Checked> = open.map(|folder| Checked::path(folder, &Look::default(), &mut |_, _| {})).collect();
    let difference = match locked {
        Some(locked) => {
            let other = folders.iter().find(|folder| *folder != locked).unwrap_or(locked);
            locked_difference(locked, other, args.identity.as_deref())?
        }
        None => difference(&args.a, &args.b, &names()),
    };
    let mut sticks = Sticks { locked: locked.is_some(), folders, recordings, difference, papers: Beside::default() };
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
    let is_wrong = sticks.difference.is_some() || !sticks.papers.faults.is_empty();
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

/// The first of these files that is not the same on both; files that neither has are none.
pub(crate) fn difference(a: &Path, b: &Path, names: &[String]) -> Option<Difference> {
    names.iter().find_map(|name| {
        let found = match (has(a, name), has(b, name)) {
            (false, false) => return None,
            (true, false) => return Some(Difference::Only { name: name.clone(), on: a.to_owned() }),
            (false, true) => return Some(Difference::Only { name: name.clone(), on: b.to_owned() }),
            (true, true) => compare_files((a, name), (b, name)),
        };
        match found {
            Ok(None) => None,
            Ok(Some((bytes, first))) => Some(Difference::Bytes { name: name.clone(), bytes, first }),
            Err(err) => Some(Difference::Unreadable { name: name.clone(), why: plain(&err) }),
        }
    })
}

/// Whether receipt and read-me are of the recording that they lie beside. Two sticks that are equal have one set.
fn look_at_papers(sticks: &mut Sticks) {
    let folders = sticks.folders.clone();
    let count = if sticks.difference.is_none() && !sticks.locked { 1 } else { folders.len() };
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
                let evidence = recording.verdict().and_then(|verdict| verdict.verified()).map(|held| held.evidence());
                let hashed = on_stick(folder, RECORDING).and_then(|path| hash(&mut Surface::open(&path)?));
                // Of a recording that does not hold nothing more is said.
                let (Some(evidence), Ok(hashed)) = (evidence, hashed) else { continue };
                beside(&found, Some(&hashed.subject(recording.outcome(), evidence, RECORDING)))
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

fn compare_files(a: (&Path, &str), b: (&Path, &str)) -> io::Result<Option<(u64, u64)>> {
    let open = |(folder, name)| Surface::open(&on_stick(folder, name)?);
    let (mut a, mut b) = (open(a)?, open(b)?);
    let len_bytes = a.len_bytes()?.max(b.len_bytes()?);
    let found = compare(&mut a, &mut b, len_bytes)?;
    let first = found.places.first().map_or(0, |place| place.start);
    Ok((!found.none()).then_some((found.bytes, first)))
}

fn locked_difference(locked: &Path, other: &Path, key_file: Option<&Path>) -> Result<Option<Difference>> {
    let recording = other.join(RECORDING);
    let plain = on_stick(other, RECORDING).and_then(|path| hash(&mut Surface::open(&path)?));
    let plain = plain.map_err(|err| Error::io(&recording, &err))?;
    let lock = locked.join(LOCKED);
    let inside = hash_locked(&on_stick(locked, LOCKED).map_err(|err| Error::io(&lock, &err))?, key_file)?;
    Ok(match inside {
        Ok(inside) => (inside != plain).then_some(Difference::Locked),
        Err(why) => Some(Difference::Damaged(why)),
    })
}

fn human(sticks: &Sticks) -> String {
    let [a, b] = sticks.folders.each_ref().map(|folder| text::path(folder));
    let mut lines = match &sticks.difference {
        Some(difference) => format!("{a} and {b} DIFFER: {}.\n", text::visible(&difference.words())),
        None if sticks.locked => format!("{a} and {b} hold the same recording; one of them is encrypted.\n"),
        None if sticks.recordings.iter().all(|recording| recording.exit_code() == 2) => String::new(),
        None => format!("{a} and {b} are equal to the bit.\n"),
    };
    let clauses = |clauses: &[String]| clauses.iter().map(|clause| text::visible(clause)).collect::<Vec<_>>();
    several(&mut lines, "BUT", &clauses(&sticks.papers.faults));
    several(&mut lines, "note", &clauses(&sticks.papers.notes));
    // Equal recordings have one report.
    let told = if sticks.difference.is_none() { 1 } else { sticks.recordings.len() };
    for recording in sticks.recordings.iter().take(told) {
        lines.push('\n');
        lines.push_str(&report(recording));
    }
    let hold = sticks.recordings.iter().all(|recording| recording.exit_code() == 0);
    if sticks.difference.is_none() && sticks.papers.faults.is_empty() && !sticks.locked && hold {
        lines.push_str("\nYou may choose either.\n");
    }
    lines
}
