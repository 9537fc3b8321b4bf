//! A room with the real recorder, an office with two people, and a case that may begin: what every test of the room starts with.
//!
//! Not here: any test but those of its own files. Invariants: the recorder is the program `counterpart` as the workspace builds it, which takes in the bundled
//! interview as if it were spoken now; whatever recorder a test leaves is ended with its world; waiting ends with what is waited for, or fails.

mod hostile;
mod kills;
mod steps;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use age::secrecy::SecretString;
use casework::case::{Asking, Before, Case, Channel, Command, Consent, Dispatch, Need, Party, SidesCopy, Slot, Who};
use casework::custody::Words;
use casework::{CaseId, Digest, Moment, Person, Role, staff};
use clap::Parser as _;
use rules::{Doing, Jurisdiction, Meeting, Side};
use zeroize::Zeroizing;

use super::steps::Stepped;
use super::{Room, Standing, Ticket};
use crate::office::cases::{CaseError, Doer, fresh_reference};
use crate::office::{Actor, Keys, Office, StoreUse};
use crate::vault::VaultArgs;

const PASSPHRASE: &str = "correct horse";
const PATIENCE: Duration = Duration::from_secs(60);
const SECOND: i64 = 1_000_000;

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    vault: VaultArgs,
}

/// An office with a room north/one, and people: dan holds meetings, lea leads.
pub(super) struct World {
    folder: tempfile::TempDir,
    pub(super) office: Office,
    pub(super) dan: Actor,
    pub(super) lea: Actor,
}

fn actor(name: &str, secret: u8) -> Actor {
    Actor::of(name.parse().unwrap(), Zeroizing::new([secret; 32]))
}

pub(super) fn words() -> Words {
    Words {
        name: Some("Jo Example".to_owned()),
        reason: Some("for a reason".to_owned()),
        salt: Some("00".repeat(32)),
        ..Words::default()
    }
}

pub(super) fn now() -> Moment {
    Office::local_moment()
}

/// The program that the workspace builds.
fn counterpart() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("counterpart");
    assert!(built.is_file(), "{}: build the workspace first", built.display());
    built
}

