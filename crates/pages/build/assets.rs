//! The assets as a table: name, bytes, compressed bytes, and the digest of all of them.
//!
//! Not what makes them (`cargo xtask web`) and not what delivers them (`src/assets.rs`). Invariants: `assets/SHA256SUMS` lists every file and each is
//! what it says; the table is in order of names; what is compressed is smaller.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};

/// What is not delivered by itself but stands in pages.
const INLINE: &str = "inline/";

/// The table's source; the compressed forms are written to `out`.
pub(crate) fn generate(folder: &Path, out: &Path) -> Result<String, Box<dyn Error>> {
    let sums = std::fs::read_to_string(folder.join("SHA256SUMS"))?;
    let (mut table, mut all) = (String::new(), Sha256::new());
    for line in sums.lines().filter(|line| !line.starts_with('#')) {
        let (sum, name) =
            line.split_once("  ").ok_or("assets/SHA256SUMS: a line is a digest, two spaces and a name")?;
        let path = folder.join(name);
        let bytes = std::fs::read(&path)?;
        if hex(&Sha256::digest(&bytes)) != sum {
            return Err(format!("assets/{name} is not what assets/SHA256SUMS says; run `cargo xtask web`").into());
        }
        if name.starts_with(INLINE) {
            continue;
        }
        all.update(line.as_bytes());
        let mut compressed = GzBuilder::new().write(Vec::new(), Compression::best());
        compressed.write_all(&bytes)?;
        let compressed = compressed.finish()?;
        let gzipped = if compressed.len() < bytes.len() {
            let file = out.join(format!("{name}.gz"));
            std::fs::write(&file, &compressed)?;
            format!("Some(include_bytes!({:?}))", file.display().to_string())
        } else {
            "None".to_owned()
        };
        let _ = writeln!(
            table,
            "    Asset {{ name: {name:?}, media_type: {:?}, bytes: include_bytes!({:?}), gzipped: {gzipped} }},",
            media_type(name)?,
            path.display().to_string()
        );
    }
    let digest = &hex(&all.finalize())[..16];
    Ok(format!(
        "/// The digest of all assets: they are delivered below it, so one that changes has another address.\n\
         pub const DIGEST: &str = {digest:?};\n\
         /// Every asset, in order of names.\n\
         pub static ASSETS: &[Asset] = &[\n{table}];\n"
    ))
}

fn media_type(name: &str) -> Result<&'static str, String> {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => Ok("text/css; charset=utf-8"),
        Some("js") => Ok("text/javascript; charset=utf-8"),
        Some("svg") => Ok("image/svg+xml"),
        Some("txt") => Ok("text/plain; charset=utf-8"),
        _ => Err(format!("assets/{name}: its media type is not known; add it in build/assets.rs")),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
