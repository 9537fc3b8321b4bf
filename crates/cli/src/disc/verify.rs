//! `counterpart disc verify DISC…`: each disc or image by itself, then each against the first.
//!
//! Not the judgement of one (`judge.rs`). Invariants: discs are called equal only when every byte of both was read; the
//! exit code is 1 if a disc is damaged, a recording is not intact or two discs differ, else 2 if anything cannot be said.

use std::path::{Path, PathBuf};

use clap::Args;

use super::judge::{Judged, Word};
use super::surface::{Surface, path_of};
use crate::bits::{Differences, compare};
use crate::error::{Error, Result, plain};
use crate::files::same_file;
use crate::render::{line, report, several};
use crate::{json, out, text};

/// `counterpart disc verify …`
#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    /// Images, or drives with a disc in them
    #[arg(value_name = "DISC", required = true)]
    discs: Vec<PathBuf>,
    #[command(flatten)]
    json: json::Flag,
}

/// One disc against the first.
pub(crate) struct Pair {
    pub(crate) a: PathBuf,
    pub(crate) b: PathBuf,
    /// How they differ; a clause when they cannot be compared.
    pub(crate) found: std::result::Result<Differences, String>,
    /// The first places, in words.
    pub(crate) places: Vec<String>,
}

impl Pair {
    pub(crate) fn equal(&self) -> bool {
        self.found.as_ref().is_ok_and(|found| found.equal().is_some())
    }
}

pub(crate) fn run(args: &VerifyArgs) -> Result<u8> {
    refuse_twice(&args.discs)?;
    let discs: Vec<Judged> = args.discs.iter().map(|path| Judged::disc(path)).collect();
    let pairs: Vec<Pair> = discs[1..].iter().map(|other| pair(&discs[0], other)).collect();
    let exit = exit_code(&discs, &pairs);
    let text = match args.json.json {
        true => json::text(&json::disc::Verify::new(&discs, &pairs, exit)),
        false => human(&discs, &pairs),
    };
    Ok(out::result(&text, exit))
}

/// A disc is always equal to itself: nobody is to be told so.
fn refuse_twice(discs: &[PathBuf]) -> Result<()> {
    for (at, a) in discs.iter().enumerate() {
        if let Some(b) = discs[..at].iter().find(|b| same_file(&path_of(a), &path_of(b))) {
            return Err(Error::of(format_args!("{} and {} are the same disc", b.display(), a.display()))
                .hint("name each disc once; two are compared when both are there"));
        }
    }
    Ok(())
}

fn exit_code(discs: &[Judged], pairs: &[Pair]) -> u8 {
    let codes = || discs.iter().map(Judged::exit_code);
    let differ = pairs.iter().any(|pair| pair.found.as_ref().is_ok_and(|found| found.equal().is_none()));
    if differ || codes().any(|code| code == 1) { 1 } else { codes().max().unwrap_or(0) }
}

fn pair(a: &Judged, b: &Judged) -> Pair {
    let len_bytes = a.len_bytes().max(b.len_bytes()).unwrap_or_default();
    let open = |path: &Path| Surface::open(&path_of(path)).map_err(|err| plain(&err));
    let found = open(&a.path).and_then(|mut left| {
        let mut right = open(&b.path)?;
        compare(&mut left, &mut right, len_bytes).map_err(|err| plain(&err))
    });
    // Places are told by the disc whose directory can be trusted more.
    let teller = if b.word == Word::Whole && a.word != Word::Whole { b } else { a };
    let places = found.iter().flat_map(|found| &found.places).map(|place| teller.place(place.start)).collect();
    Pair { a: a.path.clone(), b: b.path.clone(), found, places }
}

fn human(discs: &[Judged], pairs: &[Pair]) -> String {
    let mut lines = String::new();
    for disc in discs {
        lines.push_str(&headline(disc));
    }
    for pair in pairs {
        lines.push_str(&pair_text(pair));
    }
    for disc in discs {
        // Discs that are the same to the bit have the same report.
        let told_before = pairs.iter().any(|pair| pair.b == disc.path && pair.equal()) && discs[0].path != disc.path;
        if let Some(recording) = disc.recording.as_ref().filter(|_| !told_before) {
            lines.push_str(&format!("\nThe recording on {}\n", report(recording)));
        }
    }
    lines
}

fn headline(disc: &Judged) -> String {
    let mut lines = String::new();
    let path = text::path(&disc.path);
    match disc.word {
        Word::Whole => lines.push_str(&format!("{path}: the disc is whole. Every byte is as it was written.\n")),
        Word::Damaged => lines.push_str(&format!("{path}: the disc is DAMAGED.\n")),
        Word::Altered => lines.push_str(&format!("{path}: this is NOT a disc as Counterpart makes them.\n")),
        Word::CannotSay => lines.push_str(&format!("{path}: cannot say.\n")),
    }
    let faults: Vec<String> = disc.faults.iter().map(|fault| text::visible(fault)).collect();
    several(&mut lines, "because", &faults);
    let notes: Vec<String> = disc.notes.iter().map(|note| text::visible(note)).collect();
    several(&mut lines, "note", &notes);
    if let Some(volume) = &disc.volume {
        line(&mut lines, "label", &text::visible(&volume.label));
    }
    if let Some(hint) = &disc.hint {
        lines.push_str(&format!("hint: {hint}\n"));
    }
    lines
}

fn pair_text(pair: &Pair) -> String {
    let (a, b) = (text::path(&pair.a), text::path(&pair.b));
    let found = match &pair.found {
        Err(why) => return format!("\n{a} and {b} cannot be compared: {}.\n", text::visible(why)),
        Ok(found) if found.equal().is_some() => return format!("\n{a} and {b} are equal to the bit.\n"),
        Ok(found) => found,
    };
    let mut lines = format!("\n{a} and {b} DIFFER in {}.\n", text::count(found.bytes, "byte"));
    let mut places: Vec<String> = pair.places.iter().map(|place| text::visible(place)).collect();
    if found.places_more > 0 {
        places.push(format!("and {} more", text::count(found.places_more, "place")));
    }
    several(&mut lines, "at", &places);
    lines
}
