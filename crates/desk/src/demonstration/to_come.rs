//! The cases of a demonstration that are under way or to come: each at another place of its life, so that something is to be done in each.
//!
//! Not those that are over (`lives.rs`).
//! Invariant: where a case stands does not hang on the hour at which the demonstration is made, but for those of the day itself, which are as far as the day is.

use casework::case::{By, Case, Cause, Channel, Command, Outcome, RefusalGround};
use casework::custody::Words;
use rules::Meeting;

use super::life::{Life, Planned, because};
use super::lives::{ask, by_office, in_open_plan, is_by_default, offer_the_other_office, planned};
use super::people::{INES, IRIS, IVAN, NORTH, SOUTH, TESS};
use super::world::{World, unfit};
use crate::error::Result;

/// All of them. `adjusted` is the case in which recording was found to be an adjustment.
pub(super) fn tell(world: &mut World<'_>, adjusted: &Case) -> Result<()> {
    to_be_planned_again(world)?;
    copies_wait(world)?;
    handed_over(world)?;
    goes_on(world)?;
    overdue(world)?;
    undecided(world)?;
    second_look(world)?;
    office_does_not(world)?;
    with_adviser(world)?;
    adjustment_carried(world, adjusted)?;
    swapped(world)?;
    rebooked(world)?;
    other_office_offered(world)?;
    today(world)
}

fn to_be_planned_again(world: &mut World<'_>) -> Result<()> {
    let face_to_face = planned(Meeting::VideoConsultation, NORTH, INES, -13, (4, (10, 0)));
    let mut life = Life::planned(world, &face_to_face)?;
    life.on((-1, (16, 40))).close(Outcome::CancelledByOffice, "Nobody can hold it that week (example).")?;
    life.done();
    Ok(())
}

fn copies_wait(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, NORTH, IVAN, -12, (-1, (14, 0))))?;
    ask(&mut life)?;
    life.hold_it(45)?;
    life.done();
    Ok(())
}

fn handed_over(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, SOUTH, IRIS, -12, (-1, (10, 0))))?;
    ask(&mut life)?;
    life.hold_it(40)?;
    life.hand_over()?;
    life.done();
    Ok(())
}

/// It began less than an hour ago, or in the last hour of work.
fn goes_on(world: &mut World<'_>) -> Result<()> {
    let starts_us = world.almanac.lately(25);
    let interview =
        Planned { meeting: Meeting::Interview, site: SOUTH, staff: IRIS, on: (-15, (9, 40)), starts: (0, (0, 0)) };
    let mut life = Life::planned_for(world, &interview, starts_us, None)?;
    ask(&mut life)?;
    life.prepare()?;
    life.begin()?;
    life.done();
    Ok(())
}

fn overdue(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, NORTH, INES, -20, (-9, (11, 30))))?;
    life.on((-6, (7, 0))).act(By::Program, Command::NoteOverdue)?;
    life.done();
    Ok(())
}

fn undecided(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, NORTH, INES, -8, (1, (14, 0))))?;
    let words =
        Words { note: Some("The last letter does not say what was said (example).".into()), ..Words::default() };
    life.on((-1, (16, 10))).person(Command::Ask { asking: by_office(Channel::Online), words })?;
    life.done();
    Ok(())
}

fn second_look(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, NORTH, IVAN, -9, (5, (10, 0))))?;
    life.wait(400).person(Command::Ask { asking: in_open_plan(), words: Words::default() })?;
    let (request, words) = (life.request(), because("At the open desks, where others would be heard (example)."));
    life.on((-1, (15, 10))).hold(Command::ProposeRefusal { request, ground: RefusalGround::Barred, words })?;
    life.done();
    Ok(())
}

