//! Who sees what: every role in every relation for every purpose, and every field of every kind of event, held against tables written beside this file.
//!
//! Not looks and emergencies as they come and go (`looks.rs`, `glass.rs`), nor random lives (`canaries.rs`). Invariants: `who.txt`, `natures.txt` and `fields.txt` are the whole of it; a
//! kind, a field, a purpose, an audience or a nature without a row fails.

use std::collections::{BTreeMap, BTreeSet};

use casework::case::{
    Around, Audience, Command, Deed, Kind, Nature, PURPOSES, Purpose, RedactedView, Refusal, SEEN, Text, Viewer, WORDS,
    listed, look, view,
};
use casework::custody::Field;
use casework::{Account, Role};
use rules::Meeting;

use crate::matrix::compare;
use crate::samples::{event, samples};
use crate::support::{BOOK, account};
use crate::world::{Matter, by_office, commands, words};

pub(crate) const WHO: &str = include_str!("view/who.txt");
const NATURES: &str = include_str!("view/natures.txt");
const FIELDS: &str = include_str!("view/fields.txt");

/// The number of the event whose place every sample takes.
const PLACE: u64 = 2;

/// How somebody of the staff has to do with a case.
const RELATIONS: [&str; 6] = ["none", "holds", "held", "asked", "glass", "review"];

impl Matter {
    /// As somebody sees it now, or why not; what they need is done before: their look is put on the record.
    pub(crate) fn seen(&mut self, viewer: &Viewer<'_>, purpose: Purpose) -> Result<RedactedView, Refusal> {
        self.looks(viewer, purpose)?;
        self.sees(viewer, purpose)
    }

    /// The same without a look.
    pub(crate) fn sees(&self, viewer: &Viewer<'_>, purpose: Purpose) -> Result<RedactedView, Refusal> {
        let moment = self.moment();
        let around = Around { book: &BOOK, moment: &moment, staff: &self.office.staff };
        view(&self.case, &self.events, viewer, purpose, &around)
    }

    /// A look, put on the record where there has to be one; whether there had.
    pub(crate) fn looks(&mut self, viewer: &Viewer<'_>, purpose: Purpose) -> Result<bool, Refusal> {
        let moment = self.moment();
        let around = Around { book: &BOOK, moment: &moment, staff: &self.office.staff };
        let Some(looked) = look(&self.case, viewer, purpose, &around)? else { return Ok(false) };
        let (clear, private) = looked.split();
        let stored = casework::case::Event::join(&clear, private.as_deref()).unwrap();
        assert_eq!(stored, looked);
        self.case.apply(&stored).unwrap();
        self.events.push(stored);
        Ok(true)
    }

    /// Its row in a list: `whole`, `thin` or `.`.
    pub(crate) fn row(&self, viewer: &Viewer<'_>) -> &'static str {
        let moment = self.moment();
        let around = Around { book: &BOOK, moment: &moment, staff: &self.office.staff };
        match listed(&self.case, viewer, &around) {
            Some(row) if row.course().is_some() => "whole",
            Some(_) => "thin",
            None => ".",
        }
    }
}

/// A case whose second event can be any other: planned, something, asked, accepted.
fn matter() -> Matter {
    let mut matter = Matter::planned(Meeting::Interview, "2026-07-01 12:00", "2026-07-10 09:30");
    matter.ok("dan", &commands(Deed::AssignRoom));
    matter.ok("person", &Command::Ask { asking: by_office(), words: words() });
    matter.ok("dan", &matter.like(Deed::Accept));
    matter
}

/// The same, and somebody with that role alone who has so to do with it.
pub(crate) fn related(role: Role, relation: &str) -> (Matter, Account) {
    let mut matter = matter();
    let mut who = "cat";
    match relation {
        "holds" => who = "dan",
        "held" => {
            who = "dan";
            matter.ok("lea", &commands(Deed::Swap));
        }
        "asked" => matter.ok("dan", &commands(Deed::AskAdviser)),
        "glass" => matter.ok("cat", &commands(Deed::BreakGlass)),
        "review" => matter.ok("ada", &commands(Deed::BreakGlass)),
        _ => {}
    }
    matter.only(who, role);
    (matter, account(who))
}

/// Everybody there is, by role and relation.
fn everybody() -> Vec<(String, Matter, Option<Account>)> {
    let mut all = Vec::new();
    for role in Role::ALL {
        for relation in RELATIONS {
            let (matter, account) = related(role, relation);
            all.push((format!("{role} {relation}"), matter, Some(account)));
        }
    }
    all
}

fn viewers() -> Vec<(String, Matter, Option<Account>, bool)> {
    let staff = everybody().into_iter().map(|(who, matter, account)| (who, matter, account, false));
    let others = [("person -", true), ("nobody -", false)];
    staff.chain(others.map(|(who, person)| (who.to_owned(), matter(), None, person))).collect()
}

pub(crate) fn viewer(account: Option<&Account>, person: bool) -> Viewer<'_> {
    match account {
        Some(account) => Viewer::Staff(account),
        None if person => Viewer::Person,
        None => Viewer::Nobody,
    }
}

