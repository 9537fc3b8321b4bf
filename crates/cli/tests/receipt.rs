//! Receipts and read-mes through the real program: the QR code read back by another program, hostile texts, both languages.
//!
//! Not how a page looks to the eye. Invariants: the digest on the page is what `sha256sum` gives; the page has no script and
//! no address outside itself, whatever a recording holds; printed, it is one sheet.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::sound::{self, Shape};
use support::{Bench, need, run, shown, tool};

const SHAPE: Shape = Shape { rate_hz: 8_000, bits: 16, tracks: 2, millis: 2_500 };
const PAPERS: [&str; 4] = ["receipt", "read-me", "derbynneb", "darllenwch-fi"];
const HOSTILE: &str = "</bdi></dd><script>alert(1)</script><img src=x onerror=alert(1)> \u{202e}desrever\u{202c} & \"'";

/// A recording about hostile texts, each as long as they can be told apart.
fn recorded(hostile: bool) -> Bench {
    need(&[("sox", "sox")]);
    let bench = Bench::default();
    sound::write(&bench.path(""), "in.wav", SHAPE);
    let text = if hostile { HOSTILE.repeat(20) } else { "Room 2".to_owned() };
    let text = text.replace('"', "\\\"");
    let about: String =
        ["parties", "place", "appointment", "agreement"].map(|field| format!("{field} = \"{text}\"\n")).concat();
    std::fs::write(bench.path("about.toml"), about).unwrap();
    let done = run(&mut bench.record("in.wav", &["--about", "about.toml"]));
    assert_eq!(done.code, Some(0), "{done:?}");
    bench
}

fn receipts(bench: &Bench) -> PathBuf {
    let done = run(&mut bench.counterpart(&["receipt", "a", "-o", "papers", "--lang", "cy", "--lang", "en"]));
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{done:?}");
    bench.path("papers")
}

fn sha256(path: &Path) -> String {
    let said = tool("sha256sum", &[shown(path)]).unwrap();
    String::from_utf8(said).unwrap().split(' ').next().unwrap().to_owned()
}

/// A page as Chromium makes it: an option that says what, and the file.
fn chromium(option: &str, page: &Path, more: &[&str]) {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new("chromium");
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", option]).args(more);
    command.arg(format!("--user-data-dir={}", home.path().display())).arg(format!("file://{}", page.display()));
    let done = run(&mut command);
    assert_eq!(done.code, Some(0), "{done:?}");
}

#[test]
fn the_digest_is_on_the_page_and_in_the_code() {
    need(&[("zbarimg", "zbar-tools"), ("chromium", "chromium")]);
    let bench = recorded(false);
    let papers = receipts(&bench);
    let digest = sha256(&bench.copy("a"));
    let checked = bench.check("a", &["complete"]).unwrap();
    for name in ["receipt", "derbynneb"] {
        let (text, html) = (papers.join(format!("{name}.txt")), papers.join(format!("{name}.html")));
        for path in [&text, &html] {
            let page = std::fs::read_to_string(path).unwrap();
            for fact in ["words", "recording", "digits"] {
                assert!(page.contains(checked.evidence[fact].as_str().unwrap()), "{}: {fact}", path.display());
            }
            assert!(page.contains(&digest) && page.contains("Room 2"), "{}", path.display());
        }
        let picture = papers.join(format!("{name}.png"));
        chromium(&format!("--screenshot={}", picture.display()), &html, &["--window-size=1000,1500"]);
        let read = run(Command::new("zbarimg").args(["--quiet", "--raw"]).arg(&picture));
        assert_eq!(read.out.trim(), digest, "{read:?}");
    }
}

#[test]
fn hostile_texts_harm_no_page_and_it_stays_one_sheet() {
    need(&[("pdfinfo", "poppler-utils"), ("chromium", "chromium")]);
    let bench = recorded(true);
    let papers = receipts(&bench);
    for name in PAPERS {
        let text = std::fs::read_to_string(papers.join(format!("{name}.txt"))).unwrap();
        assert!(!text.chars().any(|c| c.is_control() && c != '\n') && !text.contains('\u{202e}'), "{name}");
        let path = papers.join(format!("{name}.html"));
        let html = std::fs::read_to_string(&path).unwrap();
        for never in
            ["<script", "<img", "<link", "<iframe", "http://", "https://", "\u{202e}", "url(", "onerror=alert(1)>"]
        {
            let named = html.replace("http://www.w3.org/2000/svg", "");
            assert!(!named.contains(never), "{name}: {never}");
        }
        let pdf = papers.join(format!("{name}.pdf"));
        chromium(&format!("--print-to-pdf={}", pdf.display()), &path, &[]);
        let info = String::from_utf8(tool("pdfinfo", &[shown(&pdf)]).unwrap()).unwrap();
        assert!(info.lines().any(|line| line.starts_with("Pages:") && line.ends_with(" 1")), "{name}: {info}");
    }
}

#[test]
fn the_same_copy_gives_the_same_papers() {
    let bench = recorded(false);
    let first = receipts(&bench);
    let again = run(&mut bench.counterpart(&["receipt", "b", "-o", "again", "--lang", "en", "--lang", "cy"]));
    assert_eq!(again.code, Some(0), "{again:?}");
    for name in PAPERS {
        for ending in ["txt", "html"] {
            let name = format!("{name}.{ending}");
            let [one, two] = [&first, &bench.path("again")].map(|folder| std::fs::read(folder.join(&name)).unwrap());
            assert_eq!(one, two, "{name}");
        }
    }
}

#[test]
fn of_a_part_it_says_which_part_and_what_is_not_shown() {
    let bench = recorded(false);
    for args in [
        &["excerpt", "a", "--from", "0", "--to", "1", "-o", "part.flac", "--reveal", "place"][..],
        &["redact", "a", "--mute-track", "2:0-1", "-o", "it's; muted.flac"],
    ] {
        assert_eq!(run(&mut bench.counterpart(args)).code, Some(0));
    }
    for (file, papers, facts) in [
        ("part.flac", "one", &["In this file: 0:00–0:01", "Not shown: Who took part, Appointment, Agreement"][..]),
        (
            "it's; muted.flac",
            "two",
            &["Muted: 0:00–0:01 (track 2)", r"counterpart verify 'it'\''s; muted.flac'", "Where"],
        ),
    ] {
        let done = run(&mut bench.counterpart(&["receipt", file, "-o", papers]));
        assert_eq!(done.code, Some(0), "{done:?}");
        let page = std::fs::read_to_string(bench.path(papers).join("receipt.txt")).unwrap();
        assert!(facts.iter().all(|fact| page.contains(fact)), "{facts:?}: {page}");
        assert_eq!(page.contains("Room 2"), file == "part.flac", "{page}");
    }
}
