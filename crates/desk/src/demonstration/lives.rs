//! The cases of a demonstration that are over: each outcome, by the way that leads to it, under the rules of its day.
//!
//! Not those that are still under way (`to_come.rs`), nor how a step is answered (`life.rs`). Invariant: a story is told by days from the moment of making, so that it is the same
//! whenever it is made; where the rules of a day know no opt-out yet, the person withdraws what they asked for.

use casework::HoldId;
use casework::case::{Asking, Attempt, By, Case, Cause, Channel, Command, Outcome, RefusalGround, Stop, Withdrawal};
use casework::custody::Words;
use rules::{Device, Doing, Meeting, Occasion, Side};

use super::life::{Life, Planned, because};
use super::people::{AVERY, IMOGEN, INES, IRIS, IVAN, NORTH, SOUTH};
use super::world::{Deed, Step, World, account};
use crate::error::Result;

/// With the office's recorder.
pub(super) fn by_office(channel: Channel) -> Asking {
    Asking { channel, device_of: Side::Office, devices: Vec::new(), doing: Doing::RecordSound, adjustment: false }
}

/// What nobody may do: with others around.
pub(super) fn in_open_plan() -> Asking {
    let devices = vec![Device::Smartphone];
    Asking { device_of: Side::Person, devices, doing: Doing::RecordInOpenPlan, ..by_office(Channel::Online) }
}

pub(super) fn planned<'t>(
    meeting: Meeting,
    site: &'t str,
    staff: &'t str,
    on: i32,
    starts: super::life::At,
) -> Planned<'t> {
    Planned { meeting, site, staff, on: (on, (11, 15)), starts }
}

/// Asked for in the person's own pages.
pub(super) fn ask(life: &mut Life<'_, '_>) -> Result<()> {
    let words =
        Words { note: Some("I would like to have it to listen to again (example).".into()), ..Words::default() };
    life.wait(60 * 5).person(Command::Ask { asking: by_office(Channel::Online), words })
}

/// Whether the office records of its own accord, by the rules of its day.
pub(super) fn is_by_default(life: &Life<'_, '_>) -> bool {
    let ruling = life.case.ruling(life.world.book);
    let records = ruling.as_ref().ok().and_then(|ruling| ruling.office_records().ok());
    records.is_some_and(|records| records.says.contains(&Occasion::UnlessOptedOut))
}

/// The person wants no recording by the office.
fn opt_out(life: &mut Life<'_, '_>) -> Result<()> {
    let channel = Channel::InPerson;
    if is_by_default(life) {
        return life.person(Command::OptOut { channel, words: Words::default() });
    }
    let (request, why) = (life.request(), Withdrawal::OwnWish);
    life.person(Command::Withdraw { request, why, channel, words: Words::default() })
}

/// All of them.
pub(super) fn tell(world: &mut World<'_>) -> Result<Case> {
    simply_recorded(world)?;
    by_telephone(world)?;
    let adjusted = as_an_adjustment(world)?;
    equipment_failed(world)?;
    nobody_came(world)?;
    cancelled_by_person(world)?;
    cancelled_and_followed(world)?;
    refused(world)?;
    at_the_other_office(world)?;
    opted_out_before(world)?;
    opted_out_during(world)?;
    recorded_lately(world)?;
    asked_on_the_day(world)?;
    Ok(adjusted)
}

fn simply_recorded(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, NORTH, INES, -454, (-448, (10, 0))))?;
    ask(&mut life)?;
    life.recorded(40)?;
    life.done();
    Ok(())
}

fn by_telephone(world: &mut World<'_>) -> Result<()> {
    let telephone = planned(Meeting::TelephoneConsultation, SOUTH, IRIS, -453, (-441, (14, 0)));
    let mut life = Life::planned(world, &telephone)?;
    ask(&mut life)?;
    life.recorded(35)?;
    life.done();
    Ok(())
}