#[test]
fn everybody_may_look_for_what_is_declared() {
    let purposes: Vec<&str> = Purpose::ALL.iter().map(|purpose| purpose.as_str()).collect();
    let mut found = vec![format!("who relation list {}", purposes.join(" "))];
    for (who, matter, account, person) in viewers() {
        let viewer = viewer(account.as_ref(), person);
        let mut cells = vec![matter.row(&viewer)];
        for purpose in Purpose::ALL {
            cells.push(match matter.clone().seen(&viewer, *purpose) {
                Ok(view) => {
                    assert_eq!(view.purpose(), *purpose);
                    view.seen_as().as_str()
                }
                Err(Refusal::NotToSee) => ".",
                Err(Refusal::NotForThat { purpose: of }) if of == *purpose => "-",
                Err(other) => panic!("{who} for {purpose}: {other}"),
            });
        }
        found.push(format!("{who} {}", cells.join(" ")));
    }
    compare(&found, WHO);
}

/// What of what nature each audience sees for each purpose, as declared beside this file.
pub(crate) fn declared_natures() -> BTreeMap<(Purpose, Audience), BTreeSet<Nature>> {
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        let mut next = || words.next().unwrap();
        let key = (next().parse().unwrap(), next().parse().unwrap());
        (key, words.map(|word| word.parse().unwrap()).collect())
    };
    let rows: Vec<_> = NATURES.lines().map(row).collect();
    let count = rows.len();
    let map: BTreeMap<_, _> = rows.into_iter().collect();
    assert_eq!(map.len(), count, "two rows for one");
    map
}

/// Of what nature each field of each kind is, as declared beside this file: a dot is one where nothing belongs.
pub(crate) fn declared_fields() -> BTreeMap<(Kind, Field), Nature> {
    let mut lines = FIELDS.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let fields: Vec<Field> = lines.next().unwrap()[1..].iter().map(|word| word.parse().unwrap()).collect();
    assert_eq!(fields, Field::ALL);
    let nature = |word: &str| if word == "." { Nature::Stray } else { word.parse().unwrap() };
    let mut map = BTreeMap::new();
    for line in lines {
        assert_eq!(line.len(), fields.len() + 1, "{line:?}");
        for (field, word) in fields.iter().zip(&line[1..]) {
            assert_eq!(map.insert((line[0].parse().unwrap(), *field), nature(word)), None, "two rows for {}", line[0]);
        }
    }
    map
}

#[test]
fn every_purpose_kind_field_and_nature_has_one_row() {
    for purpose in Purpose::ALL {
        let rows: Vec<_> = PURPOSES.iter().filter(|row| row.purpose == *purpose).collect();
        assert_eq!(rows.len(), 1, "{purpose}");
        assert!(!rows[0].audiences.is_empty(), "nobody may look for {purpose}");
    }
    let declared = declared_fields();
    for kind in Kind::ALL {
        let rows: Vec<_> = WORDS.iter().filter(|row| row.kind == *kind).collect();
        assert_eq!(rows.len(), 1, "{kind}");
        for (field, nature) in Field::ALL.iter().zip(rows[0].natures) {
            assert_eq!(declared.get(&(*kind, *field)), Some(&nature), "{kind} {field}");
        }
    }
    assert_eq!(declared.len(), Kind::ALL.len() * Field::ALL.len());
    for nature in Nature::ALL {
        let rows: Vec<_> = SEEN.iter().filter(|row| row.nature == *nature).collect();
        assert_eq!(rows.len(), 1, "{nature}");
        let blind = [Audience::Auditor];
        assert!(!rows[0].audiences.iter().any(|audience| blind.contains(audience)), "an auditor sees {nature}");
    }
    let of_use = |nature: &Nature| WORDS.iter().any(|row| row.natures.contains(nature));
    assert!(Nature::ALL.iter().all(of_use), "a nature that nothing is of");
    let audiences: BTreeSet<Audience> = declared_natures().keys().map(|(_, audience)| *audience).collect();
    assert_eq!(audiences.len(), Audience::ALL.len(), "an audience without a purpose");
}

