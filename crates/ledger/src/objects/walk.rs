//! Which tiles and bundles lie below a folder, for whoever audits one.
//!
//! Not here: what is in them. Invariants: nothing is followed out of the folder; what is below `tile/` is listed whatever it is
//! called, in order.

use std::fs;
use std::io;
use std::path::Path;

/// The paths of all files below `tile/` in `root`, as a log calls its objects.
///
/// # Errors
/// When a folder cannot be read.
pub fn tiles_below(root: &Path) -> io::Result<Vec<String>> {
    if root.join("tile").is_symlink() {
        return Err(io::Error::other("tile: a symbolic link stands in its place"));
    }
    let mut paths = Vec::new();
    let mut open = vec!["tile".to_owned()];
    while let Some(folder) = open.pop() {
        let entries = match fs::read_dir(root.join(&folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            match entry.file_type()?.is_dir() {
                true => open.push(path),
                false => paths.push(path),
            }
        }
    }
    paths.sort_unstable();
    Ok(paths)
}
