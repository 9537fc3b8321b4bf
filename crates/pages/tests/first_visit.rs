//! A person's first visit: how many bytes it transfers, what the browser may do, and that the page needs no script.
//!
//! Not how long it takes. Invariants: at most 100 KiB with everything the page asks for (F13); nothing is asked for elsewhere; no inline script but the
//! one that the policy names by its hash.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pages::assets::{self, ASSETS};
use pages::wording::Language;
use pages::{policy, welcome};
use sha2::{Digest, Sha256};

/// F13, transferred at the first visit.
const FIRST_VISIT_BYTES_MAX: usize = 100 * 1024;
/// What an answer's head takes, generously.
const HEAD_BYTES: usize = 700;

/// The addresses of a document's own attributes `href` and `src` that are loaded with it.
fn asked_for(html: &str) -> Vec<&str> {
    let tags =
        html.split('<').filter(|tag| tag.starts_with("link ") || tag.starts_with("script ") || tag.starts_with("img "));
    tags.filter_map(|tag| {
        let (_, after) = tag.split_once("href=\"").or_else(|| tag.split_once("src=\""))?;
        Some(after.split_once('"')?.0)
    })
    .collect()
}

fn asset(path: &str) -> &'static assets::Asset {
    let (digest, name) = path.strip_prefix("/assets/").unwrap().split_once('/').unwrap();
    assets::find(digest, name).unwrap_or_else(|| panic!("{path} is asked for and not there"))
}

/// What the script imports beside itself.
fn imported(script: &assets::Asset) -> Option<&'static assets::Asset> {
    let text = std::str::from_utf8(script.bytes).unwrap();
    let (_, after) = text.split_once("from './")?;
    assets::find(assets::DIGEST, after.split_once('\'')?.0)
}

#[test]
fn the_first_visit_is_light() {
    for language in Language::ALL {
        let page = welcome::log(language, "log.example/2026");
        let mut bytes = HEAD_BYTES + page.len();
        let mut loaded: Vec<&assets::Asset> = asked_for(&page).into_iter().map(asset).collect();
        assert_eq!(loaded.len(), 3, "icon, style, script");
        loaded.extend(loaded.clone().into_iter().filter(|asset| asset.name == "start.js").filter_map(imported));
        assert_eq!(loaded.len(), 4, "the script imports the components");
        for asset in loaded {
            bytes += HEAD_BYTES + asset.gzipped.unwrap_or(asset.bytes).len();
        }
        println!("first visit in {language:?}: {bytes} bytes");
        assert!(bytes <= FIRST_VISIT_BYTES_MAX, "{bytes} bytes");
        assert!(bytes > 20_000, "a page of {bytes} bytes has no style");
    }
}

#[test]
fn assets_are_what_was_compressed_and_ask_only_for_their_neighbours() {
    assert!(assets::find("0000000000000000", "pages.css").is_none());
    assert!(assets::find(assets::DIGEST, "inline/crown.svg").is_none());
    for asset in ASSETS {
        if let Some(gzipped) = asset.gzipped {
            let mut bytes = Vec::new();
            flate2::read::GzDecoder::new(gzipped).read_to_end(&mut bytes).unwrap();
            assert!(bytes == asset.bytes, "{}", asset.name);
            assert!(gzipped.len() < asset.bytes.len());
        }
        let text = std::str::from_utf8(asset.bytes).unwrap();
        for (_, after) in text.match_indices("url(").map(|(at, found)| (at, &text[at + found.len()..])) {
            let name = after.split_once(')').unwrap().0.trim_matches('"').trim_start_matches("./");
            assert!(assets::find(assets::DIGEST, name).is_some(), "{} asks for {name}", asset.name);
        }
        assert!(!text.contains("@font-face") && !text.contains("woff"), "{}: no font is delivered", asset.name);
        assert!(!text.contains("sourceMappingURL"), "{}", asset.name);
    }
}

#[test]
fn the_only_inline_script_is_the_one_that_the_policy_names() {
    let page = welcome::log(Language::English, "log.example/2026");
    let inline: Vec<&str> = page
        .split("<script")
        .skip(1)
        .filter_map(|script| script.split_once('>').filter(|(attributes, _)| !attributes.contains("src=")))
        .map(|(_, rest)| rest.split_once("</script>").unwrap().0)
        .collect();
    let [only] = inline.as_slice() else { panic!("{inline:?}") };
    let hash = STANDARD.encode(Sha256::digest(only));
    assert!(policy::CONTENT_SECURITY_POLICY.contains(&format!("script-src 'self' 'sha256-{hash}';")), "{hash}");
    assert!(!policy::CONTENT_SECURITY_POLICY.contains("unsafe"));
    for attribute in [" style=", " onclick=", " onload="] {
        assert!(!page.contains(attribute), "{attribute} is not allowed by the policy");
    }
}

#[test]
fn a_page_says_its_language_and_leads_to_the_other() {
    let welsh = welcome::log(Language::Welsh, "log.example/2026");
    assert!(welsh.starts_with("<!DOCTYPE html><html class=\"govuk-template\" lang=\"cy\">"), "{welsh}");
    assert!(welsh.contains("href=\"/\" rel=\"alternate\" lang=\"en\" hreflang=\"en\">English</a>"), "{welsh}");
    assert!(
        welsh.contains("href=\"#main-content\"")
            && welsh.contains("<main class=\"govuk-main-wrapper\" id=\"main-content\">")
    );
    let hostile = welcome::log(Language::English, "<script>alert(1)</script>");
    assert!(!hostile.contains("<script>alert"), "{hostile}");
}
