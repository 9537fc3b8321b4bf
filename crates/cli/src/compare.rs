//! `counterpart compare A B`: whether two files are the same recording, and where they are not the same sound.
//!
//! Not the verdict on either (`check.rs`), not the listening (`sound`). What a seal proves is said first, and nothing heard ever
//! overrules it. Invariants: "identical" is said of equal bytes only; "the same seal" only when both files hold; of what is only
//! heard it is said that it is heard, with the method and its limits.

mod hear;
mod mix;
mod words;

use std::path::{Path, PathBuf};

use clap::Args;
use seal::{Evidence, History, Outcome};
use sound::compare::{Comparison, Likeness, compare};

use crate::check::{Checked, Look, Missing, file_of, percent};
use crate::error::{Error, Result};
use crate::out::Progress;
use crate::state::StateArgs;
use crate::{files, json, out, text};

/// How much more must sound alike in an even mix of the tracks than in another one, before it is said that something cancels out.
const CANCELLED_S: f64 = 0.5;

/// `counterpart compare …`
#[derive(Args, Debug)]
pub(crate) struct CompareArgs {
    /// The file to compare with, best the sealed recording (or the folder it is in)
    #[arg(value_name = "A")]
    reference: PathBuf,
    /// The file that is asked about: another copy, an excerpt, or what was published of it
    #[arg(value_name = "B")]
    other: PathBuf,
    /// Listen even where the seals already say what the files are to each other
    #[arg(long)]
    listen: bool,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    json: json::Flag,
}

/// What the seals say the files are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kinship {
    /// The same bytes.
    Identical,
    /// The same recording, whole in both; tags or padding differ.
    SameSeal,
    /// B is an excerpt or a redaction of A.
    PartOf,
    /// A is an excerpt or a redaction of B.
    WholeOf,
    /// Both are parts of one recording.
    Parts,
    /// Each is sealed, as a recording of its own.
    TwoRecordings,
    /// Both are signed with one recording's key and cannot both be: neither is intact.
    TwoHistories,
    /// One is not sealed, or its seal does not hold: only listening can tell.
    NotSealed,
}

/// Everything that was found out.
pub(crate) struct Compared {
    pub(crate) paths: [PathBuf; 2],
    pub(crate) checked: [Checked; 2],
    pub(crate) kinship: Kinship,
    pub(crate) heard: Option<Listened>,
}

/// What listening gave.
pub(crate) struct Listened {
    pub(crate) described: [String; 2],
    pub(crate) comparison: Comparison,
    /// Mixed evenly the tracks sound more alike than this: something cancels out between them.
    pub(crate) between_tracks: bool,
}

impl Compared {
    /// What the seal of A (0) or B (1) says, where it holds.
    pub(crate) fn evidence(&self, at: usize) -> Option<&Evidence> {
        evidence(&self.checked[at])
    }

    /// 0: the same. 1: not the same in some way, or one of them is sealed and not intact. 2: nothing can be said.
    pub(crate) fn exit_code(&self) -> u8 {
        let broken = self.checked.iter().any(|checked| checked.outcome() == Outcome::NotIntact);
        match (self.kinship, &self.heard) {
            (Kinship::Identical | Kinship::SameSeal, _) => 0,
            (Kinship::NotSealed, Some(heard)) => match heard.comparison.likeness {
                Likeness::Same if !broken => 0,
                Likeness::TooLittle => 2,
                _ => 1,
            },
            _ => 1,
        }
    }
}

pub(crate) fn run(args: &CompareArgs) -> Result<u8> {
    let state_dir = args.state.clone().folder().ok();
    let paths = [file(&args.reference, state_dir.as_deref())?, file(&args.other, state_dir.as_deref())?];
    let look = Look { state_dir: state_dir.as_deref(), ..Look::default() };
    let mut checked = [&paths[0], &paths[1]].map(|path| {
        let mut progress = Progress::new();
        Checked::path(path, &look, &mut |done, all| progress.show(|| percent(path, done, all)))
    });
    let kinship = kinship(&paths, &checked)?;
    if kinship == Kinship::TwoHistories {
        for (checked, other) in checked.iter_mut().zip(paths.iter().rev()) {
            checked.contradicted_by = Some(other.clone());
        }
    }
    let listen = args.listen && kinship != Kinship::Identical;
    let heard = if listen || kinship == Kinship::NotSealed { Some(listen_to(&paths, &checked)?) } else { None };
    let compared = Compared { paths, checked, kinship, heard };
    let exit = compared.exit_code();
    let text = if args.json.json { json::text(&json::Compare::new(&compared, exit)) } else { words::of(&compared) };
    Ok(out::result(&text, exit))
}

fn file(path: &Path, state_dir: Option<&Path>) -> Result<PathBuf> {
    let file = file_of(path, state_dir)
        .map_err(|Missing { why, hint }| Error::of(format_args!("{}: {why}", text::path(path))).hint(hint))?;
    // Said here, so that a missing file is not called one without a seal.
    files::open(&file).map_err(|error| Error::io(&file, &error))?;
    Ok(file)
}

fn kinship(paths: &[PathBuf; 2], checked: &[Checked; 2]) -> Result<Kinship> {
    if files::same_bytes(&paths[0], &paths[1]).map_err(|error| Error::io(&paths[0], &error))? {
        return Ok(Kinship::Identical);
    }
    let [Some(a), Some(b)] = checked.each_ref().map(evidence) else { return Ok(Kinship::NotSealed) };
    if let [Some(a), Some(b)] = checked.each_ref().map(history)
        && a.contradicts(&b)
    {
        return Ok(Kinship::TwoHistories);
    }
    if a.id != b.id {
        return Ok(Kinship::TwoRecordings);
    }
    let is_part = |checked: &Checked| matches!(checked.outcome(), Outcome::Excerpt | Outcome::Redacted);
    Ok(match (is_part(&checked[0]), is_part(&checked[1])) {
        (false, false) => Kinship::SameSeal,
        (false, true) => Kinship::PartOf,
        (true, false) => Kinship::WholeOf,
        (true, true) => Kinship::Parts,
    })
}

/// What a seal that holds says.
fn evidence(checked: &Checked) -> Option<&Evidence> {
    Some(checked.verdict()?.verified()?.evidence())
}

fn history(checked: &Checked) -> Option<History> {
    checked.verdict()?.verified().map(History::of)
}

fn listen_to(paths: &[PathBuf; 2], checked: &[Checked; 2]) -> Result<Listened> {
    let [a, b] = [hear::hear(&paths[0])?, hear::hear(&paths[1])?];
    let described = [a.described, b.described];
    let even = compare(&a.mixed.even, &b.mixed.even);
    // Sound in one track and upside down in another is not there when they are mixed; in an unlike mix it is. It is the file without a
    // seal in which somebody would hide it. A single track hides nothing, and no other mix can be made of it.
    let is_a_asked_about = evidence(&checked[0]).is_none() && evidence(&checked[1]).is_some();
    let unlike = match (a.mixed.apart, b.mixed.apart) {
        (Some(a), Some(b)) => Some(compare(&a.uneven, &b.uneven)),
        (Some(a), None) if is_a_asked_about => Some(compare(&a.without, &b.mixed.even)),
        (None, Some(b)) if !is_a_asked_about => Some(compare(&a.mixed.even, &b.without)),
        _ => None,
    };
    Ok(match unlike {
        Some(unlike) if unlike.same_seconds + CANCELLED_S < even.same_seconds => {
            Listened { described, comparison: unlike, between_tracks: true }
        }
        _ => Listened { described, comparison: even, between_tracks: false },
    })
}
