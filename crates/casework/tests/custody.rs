//! Worked cases of custody: clocks that are wrong, approvals that end, holds of every kind, and what an event keeps to itself.
//!
//! Not here: every command in every state (`matrix.rs`), random orders (`interleavings.rs`).
//! Invariant: a day in a case stands for its noon in Greenwich, by two kinds of clocks.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use casework::custody::{
    Authority, Basis, Body, Command, FactDay, Known, Phase, Replay, RequestKind, Standing, Thing, Verdict, What, Words,
};
use casework::{Clock, Digest, Moment, Refusal, Role, staff};
use support::{
    BOOK, Case, DAY, account, agreed, day, destroy_item, hold_id, name, noon, receive, recording, sign, words,
};

fn begin() -> Command {
    Command::BeginDestruction { stores: vec![name("main")], places: vec![] }
}

fn held_by(case: &mut Case, hold: u8, day: &str) {
    case.ok("lea", &Command::Hold { hold: hold_id(hold), authority: Authority::Court, words: words() }, day);
}

#[test]
fn fifteen_months_ahead_by_one_clock_it_is_noted_as_due_and_no_more() {
    let mut case = Case::kept();
    let ahead = Moment::local(noon("2027-10-01").at_micros());
    assert_eq!(case.act("ann", &Command::ProposeDestruction, &ahead), Err(Refusal::OneClock));
    case.act("", &Command::NoteDue, &ahead).unwrap();
    assert!(matches!(case.thing.standing(&case.ground(None, &ahead)), Standing::Due { waits: Refusal::OneClock, .. }));
    // One kind of source twice is still one.
    let twice = Moment::agreed(ahead.at_micros(), ahead.at_micros(), &[Clock::Log, Clock::Log]).unwrap();
    assert_eq!(case.act("ann", &Command::ProposeDestruction, &twice), Err(Refusal::OneClock));
    let mut case = Case::kept().approved();
    assert_eq!(case.act("ann", &begin(), &Moment::local(noon("2027-10-01").at_micros())), Err(Refusal::OneClock));
}

#[test]
fn the_earliest_moment_decides() {
    let ends = "2027-09-01T23:00:00Z".parse::<rules::Timestamp>().unwrap().as_microsecond();
    let both = [Clock::Log, Clock::Authority];
    let mut case = Case::kept();
    let wide = Moment::agreed(ends - 1, ends + 30 * DAY, &both).unwrap();
    assert!(matches!(case.act("ann", &Command::ProposeDestruction, &wide), Err(Refusal::NotDue { .. })));
    let after = Moment::agreed(ends, ends, &both).unwrap();
    case.act("ann", &Command::ProposeDestruction, &after).unwrap();
}

#[test]
fn two_days_back_nothing_that_matters_is_done_and_the_rest_is_marked() {
    let mut case = Case::kept().approved();
    let back = agreed(noon("2027-09-03").at_micros() - 2 * DAY - 3_600_000_000);
    let behind_micros = 2 * DAY + 3_600_000_000;
    assert!(matches!(case.act("ann", &begin(), &back), Err(Refusal::ClockBack { .. })));
    let access = &support::commands(&case, hold_id(1), hold_id(2))[&casework::custody::Deed::Access];
    let event = case.act("cat", access, &back).unwrap().remove(0);
    assert_eq!(event.behind_micros, Some(behind_micros));
    held_by(&mut case, 1, "2027-09-05");
    for command in [
        Command::ProposeRelease { hold: hold_id(1), words: words() },
        Command::ApproveRelease { hold: hold_id(1), subject: Digest([0; 32]) },
    ] {
        assert!(matches!(case.act("ann", &command, &back), Err(Refusal::ClockBack { .. })), "{:?}", command.deed());
    }
}

#[test]
fn an_answer_two_days_back_does_not_shorten_the_hold() {
    let mut case = Case::kept();
    case.ok("cat", &Command::Ask { hold: hold_id(1), kind: RequestKind::Appeal, words: words() }, "2027-01-20");
    let back = Moment::local(noon("2027-01-20").at_micros() - 2 * DAY);
    let event = case.act("cat", &Command::Answer { hold: hold_id(1) }, &back).unwrap().remove(0);
    assert_eq!(
        (event.what, event.behind_micros),
        (What::Answered { hold: hold_id(1), on: day("2027-01-20") }, Some(2 * DAY))
    );
}

