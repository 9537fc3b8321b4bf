//! `counterpart disc make COPY -o IMAGE.iso`: one image, to be burned as often as wanted.
//!
//! Not the burning (`burn.rs`). Invariants: the same copy and the same programs give the same image, to the bit; its name
//! and dates say nothing about a person; before it gets its name it was read back, file by file.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};

use clap::Args;
use recorder::folder::RECORDING;
use seal::Evidence;

use super::checksum::{self, PAD_BYTES};
use super::iso::Volume;
use super::layout;
use super::surface::{Surface, Window};
use super::xorriso;
use crate::error::{Error, Result};
use crate::files::{NewFile, Scratch};
use crate::holding::Holding;
use crate::reading::{Hashed, hash};
use crate::receipt::{self, LangArgs, Paper, Subject};
use crate::render::line;
use crate::text::hex;
use crate::{json, out, signals, text};

/// `counterpart disc make …`
#[derive(Args, Debug)]
pub(crate) struct MakeArgs {
    /// The folder of a copy, or the file; it is only read
    #[arg(value_name = "COPY")]
    input: PathBuf,
    /// The new image
    #[arg(short, long, value_name = "IMAGE.iso")]
    output: PathBuf,
    #[command(flatten)]
    lang: LangArgs,
    #[command(flatten)]
    json: json::Flag,
}

/// An image that was read back.
pub(crate) struct Made {
    pub(crate) path: PathBuf,
    pub(crate) label: String,
    pub(crate) hashed: Hashed,
    /// The files on it.
    pub(crate) names: Vec<String>,
}

pub(crate) fn run(args: &MakeArgs) -> Result<u8> {
    NewFile::refuse_taken(&args.output)?;
    signals::clean_up();
    let mut holding = Holding::open(&args.input)?;
    let hashed = holding.hash()?;
    let papers = receipt::papers(&Subject::new(holding.held(), &hashed, RECORDING), &args.lang.langs());
    let stage = Stage::new(&holding.file, &papers)?;
    let mut new = NewFile::create(&args.output)?;
    write(new.part(), stage.path(), holding.evidence())?;
    let made = finish(&mut new, args, &hashed, &papers)?;
    new.keep()?;
    let text = match args.json.json {
        true => json::text(&json::disc::Make::new(&holding, &hashed, &made)),
        false => human(&made),
    };
    Ok(out::result(&text, 0))
}

fn human(made: &Made) -> String {
    let mut lines = String::new();
    line(&mut lines, "image", &format!("{}, {} bytes, read back", text::path(&made.path), made.hashed.len_bytes));
    line(&mut lines, "label", &text::visible(&made.label));
    line(&mut lines, "holds", &made.names.join(", "));
    line(&mut lines, "SHA-256", &made.hashed.sha256);
    lines
}

