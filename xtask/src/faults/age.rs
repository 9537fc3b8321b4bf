//! The public vectors of age, each as a device key behind a passphrase, through the real program.
//!
//! The vectors are those that the age library's own package carries. Invariants: what is to open with its passphrase opens (and is then
//! no device key); nothing else opens, keys of other kinds among them; what does not begin as a plain age file is not taken for one.
//! Why the program and not the library: it is the program's answer that counts.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use super::{Found, Ground};
use crate::repository::metadata;

const PLAIN_START: &[u8] = b"age-encryption.org/v1\n";

/// One vector.
struct Vector {
    opens: bool,
    passphrase: String,
    file: Vec<u8>,
}

pub(super) fn step(ground: &Ground) -> anyhow::Result<Found> {
    let folder = ground.fresh("age")?;
    let (mut opened, mut refused, mut not_plain, mut packed, mut wrong) = (0, 0, 0, 0, Vec::new());
    for entry in std::fs::read_dir(vectors()?)? {
        let path = entry?.path();
        let Some(vector) = Vector::read(&std::fs::read(&path)?) else {
            packed += 1;
            continue;
        };
        let said = ask(ground, &folder, &vector)?;
        let plain = vector.file.starts_with(PLAIN_START);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match (said.contains("this is not a device key"), vector.opens, plain) {
            (true, true, true) => opened += 1,
            (true, _, false) => not_plain += 1,
            (false, false, true) if said.contains("does not open") || said.contains("more work") => refused += 1,
            _ => wrong.push(format!("{name}: {said}")),
        }
    }
    std::fs::remove_dir_all(&folder)?;
    ensure!(opened > 0 && refused > 0, "{opened} vectors opened and {refused} did not: these are not the vectors");
    let mut text = format!(
        "{opened} age vectors opened, {refused} refused, {not_plain} not taken for age files (armoured, of another version); \
         {packed} are packed or need no key, and were not tried"
    );
    for complaint in &wrong {
        text += &format!("\nBROKEN: {complaint}");
    }
    Ok(Found { text, held: wrong.is_empty() })
}

/// Where the library's package keeps them.
fn vectors() -> anyhow::Result<PathBuf> {
    let metadata = metadata(&[])?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let age = packages.iter().find(|package| package["name"] == "age").context("age is no dependency")?;
    let manifest = age["manifest_path"].as_str().context("a package has a manifest")?;
    let folder = Path::new(manifest).with_file_name("tests").join("testdata").join("testkit");
    ensure!(folder.is_dir(), "the age package does not carry its vectors");
    Ok(folder)
}

impl Vector {
    /// Lines of what is known, an empty line, the file; `None` where the file is packed.
    fn read(bytes: &[u8]) -> Option<Vector> {
        let split = bytes.windows(2).position(|pair| pair == b"\n\n")?;
        let head = std::str::from_utf8(&bytes[..split]).ok()?;
        let values = |name: &str| {
            head.lines()
                .filter_map(|line| line.split_once(": "))
                .filter(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned())
                .collect::<Vec<_>>()
        };
        if !values("compressed").is_empty() {
            return None;
        }
        let passphrases = values("passphrase");
        let opens = values("expect") == ["success"] && !passphrases.is_empty();
        let passphrase = passphrases.into_iter().next().unwrap_or_else(|| "password".to_owned());
        Some(Vector { opens, passphrase, file: bytes[split + 2..].to_vec() })
    }
}

/// What the program says of it as a key.
fn ask(ground: &Ground, folder: &Path, vector: &Vector) -> anyhow::Result<String> {
    let path = folder.join("device.key");
    std::fs::write(&path, &vector.file)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    let mut command = Command::new(&ground.counterpart);
    command.args(["device", "show", "--file"]).arg(&path).env("COUNTERPART_PASSPHRASE", &vector.passphrase);
    let output = command.stdin(Stdio::null()).output().context("the program could not be started")?;
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[cfg(test)]
mod tests {
    use super::Vector;

    #[test]
    fn a_vector_is_taken_apart() {
        let vector = Vector::read(b"expect: success\npassphrase: x\n\nage\n\nbody").unwrap();
        assert!(vector.opens && vector.passphrase == "x" && vector.file == b"age\n\nbody");
        assert!(!Vector::read(b"expect: header failure\npassphrase: x\n\nage").unwrap().opens);
        assert!(!Vector::read(b"expect: success\nidentity: y\n\nage").unwrap().opens);
        assert!(Vector::read(b"expect: success\ncompressed: zlib\n\nage").is_none());
    }
}