#[test]
fn one_clock_that_ran_ahead_once_does_not_stop_everything() {
    let mut case = Case::kept();
    case.act("", &Command::Verify { verdict: Verdict::Complete }, &Moment::local(noon("2029-01-01").at_micros()))
        .unwrap();
    case.approved().ok("ann", &begin(), "2027-09-05");
}

#[test]
fn an_approval_ends_with_what_it_rested_on() {
    let end = |change: fn(&mut Case), at: &str, why: &str| {
        let mut case = Case::kept().approved();
        change(&mut case);
        let Refusal::TooFewApprovals { needed: 2, found: 1, void, .. } = case.no("ann", &begin(), at) else {
            panic!("{why}")
        };
        assert_eq!(void, [format!("bob: {why}")]);
    };
    end(|case| case.office.revoke("bob", Role::PrivacyOfficer), "2027-09-05", "the role was taken away");
    let revoke_and_grant: fn(&mut Case) = |case| {
        case.office.revoke("bob", Role::PrivacyOfficer);
        case.office.grant("bob", Role::PrivacyOfficer);
    };
    end(revoke_and_grant, "2027-09-05", "the role was taken away");
    let leave: fn(&mut Case) = |case| {
        let leave = staff::Command::Leave { account: account("bob") };
        case.office.act(&leave, Some("sys"), &noon("2027-09-04")).unwrap();
    };
    end(leave, "2027-09-05", "the account does not count any more");
    let withdraw: fn(&mut Case) = |case| case.ok("bob", &Command::WithdrawApproval, "2027-09-04");
    let mut case = Case::kept().approved();
    withdraw(&mut case);
    assert!(matches!(case.no("ann", &begin(), "2027-09-05"), Refusal::TooFewApprovals { found: 1, .. }));
    let mut case = Case::kept().approved();
    case.ok("ann", &begin(), "2027-10-02");
    let refusal = Case::kept().approved().no("ann", &begin(), "2027-10-03");
    assert!(matches!(refusal, Refusal::TooFewApprovals { found: 0, .. }), "{refusal}");
}

#[test]
fn an_approval_ends_with_a_hold_and_with_a_change_of_the_subject() {
    let mut case = Case::kept().approved();
    held_by(&mut case, 1, "2027-09-04");
    assert_eq!(case.no("ann", &begin(), "2027-09-05"), Refusal::Held { holds: 1 });
    case.ok("ann", &Command::ProposeRelease { hold: hold_id(1), words: words() }, "2027-09-05");
    let subject = case.thing.holds()[&hold_id(1)].release.as_ref().unwrap().subject;
    case.ok("cat", &Command::ApproveRelease { hold: hold_id(1), subject }, "2027-09-05");
    assert_eq!(case.no("ann", &begin(), "2027-09-05"), Refusal::Held { holds: 1 });
    // A second account of the first person is the first person.
    case.ok("ann", &Command::ApproveRelease { hold: hold_id(1), subject }, "2027-09-05");
    assert!(case.thing.holds().is_empty());
    assert_eq!(case.no("ann", &begin(), "2027-09-05"), Refusal::NotProposed);
    // A letter counts from another day when that is learned: what was approved is not what would be destroyed now.
    let mut case = Case::kept().approved();
    let signature = sign("cat", Digest([8; 32]));
    let other = Command::ApproveDestruction { subject: Digest([8; 32]), signature };
    assert_eq!(case.no("cat", &other, "2027-09-04"), Refusal::SubjectChanged);
    let subject = case.thing.subject(&BOOK).unwrap().digest();
    let forged = Command::ApproveDestruction { subject, signature: sign("bob", subject) };
    assert_eq!(case.no("cat", &forged, "2027-09-04"), Refusal::BadSignature);
}