impl World {
    pub(super) async fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        for name in ["keys", "ours", "theirs", "state"] {
            std::fs::create_dir(path(name)).unwrap();
        }
        std::fs::write(path("keys/passphrase"), PASSPHRASE).unwrap();
        let (key, office) = (path("keys/office.key"), path("office"));
        let named = [
            ("--office", office.as_str()),
            ("--name", "Example Assessments"),
            ("--place", "1 Example Street"),
            ("--jurisdiction", "england-and-wales"),
            ("--keyring", &path("keys/ring.sqlite")),
            ("--key", &key),
            ("--passphrase-file", &path("keys/passphrase")),
        ];
        let args = ["test", "init"].into_iter().chain(named.iter().flat_map(|(flag, value)| [*flag, *value]));
        Box::pin(crate::vault::run(Line::parse_from(args).vault)).await.unwrap();
        less_work(&key);
        World::set_up(folder.path());
        let world = World::over(folder).await;
        world.people().await;
        world
    }

    /// The recorder by way of a script, which can be made to hang or to lie.
    fn set_up(folder: &Path) {
        let interview = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/interview/interview.flac");
        let script = folder.join("counterpart");
        script_at(&script, &plain_script(folder));
        let path = |name: &str| folder.join(name).display().to_string();
        let text = format!(
            "\n[[offices]]\nname = \"north\"\ntitle = \"North\"\n\n[[offices.rooms]]\nname = \"one\"\ntitle = \"One\"\nprivate = true\n\n\
             [offices.rooms.recorder]\nprogram = \"{}\"\ninput = \"{}\"\noffice_copy = \"{}\"\nperson_copy = \"{}\"\nstate = \"{}\"\n",
            script.display(),
            interview.display(),
            path("ours"),
            path("theirs"),
            path("state"),
        );
        let file = folder.join("office/office.toml");
        let before = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, before + &text).unwrap();
    }

    /// The office in a folder, opened as by a program that was started just now.
    async fn over(folder: tempfile::TempDir) -> World {
        let office = open(folder.path()).await;
        World { folder, office, dan: actor("dan", 1), lea: actor("lea", 2) }
    }

    /// As a program finds it that is started now.
    pub(super) async fn again(&mut self) {
        self.office = open(self.folder.path()).await;
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn people(&self) {
        let (dan, lea) = (&self.dan, &self.lea);
        for (number, one) in [(1, dan), (2, lea)] {
            let person: Person = number.to_string().parse().unwrap();
            let enrol = staff::Command::Enrol { account: one.account.clone(), person, key: one.public_key() };
            self.office.act_on_staff(None, &now(), &[enrol]).await.unwrap();
        }
        for (by, other) in [(dan, lea), (lea, dan)] {
            let confirm = staff::Command::Confirm { account: other.account.clone() };
            self.office.act_on_staff(Some(by), &now(), &[confirm]).await.unwrap();
        }
        let roles =
            [(dan, Role::Administrator), (lea, Role::Administrator), (dan, Role::Interviewer), (lea, Role::TeamLeader)];
        for (whose, role) in roles {
            for by in [dan, lea] {
                let grant = staff::Command::Grant { account: whose.account.clone(), role };
                self.office.act_on_staff(Some(by), &now(), &[grant]).await.unwrap();
            }
        }
    }

    pub(super) fn room(&self) -> Room<'_> {
        self.office.room("north", "one").unwrap()
    }

    pub(super) async fn done(&self, command: Command) -> Case {
        let case = self.planned().await;
        self.office.act_on_case(Doer::Staff(&self.dan), case.id(), &now(), &[command], None).await.unwrap()
    }

    /// The one case there is.
    pub(super) async fn planned(&self) -> Case {
        self.office.case(self.id().await).await.unwrap()
    }

    pub(super) async fn id(&self) -> CaseId {
        self.office.case_ids().await.unwrap()[0]
    }

    /// Steps in the room, by whoever holds the meeting.
    pub(super) async fn step(&self, commands: &[Command]) -> Result<Stepped, CaseError> {
        Box::pin(self.office.act_in_room(Doer::Staff(&self.dan), self.id().await, commands, None)).await
    }

    /// A case with everything there that a recorded meeting takes to begin, both people in the room.
    pub(super) async fn ready(&self) {
        let starts_micros = now().at_micros() + SECOND;
        let slot = Slot {
            office: "north".parse().unwrap(),
            starts_micros,
            ends_micros: starts_micros + 3_600 * SECOND,
            staff: self.dan.account.clone(),
        };
        let plan = Command::Plan {
            reference: fresh_reference().unwrap(),
            meeting: Meeting::Interview,
            jurisdiction: Jurisdiction::EnglandAndWales,
            business: "jobcentre-plus".parse().unwrap(),
            slot,
            adjustment_from: None,
            follows: None,
            words: words(),
        };
        self.office.plan_case(Doer::Staff(&self.dan), &now(), &plan).await.unwrap();
        let asking = Asking {
            channel: Channel::Online,
            device_of: Side::Office,
            devices: Vec::new(),
            doing: Doing::RecordSound,
            adjustment: false,
        };
        let asked = Command::Ask { asking, words: words() };
        self.office.act_on_case(Doer::Person(None), self.id().await, &now(), &[asked], None).await.unwrap();
        let request = self.planned().await.request().unwrap().number;
        self.done(Command::Accept { request }).await;
        self.answer(Before::Start).await;
        for (party, account) in [(Party::Person, None), (Party::Professional, Some(self.dan.account.clone()))] {
            self.done(Command::Enter { party, account, words: words() }).await;
        }
    }

    /// Does all that must be before something.
    pub(super) async fn answer(&self, before: Before) {
        loop {
            let todo = self.planned().await.todo(&self.office.book, now().at_micros());
            let Some(next) = todo.into_iter().find(|one| one.before == before) else { return };
            let command = match next.need {
                Need::PrivateRoom => Command::AssignRoom { room: "one".parse().unwrap(), is_private: true },
                Need::AskStaff => Command::SayContent { content: true, words: Words::default() },
                Need::Letter(letter) => Command::IssueLetter {
                    letter,
                    template: "letter-1".parse().unwrap(),
                    digest: Digest([6; 32]),
                    fits: true,
                    dispatch: Dispatch::Post,
                    words: words(),
                },
                Need::Agreement => Command::Agree {
                    who: Who::Person,
                    template: "agreement-1".parse().unwrap(),
                    digest: Digest([7; 32]),
                    consent: Consent::Signed,
                    words: words(),
                },
                Need::Look(check) => Command::Look { check, good: true, devices: Vec::new(), words: words() },
                Need::Tell(about) => Command::Tell { about, channel: Channel::InPerson, words: words() },
                other => panic!("{other:?}"),
            };
            self.done(command).await;
        }
    }

    pub(super) async fn begin(&self) -> Ticket {
        self.step(&[Command::Start { recorded: true }]).await.unwrap();
        let (ticket, standing) = self.room().now().await.unwrap().unwrap();
        assert!(matches!(standing, Standing::Live(_)), "{standing:?}");
        ticket
    }

    /// What the recorder says that it does.
    pub(super) async fn state(&self) -> String {
        match self.room().now().await.unwrap() {
            None => "nothing".to_owned(),
            Some((_, Standing::Live(live))) => live.state,
            Some((_, other)) => format!("{other:?}").split(['(', ' ']).next().unwrap().to_owned(),
        }
    }

    /// The process that records.
    pub(super) fn recorder(&self, ticket: &Ticket) -> rustix::process::Pid {
        let pid = self.room().recorder.notes.process(ticket).unwrap();
        rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // What a test that failed leaves running: only what its own notes name, and while they say that it lives.
        let room = self.office.room("north", "one").unwrap();
        if let Ok(Some(ticket)) = room.recorder.notes.now()
            && let Some(pid) = room.recorder.notes.process(&ticket)
        {
            let notes = &room.recorder.notes;
            super::program::end(pid, || notes.is_alive(&ticket), Duration::from_millis(1));
        }
    }
}

