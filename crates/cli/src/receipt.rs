//! `counterpart receipt FILE|DIR -o FOLDER`: the page that goes home beside a copy, and the page that explains it.
//!
//! Not a verdict of its own: a receipt is given only of a recording that holds, and repeats what `seal` found.
//! Invariants: the same copy gives the same papers; nothing is written over; whatever a recording holds
//! harms neither the reader nor the page.

mod beside;
mod build;
mod html;
mod page;
mod plain;
mod qr;
mod texts;

pub(crate) use beside::{Beside, PAPER_BYTES_MAX, beside};
pub(crate) use build::{Paper, Subject, encrypted_papers, known_names, papers};
pub(crate) use texts::Lang;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::error::{Error, Result};
use crate::files::NewFile;
use crate::holding::Holding;
use crate::{json, out, signals, text};

/// `--lang`, the same in every command that has it.
#[derive(Args, Debug, Clone)]
pub(crate) struct LangArgs {
    /// Language of receipt and read-me; may be given twice
    #[arg(long = "lang", value_name = "LANG", default_value = "en")]
    langs: Vec<Lang>,
}

impl LangArgs {
    /// Each once, in a fixed order.
    pub(crate) fn langs(&self) -> Vec<Lang> {
        let mut langs = self.langs.clone();
        langs.sort_unstable();
        langs.dedup();
        langs
    }
}

/// `counterpart receipt …`
#[derive(Args, Debug)]
pub(crate) struct ReceiptArgs {
    /// A sealed recording, or the folder of a copy; it is only read
    #[arg(value_name = "FILE")]
    input: PathBuf,
    /// The folder to write receipt and read-me into; made if it is not there
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    #[command(flatten)]
    lang: LangArgs,
    #[command(flatten)]
    json: json::Flag,
}

pub(crate) fn run(args: &ReceiptArgs) -> Result<u8> {
    signals::clean_up();
    let mut holding = Holding::open(&args.input)?;
    let hashed = holding.hash()?;
    let name = holding.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let papers = papers(&Subject::new(holding.held(), &hashed, &name), &args.lang.langs());
    for paper in &papers {
        NewFile::refuse_taken(&args.output.join(&paper.name))?;
    }
    make_folder(&args.output)?;
    let mut written = Vec::new();
    for paper in &papers {
        let path = args.output.join(&paper.name);
        write(&path, &paper.bytes)?;
        written.push(path);
    }
    let text = match args.json.json {
        true => json::text(&json::receipt::Receipt::new(&holding, &hashed, &written)),
        false => written.iter().map(|path| format!("written       {}\n", text::path(path))).collect(),
    };
    Ok(out::result(&text, 0))
}

fn make_folder(folder: &Path) -> Result<()> {
    match fs::create_dir(folder) {
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists => {
            Err(Error::of(format_args!("{}: not a folder", folder.display())).hint("name a folder"))
        }
        done => done.map_err(|err| Error::io(folder, &err)),
    }
}

/// A paper under its final name, whole and flushed or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut new = NewFile::create(path)?;
    io::Write::write_all(new.file(), bytes).map_err(|err| Error::io(path, &err))?;
    new.keep()
}