#[test]
fn two_accounts_of_one_person_are_one_person() {
    let mut case = Case::kept();
    case.ok("", &Command::ProposeDestruction, "2027-09-03");
    for by in ["ann", "ann2"] {
        let command = case.approval(by);
        case.ok(by, &command, "2027-09-03");
    }
    let Refusal::TooFewApprovals { found: 1, void, .. } = case.no("ann", &begin(), "2027-09-04") else { panic!() };
    assert_eq!(void, ["ann2: another account of the same person"]);
    let command = case.approval("cat");
    case.ok("cat", &command, "2027-09-04");
    case.ok("ann", &begin(), "2027-09-04");
    let approvals = &case.thing.destruction().unwrap().approvals;
    assert_eq!(approvals.iter().map(|one| one.by.as_str()).collect::<Vec<_>>(), ["ann", "cat"]);
    let mut case = Case::kept();
    held_by(&mut case, 1, "2027-09-02");
    case.ok("cat", &Command::ProposeRelease { hold: hold_id(1), words: words() }, "2027-09-03");
    let subject = case.thing.holds()[&hold_id(1)].release.as_ref().unwrap().subject;
    for by in ["ann", "ann2"] {
        case.ok(by, &Command::ApproveRelease { hold: hold_id(1), subject }, "2027-09-03");
    }
    assert_eq!(case.thing.holds().len(), 1);
}

#[test]
fn a_transfer_needs_a_reason_and_somebody_else() {
    let mut case = Case::kept();
    let ask = |words: Words| Command::AskTransfer { transfer: hold_id(2), basis: Basis::Order, words };
    assert_eq!(case.no("lea", &ask(Words::reason("why")), "2026-08-01"), Refusal::NoWords { what: "receiver" });
    let receiver = Words { receiver: Some("court".to_owned()), ..Words::default() };
    assert_eq!(case.no("lea", &ask(receiver), "2026-08-01"), Refusal::NoWords { what: "reason" });
    case.ok("cat", &ask(words()), "2026-08-01");
    let subject = case.thing.transfers()[&hold_id(2)].subject;
    let approve = Command::ApproveTransfer { transfer: hold_id(2), subject };
    assert_eq!(case.no("cat", &approve, "2026-08-01"), Refusal::SamePerson);
    assert!(matches!(
        case.no("ann", &Command::Transfer { transfer: hold_id(2) }, "2026-08-01"),
        Refusal::TooFewApprovals { .. }
    ));
    case.ok("bob", &approve, "2026-08-02");
    case.ok("ann", &Command::Transfer { transfer: hold_id(2) }, "2026-08-03");
    assert_eq!(
        case.no("ann", &Command::Transfer { transfer: hold_id(2) }, "2026-08-03"),
        Refusal::UnknownHold { hold: hold_id(2) }
    );
}

#[test]
fn what_does_not_verify_is_not_taken_in() {
    for verdict in [Verdict::NotIntact, Verdict::CannotSay] {
        let mut body = recording();
        if let Body::Electronic { verdict: found, .. } = &mut body {
            *found = verdict;
        }
        assert_eq!(Case::new().no("dan", &receive(body), "2026-07-01"), Refusal::DoesNotVerify { verdict });
    }
    let tomorrow = Refusal::FactAhead { fact: rules::Fact::Made, day: day("2026-07-01") };
    assert_eq!(Case::new().no("dan", &receive(recording()), "2026-06-30"), tomorrow);
    let fact = FactDay { fact: rules::Fact::Made, day: day("2025-07-01") };
    assert_eq!(
        Case::kept().no("ann", &Command::LearnFact { fact }, "2026-07-02"),
        Refusal::FactKnown { fact: fact.fact }
    );
}

#[test]
fn a_kind_that_no_rule_knows_is_refused_with_the_one_it_is_like() {
    let mut case = Case::new();
    let Command::Receive { jurisdiction, facts, body, words, .. } = receive(recording()) else { panic!() };
    for (word, nearest) in [("consultation-recordng", Some("consultation-recording")), ("photograph", None)] {
        let kind: rules::Kind = word.parse().unwrap();
        let nearest = nearest.map(|word| word.parse().unwrap());
        let (facts, body, words) = (facts.clone(), body.clone(), words.clone());
        let command = Command::Receive { kind: kind.clone(), jurisdiction, facts, body, words };
        assert_eq!(case.act("ann", &command, &noon("2026-07-02")), Err(Refusal::UnknownKind { kind, nearest }));
    }
}

