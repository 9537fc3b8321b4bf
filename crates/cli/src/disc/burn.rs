//! `counterpart disc burn IMAGE --drive DEV [--drive DEV2]`: both discs at once, read back, compared.
//!
//! Not the making of the image. Invariants: only an image that is whole is burned, and only to an empty disc; each drive
//! fails for itself; equality is said only after every byte of image and discs was read.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use clap::Args;

use super::judge::{Judged, Word};
use super::surface::{Surface, path_of};
use super::xorriso;
use crate::bits::{Differences, Equal, compare};
use crate::error::{Error, Result, plain};
use crate::files::{NewFile, Stamp, same_file, same_new_file};
use crate::render::line;
use crate::{json, out, signals, text};

/// `counterpart disc burn …`
#[derive(Args, Debug)]
pub(crate) struct BurnArgs {
    /// An image that "counterpart disc make" made
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// A drive with an empty disc in it, or stdio:FILE; twice for two discs at once
    #[arg(long = "drive", value_name = "DEV", required = true)]
    drives: Vec<PathBuf>,
    #[command(flatten)]
    json: json::Flag,
}

/// What became of one drive: why it failed, if it did.
pub(crate) struct Burned {
    pub(crate) drive: PathBuf,
    pub(crate) failed: Option<String>,
}

/// How a burning ended.
pub(crate) struct Burning {
    pub(crate) image: PathBuf,
    pub(crate) len_bytes: u64,
    pub(crate) drives: Vec<Burned>,
    /// Two discs were read back and are equal to each other.
    pub(crate) either: Option<Equal>,
}

pub(crate) fn run(args: &BurnArgs) -> Result<u8> {
    check_drives(&args.drives)?;
    signals::clean_up();
    let image = Image::check(&args.image)?;
    let len_bytes = image.len_bytes;
    xorriso::run(&[OsStr::new("-version")])?;
    let drives: Vec<Burned> = std::thread::scope(|scope| {
        let work = |drive: &PathBuf| {
            let (image, drive) = (&image, drive.clone());
            scope.spawn(move || {
                let failed = burn(image, &drive).err();
                Burned { drive, failed }
            })
        };
        let threads: Vec<_> = args.drives.iter().map(work).collect();
        let threads = threads.into_iter().zip(&args.drives);
        threads
            .map(|(thread, drive)| {
                thread.join().unwrap_or_else(|_| Burned {
                    drive: drive.clone(),
                    failed: Some("the program itself failed".to_owned()),
                })
            })
            .collect()
    });
    let mut burning = Burning { image: args.image.clone(), len_bytes, drives, either: None };
    compare_discs(&mut burning);
    let exit = u8::from(burning.drives.iter().any(|drive| drive.failed.is_some()));
    let text = match args.json.json {
        true => json::text(&json::disc::Burn::new(&burning, exit)),
        false => human(&burning),
    };
    Ok(out::result(&text, exit))
}

fn check_drives(drives: &[PathBuf]) -> Result<()> {
    if let [a, b] = drives
        && (path_of(a) == path_of(b) || same_file(&path_of(a), &path_of(b)) || same_new_file(&path_of(a), &path_of(b)))
    {
        return Err(Error::of(format_args!("{} and {} are the same drive", a.display(), b.display()))
            .hint("name two drives, or one"));
    }
    if drives.len() > 2 {
        return Err(Error::of("more than two drives").hint("a recording has two sides: name one drive or two"));
    }
    for drive in drives {
        let path = path_of(drive);
        let is_device = path.metadata().is_ok_and(|meta| meta.file_type().is_block_device());
        if path == *drive && !is_device {
            return Err(Error::of(format_args!("{}: not a drive", drive.display()))
                .hint("name a drive such as /dev/sr0; a file that stands for one is stdio:FILE"));
        }
        if path != *drive {
            NewFile::refuse_taken(&path)?;
            if std::path::absolute(&path).is_ok_and(|path| path.starts_with("/dev") && !path.starts_with("/dev/shm")) {
                return Err(Error::of(format_args!("{}: no drive is there", path.display()))
                    .hint("name a drive such as /dev/sr0; a file that stands for one is stdio:FILE"));
            }
        }
    }
    Ok(())
}

/// An image that was judged, open: what is burned is compared with this file, and not with what has its name by then.
struct Image {
    path: PathBuf,
    surface: Surface,
    stamp: Stamp,
    len_bytes: u64,
}

impl Image {
    fn check(path: &Path) -> Result<Image> {
        let unread = |err: std::io::Error| Error::io(path, &err);
        let mut surface = Surface::open(path).map_err(unread)?;
        let stamp = surface.stamp().map_err(unread)?;
        let judged = Judged::surface(path, &mut surface);
        if judged.exit_code() == 0 {
            let len_bytes = judged.len_bytes().unwrap_or_default();
            return Ok(Image { path: path.to_owned(), surface, stamp, len_bytes });
        }
        let why = match (&judged.recording, judged.word) {
            (Some(recording), Word::Whole) => crate::sentence::of(recording).1,
            _ => format!("{}: {}", judged.word.name(), judged.faults.join("; ")),
        };
        Err(Error::of(format_args!("{}: {why}", path.display()))
            .hint("make the image again: counterpart disc make COPY -o IMAGE.iso"))
    }