/// The fields of an entry that are shown, and what of the others is said.
fn fields(view: &RedactedView, number: u64) -> BTreeMap<Field, Text> {
    let entry = view.history().iter().find(|entry| entry.number == number);
    entry.map(|entry| entry.words.iter().cloned().collect()).unwrap_or_default()
}

/// Role, relation, purpose, kind, field: all of them.
#[test]
fn every_field_of_every_kind_is_seen_as_declared() {
    let (natures, kinds) = (declared_natures(), declared_fields());
    let mut seen = BTreeSet::new();
    for (who, matter, account, person) in viewers() {
        let viewer = viewer(account.as_ref(), person);
        for purpose in Purpose::ALL {
            let mut matter = matter.clone();
            let Ok(first) = matter.seen(&viewer, *purpose) else { continue };
            let shown = &natures[&(*purpose, first.seen_as())];
            seen.insert((*purpose, first.seen_as()));
            for what in samples() {
                let kind = Kind::of(&what);
                matter.events[PLACE as usize - 1] = event(PLACE, what);
                let found = fields(&matter.sees(&viewer, *purpose).unwrap(), PLACE);
                for field in Field::ALL {
                    let nature = kinds[&(kind, *field)];
                    let expected = match nature {
                        _ if kind == Kind::Looked => None,
                        nature if shown.contains(&nature) => Some(Text::Shown(format!("CANARY-{PLACE}-{field}."))),
                        Nature::Stray | Nature::Secret => None,
                        nature => Some(Text::KeptBack(nature)),
                    };
                    assert!(found.get(field) == expected.as_ref(), "{who} {purpose} {kind} {field}: {nature}");
                }
            }
        }
    }
    let declared: BTreeSet<_> = natures.keys().copied().collect();
    assert_eq!(seen, declared, "who.txt and natures.txt speak of the same");
}

#[test]
fn two_roles_see_as_the_first_that_the_purpose_counts() {
    let (mut matter, who) = related(Role::Interviewer, "holds");
    matter.office.grant("dan", Role::Administrator);
    matter.office.grant("dan", Role::RecordsOfficer);
    let seen_as = |matter: &mut Matter, purpose| matter.seen(&Viewer::Staff(&who), purpose).map(|view| view.seen_as());
    assert_eq!(seen_as(&mut matter, Purpose::HandOver), Ok(Audience::Holder));
    assert_eq!(seen_as(&mut matter, Purpose::Records), Ok(Audience::Records));
    matter.office.revoke("dan", Role::Interviewer);
    assert_eq!(seen_as(&mut matter, Purpose::HandOver), Ok(Audience::Records));
    assert_eq!(seen_as(&mut matter, Purpose::HoldMeeting), Err(Refusal::NotForThat { purpose: Purpose::HoldMeeting }));
}

#[test]
fn nobody_without_an_account_that_counts_sees_anything() {
    let matter = matter();
    for who in ["zoe", "ann3"] {
        let account = account(who);
        assert_eq!(matter.row(&Viewer::Staff(&account)), ".");
        for purpose in Purpose::ALL {
            assert_eq!(matter.clone().seen(&Viewer::Staff(&account), *purpose), Err(Refusal::NotToSee), "{purpose}");
        }
    }
    let empty = Matter::new("2026-07-01 12:00");
    assert_eq!(empty.row(&Viewer::Person), ".");
    assert_eq!(empty.sees(&Viewer::Person, Purpose::OwnCase), Err(Refusal::NotToSee), "there is no case");
}

#[test]
fn a_refusal_to_show_names_nobody() {
    for (_, matter, account, person) in viewers() {
        for purpose in Purpose::ALL {
            let Err(refusal) = matter.clone().seen(&viewer(account.as_ref(), person), *purpose) else { continue };
            let line = refusal.to_string();
            assert!(!line.contains("dan") && !line.contains("lea") && !line.contains("officer"), "{line}");
        }
    }
}

