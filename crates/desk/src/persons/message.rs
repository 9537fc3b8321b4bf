//! The one mail there is: a link to sign in, as text that any mail program reads (RFC 5322).
//!
//! Not its way (`post.rs`).
//! Invariants: nothing of any case stands in it, nor who the office is but by its address on the web; no line is longer than mail takes but that of the link.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use casework::access::MailAddress;
use pages::wording;

use super::LANGUAGE;
use crate::error::{Error, Result};

/// The longest line of words, but for a word that is longer.
const LINE_LEN_MAX: usize = 72;

/// A mail.
pub(super) struct Message<'a> {
    pub(super) from: &'a MailAddress,
    pub(super) to: &'a str,
    pub(super) id: &'a str,
    pub(super) at_us: i64,
    pub(super) link: &'a str,
}

impl Message<'_> {
    /// Its text, each line ended as mail has it.
    pub(super) fn text(&self) -> Result<String> {
        let at =
            jiff::Timestamp::from_microsecond(self.at_us).map_err(|err| Error::of(err).hint("put the clock right"))?;
        let subject = wording::mail_link_subject(LANGUAGE);
        let mut lines = vec![
            format!("From: <{}>", self.from.as_str()),
            format!("To: <{}>", self.to),
            format!("Subject: {}", header(subject.as_str())),
            format!("Date: {}", at.strftime("%a, %d %b %Y %H:%M:%S +0000")),
            format!("Message-ID: <{}@{}>", self.id, self.from.domain()),
            "Auto-Submitted: auto-generated".to_owned(),
            "MIME-Version: 1.0".to_owned(),
            "Content-Type: text/plain; charset=utf-8".to_owned(),
            "Content-Transfer-Encoding: 8bit".to_owned(),
            String::new(),
        ];
        lines.extend(wrapped(wording::mail_link_why(LANGUAGE).as_str()));
        lines.extend([String::new(), self.link.to_owned(), String::new()]);
        for words in [
            wording::mail_link_code(LANGUAGE),
            wording::mail_link_holds(LANGUAGE),
            wording::mail_link_not_you(LANGUAGE),
        ] {
            lines.extend(wrapped(words.as_str()));
            lines.push(String::new());
        }
        Ok(lines.join("\r\n"))
    }
}

/// Words of a header: what is no ASCII is encoded (RFC 2047).
fn header(words: &str) -> String {
    let is_plain = words.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if is_plain { words.to_owned() } else { format!("=?UTF-8?B?{}?=", BASE64_STANDARD.encode(words)) }
}

fn wrapped(words: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        let line = lines.last_mut().expect("there is a first one");
        let is_full = !line.is_empty() && line.chars().count() + 1 + word.chars().count() > LINE_LEN_MAX;
        match is_full {
            true => lines.push(word.to_owned()),
            false if line.is_empty() => line.push_str(word),
            false => {
                line.push(' ');
                line.push_str(word);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_text_that_any_program_reads() {
        let from = MailAddress::read("desk@office.example").unwrap();
        let link = "https://desk.example/me/link/abc";
        let message = Message { from: &from, to: "ann@mail.example", id: "00ff", at_us: 1_767_225_600_000_000, link };
        let text = message.text().unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        for line in [
            "From: <desk@office.example>",
            "To: <ann@mail.example>",
            "Date: Thu, 01 Jan 2026 00:00:00 +0000",
            "Message-ID: <00ff@office.example>",
        ] {
            assert!(head.lines().any(|found| found == line), "{line}: {head}");
        }
        assert!(text.split("\r\n").all(|line| line.len() <= 78 && !line.contains(['\n', '\r'])), "{text}");
        assert_eq!(body.split("\r\n").filter(|line| *line == link).count(), 1);
        assert_eq!(header("Eich dolen \u{175}"), "=?UTF-8?B?RWljaCBkb2xlbiDFtQ==?=");
    }
}