    /// Whether nobody has written to it since it was judged.
    fn is_untouched(&self) -> bool {
        self.surface.stamp().is_ok_and(|stamp| stamp == self.stamp)
    }
}

/// Burns one disc and reads it back. The error is a clause. A file that stands for a drive has its name when it is whole.
fn burn(image: &Image, drive: &Path) -> std::result::Result<(), String> {
    let path = path_of(drive);
    if path == drive {
        write(&image.path, drive)?;
        return read_back(image, drive);
    }
    let said = |err: Error| err.what().to_owned();
    let new = NewFile::create(&path).map_err(said)?;
    let mut part = OsString::from("stdio:");
    part.push(new.part());
    write(&image.path, Path::new(&part))?;
    read_back(image, new.part())?;
    new.keep().map_err(said)
}

fn write(image: &Path, drive: &Path) -> std::result::Result<(), String> {
    const BLANK: &str = "Media status : is blank";
    let drive = absolute(drive);
    let call = |args: &[&OsStr]| xorriso::run(args).map_err(|err| err.what().to_owned());
    let output = call(&[OsStr::new("-outdev"), &drive, OsStr::new("-toc")])?;
    let told = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).contains(BLANK));
    if !output.status.success() {
        return Err(xorriso::complaint(&output));
    }
    if !told.contains(&true) {
        return Err("the disc in it is not empty".to_owned());
    }
    let mut dev = OsString::from("dev=");
    dev.push(&drive);
    let image = std::path::absolute(image).unwrap_or_else(|_| image.to_owned());
    let options = ["-as", "cdrecord", "-v"].map(OsStr::new);
    let output =
        call(&[&options[..], &[&dev, OsStr::new("-dao"), OsStr::new("padsize=0"), image.as_os_str()]].concat())?;
    if output.status.success() { Ok(()) } else { Err(xorriso::complaint(&output)) }
}

/// A drive by a path that means the same wherever it is said.
fn absolute(drive: &Path) -> OsString {
    let path = path_of(drive);
    let whole = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
    let mut name = OsString::from(if path == drive { "" } else { "stdio:" });
    name.push(whole);
    name
}

fn read_back(image: &Image, disc: &Path) -> std::result::Result<(), String> {
    let unread = |err: std::io::Error| format!("it cannot be read back: {}", plain(&err));
    let file = std::fs::File::open(disc).map_err(unread)?;
    // A drive has nothing to flush; a file is on its disk before it is read.
    let _ = file.sync_all();
    let mut burned = Surface::open(disc).map_err(unread)?;
    let mut meant = image.surface.again().map_err(|err| format!("the image cannot be read: {}", plain(&err)))?;
    let found = compare(&mut meant, &mut burned, image.len_bytes).map_err(unread)?;
    match found.equal() {
        Some(_) if image.is_untouched() => Ok(()),
        Some(_) => Err("the image was changed while it was burned".to_owned()),
        None => Err(format!("it is not what was burned: {}", differing(&found))),
    }
}

fn differing(found: &Differences) -> String {
    text::count(found.bytes, "byte") + " differ"
}

/// With each other, after each with the image: nothing is concluded that was not read.
fn compare_discs(burning: &mut Burning) {
    let [a, b] = burning.drives.as_mut_slice() else { return };
    if a.failed.is_some() || b.failed.is_some() {
        return;
    }
    let both = |a: &Path, b: &Path| {
        compare(&mut Surface::open(&path_of(a))?, &mut Surface::open(&path_of(b))?, burning.len_bytes)
    };
    match both(&a.drive, &b.drive) {
        Ok(found) if found.equal().is_some() => burning.either = found.equal(),
        Ok(found) => {
            let why = format!("the two discs are not the same: {}", differing(&found));
            (a.failed, b.failed) = (Some(why.clone()), Some(why));
        }
        Err(err) => {
            let why = format!("the two discs cannot be compared: {}", plain(&err));
            (a.failed, b.failed) = (Some(why.clone()), Some(why));
        }
    }
}

fn human(burning: &Burning) -> String {
    let mut lines = String::new();
    for drive in &burning.drives {
        let path = text::path(&drive.drive);
        match &drive.failed {
            None => line(&mut lines, "burned", &format!("{path}, read back, equal to the image")),
            Some(why) => line(&mut lines, "NOT BURNED", &format!("{path}: {}", text::visible(why))),
        }
    }
    if burning.either.is_some() {
        lines.push_str("\nThe two discs are equal to the bit. You may choose either.\n");
    }
    lines
}