#[test]
fn a_kind_is_put_right_by_two_people_who_say_the_same() {
    let mut case = Case::kept().approved();
    let to = |word: &str| Command::CorrectKind {
        kind: word.parse().unwrap(),
        checked: Some((casework::custody::Commitment::Salted(Digest([4; 32])), Verdict::Unchanged)),
        words: Words::reason("named by mistake"),
    };
    let today = noon("2027-09-05");
    let kind = |case: &Case| case.thing.kind().unwrap().to_string();
    let before = kind(&case);
    assert!(matches!(case.act("ann", &to("lettre"), &today), Err(Refusal::UnknownKind { .. })));
    assert_eq!(case.act("ann", &to(&before), &today), Err(Refusal::AlreadySo));
    case.act("ann", &to("letter"), &today).unwrap();
    // The same again, the same person by another account, and another kind are no second word for it.
    assert_eq!(case.act("ann", &to("letter"), &today), Err(Refusal::AlreadySo));
    assert_eq!(case.act("ann2", &to("letter"), &today), Err(Refusal::SamePerson));
    assert_eq!(kind(&case), before);
    case.act("bob", &to("attachment"), &today).unwrap();
    case.act("ann", &to("letter"), &today).unwrap();
    assert_eq!((kind(&case), case.thing.proposal().is_some()), (before, true), "each begins anew");
    let events = case.act("bob", &to("letter"), &today).unwrap();
    assert!(matches!(&events[1].what, What::KindCorrected { approved_by, .. } if approved_by.len() == 2), "{events:?}");
    assert_eq!(kind(&case), "letter");
    assert!(case.thing.proposal().is_none(), "what was approved under another term counts no more");
    assert!(case.act("ann", &begin(), &today).is_err());
    // What does not verify is no recording.
    let checked = Some((casework::custody::Commitment::Salted(Digest([4; 32])), Verdict::NotIntact));
    let kind = "interview-recording".parse().unwrap();
    let command = Command::CorrectKind { kind, checked, words: words() };
    assert_eq!(case.act("ann", &command, &today), Err(Refusal::DoesNotVerify { verdict: Verdict::NotIntact }));
}

#[test]
fn a_day_given_by_mistake_is_put_right_by_two_people_who_say_the_same() {
    let to = |fact: rules::Fact, on: &str| Command::CorrectFact {
        right: FactDay { fact, day: day(on) },
        words: Words::reason("a slip of the pen"),
    };
    let made = |on: &str| to(rules::Fact::Made, on);
    let mut case = Case::kept().approved();
    held_by(&mut case, 1, "2027-09-04");
    let today = noon("2027-09-05");
    let last_day = |case: &Case| case.thing.due(&BOOK).unwrap().last_day().to_string();
    let before = case.clone();
    for (by, command, refusal) in [
        ("dan", made("2026-06-30"), None),
        ("ann", made("2026-07-01"), Some(Refusal::AlreadySo)),
        ("ann", made("2027-09-06"), Some(Refusal::FactAhead { fact: rules::Fact::Made, day: day("2027-09-06") })),
        ("ann", to(rules::Fact::Ended, "2026-07-01"), Some(Refusal::FactUnknown { fact: rules::Fact::Ended })),
        (
            "ann",
            made("1026-07-01"),
            Some(Refusal::BeforeRules {
                rule: rules::RuleName::Retention("consultation-recording".parse().unwrap()),
                day: day("1026-07-01"),
                first: day("2011-08-30"),
            }),
        ),
    ] {
        let refused = case.act(by, &command, &today).unwrap_err();
        assert!(refusal.is_none_or(|wanted| wanted == refused), "{refused:?}");
    }
    let unsaid = Command::CorrectFact {
        right: FactDay { fact: rules::Fact::Made, day: day("2026-06-30") },
        words: Words::default(),
    };
    assert_eq!(case.act("ann", &unsaid, &today), Err(Refusal::NoWords { what: "reason" }));
    assert_eq!(case.thing, before.thing);
    // The same again, the same person by another account, and another day are no second word for it.
    case.act("ann", &made("2025-07-01"), &today).unwrap();
    assert_eq!(case.act("ann", &made("2025-07-01"), &today), Err(Refusal::AlreadySo));
    assert_eq!(case.act("ann2", &made("2025-07-01"), &today), Err(Refusal::SamePerson));
    case.act("bob", &made("2025-06-30"), &today).unwrap();
    case.act("ann", &made("2025-07-01"), &today).unwrap();
    assert_eq!(last_day(&case), "2027-09-01", "each begins anew");
    let events = case.act("bob", &made("2025-07-01"), &today).unwrap();
    let What::FactCorrected { right, was, approved_by, cited } = &events[1].what else { panic!("{events:?}") };
    assert_eq!((right.day, *was, approved_by.len(), cited.len()), (day("2025-07-01"), day("2026-07-01"), 2, 1));
    assert_eq!(last_day(&case), "2026-09-01");
    assert_eq!(case.thing.due(&BOOK).unwrap().began(), (rules::Fact::Made, day("2025-07-01")));
    assert!(
        case.thing.subject(&BOOK).unwrap().text().contains("last-day: 2026-09-01\n"),
        "as the certificate will say"
    );
    // Holds stand, and what was given before is still in the record.
    assert_eq!(case.thing.holds(), before.thing.holds());
    assert_eq!(case.events[0], before.events[0]);
    // It is not put right while it is destroyed, and what was approved under another day counts no more.
    assert_eq!(made("2026-06-30").deed().to_string(), "correct-fact");
    assert!(matches!(
        Case::kept().destroying().no("ann", &made("2026-06-30"), "2027-09-05"),
        Refusal::DestructionBegan { .. }
    ));
    let mut case = Case::kept().approved();
    for by in ["ann", "bob"] {
        case.act(by, &made("2026-06-30"), &today).unwrap();
    }
    assert!(case.thing.proposal().is_none());
    assert_eq!(case.act("ann", &begin(), &today), Err(Refusal::NotProposed));
}