/// The office never records such meetings, or no rule lets it.
fn office_does_not(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::VideoConsultation, SOUTH, IRIS, -10, (3, (14, 0))))?;
    ask(&mut life)?;
    life.wait(30);
    let request = life.request();
    let propose = |life: &mut Life<'_, '_>, ground| {
        let (words, by) = (because("The office does not record these (example)."), life.holder());
        let by = super::world::account(&by).map(By::Staff);
        by.is_ok_and(|by| life.attempt(by, Command::ProposeRefusal { request, ground, words }).is_ok())
    };
    let grounds = [RefusalGround::OfficeDoesNot, RefusalGround::NoRule];
    let ground = grounds.into_iter().find(|ground| propose(&mut life, *ground));
    let ground = ground.ok_or_else(|| unfit("a video consultation is recorded"))?;
    let leader = life.leader();
    life.wait(90).by(leader, Command::ApproveRefusal { request, ground })?;
    life.prepare()?;
    life.done();
    Ok(())
}

fn with_adviser(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, NORTH, INES, -7, (8, (11, 30))))?;
    let words = because("Cannot take notes and listen (example).");
    life.wait(60).person(Command::ClaimAdjustment { channel: Channel::Online, words })?;
    let asking = casework::case::Asking { adjustment: true, ..by_office(Channel::Online) };
    life.wait(2).person(Command::Ask { asking, words: Words::default() })?;
    let by_day = life.world.almanac.day(3);
    life.on((-1, (9, 45))).hold(Command::AskAdviser { by_day, words: because("Before the meeting (example).") })?;
    life.done();
    Ok(())
}

/// What was an adjustment is one in the person's next case; whether they want it this time, they say.
fn adjustment_carried(world: &mut World<'_>, adjusted: &Case) -> Result<()> {
    let starts_us = world.almanac.at(world.almanac.day(6), (10, 0));
    let interview = planned(Meeting::Interview, NORTH, IVAN, -4, (6, (10, 0)));
    let life = Life::planned_for(world, &interview, starts_us, Some(adjusted))?;
    life.done();
    Ok(())
}

/// Whoever was to hold it would rather not be recorded; the management took note, and a colleague holds it.
fn swapped(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, NORTH, INES, -11, (2, (10, 0))))?;
    uneasy(&mut life)?;
    let words = because("Content to hold it (example).");
    life.wait(30).by(TESS, Command::Swap { to: super::world::account(IVAN)?, words })?;
    life.prepare()?;
    life.done();
    Ok(())
}

fn uneasy(life: &mut Life<'_, '_>) -> Result<()> {
    ask(life)?;
    let request = life.request();
    life.wait(45).hold(Command::Accept { request })?;
    let words = because("Would rather not be recorded this time (example).");
    life.wait(30).hold(Command::SayContent { content: false, words })?;
    life.wait(90).answer(casework::case::Need::Acknowledge)
}

/// Nobody who is content could hold it then: another time, and the request stands.
fn rebooked(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, SOUTH, IRIS, -16, (-2, (14, 0))))?;
    uneasy(&mut life)?;
    let slot = life.other(SOUTH, (7, (14, 0)), super::people::THEO)?;
    let words = because("Nobody else could hold it that day (example).");
    life.wait(15).by(super::people::THEO, Command::Move { slot, cause: Cause::Staff, words })?;
    life.prepare()?;
    life.done();
    Ok(())
}

fn other_office_offered(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, NORTH, INES, -6, (3, (11, 30))))?;
    ask(&mut life)?;
    let request = life.request();
    life.wait(25).hold(Command::Accept { request })?;
    offer_the_other_office(&mut life, (3, (15, 30)))?;
    life.done();
    Ok(())
}

/// Two of today, as far as the day has come.
fn today(world: &mut World<'_>) -> Result<()> {
    let mut life = Life::planned(world, &planned(Meeting::Interview, NORTH, IVAN, -9, (0, (10, 0))))?;
    ask(&mut life)?;
    life.recorded(40)?;
    life.done();
    let face_to_face = planned(Meeting::FaceToFaceConsultation, NORTH, INES, -8, (0, (14, 30)));
    let mut life = Life::planned(world, &face_to_face)?;
    if !is_by_default(&life) {
        ask(&mut life)?;
    }
    life.recorded(50)?;
    life.done();
    Ok(())
}
