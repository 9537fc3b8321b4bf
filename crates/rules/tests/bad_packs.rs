//! Packs that are wrong, one edit each away from one that is right: what is said of them, and at which line.
//!
//! Not here: packs that are right and contradict each other (`versions.rs`).
//! Every row is an error of one line with a hint; a row whose edit changes nothing fails.
#![allow(clippy::unwrap_used)]

use rules::{Error, Pack};

const GOOD: &str = r#"[pack]
name = "test"
version = 1
from = 2014-01-01

[source.S4]
title = "A page"
authority = "advice"

[[value]]
name = "retention.recording"
value = "14 months"
counts_from = "made"
limit = "at-most"
jurisdiction = ["uk"]
source = "S4"
clause = "S4-15"
from = 2014-01-01
until = 2020-01-01

[[value]]
name = "retention.recording"
value = "40 working days"
counts_from = "made"
limit = "at-most"
holidays = "any-division"
jurisdiction = ["uk"]
source = "S4"
clause = "S4-15"
from = 2020-01-01
until = "open"
unconfirmed = true
reason = "nobody says"

[[value]]
name = "approvals.destruction"
value = "2 people"
jurisdiction = ["scotland"]
source = "S4"
clause = "S4-16"
from = 2014-01-01
until = "open"

[[value]]
name = "hold.blocks"
value = ["destruction"]
jurisdiction = ["scotland", "northern-ireland"]
source = "S4"
clause = "S4-15"
from = 2014-01-01
until = "open"

[holidays]
source = "S4"
clause = "list"
from = 2014-01-01
until = 2015-01-01
list = [
  { date = 2014-01-01, name = "New Year", in = ["uk"] },
  { date = 2014-03-17, name = "St Patrick", in = ["northern-ireland"], unconfirmed = true, reason = "a test" },
]
"#;

/// What is said of recording, and an office's own days.
const MORE: &str = r#"[pack]
name = "more"
version = 1
from = 2014-01-01

[source.S4]
title = "A page"
authority = "advice"

[[value]]
name = "recording.media"
meeting = ["interview", "call"]
value = ["cassette", "cd"]
jurisdiction = ["uk"]
source = "S4"
clause = "S4-09"
from = 2014-01-01
until = "open"

[[value]]
name = "recording.office-records"
meeting = ["interview"]
value = ["never"]
jurisdiction = ["scotland"]
source = "S4"
clause = "S4-04"
from = 2014-01-01
until = 2020-01-01

[[override]]
office = "westgate"
date = 2014-11-07
day = "closed"
why = "no heating"
source = "S4"
clause = "1"

[[override]]
office = "westgate"
date = 2014-11-08
day = "open"
why = "in its place"
source = "S4"
clause = "1"
"#;