pub(super) async fn open(folder: &Path) -> Office {
    let keys = Keys { passphrase: SecretString::from(PASSPHRASE), keys_lost: None, claimed: None };
    Box::pin(Office::open(&folder.join("office"), &keys, StoreUse::WhenNeeded)).await.unwrap()
}

/// The recorder as it is; `control` waits while the file `held` is there.
pub(super) fn plain_script(folder: &Path) -> String {
    let held = folder.join("held").display().to_string();
    let hold = format!("if [ \"$1\" = control ]; then while [ -e {held} ]; do sleep 0.02; done; fi");
    format!("{hold}\nexec {} \"$@\"\n", counterpart().display())
}

pub(super) fn script_at(path: &Path, text: &str) {
    let draft = path.with_extension("new");
    std::fs::write(&draft, format!("#!/bin/sh\n{text}")).unwrap();
    std::fs::set_permissions(&draft, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::rename(draft, path).unwrap();
}

/// Locks the office key to its passphrase anew, with little work.
fn less_work(file: &str) {
    let secret = || SecretString::from(PASSPHRASE);
    let opened = age::decrypt(&age::scrypt::Identity::new(secret()), &std::fs::read(file).unwrap()).unwrap();
    let mut locks = age::scrypt::Recipient::new(secret());
    locks.set_work_factor(1);
    std::fs::write(file, age::encrypt(&locks, &opened).unwrap()).unwrap();
}

/// Waits for something to become so.
pub(super) async fn eventually(what: &str, mut is_it: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_it() {
        assert!(began.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(super) fn copies(case: &Case, number: u32) -> Vec<SidesCopy> {
    let one = case.recordings().iter().find(|one| one.number == number).unwrap();
    one.copies.as_ref().map(|copies| copies.made.clone()).unwrap_or_default()
}