/// The files of the disc in a folder only we may read; it goes when this does.
struct Stage(PathBuf, #[expect(dead_code, reason = "removes the folder when the program is told to end")] Scratch);

impl Stage {
    fn new(recording: &Path, papers: &[Paper]) -> Result<Stage> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|err| {
            Error::of(format_args!("the system gives no randomness: {err}")).hint("try again in a moment")
        })?;
        let folder = std::env::temp_dir().join(format!("counterpart-disc-{}", hex(&random)));
        let make = || DirBuilder::new().mode(0o700).create(&folder);
        let ((), scratch) = Scratch::create(&folder, make).map_err(|err| Error::io(&folder, &err))?;
        let stage = Stage(folder, scratch);
        let recording = fs::canonicalize(recording).map_err(|err| Error::io(recording, &err))?;
        let link = stage.0.join(RECORDING);
        symlink(recording, &link).map_err(|err| Error::io(&link, &err))?;
        for paper in papers {
            let path = stage.0.join(&paper.name);
            fs::write(&path, &paper.bytes).map_err(|err| Error::io(&path, &err))?;
        }
        Ok(stage)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Nobody but us may read what would stay.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// `RECORDING_1A2B3C`: what a computer shows beside the disc; sixteen characters at most, and nothing of a person.
pub(super) fn label(evidence: &Evidence) -> String {
    format!("RECORDING_{}", hex(&evidence.id.as_bytes()[..3]).to_uppercase())
}

/// The declared start as sixteen digits, where discs can hold it.
fn date(start: &str) -> String {
    let digits: String = start.chars().take(19).filter(char::is_ascii_digit).collect();
    match digits.get(..4).and_then(|year| year.parse().ok()) {
        Some(1971..=2099) if digits.len() == 14 => digits + "00",
        _ => "2000010100000000".to_owned(),
    }
}

fn write(part: &Path, stage: &Path, evidence: &Evidence) -> Result<()> {
    let (label, date) = (label(evidence), date(&evidence.header.start));
    let image = std::path::absolute(part).map_err(|err| Error::io(part, &err))?;
    let modification = format!("--modification-date={date}");
    let options: [&str; 16] = [
        "-as",
        "mkisofs",
        "-quiet",
        "-volid",
        &label,
        "-preparer",
        "COUNTERPART",
        "-iso-level",
        "3",
        "-J",
        "-r",
        "-f",
        "--md5",
        &modification,
        "--set_all_file_dates",
        &date,
    ];
    let mut args: Vec<&OsStr> = options.iter().map(OsStr::new).collect();
    args.extend([OsStr::new("-no-pad"), OsStr::new("-o"), image.as_os_str(), stage.as_os_str()]);
    let output = xorriso::run(&args)?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::of(format_args!("the image cannot be made: {}", xorriso::complaint(&output)))
        .hint("make room, or choose another place with -o"))
}

/// Pads the image and reads everything back.
fn finish(new: &mut NewFile, args: &MakeArgs, recording: &Hashed, papers: &[Paper]) -> Result<Made> {
    let io = |err: std::io::Error| Error::io(&args.output, &err);
    let wrong = |what: &str| {
        Error::of(format_args!("the image is not what was meant: {what}"))
            .hint("nothing was kept; check the disk and the version of xorriso, and try again")
    };
    let len_bytes = new.file().metadata().map_err(io)?.len().next_multiple_of(PAD_BYTES);
    new.file().set_len(len_bytes).and_then(|()| new.file().sync_all()).map_err(io)?;
    let mut surface = Surface::open(new.part()).map_err(io)?;
    let volume = Volume::read(&mut surface).map_err(|_| wrong("it cannot be read"))?;
    if let Some(damage) = checksum::check(&mut surface, true, &volume, &mut |_, _| {}).map_err(io)?.first() {
        return Err(wrong(damage.words()));
    }
    if let Some(oddity) = layout::oddity(&mut surface, &volume).map_err(io)? {
        return Err(wrong(&oddity));
    }
    let mut names = vec![RECORDING.to_owned()];
    names.extend(papers.iter().map(|paper| paper.name.clone()));
    if volume.files.len() != names.len() {
        return Err(wrong("other files are on it"));
    }
    for name in &names {
        let file = volume.file(name).ok_or_else(|| wrong("a file is missing"))?;
        let mut window = Window { surface: &mut surface, start: file.start, len_bytes: file.len_bytes };
        let found = hash(&mut window).map_err(io)?;
        let meant = match papers.iter().find(|paper| paper.name == *name) {
            Some(paper) => Hashed::of(&paper.bytes),
            None => recording.clone(),
        };
        if found != meant {
            return Err(wrong("a file on it is another"));
        }
    }
    let hashed = hash(&mut surface).map_err(io)?;
    Ok(Made { path: args.output.clone(), label: volume.label, hashed, names })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_that_discs_can_hold() {
        for (start, wanted) in [
            ("2026-11-21T09:30:05+00:00", "2026112109300500"),
            ("1969-11-21T09:30:05+00:00", "2000010100000000"),
            ("9999-11-21T09:30:05+00:00", "2000010100000000"),
            ("", "2000010100000000"),
        ] {
            assert_eq!(date(start), wanted);
        }
    }
}