#[rustfmt::skip]
const BAD_MORE: &[Row] = &[
    // recording
    ("recording.media", "recording.medium", 11, "`medium` is not an aspect of recording known here"),
    ("recording.media", "recording.media.interview", 11, "`media.interview` is not an aspect of recording known here"),
    ("meeting = [\"interview\", \"call\"]\n", "", 10, "[[value]] has no `meeting`"),
    ("[\"interview\", \"call\"]", "\"interview\"", 12, "`meeting` is not a list"),
    ("[\"interview\", \"call\"]", "[]", 12, "`meeting` is an empty list"),
    ("[\"interview\", \"call\"]", "[\"party\"]", 12, "`party` is not a meeting known here"),
    ("[\"interview\", \"call\"]", "[\"call\", \"call\"]", 12, "call is named twice"),
    ("[\"cassette\", \"cd\"]", "\"cd\"", 13, "`value` is not a list"),
    ("[\"cassette\", \"cd\"]", "[]", 13, "`value` is an empty list"),
    ("[\"cassette\", \"cd\"]", "[\"cassette\", 3]", 13, "`value` is not a text"),
    ("[\"cassette\", \"cd\"]", "[\"cassette\",\n\"never\"]", 14, "`never` is not a medium known here"),
    ("[\"cassette\", \"cd\"]", "[\"cd\", \"cd\"]", 13, "cd is named twice"),
    ("[\"never\"]", "[\"cd\"]", 23, "`cd` is not an occasion known here"),
    ("clause = \"S4-09\"", "clause = \"S4-09\"\nlimit = \"at-most\"", 17, "[[value]] has a key `limit`, which is not known"),
    ("recording.office-records\"\nmeeting = [\"interview\"]\nvalue = [\"never\"]", "recording.media\"\nmeeting = [\"call\"]\nvalue = [\"cd\"]", 20, "recording.media.call for scotland holds on the same days as the one at line 10"),
    ("recording.media\"\nmeeting = [\"interview\", \"call\"]", "hold.review\"\nmeeting = [\"interview\", \"call\"]", 13, "`value` is not a text"),
    ("recording.media\"\nmeeting = [\"interview\", \"call\"]\nvalue = [\"cassette\", \"cd\"]", "approvals.transfer\"\nmeeting = [\"interview\"]\nvalue = \"1 person\"", 12, "[[value]] has a key `meeting`, which is not known"),
    // an office's own days
    ("office = \"westgate\"\n", "", 30, "[[override]] has no `office`"),
    ("\"westgate\"", "\"West Gate\"", 31, "`West Gate` is not the name of an office"),
    ("date = 2014-11-07", "date = 2013-12-31", 32, "2013-12-31 is before the pack's own first day 2014-01-01"),
    ("date = 2014-11-07", "date = \"Friday\"", 32, "`date` is not a date"),
    ("day = \"closed\"\n", "", 30, "[[override]] has no `day`"),
    ("day = \"closed\"", "day = \"half\"", 33, "`half` is not an opening known here"),
    ("why = \"no heating\"\n", "", 30, "[[override]] has no `why`"),
    ("source = \"S4\"\nclause = \"1\"", "source = \"S5\"\nclause = \"1\"", 35, "there is no [source.S5]"),
    ("clause = \"1\"\n", "", 30, "[[override]] has no `clause`"),
    ("clause = \"1\"", "clause = \"1\"\npaid = true", 37, "[[override]] has a key `paid`, which is not known"),
    ("date = 2014-11-08", "date = 2014-11-07", 38, "2014-11-07 of westgate stands there already"),
    ("[[override]]", "[override]", 38, "not TOML: "),
];

