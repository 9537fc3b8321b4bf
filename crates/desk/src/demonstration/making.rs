//! A demonstration made: an office founded, its people enrolled, and all that happened in it written down in the order in which it did.
//!
//! Not what happened (`lives.rs`, `to_come.rs`). Invariants: each act goes the way that every act goes, with the moment at which it is said to have been; nothing half-made is left under
//! the name that was asked for; how people sign in is made last, for it is of now.

use std::collections::BTreeMap;
use std::path::Path;

use age::secrecy::SecretString;
use casework::case::{By, Command};
use casework::custody::{self, FactDay, RequestKind, Words};
use casework::{Account, CaseId, HoldId, Moment, Name, PublicKey, ThingId};
use jiff::ToSpan as _;
use rules::{Fact, Jurisdiction, Kind, Meeting};
use vault::keyring::FileKey;

use super::sound::Interview;
use super::world::{Deed, Sound, Sources, Step, World, enrolment, staffed, unfit};
use super::{KEYS, OFFICE, PASSPHRASE, WORD, accounts, lives, people, sound, to_come};
use crate::clock::local_us;
use crate::config::office::{ClockConfig, KeyringConfig, ObjectsConfig, OfficeConfig, RulesConfig};
use crate::config::recorders;
use crate::error::{Error, Result};
use crate::files;
use crate::office::cases::{Doer, fresh_reference};
use crate::office::taking::{Arrival, Arriving};
use crate::office::{Actor, Office, fresh, keyring_failed};
use crate::vault::init;

/// How long ago it began, in months.
const MONTHS: i64 = 15;

/// What was made.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) cases: usize,
    pub(super) acts: usize,
    pub(super) kept: usize,
}

type Actors = BTreeMap<Account, Actor>;

/// Makes a demonstration office below that folder.
pub(super) async fn make(folder: &Path, now_us: i64) -> Result<Made> {
    let folder = &std::path::absolute(folder).map_err(|err| Error::io(folder, &err))?;
    files::absent(folder)?;
    let mut draft = folder.as_os_str().to_owned();
    draft.push(format!(".{:08x}.new", u32::from_be_bytes(fresh()?)));
    let draft = Path::new(&draft);
    let made = Box::pin(make_in(draft, now_us)).await;
    let named = made.and_then(|made| {
        std::fs::rename(draft, folder).map_err(|err| Error::io(folder, &err))?;
        Ok(made)
    });
    if named.is_err() {
        // It is ours alone, and of no use.
        let _ = std::fs::remove_dir_all(draft);
    }
    named
}

async fn make_in(draft: &Path, now_us: i64) -> Result<Made> {
    let config = config();
    config.check(&draft.join(OFFICE))?;
    for folder in [draft, &draft.join(KEYS), &draft.join(people::ROOMS)] {
        std::fs::create_dir(folder).map_err(|err| Error::io(folder, &err))?;
        files::private_to_us(folder)?;
    }
    for (_, recorder) in recorders::of(&config.offices) {
        for (_, folder) in recorder.folders() {
            // The office's folder is not there yet.
            let folder = draft.join(folder.strip_prefix("..").map_err(unfit)?);
            std::fs::create_dir_all(&folder).map_err(|err| Error::io(&folder, &err))?;
        }
    }
    files::create(&draft.join(people::INTERVIEW), sound::WHOLE)?;
    files::create(&draft.join(PASSPHRASE), WORD.as_bytes())?;
    let secret = SecretString::from(WORD);
    let office = init::found(&draft.join(OFFICE), &config, &secret, FileKey::write_to_known).await?;
    let made = Box::pin(happen(&office, draft, now_us)).await;
    office.close().await;
    made
}

/// Paths are from the office's folder, so that a demonstration can be moved and copied.
fn config() -> OfficeConfig {
    OfficeConfig {
        name: "Example Office (demonstration)".into(),
        place: "1 North Street, Exampleton".into(),
        jurisdiction: Jurisdiction::EnglandAndWales.to_string(),
        demonstration: true,
        events: None,
        objects: ObjectsConfig { at: "objects".into(), second: None },
        keyring: KeyringConfig {
            files: vec![format!("../{KEYS}/ring.sqlite").into()],
            key: Some(format!("../{KEYS}/office.key").into()),
            token: None,
        },
        log: None,
        clock: ClockConfig::default(),
        sweep: Vec::new(),
        rules: RulesConfig::default(),
        mail: None,
        offices: people::sites(),
    }
}

/// Chance of the system's, and recordings that are sealed with it.
pub(super) struct Real {
    interview: Interview,
}

impl Real {
    pub(super) fn read() -> Result<Real> {
        Ok(Real { interview: Interview::read()? })
    }
}

impl Sources for Real {
    fn chance(&mut self) -> Result<[u8; 32]> {
        fresh()
    }

    fn reference(&mut self) -> Result<Name> {
        fresh_reference()
    }

    fn sound(&mut self, start: &str) -> Result<Sound> {
        self.interview.sealed(start)
    }
}

