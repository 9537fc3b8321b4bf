//! A path as a word that a POSIX shell takes for it: for hints that can be pasted.
//!
//! It runs nothing. Invariants: the word stands for exactly the bytes given (but for line ends at their very
//! end), is never an option, and holds no character that steers a terminal.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The word for a path.
#[must_use]
pub fn word(path: impl AsRef<OsStr>) -> String {
    let bytes = path.as_ref().as_bytes();
    // A name that begins like an option would be taken for one.
    let prefix = if bytes.starts_with(b"-") { "./" } else { "" };
    match std::str::from_utf8(bytes) {
        Ok(text) if text.chars().any(is_hidden) => printed(prefix, bytes),
        Ok(text) if !text.is_empty() && text.bytes().all(is_plain) => format!("{prefix}{text}"),
        Ok(text) => format!("'{prefix}{}'", text.replace('\'', r"'\''")),
        Err(_) => printed(prefix, bytes),
    }
}

/// Whether a character steers a terminal, ends a line, or cannot be seen.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/._-+:,@%".contains(&byte)
}

/// What cannot stand between quotes and be read: the shell's own `printf` makes it from octal numbers.
fn printed(prefix: &str, bytes: &[u8]) -> String {
    let octal = |byte: &u8| match *byte {
        byte if byte != b'%' && is_plain(byte) => char::from(byte).to_string(),
        byte => format!("\\{byte:03o}"),
    };
    format!("\"$(printf '{prefix}{}')\"", bytes.iter().map(octal).collect::<String>())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn words_read_well() {
        for (path, wanted) in [
            ("a/recording.flac", "a/recording.flac"),
            ("", "''"),
            ("two words", "'two words'"),
            ("it's", r"'it'\''s'"),
            ("Zimmer №4", "'Zimmer №4'"),
            ("~", "'~'"),
            ("-rf", "./-rf"),
            ("\u{1b}[2J%", r#""$(printf '\033\1332J\045')""#),
        ] {
            assert_eq!(word(path), wanted);
        }
    }

    #[test]
    fn a_shell_takes_every_word_for_its_path() {
        let names: [&[u8]; 12] = [
            b"plain",
            b"two words",
            b"it's",
            b"\"$HOME\" `id` \\n",
            b"*?[a]",
            b"~",
            b"-n",
            b"- 'x'",
            "Zimmer \u{2116} 4".as_bytes(),
            b"\x1b[2J\nb%s\\101",
            b"caf\xe9 9",
            "\u{202e}fed".as_bytes(),
        ];
        for name in names {
            let script = format!("printf %s {}", word(OsStr::from_bytes(name)));
            let said = std::process::Command::new("sh").args(["-c", &script]).output().unwrap().stdout;
            assert_eq!(said.strip_prefix(b"./").unwrap_or(&said), name, "{script}");
            assert!(!script.chars().any(is_hidden));
        }
    }
}
