//! Which disk a folder lies on, as far as the system tells: two partitions of one stick are one stick.
//!
//! Not a mount table of its own. Invariants: what cannot be found out is not guessed, then only device numbers are
//! compared; encrypted and stacked devices (LUKS, LVM, RAID) are followed down to the disks below them.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Deeper stacks there are none.
const DEPTH_MAX: usize = 8;

/// Why two folders are not two media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shared {
    /// One file system.
    Device,
    /// Two file systems on one disk.
    Disk,
}

/// What two folders share, by their metadata and what the system knows of the devices.
pub(super) fn shared(a: &Path, b: &Path) -> std::io::Result<Option<Shared>> {
    let (dev_a, dev_b) = (a.metadata()?.dev(), b.metadata()?.dev());
    if dev_a == dev_b {
        return Ok(Some(Shared::Device));
    }
    let mounts = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    let sys = Path::new("/sys");
    let disks = |folder: &Path, dev: u64| {
        let of_number = disks_of(sys, dev);
        if of_number.is_empty() {
            source(folder, &mounts).map_or(of_number, |dev| disks_of(sys, dev))
        } else {
            of_number
        }
    };
    let one_disk = !disks(a, dev_a).is_disjoint(&disks(b, dev_b));
    Ok(one_disk.then_some(Shared::Disk))
}

/// The whole disks that a block device consists of.
fn disks_of(sys: &Path, dev: u64) -> BTreeSet<PathBuf> {
    let mut disks = BTreeSet::new();
    let name = format!("{}:{}", rustix::fs::major(dev), rustix::fs::minor(dev));
    if let Ok(device) = sys.join("dev/block").join(name).canonicalize() {
        add_disks(&device, &mut disks, DEPTH_MAX);
    }
    disks
}

fn add_disks(device: &Path, disks: &mut BTreeSet<PathBuf>, depth: usize) {
    let is_part = device.join("partition").exists();
    let whole = if is_part { device.parent().unwrap_or(device) } else { device };
    let below = std::fs::read_dir(device.join("slaves")).into_iter().flatten().flatten();
    let below: Vec<PathBuf> = below.filter_map(|slave| slave.path().canonicalize().ok()).collect();
    if below.is_empty() || depth == 0 {
        // Two loop devices can be one file.
        let file = std::fs::read(whole.join("loop/backing_file")).ok();
        disks.insert(file.map_or_else(|| whole.to_owned(), |file| PathBuf::from(OsString::from_vec(file))));
    }
    below.iter().filter(|_| depth > 0).for_each(|slave| add_disks(slave, disks, depth - 1));
}

/// The device that a folder's file system was mounted from: some have numbers of their own (btrfs, FUSE).
fn source(folder: &Path, mounts: &[u8]) -> Option<u64> {
    let folder = folder.canonicalize().ok()?;
    let meta = source_in(&folder, mounts)?.metadata().ok()?;
    meta.file_type().is_block_device().then(|| meta.rdev())
}

/// `36 35 98:0 /root /mount/point options - type source options`: the last of the longest mount point that fits.
fn source_in(folder: &Path, mounts: &[u8]) -> Option<PathBuf> {
    let of_line = |line: &[u8]| {
        let fields: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
        let point = unescaped(fields.get(4)?);
        let dash = fields.iter().position(|field| *field == b"-")?;
        folder.starts_with(&point).then(|| (point, unescaped(fields.get(dash + 2).copied().unwrap_or_default())))
    };
    let fitting = mounts.split(|byte| *byte == b'\n').filter_map(of_line);
    fitting.max_by_key(|(point, _)| point.as_os_str().as_bytes().len()).map(|(_, source)| source)
}

/// `\040` is a space there.
fn unescaped(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::new();
    let mut rest = field;
    while let Some((first, behind)) = rest.split_first() {
        let octal = behind.get(..3).filter(|_| *first == b'\\');
        let number = octal.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(number.unwrap_or(*first));
        rest = if number.is_some() { &behind[3..] } else { behind };
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn partitions_and_what_is_stacked_on_them_are_traced_to_their_disk() {
        let dir = tempfile::tempdir().unwrap();
        let sys = dir.path().canonicalize().unwrap();
        let device = |number: &str, path: &str, is_part: bool| {
            let path = sys.join("devices").join(path);
            fs::create_dir_all(&path).unwrap();
            if is_part {
                fs::write(path.join("partition"), "1").unwrap();
            }
            fs::create_dir_all(sys.join("dev/block")).unwrap();
            symlink(&path, sys.join("dev/block").join(number)).unwrap();
            path
        };
        let disk = device("8:16", "sdb", false);
        device("8:17", "sdb/sdb1", true);
        let second = device("8:18", "sdb/sdb2", true);
        let other = device("8:32", "sdc", false);
        for (number, name) in [("7:0", "loop0"), ("7:1", "loop1")] {
            let path = device(number, name, false).join("loop");
            fs::create_dir(&path).unwrap();
            fs::write(path.join("backing_file"), "/disk.img\n").unwrap();
        }
        let image = PathBuf::from("/disk.img\n");
        let encrypted = device("253:0", "dm-0", false);
        fs::create_dir(encrypted.join("slaves")).unwrap();
        symlink(&second, encrypted.join("slaves/sdb2")).unwrap();
        let wanted = [
            ((8, 16), &disk),
            ((8, 17), &disk),
            ((8, 18), &disk),
            ((8, 32), &other),
            ((253, 0), &disk),
            ((7, 0), &image),
            ((7, 1), &image),
        ];
        for (number, wanted) in wanted {
            let found = disks_of(&sys, rustix::fs::makedev(number.0, number.1));
            assert_eq!(found, BTreeSet::from([wanted.clone()]), "{number:?}");
        }
        assert!(disks_of(&sys, rustix::fs::makedev(0, 45)).is_empty());
    }

    #[test]
    fn the_innermost_mount_tells_the_source() {
        let mounts = b"22 1 254:0 / / rw - ext4 /dev/vda rw\n\
                       40 22 0:41 / /media/My\\040Stick rw shared:1 master:2 - btrfs /dev/sdb1 rw\n\
                       41 22 0:42 / /media rw - tmpfs none rw\n";
        let source = |folder: &str| source_in(Path::new(folder), mounts).unwrap();
        assert_eq!(source("/media/My Stick/sub"), Path::new("/dev/sdb1"));
        assert_eq!(source("/media/other"), Path::new("none"));
        assert_eq!(source("/home"), Path::new("/dev/vda"));
    }
}