/// What is replaced, the first time it stands there; by what; the line; what is said.
type Row = (&'static str, &'static str, usize, &'static str);

#[rustfmt::skip]
const BAD: &[Row] = &[
    // TOML
    ("[pack]", "[pack", 1, "not TOML: "),
    ("version = 1", "version = 1\nversion = 1", 4, "not TOML: duplicate key"),
    ("from = 2014-01-01", "from = 2014-02-29", 4, "not TOML: "),
    ("from = 2014-01-01", "from = 2014-13-01", 4, "not TOML: "),
    ("date = 2014-01-01", "date = 2014-04-31", 59, "not TOML: "),
    // the head
    ("[pack]\n", "[packet]\n", 1, "the pack has no `pack`"),
    ("name = \"test\"\n", "", 1, "[pack] has no `name`"),
    ("\"test\"", "\"Test\"", 2, "`Test` is not a name"),
    ("\"test\"", "\"a--b\"", 2, "`a--b` is not a name"),
    ("version = 1\n", "", 1, "[pack] has no `version`"),
    ("version = 1", "version = 0", 3, "`version` is not a number from 1"),
    ("version = 1", "version = \"1\"", 3, "`version` is not a number from 1"),
    ("version = 1", "version = 0x1", 3, "`version` is not a number from 1"),
    ("from = 2014-01-01\n", "", 1, "[pack] has no `from`"),
    ("from = 2014-01-01", "from = \"2014-01-01\"", 4, "`from` is not a date"),
    ("from = 2014-01-01", "from = 2014-01-01T00:00:00Z", 4, "`from` is not a date"),
    ("from = 2014-01-01", "from = 0014-01-01", 4, "`from` is not a date"),
    ("version = 1", "version = 1\nowner = \"me\"", 4, "[pack] has a key `owner`, which is not known"),
    ("[pack]", "[packs]\nx = 1\n[pack]", 1, "the pack has a key `packs`, which is not known"),
    // sources
    ("authority = \"advice\"\n", "", 6, "[source.S4] has no `authority`"),
    ("\"advice\"", "\"hearsay\"", 8, "`hearsay` is not an authority"),
    ("title = \"A page\"\n", "", 6, "[source.S4] has no `title`"),
    ("title = \"A page\"", "title = \"\"", 7, "`title` is empty"),
    ("title = \"A page\"", "title = \"A\\npage\"", 7, "`title` is empty, has blanks around it, or more than one line"),
    ("title = \"A page\"", "title = \"A page\"\nyear = 2014", 8, "[source.S4] has a key `year`, which is not known"),
    // a value
    ("name = \"retention.recording\"\n", "", 10, "[[value]] has no `name`"),
    ("retention.recording", "retentoin.recording", 11, "`retentoin.recording` is not the name of a rule known here"),
    ("retention.recording", "retention.", 11, "`` is not a kind"),
    ("retention.recording", "retention.Recording", 11, "`Recording` is not a kind"),
    ("value = \"14 months\"\n", "", 10, "[[value]] has no `value`"),
    ("14 months", "14 moons", 12, "`moons` is not a unit known here"),
    ("14 months", "14", 12, "`14` is not a count and a unit"),
    ("\"14 months\"", "14", 12, "`value` is not a text"),
    ("14 months", "0 months", 12, "`0` is not a count"),
    ("14 months", "1 months", 12, "`1 months` is written `1 month`"),
    ("counts_from = \"made\"\n", "", 10, "[[value]] has no `counts_from`"),
    ("counts_from = \"made\"", "counts_from = \"birth\"", 13, "`birth` is not a fact known here"),
    ("counts_from = \"made\"", "counts_from = \"last-day-kept\"", 13, "retention.recording cannot count from `last-day-kept`"),
    ("limit = \"at-most\"\n", "", 10, "[[value]] has no `limit`"),
    ("limit = \"at-most\"", "limit = \"about\"", 14, "`about` is not a limit"),
    ("limit = \"at-most\"", "limit = \"at-most\"\nholidays = \"any-division\"", 15, "[[value]] has a key `holidays`, which is not known"),
    ("holidays = \"any-division\"\n", "", 21, "[[value]] has no `holidays`"),
    ("\"any-division\"", "\"england\"", 26, "`england` does not say whose holidays"),
    ("jurisdiction = [\"uk\"]\n", "", 10, "[[value]] has no `jurisdiction`"),
    ("[\"uk\"]", "[]", 15, "`jurisdiction` is an empty list"),
    ("[\"uk\"]", "\"uk\"", 15, "`jurisdiction` is not a list"),
    ("[\"uk\"]", "[\"wales\"]", 15, "`wales` is not a jurisdiction known here"),
    ("[\"uk\"]", "[\"uk\", \"scotland\"]", 15, "scotland is named twice"),
    ("source = \"S4\"\n", "", 10, "[[value]] has no `source`"),
    ("source = \"S4\"", "source = \"S9\"", 16, "there is no [source.S9]"),
    ("clause = \"S4-15\"\n", "", 10, "[[value]] has no `clause`"),
    ("clause = \"S4-15\"", "clause = \" \"", 17, "`clause` is empty"),
    ("from = 2014-01-01\nuntil", "until", 10, "[[value]] has no `from`"),
    ("until = 2020-01-01\n", "", 10, "[[value]] has no `until`"),
    ("until = 2020-01-01", "until = \"never\"", 19, "`until` is not a date or \"open\""),
    ("until = 2020-01-01", "until = 2014-01-01", 19, "it ends before it begins"),
    ("from = 2014-01-01\nuntil = 2020", "from = 2013-12-31\nuntil = 2020", 18, "before the pack's own first day 2014-01-01"),
    ("until = 2020-01-01", "until = 2020-01-02", 21, "retention.recording for england-and-wales holds on the same days as the one at line 10"),
    ("until = 2020-01-01", "until = \"open\"", 21, "holds on the same days as the one at line 10"),
    ("until = 2020-01-01", "until = 2019-12-31", 10, "retention.recording for england-and-wales holds until 2019-12-31, and the next one only from 2020-01-01"),
    ("counts_from = \"made\"", "counts_from = \"ended\"", 21, "retention.recording counts from another fact than at line 10"),
    ("unconfirmed = true\n", "", 32, "a `reason` without unconfirmed = true"),
    ("reason = \"nobody says\"\n", "", 32, "unconfirmed without a `reason`"),
    ("unconfirmed = true", "unconfirmed = false", 32, "`unconfirmed` is not true"),
    ("unconfirmed = true", "unconfirmed = \"true\"", 32, "`unconfirmed` is not true"),
    ("unconfirmed", "unconfrimed", 33, "a `reason` without unconfirmed = true"),
    // people and acts
    ("approvals.destruction", "approvals.destroying", 36, "`destroying` is not an act known here"),
    ("2 people", "two people", 37, "`two people` is not a number of people"),
    ("2 people", "1 people", 37, "`1 people` is not a number of people"),
    ("2 people", "0 people", 37, "`0 people` is not a number of people"),
    ("2 people", "10 people", 37, "`10 people` is not a number of people"),
    ("value = \"2 people\"", "value = \"2 people\"\nlimit = \"at-least\"", 38, "[[value]] has a key `limit`, which is not known"),
    ("value = [\"destruction\"]", "value = \"destruction\"", 46, "`value` is not a list"),
    ("value = [\"destruction\"]", "value = [\"erasure\"]", 46, "`erasure` is not an act known here"),
    ("value = [\"destruction\"]", "value = [\"transfer\", \"transfer\"]", 46, "transfer is named twice"),
    ("\"hold.blocks\"\nvalue = [\"destruction\"]", "\"reckoning.month\"\nvalue = \"lunar\"", 46, "`lunar` is no way to count months"),
    ("\"hold.blocks\"\nvalue = [\"destruction\"]", "\"reckoning.zone\"\nvalue = \"Europe/London\"", 46, "`Europe/London` is not a zone"),
    // holidays
    ("clause = \"list\"\n", "", 53, "[holidays] has no `clause`"),
    ("until = 2015-01-01", "until = \"open\"", 53, "holidays cannot be known until further notice"),
    ("date = 2014-03-17", "date = 2015-01-01", 60, "2015-01-01 is outside the days covered"),
    ("date = 2014-03-17", "date = 2014-01-01", 60, "2014-01-01 is `New Year` already"),
    ("name = \"St Patrick\", ", "", 60, "a holiday has no `name`"),
    ("in = [\"uk\"] }", "in = [\"uk\"], paid = true }", 59, "a holiday has a key `paid`, which is not known"),
    ("list = [", "list = 3\nmore = [", 58, "`list` is not a list"),
];

#[test]
fn each_fault_is_one_line_that_says_where() {
    for (good, row) in BAD.iter().map(|row| (GOOD, row)).chain(BAD_MORE.iter().map(|row| (MORE, row))) {
        Pack::read("test.toml", good).unwrap();
        let (from, to, line, expected) = row;
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "`{from}` is not in the pack");
        let error = Pack::read("test.toml", &text).expect_err(&format!("`{from}` → `{to}` passes"));
        let Error::Pack { line: found, what, hint, .. } = &error else { unreachable!("a pack read alone: {error}") };
        assert!(what.contains(expected), "`{from}` → `{to}`: {error}, not {expected}");
        assert_eq!(found, line, "`{from}` → `{to}`: {error}");
        assert!(!hint.is_empty() && !hint.contains('\n') && !error.to_string().contains('\n'), "{error:?}");
        assert!(error.to_string().starts_with("test.toml:") && error.hint() == hint);
    }
}