/// The adviser finds that recording is an adjustment; what was recorded is held for a request years later.
fn as_an_adjustment(world: &mut World<'_>) -> Result<Case> {
    let face_to_face = planned(Meeting::FaceToFaceConsultation, NORTH, IVAN, -452, (-436, (11, 30)));
    let mut life = Life::planned(world, &face_to_face)?;
    let asking = Asking { adjustment: true, ..by_office(Channel::Telephone) };
    life.wait(90).hold(Command::Ask { asking, words: because("Rang, and said why (example).") })?;
    let by_day = life.world.almanac.day(-443);
    life.wait(15).hold(Command::AskAdviser { by_day, words: because("To be answered in a week (example).") })?;
    let words = because("It is one, and stays one (example).");
    life.on((-446, (15, 0))).by(AVERY, Command::DecideAdjustment { granted: true, words })?;
    life.recorded(45)?;
    let case = life.done();
    let hold = HoldId(*world.sources.chance()?.first_chunk().unwrap_or(&[0; 16]));
    let thing = world.kept.iter().find(|(of, _)| *of == case.id()).map(|(_, thing)| *thing);
    if let Some(thing) = thing {
        let at_us = world.almanac.at(world.almanac.day(-28), (9, 40));
        let (by, case) = (By::Staff(account(IMOGEN)?), case.id());
        world.steps.push(Step { at_us, by, case, deed: Deed::Hold { thing, hold } });
    }
    Ok(case)
}

fn equipment_failed(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, SOUTH, IRIS, -310, (-300, (10, 0))))?;
    ask(&mut life)?;
    life.prepare()?;
    life.begin()?;
    let (stop, words) = (Stop::EquipmentFailed, Words::default());
    life.wait(14).act(By::Program, Command::StopRecording { side: None, stop, words })?;
    let channel = Channel::InPerson;
    life.wait(2).person(Command::GoOn { goes_on: true, channel, words: Words::default() })?;
    life.end(20)?;
    life.hand_over()?;
    life.close(Outcome::RecordedInPart, "The recorder stopped after a quarter of an hour (example).")?;
    life.done();
    Ok(())
}

fn nobody_came(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, NORTH, INES, -290, (-280, (14, 0))))?;
    life.on((-280, (15, 5))).close(Outcome::NotAttended, "Waited until the end of the hour (example).")?;
    life.done();
    let telephone = planned(Meeting::TelephoneConsultation, NORTH, IVAN, -260, (-250, (10, 0)));
    let mut life = Life::planned(world, &telephone)?;
    // Where the office records of its own accord, it is to be ready.
    life.prepare()?;
    life.on((-250, (11, 5))).close(Outcome::NotReached, "Rang three times (example).")?;
    life.done();
    Ok(())
}

fn cancelled_by_person(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, SOUTH, IRIS, -230, (-220, (11, 30))))?;
    ask(&mut life)?;
    life.prepare()?;
    let words = because("Rang: found work, and needs no meeting (example).");
    life.on((-224, (9, 20))).hold(Command::Cancel { channel: Channel::Telephone, words })?;
    let of = life.case.noted().first().map_or(0, |noted| noted.number);
    life.answer(casework::case::Need::Confirm(of))?;
    life.done();
    Ok(())
}

fn cancelled_and_followed(world: &mut World<'_>) -> Result<()> {
    let face_to_face = planned(Meeting::FaceToFaceConsultation, NORTH, INES, -212, (-200, (10, 0)));
    let mut life = Life::planned(world, &face_to_face)?;
    life.on((-206, (16, 0))).close(Outcome::CancelledByOffice, "The building was closed that day (example).")?;
    let cancelled = life.done();
    let again = planned(Meeting::FaceToFaceConsultation, NORTH, INES, -203, (-180, (10, 0)));
    let starts_us = world.almanac.at(world.almanac.day(-180), (10, 0));
    let mut life = Life::planned_for(world, &again, starts_us, Some(&cancelled))?;
    ask(&mut life)?;
    life.recorded(50)?;
    let by = life.done().id();
    let mut life = Life::again(world, &cancelled)?;
    life.on((-203, (11, 15))).wait(5).hold(casework::case::Command::NoteFollowed { by })?;
    life.done();
    Ok(())
}