#[test]
fn nobody_adds_alone_a_day_before_there_were_rules() {
    let mut attachment = Case::new();
    let Command::Receive { jurisdiction, facts, body, words, .. } = receive(recording()) else { panic!() };
    let kind = "attachment".parse().unwrap();
    attachment.ok("ann", &Command::Receive { kind, jurisdiction, facts, body, words }, "2026-07-01");
    let received = |on: &str| FactDay { fact: rules::Fact::Received, day: day(on) };
    let refused = attachment.no("ann", &Command::LearnFact { fact: received("1026-07-01") }, "2026-07-02");
    assert!(matches!(refused, Refusal::BeforeRules { .. }), "{refused:?}");
    attachment.ok("ann", &Command::LearnFact { fact: received("2026-07-01") }, "2026-07-02");
}

#[test]
fn whoever_withdraws_says_no_more_of_anything() {
    let corrections = [
        Command::CorrectKind {
            kind: "letter".parse().unwrap(),
            checked: Some((casework::custody::Commitment::Salted(Digest([4; 32])), Verdict::Unchanged)),
            words: words(),
        },
        Command::CorrectFact { right: FactDay { fact: rules::Fact::Made, day: day("2026-06-30") }, words: words() },
    ];
    for command in corrections {
        let mut case = Case::kept();
        case.ok("ann", &command, "2026-08-01");
        assert_eq!(case.no("bob", &Command::WithdrawApproval, "2026-08-01"), Refusal::NotProposed);
        case.ok("ann", &Command::WithdrawApproval, "2026-08-01");
        case.ok("bob", &command, "2026-08-01");
        assert_eq!(case.events.len(), 4, "{:?}: one person says so, and no second", command.deed());
    }
}

#[test]
fn a_day_before_there_was_a_rule_is_a_slip() {
    let on = |kind: &str, made: &str| {
        let mut command = receive(recording());
        let Command::Receive { kind: of, facts, .. } = &mut command else { unreachable!() };
        (*of, facts[0].day) = (kind.parse().unwrap(), day(made));
        command
    };
    for (kind, made, first) in [
        ("letter", "1026-01-01", Some("2011-08-30")),
        ("letter", "2011-08-29", Some("2011-08-30")),
        ("service-call-recording", "2018-12-31", Some("2019-01-01")),
        ("letter", "2011-08-30", None),
        // What its rule counts from is not known yet.
        ("agreement", "1026-01-01", None),
    ] {
        let done = Case::new().act("ann", &on(kind, made), &noon("2026-07-02"));
        let refusal = done.err().map(|refusal| refusal.what());
        let wanted = first.map(|first| {
            format!("{made} lies before {first}, the first day for which there is a rule retention.{kind}")
        });
        assert_eq!(refusal, wanted, "{kind} {made}");
    }
}