#[test]
fn a_pack_cut_off_anywhere_is_read_or_refused_with_its_line() {
    for (good, at) in [GOOD, MORE].into_iter().flat_map(|good| (0..good.len()).map(move |at| (good, at))) {
        match Pack::read("cut", &good[..at]) {
            Ok(pack) => assert!(["test", "more"].contains(&pack.id().name.as_str())),
            Err(Error::Pack { line, what, .. }) => {
                assert!(line >= 1 && line <= 1 + good[..at].matches('\n').count(), "{at}: line {line}: {what}");
            }
            Err(other) => unreachable!("{other}"),
        }
    }
}

#[test]
fn what_says_nothing_or_too_much_is_no_pack() {
    let head = "[pack]\nname = \"a\"\nversion = 1\nfrom = 2014-01-01\n[source.S]\ntitle = \"T\"\nauthority = \"own\"\n";
    assert_eq!(Pack::read("a", head).unwrap_err().to_string(), "a:1: the pack says nothing");
    let long = format!("{GOOD}#{}", "-".repeat(256 * 1024));
    assert_eq!(Pack::read("a", &long).unwrap_err().to_string(), "a:1: longer than 262144 bytes");
    let deep = format!("{head}x = {}", "[".repeat(100_000));
    assert!(Pack::read("a", &deep).unwrap_err().to_string().contains("not TOML"));
}
