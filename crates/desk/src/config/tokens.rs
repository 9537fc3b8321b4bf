//! Who may submit: names and digests of tokens, one to a line, `name hex(SHA-256 of the token)`.
//!
//! Not passwords of people: a token is 32 bytes of chance, given to a program. Invariants: a token itself is never kept, printed
//! again or logged; every digest is compared in full, so that time tells nothing; a name stands once.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::{files, text};

/// The longest file that is read.
const FILE_BYTES_MAX: usize = 1 << 20;

/// The longest name.
const NAME_BYTES_MAX: usize = 200;

/// The tokens that are known.
#[derive(Debug)]
pub(crate) struct Tokens {
    known: Vec<(String, [u8; 32])>,
}

/// Whose token it was: a place in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Client(pub(crate) usize);

impl Tokens {
    /// Reads the file.
    pub(crate) fn read(path: &Path) -> Result<Tokens> {
        let text = files::read(path)?;
        let tokens =
            Tokens::parse(&text).map_err(|what| Error::of(format_args!("{}: {what}", path.display())).hint(HINT))?;
        if tokens.known.is_empty() {
            return Err(Error::of(format_args!("{}: there is no token in it", path.display())).hint(HINT));
        }
        Ok(tokens)
    }

    fn parse(text: &str) -> std::result::Result<Tokens, String> {
        let mut known: Vec<(String, [u8; 32])> = Vec::new();
        if text.len() > FILE_BYTES_MAX {
            return Err("longer than 1 MiB".into());
        }
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |what: &str| format!("line {}: {what}", at + 1);
            let (name, digest) = line.split_once(' ').ok_or(wrong("not a name and a digest"))?;
            let digest = unhex32(digest.trim()).ok_or(wrong("the digest is not 64 hexadecimal digits"))?;
            if known.iter().any(|(other, held)| other == name || *held == digest) {
                return Err(wrong("this name or token is there already"));
            }
            known.push((name.to_owned(), digest));
        }
        Ok(Tokens { known })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// Whose token this is.
    pub(crate) fn client(&self, token: &[u8]) -> Option<Client> {
        let digest = Sha256::digest(token);
        let (mut place, mut found) = (0u64, Choice::from(0));
        for (at, (_, known)) in self.known.iter().enumerate() {
            let same = known[..].ct_eq(&digest[..]);
            place.conditional_assign(&(at as u64), same);
            found |= same;
        }
        bool::from(found).then_some(Client(usize::try_from(place).unwrap_or_default()))
    }

    /// Makes a token for `name`, adds its digest to the file and gives the token out, once.
    pub(crate) fn make(path: &Path, name: &str) -> Result<Zeroizing<String>> {
        let is_fit = !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.starts_with('#');
        if !is_fit || name.contains(char::is_whitespace) || text::visible(name) != name {
            let what =
                format!("a name has 1 to {NAME_BYTES_MAX} bytes, nothing blank or invisible, and no # before it");
            return Err(Error::of(what).hint("name it after the program"));
        }
        let file = std::fs::OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path);
        let mut file = file.map_err(|err| Error::io(path, &err))?;
        // Of two at once the second sees what the first wrote.
        file.lock().map_err(|err| Error::io(path, &err))?;
        let before = files::read_from(path, Ok(&file))?;
        let wrong = |what| Error::of(format_args!("{}: {what}", path.display()));
        Tokens::parse(&before).map_err(|what| wrong(what).hint("put that line right, or name another file"))?;
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut seed[..])
            .map_err(|err| Error::of(format_args!("no chance to be had: {err}")).hint("check the system"))?;
        let token = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(&seed[..]));
        let line_feed = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
        let line = format!("{line_feed}{name} {}\n", text::hex(&Sha256::digest(token.as_bytes())));
        let whole = Tokens::parse(&format!("{before}{line}"));
        whole.map_err(|what| wrong(what).hint("choose another name"))?;
        let written = file.write_all(line.as_bytes()).and_then(|()| file.sync_all());
        written.map_err(|err| Error::io(path, &err))?;
        Ok(token)
    }
}

const HINT: &str = "make one: counterpartd token --tokens FILE --name NAME";

fn unhex32(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text.bytes().map(|b| (b as char).to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    if digits.len() == 64 { bytes.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_digest_and_the_file_never_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        let (one, two) = (Tokens::make(&path, "one").unwrap(), Tokens::make(&path, "two").unwrap());
        let tokens = Tokens::read(&path).unwrap();
        assert_eq!(tokens.client(one.as_bytes()), Some(Client(0)));
        assert_eq!(tokens.client(two.as_bytes()), Some(Client(1)));
        for wrong in ["", "one", &one[1..], &format!("{}x", *one)] {
            assert_eq!(tokens.client(wrong.as_bytes()), None);
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains(one.as_str()) && !text.contains(two.as_str()));
        assert!(Tokens::make(&path, "one").is_err(), "a name stands once");
        for bad in ["a b", "", "#a", "a\n"] {
            assert!(Tokens::make(&path, bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_file_is_whole_or_an_error_with_its_line() {
        let digest = "00".repeat(32);
        for (text, wrong) in [
            ("# nothing\n\n".to_owned(), None),
            (format!("a {digest}\n"), None),
            ("a".to_owned(), Some("line 1: not a name and a digest")),
            (format!("\na {digest}0"), Some("line 2: the digest is not 64 hexadecimal digits")),
            (format!("a {digest}\nb {digest}"), Some("line 2: this name or token is there already")),
        ] {
            assert_eq!(Tokens::parse(&text).err().as_deref(), wrong, "{text}");
        }
    }
}