#[test]
fn a_fact_has_one_day() {
    let both = |second: &str| {
        let mut command = receive(recording());
        let Command::Receive { facts, .. } = &mut command else { unreachable!() };
        facts.push(FactDay { fact: facts[0].fact, day: day(second) });
        command
    };
    let given = match receive(recording()) {
        Command::Receive { facts, .. } => facts[0],
        _ => unreachable!(),
    };
    let twice = Refusal::FactTwice { fact: given.fact };
    assert_eq!(Case::new().no("dan", &both("2025-07-01"), "2026-07-01"), twice);
    Case::new().ok("dan", &both(&given.day.to_string()), "2026-07-01");
}

#[test]
fn what_a_certificate_could_not_say_is_not_said_of_an_item() {
    for (which, said) in [(0, ""), (0, "two\nlines"), (1, " ahead"), (1, "a\u{202e}b"), (2, ""), (2, "\t")] {
        let mut command = destroy_item();
        let Command::DestroyItem { by, place, standard, .. } = &mut command else { unreachable!() };
        match which {
            0 => *by = said.to_owned(),
            1 => *place = said.to_owned(),
            _ => *standard = Some(said.to_owned()),
        }
        let refused = Refusal::NotWords { said: said.to_owned() };
        assert_eq!(Case::kept_disc().destroying().no("ann", &command, "2027-09-04"), refused, "{which}");
    }
}

#[test]
fn a_hold_that_comes_too_late_hears_when_destruction_began() {
    let mut case = Case::kept().destroying();
    let hold = Command::Hold { hold: hold_id(1), authority: Authority::Court, words: words() };
    let refusal = case.no("lea", &hold, "2027-09-05");
    let line =
        "destruction began at 2027-09-04T12:00:00Z; say to whoever asks that it came too late, and when it began";
    assert_eq!(refusal.to_string(), line);
    // The keyring's hold came before, whatever the events say.
    case.ok("", &Command::ReplayHold { hold: hold_id(3) }, "2027-09-05");
    assert_eq!((case.thing.phase(), case.thing.holds().len()), (Phase::Kept, 1));
    assert!(matches!(case.no("ann", &begin(), "2027-09-05"), Refusal::Held { holds: 1 }));
}

#[test]
fn everything_is_certified_that_is_gone_and_nothing_else() {
    let mut case = Case::kept().destroying();
    let certify = Command::Certify { certificate: Digest([5; 32]) };
    for (step, still) in [
        (Command::EraseKey { copies: 2 }, "the key"),
        (Command::RemoveObject { store: name("main"), versions: 1 }, "the object in main"),
        (Command::Sweep { place: name("cache"), removed: 0 }, "cache is not swept"),
    ] {
        assert_eq!(case.no("", &certify, "2027-09-05"), Refusal::NotGone { what: still.to_owned() });
        case.ok("", &step, "2027-09-05");
    }
    case.ok("", &certify, "2027-09-05");
    case.ok("", &Command::LogCertificate { log: name("log.example"), index: 7 }, "2027-09-05");
    let standing = case.thing.standing(&case.ground(None, &noon("2027-09-06"))).to_string();
    assert_eq!(standing, "destroyed on 2027-09-05T12:00:00Z, log index 7");
}