#[test]
fn a_view_is_of_all_events_of_the_case_and_no_other() {
    let good = matter();
    let see =
        |events: Vec<casework::case::Event>| Matter { events, ..good.clone() }.sees(&Viewer::Person, Purpose::OwnCase);
    assert!(see(good.events.clone()).is_ok());
    let last = good.events.len() - 1;
    let out_of_order = |events| assert!(matches!(see(events), Err(Refusal::OutOfOrder { .. })));
    out_of_order(good.events[..last].to_vec());
    out_of_order(good.events[1..].to_vec());
    out_of_order(Vec::new());
    let mut other = good.events.clone();
    other[1].case = casework::CaseId([4; 16]);
    assert!(matches!(see(other), Err(Refusal::OtherCase { .. })));
}

#[test]
fn what_cannot_be_read_is_said_to_be_closed() {
    let mut matter = matter();
    let (clear, _) = matter.events[0].split();
    matter.events[0] = casework::case::Event::join(&clear, None).unwrap();
    let seen = matter.sees(&Viewer::Person, Purpose::OwnCase).unwrap();
    assert!(seen.history()[0].is_closed && seen.history()[0].words.is_empty());
    assert!(!seen.history()[1].is_closed && !seen.history()[2].is_closed);
}

/// Nobody is told no before two people have said so.
#[test]
fn a_proposal_to_refuse_is_not_the_persons_to_see_until_it_is_decided() {
    use casework::case::{Asked, Channel, Need, NotedOf, RefusalGround, What, Withdrawal};
    let mut matter = Matter::planned(Meeting::FaceToFaceConsultation, "2015-03-01 12:00", "2015-03-10 09:30");
    let own = casework::case::Asking {
        devices: vec![rules::Device::Smartphone],
        ..crate::world::by_device(rules::Device::Smartphone)
    };
    matter.ok("person", &Command::Ask { asking: own, words: words() });
    let (request, ground) = (matter.request(), RefusalGround::Device);
    matter.ok("dan", &Command::ProposeRefusal { request, ground, words: words() });
    let proposed =
        |view: &RedactedView| view.history().iter().any(|one| matches!(one.what, What::RefusalProposed { .. }));
    let needs = |view: &RedactedView| view.todo().iter().map(|todo| todo.need).collect::<Vec<_>>();
    let see = |matter: &Matter| matter.sees(&Viewer::Person, Purpose::OwnCase).unwrap();
    let seen = see(&matter);
    assert_eq!(seen.requests()[0].asked, Asked::Open);
    assert!(
        !proposed(&seen) && !needs(&seen).contains(&Need::SecondLook) && needs(&seen).contains(&Need::DecideRequest)
    );
    assert!(!format!("{seen:?}").contains("Proposed"), "{seen:?}");
    let lea = account("lea");
    let staff = matter.clone().seen(&Viewer::Staff(&lea), Purpose::DecideRequest).unwrap();
    assert!(proposed(&staff) && needs(&staff).contains(&Need::SecondLook));
    // Neither by what staff noted meanwhile.
    let mut noted = matter.clone();
    let (why, channel) = (Withdrawal::OwnWish, Channel::Telephone);
    noted.ok("dan", &Command::Withdraw { request, why, channel, words: words() });
    assert!(matches!(noted.case.noted()[0].of, NotedOf::Withdrawal { before: Asked::RefusalProposed { .. }, .. }));
    assert!(!format!("{:?}", see(&noted)).contains("Proposed"));
    // Once it is decided, it was so.
    let mut refused = matter.clone();
    refused.ok("lea", &Command::ApproveRefusal { request, ground });
    let seen = see(&refused);
    assert_eq!(seen.requests()[0].asked, Asked::Refused { ground });
    assert!(proposed(&seen));
    // What was accepted stays so until then.
    let mut accepted = Matter::planned(Meeting::FaceToFaceConsultation, "2015-03-01 12:00", "2015-03-10 09:30");
    let own = casework::case::Asking { devices: Vec::new(), ..crate::world::by_device(rules::Device::CanEdit) };
    accepted.ok("person", &Command::Ask { asking: own, words: words() });
    accepted.ok("dan", &accepted.like(Deed::Accept));
    accepted.ok("person", &commands(Deed::RefuseAgreement));
    let (request, ground) = (accepted.request(), RefusalGround::AgreementRefused);
    accepted.ok("dan", &Command::ProposeRefusal { request, ground, words: words() });
    let seen = see(&accepted);
    assert_eq!(seen.requests()[0].asked, Asked::Accepted);
    assert!(!needs(&seen).contains(&Need::SecondLook) && !needs(&seen).contains(&Need::DecideRequest));
    assert!(!format!("{seen:?}").contains("Proposed"), "{seen:?}");
}