/// Where others would be heard nobody records, and the two who say so give the rule.
fn refused(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, NORTH, IVAN, -130, (-120, (14, 0))))?;
    life.wait(200).person(Command::Ask { asking: in_open_plan(), words: Words::default() })?;
    let (request, ground) = (life.request(), RefusalGround::Barred);
    let words = because("At the open desks, where others would be heard (example).");
    life.wait(60).hold(Command::ProposeRefusal { request, ground, words })?;
    let leader = life.leader();
    life.wait(120).by(leader, Command::ApproveRefusal { request, ground })?;
    life.hold_it(30)?;
    life.close(Outcome::NotRecorded, "")?;
    life.done();
    Ok(())
}

fn at_the_other_office(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, NORTH, INES, -74, (-62, (10, 0))))?;
    ask(&mut life)?;
    offer_the_other_office(&mut life, (-60, (11, 30)))?;
    let offer = life.case.appointment().and_then(|now| now.offered()).map_or(0, |offer| offer.number);
    let (channel, words) = (Channel::Online, Words::default());
    life.wait(300).person(Command::AnswerOffer { offer, accepted: true, channel, words })?;
    life.recorded(40)?;
    life.done();
    Ok(())
}

/// After what has to be tried here.
pub(super) fn offer_the_other_office(life: &mut Life<'_, '_>, at: super::life::At) -> Result<()> {
    for attempt in Attempt::ALL {
        let words = because("Both rooms are taken, and on the days around it (example).");
        life.wait(20).hold(Command::Try { attempt: *attempt, found: false, words })?;
    }
    let slot = life.other(SOUTH, at, IRIS)?;
    life.wait(5).hold(Command::Offer { slot, cause: Cause::Room })
}

fn opted_out_before(world: &mut World<'_>) -> Result<()> {
    let face_to_face = planned(Meeting::FaceToFaceConsultation, SOUTH, IRIS, -55, (-45, (14, 0)));
    let mut life = Life::planned(world, &face_to_face)?;
    if !is_by_default(&life) {
        ask(&mut life)?;
    }
    life.prepare()?;
    life.wait(600);
    opt_out(&mut life)?;
    life.hold_it(40)?;
    life.close(Outcome::NotRecorded, "")?;
    life.done();
    Ok(())
}

fn opted_out_during(world: &mut World<'_>) -> Result<()> {
    let face_to_face = planned(Meeting::FaceToFaceConsultation, NORTH, IVAN, -30, (-17, (10, 0)));
    let mut life = Life::planned(world, &face_to_face)?;
    if !is_by_default(&life) {
        ask(&mut life)?;
    }
    life.prepare()?;
    life.begin()?;
    life.wait(12);
    opt_out(&mut life)?;
    life.end(25)?;
    life.hand_over()?;
    life.close(Outcome::RecordedInPart, "Recorded until the person wanted it no more (example).")?;
    life.done();
    Ok(())
}

fn recorded_lately(world: &mut World<'_>) -> Result<()> {
    let telephone = planned(Meeting::TelephoneConsultation, SOUTH, IRIS, -36, (-24, (11, 30)));
    let mut life = Life::planned(world, &telephone)?;
    if !is_by_default(&life) {
        ask(&mut life)?;
    }
    life.recorded(30)?;
    life.done();
    Ok(())
}

/// In the morning for the afternoon.
fn asked_on_the_day(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, NORTH, INES, -14, (-5, (15, 30))))?;
    let words = Words { reference: Some("call example-0517".into()), ..Words::default() };
    life.on((-5, (9, 5))).hold(Command::Ask { asking: by_office(Channel::Telephone), words })?;
    life.recorded(25)?;
    life.done();
    Ok(())
}