#[test]
fn clear_parts_hold_no_words_and_the_state_does_not_need_them() {
    let mut case = Case::kept();
    held_by(&mut case, 4, "2026-08-01");
    for (deed, command) in support::commands(&case, hold_id(4), hold_id(2)) {
        let by = ["cat", "ann", "bob", "dan", "lea", ""];
        // As many as can be, one after the other; those that end it come last in the table.
        if deed < casework::custody::Deed::ReplayDestruction {
            by.iter().any(|by| case.act(by, &command, &noon("2026-08-02")).is_ok());
        }
    }
    let mut with_words = 0;
    let closed = |event: &casework::custody::Event| {
        let (clear, private) = event.split();
        assert!(!String::from_utf8(clear.clone()).unwrap().contains("CANARY"), "{:?}", event.what);
        with_words += usize::from(private.is_some_and(|bytes| String::from_utf8(bytes).unwrap().contains("CANARY")));
        casework::custody::Event::join(&clear, None).unwrap()
    };
    let events: Vec<_> = case.events.iter().map(closed).collect();
    assert!(with_words >= 8, "{with_words} events with words");
    assert_eq!(Thing::from_events(case.thing.id(), &events).unwrap(), case.thing);
}

#[test]
fn where_it_stands_is_said_in_one_line() {
    let line = |case: &Case, day: &str| case.thing.standing(&case.ground(None, &noon(day))).to_string();
    assert_eq!(line(&Case::new(), "2026-08-01"), "there is no such thing");
    assert_eq!(line(&Case::kept(), "2026-08-01"), "kept until the end of 2027-09-01");
    let mut held = Case::kept();
    held_by(&mut held, 1, "2027-09-04");
    assert_eq!(line(&held, "2027-09-05"), "held by 1: court (review by 2028-03-04)");
    assert_eq!(line(&Case::kept(), "2027-09-05"), "due since the end of 2027-09-01: nothing is proposed");
    let approved = Case::kept().approved();
    assert_eq!(line(&approved, "2027-09-05"), "due since the end of 2027-09-01 and approved");
    let mut one = approved;
    one.ok("bob", &Command::WithdrawApproval, "2027-09-04");
    let waits = "due since the end of 2027-09-01: 1 of 2 approvals count (S4-16, custody version 1)";
    assert_eq!(line(&one, "2027-09-05"), waits);
    assert_eq!(line(&Case::kept().destroying(), "2027-09-05"), "being destroyed since 2027-09-04T12:00:00Z");
}

/// Two events that only a program can write, and a keyring that keeps and holds what they say is destroyed.
#[test]
fn no_word_about_a_destruction_ends_a_hold() {
    for is_in_the_events in [true, false] {
        let mut case = Case::kept();
        if is_in_the_events {
            held_by(&mut case, 1, "2027-09-05");
        }
        let known = Known {
            object: Some((Digest([1; 32]), 1_000_016)),
            holds: [hold_id(1)].into(),
            copies: 2,
            ..Known::default()
        };
        let (stores, places) = (vec![name("main")], vec![]);
        let erased_at_micros = noon("2027-09-06").at_micros();
        let forged = Command::ReplayDestruction { erased_at_micros, subject: None, certificate: None, stores, places };
        case.ok("", &forged, "2027-09-06");
        let replay = case.thing.replay(&known, false, &[name("main")], &[]);
        assert_eq!(replay, Replay { denied: vec![hold_id(1)], ..Replay::default() });
    }
}

/// The keyring of the days when it was held was put back: two people have released it since.
#[test]
fn a_hold_that_people_ended_stands_in_nobodys_way() {
    let mut case = Case::kept();
    held_by(&mut case, 1, "2026-09-05");
    case.ok("ann", &Command::ProposeRelease { hold: hold_id(1), words: words() }, "2026-09-06");
    let subject = case.thing.holds()[&hold_id(1)].release.as_ref().unwrap().subject;
    for by in ["cat", "ann"] {
        case.ok(by, &Command::ApproveRelease { hold: hold_id(1), subject }, "2026-09-06");
    }
    assert_eq!((case.thing.holds().len(), case.thing.holds_ended()), (0, 1));
    let known = Known { holds: [hold_id(1)].into(), copies: 2, ..Known::default() };
    let (stores, places) = (vec![name("main")], vec![]);
    let erased_at_micros = noon("2027-09-06").at_micros();
    let again = Command::ReplayDestruction { erased_at_micros, subject: None, certificate: None, stores, places };
    case.ok("", &again, "2027-09-06");
    let replay = case.thing.replay(&known, false, &[name("main")], &[]);
    assert_eq!(replay, Replay { to_let_go: vec![hold_id(1)], to_erase: true, ..Replay::default() });
}