/// All that happened until now.
async fn happen(office: &Office, draft: &Path, now_us: i64) -> Result<Made> {
    let mut actors = Actors::new();
    for (name, _) in people::STAFF {
        let account = super::world::account(name)?;
        actors.insert(account.clone(), Actor::of(account, crate::access::fresh_secret()?));
    }
    let key = |account: &Account| public_key(&actors, account);
    let began_us = began(now_us);
    for (by, commands) in enrolment(key)? {
        let actor = by.as_ref().and_then(|by| actors.get(by));
        office.act_on_staff(actor, &Moment::local(began_us), &commands).await?;
    }
    let mut real = Real::read()?;
    let mut world = World::new(now_us, &office.book, staffed(began_us, key)?, &mut real);
    let adjusted = lives::tell(&mut world)?;
    to_come::tell(&mut world, &adjusted)?;
    let (steps, cases) = (world.in_order(), world.cases.len());
    let mut making = Making { office, actors: &actors, draft, sounds: world.sounds, ids: BTreeMap::new() };
    let mut made = Made { cases, ..Made::default() };
    for step in steps {
        made.acts += 1;
        made.kept += usize::from(matches!(step.deed, Deed::Take { .. }));
        Box::pin(making.step(step)).await?;
    }
    accounts::set_up(office, actors.values()).await?;
    Ok(made)
}

/// When there was nothing yet.
pub(super) fn began(now_us: i64) -> i64 {
    let now = jiff::Timestamp::from_microsecond(now_us).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
    now.saturating_sub(MONTHS.months()).timestamp().as_microsecond()
}

fn public_key(actors: &Actors, account: &Account) -> Result<PublicKey> {
    actors.get(account).map(Actor::public_key).ok_or_else(|| unfit("somebody has no key"))
}

struct Making<'a> {
    office: &'a Office,
    actors: &'a Actors,
    draft: &'a Path,
    sounds: Vec<Sound>,
    /// What the office calls each case.
    ids: BTreeMap<CaseId, CaseId>,
}

impl Making<'_> {
    async fn step(&mut self, step: Step) -> Result<()> {
        let moment = Moment::local(step.at_us);
        let doer = match &step.by {
            By::Staff(account) => Doer::Staff(self.actor(account)?),
            By::Person => Doer::Person(None),
            By::Program => Doer::Program,
        };
        match step.deed {
            Deed::Plan(plan) => {
                let case = self.office.plan_case(doer, &moment, &self.real(*plan)).await?;
                self.ids.insert(step.case, case.id());
            }
            Deed::Act(commands) => {
                let commands: Vec<Command> = commands.into_iter().map(|one| self.real(one)).collect();
                self.office.act_on_case(doer, self.id(step.case), &moment, &commands, None).await?;
            }
            Deed::Take { thing, sound, meeting, day } => {
                let Doer::Staff(actor) = doer else { return Err(unfit("nobody takes it in")) };
                self.take(actor, &moment, (thing, sound, meeting, day)).await?;
            }
            Deed::Hold { thing, hold } => {
                let Doer::Staff(actor) = doer else { return Err(unfit("nobody holds it")) };
                self.hold(actor, &moment, thing, hold).await?;
            }
        }
        Ok(())
    }

    fn actor(&self, account: &Account) -> Result<&Actor> {
        self.actors.get(account).ok_or_else(|| unfit("somebody has no key"))
    }

    fn id(&self, stand_in: CaseId) -> CaseId {
        self.ids.get(&stand_in).copied().unwrap_or(stand_in)
    }

    /// A command with the ids that cases have here.
    fn real(&self, mut command: Command) -> Command {
        match &mut command {
            Command::Plan { adjustment_from, follows, .. } => {
                *adjustment_from = adjustment_from.map(|from| self.id(from));
                if let Some(follows) = follows {
                    follows.case = self.id(follows.case);
                }
            }
            Command::NoteFollowed { by } => *by = self.id(*by),
            _ => {}
        }
        command
    }

    /// Takes a recording in as the office's own copy.
    async fn take(
        &self,
        actor: &Actor,
        moment: &Moment,
        (id, sound, meeting, day): (ThingId, usize, Meeting, rules::Date),
    ) -> Result<()> {
        let (kind, what) = match meeting {
            Meeting::Interview => ("interview-recording", "Interview"),
            Meeting::Call => ("service-call-recording", "Call"),
            _ => ("consultation-recording", "Consultation"),
        };
        let kind: Kind = kind.parse().map_err(unfit)?;
        let sound = self.sounds.get(sound).ok_or_else(|| unfit("a recording was not made"))?;
        let place = self.draft.join("recording.flac");
        files::create(&place, &sound.bytes)?;
        let arrival = Arrival {
            kind,
            jurisdiction: Jurisdiction::EnglandAndWales,
            facts: vec![FactDay { fact: Fact::Made, day }],
            words: Words { title: Some(format!("{what} of {day} (example)")), ..Words::default() },
            what: Arriving::File { path: place.clone(), unverified: false },
        };
        let taken = Box::pin(self.office.take_in(actor, id, moment, &arrival)).await;
        std::fs::remove_file(&place).map_err(|err| Error::io(&place, &err))?;
        taken.map(|_| ())
    }

    /// Holds a thing for a request.
    async fn hold(&self, actor: &Actor, moment: &Moment, thing: ThingId, hold: HoldId) -> Result<()> {
        let words = Words { reference: Some("request example-0042".into()), ..Words::default() };
        let command = custody::Command::Ask { hold, kind: RequestKind::Access, words };
        let _acting = self.office.acting()?;
        self.office.keyring.hold(&thing.0, &hold.0).await.map_err(|err| keyring_failed(&err))?;
        self.office.act(Some(actor), thing, moment, &[command]).await.map(|_| ())
    }
}

/// When it is made.
pub(super) fn now() -> i64 {
    local_us()
}
