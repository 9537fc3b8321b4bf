//! The desk of an office that runs, and people at browsers without a script: what every test of its pages starts with.
//!
//! Not a browser (`desk_browser.rs` has one). Invariants: a form is sent as it stands on the page that was shown, hidden fields and all; a cookie is kept as
//! a browser would.

use super::authenticator::Authenticator;
use super::office::{PASSPHRASE, Under, block, less_work};
use super::postgres::Server;
use super::{Answer, Environment, Role, ask, expect_in};

pub const PASSWORD: &str = "kettle on the blue tiles";

/// An office without a log, and its desk.
pub struct Counter {
    pub folder: tempfile::TempDir,
    pub role: Option<Role>,
    pub address: String,
    pub origin: String,
    environment: Environment,
    /// What the events are in, if not in a file of the office.
    server: Option<Server>,
}

impl Counter {
    pub fn new() -> Counter {
        Counter::told(&[])
    }

    /// With more told to `serve`.
    pub fn told(more: &[&str]) -> Counter {
        Counter::kept(Under::Sqlite, "", Environment::new(), more)
    }

    /// One with these lines more in its `office.toml`, and a clock that the test sets.
    pub fn by_clock(settings: &str, now: &str) -> Counter {
        Counter::by_clock_under(Under::Sqlite, settings, now)
    }

    /// The same with its events in either database.
    pub fn by_clock_under(under: Under, settings: &str, now: &str) -> Counter {
        let environment = fixed(now);
        Counter::kept(under, settings, environment, &[])
    }

    /// A demonstration that also sends mail, at ten in the morning of a working day, moved to where the other offices of tests lie.
    pub fn demonstration(more: &[&str]) -> Counter {
        let (folder, environment) = (tempfile::tempdir().unwrap(), fixed("2026-12-03 10:00:00"));
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let shown = path("shown");
        expect_in(&environment, &["demonstration", "make", &shown], 0);
        for name in ["office", "keys"] {
            std::fs::rename(format!("{shown}/{name}"), path(name)).unwrap();
        }
        std::fs::rename(format!("{shown}/passphrase"), path("keys/passphrase")).unwrap();
        std::fs::create_dir(path("mail")).unwrap();
        let file = path("office/office.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let mail = "\n[mail]\nfolder = \"../mail\"\nfrom = \"desk@office.example\"\n";
        std::fs::write(&file, text + mail).unwrap();
        let (address, origin) = (String::new(), String::new());
        let mut counter = Counter { folder, role: None, address, origin, environment, server: None };
        counter.start(more);
        counter
    }

    /// Somebody of a demonstration, signed in by its button.
    pub fn demonstrator(&self, account: &str) -> Browser {
        let mut browser = self.browser();
        let page = browser.get("/sign-in");
        let made = browser.send(&page, "/demonstration", &[("account", account)]);
        let link = made.header("location").unwrap();
        let page = browser.get(&link);
        assert_eq!(browser.send(&page, &link, &[]).status, 303);
        browser
    }

    /// The desk of an office that is there already, which this `serve` serves.
    pub fn of(role: Role) -> Counter {
        let address = role.address.clone();
        let origin = format!("http://localhost:{}", address.rsplit(':').next().unwrap());
        let folder = tempfile::tempdir().unwrap();
        Counter { folder, role: Some(role), address, origin, environment: Environment::new(), server: None }
    }

    /// Sets that clock, "2026-12-03 09:00:00" in Greenwich.
    pub fn set_clock(&self, now: &str) {
        set_clock_of(&self.environment, now);
    }

    fn kept(under: Under, settings: &str, environment: Environment, more: &[&str]) -> Counter {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        for name in ["keys", "mail", "ours", "theirs", "state"] {
            std::fs::create_dir(path(name)).unwrap();
        }
        let server = (under == Under::Postgres).then(|| Server::start(&[]));
        let url = server.as_ref().map(Server::url);
        let database: Vec<&str> = url.iter().flat_map(|url| ["--database", url]).collect();
        std::fs::write(path("keys/passphrase"), PASSPHRASE).unwrap();
        let args = [
            "vault",
            "init",
            "--office",
            &path("office"),
            "--name",
            "Example Assessments",
            "--place",
            "1 Example Street",
            "--jurisdiction",
            "england-and-wales",
            "--keyring",
            &path("keys/ring.sqlite"),
            "--key",
            &path("keys/office.key"),
            "--passphrase-file",
            &path("keys/passphrase"),
        ];
        expect_in(&environment, &[&args[..], &database].concat(), 0);
        less_work(&path("keys/office.key"));
        let file = path("office/office.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{text}\n{settings}")).unwrap();
        let (address, origin) = (String::new(), String::new());
        let mut counter = Counter { folder, role: None, address, origin, environment, server };
        counter.start(more);
        counter
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Starts a `serve`; the one before goes.
    pub fn start(&mut self, more: &[&str]) {
        drop(self.role.take());
        let role = self.another(more);
        self.address = role.address.clone();
        let named = more.iter().position(|flag| *flag == "--origin").map(|at| more[at + 1].to_owned());
        let port = self.address.rsplit(':').next().unwrap();
        self.origin = named.unwrap_or_else(|| format!("http://localhost:{port}"));
        self.role = Some(role);
    }

    /// One more process over the same office.
    pub fn another(&self, more: &[&str]) -> Role {
        let (office, passphrase) = (self.path("office"), self.path("keys/passphrase"));
        let args = ["serve", "--office", &office, "--passphrase-file", &passphrase, "--listen", "127.0.0.1:0"];
        let args = [&args[..], more].concat();
        Role::try_start_in(&self.environment, &args).unwrap_or_else(|output| panic!("{args:?}: {output:?}"))
    }

    /// What a command says that must end with this code.
    pub fn command(&self, args: &[&str], code: i32) -> String {
        let mut office = self.environment.clone();
        office.push(("COUNTERPART_OFFICE", self.path("office")));
        office.push(("COUNTERPART_OFFICE_PASSPHRASE", PASSPHRASE.to_owned()));
        expect_in(&office, args, code)
    }

    /// One value out of the events' database, as text.
    pub fn ask(&self, sql: &str) -> String {
        let sql = sqlx::AssertSqlSafe(format!("SELECT COALESCE(CAST(({sql}) AS TEXT), '')"));
        block(async {
            if let Some(server) = &self.server {
                let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(&server.url()).await.unwrap();
                let value = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
                sqlx::Connection::close(connection).await.unwrap();
                return value;
            }
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.path("office/events.sqlite"));
            let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
            let value = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
            sqlx::Connection::close(connection).await.unwrap();
            value
        })
    }

    /// Changes the events' database, a file, behind the program's back.
    pub fn edit(&self, sql: &str) {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.path("office/events.sqlite"));
        block(async {
            let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
            sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
            sqlx::Connection::close(connection).await.unwrap();
        });
    }

    /// What the events are in, if that is a server.
    pub fn server(&self) -> Option<&Server> {
        self.server.as_ref()
    }

    /// From now on no event can be written, or it can again.
    pub fn refuse_events(&self, refused: bool) {
        let Some(server) = &self.server else {
            let trigger = "CREATE TRIGGER refused BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'refused'); END";
            return self.edit(if refused { trigger } else { "DROP TRIGGER refused" });
        };
        let all = match refused {
            true => [
                "CREATE FUNCTION refuse() RETURNS trigger AS 'BEGIN RAISE EXCEPTION ''refused''; END' LANGUAGE plpgsql",
                "CREATE TRIGGER refused BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION refuse()",
            ],
            false => ["DROP TRIGGER refused ON event", "DROP FUNCTION refuse()"],
        };
        block(async {
            let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(&server.url()).await.unwrap();
            for sql in all {
                sqlx::query(sql).execute(&mut connection).await.unwrap();
            }
            sqlx::Connection::close(connection).await.unwrap();
        });
    }

    /// The end of the link that the start printed.
    pub fn first_link(&mut self) -> String {
        let line = self.role.as_mut().unwrap().line();
        line.trim_end().split_once("/set-up/").unwrap_or_else(|| panic!("no link: {line}")).1.to_owned()
    }

    /// Somebody at a browser.
    pub fn browser(&self) -> Browser {
        Browser { address: self.address.clone(), origin: self.origin.clone(), cookie: None }
    }

    /// Sets an account up by a link; its key.
    pub fn set_up(&self, link: &str, account: &str, person: &str) -> Authenticator {
        let mut key = Authenticator::new(&self.origin);
        let path = format!("/set-up/{link}");
        let mut browser = self.browser();
        let page = browser.get(&path);
        assert_eq!(page.status, 200, "{}", page.body);
        let answer = key.create(&attribute(&page.body, "data-options").unwrap());
        let fields = [
            ("account", account),
            ("person", person),
            ("password", PASSWORD),
            ("key_name", "blue key"),
            ("passkey", &answer),
        ];
        let done = browser.send(&page, &path, &fields);
        assert_eq!((done.status, done.header("location").as_deref()), (303, Some("/sign-in?ready=")), "{}", done.body);
        key
    }

    /// Somebody who is signed in.
    pub fn signed_in(&self, account: &str, key: &mut Authenticator) -> Browser {
        let mut browser = self.browser();
        let done = browser.sign_in(account, PASSWORD, key);
        assert_eq!((done.status, done.header("location").as_deref()), (303, Some("/")), "{}", done.body);
        browser
    }

    /// One account more, enrolled, confirmed and given these roles by two.
    pub fn join(
        &self,
        pair: &mut [Browser; 2],
        account: &str,
        person: usize,
        roles: &[&str],
    ) -> (Browser, Authenticator) {
        let [anna, ben] = pair;
        let person = person.to_string();
        let link = anna.link_for(account, &person);
        let mut key = self.set_up(&link, account, &person);
        anna.done("/people", "/people/enrol", &[("account", account)]);
        ben.done("/people", "/people/confirm", &[("account", account)]);
        for role in roles {
            for who in [&mut *anna, &mut *ben] {
                who.done("/people", "/people/grant", &[("account", account), ("role", role)]);
            }
        }
        (self.signed_in(account, &mut key), key)
    }

    /// Two people who are administrators both.
    pub fn founded(&mut self) -> [(Browser, Authenticator); 2] {
        let link = self.first_link();
        let mut anna_key = self.set_up(&link, "anna", "1");
        let mut anna = self.signed_in("anna", &mut anna_key);
        let link = anna.link_for("ben", "2");
        let mut ben_key = self.set_up(&link, "ben", "2");
        let mut ben = self.signed_in("ben", &mut ben_key);
        anna.done("/people", "/people/confirm", &[("account", "ben")]);
        ben.done("/people", "/people/confirm", &[("account", "anna")]);
        for account in ["anna", "ben"] {
            for who in [&mut anna, &mut ben] {
                who.done("/people", "/people/grant", &[("account", account), ("role", "administrator")]);
            }
        }
        [(anna, anna_key), (ben, ben_key)]
    }
}

/// What gives a program a clock that shows this when it starts.
pub fn fixed(now: &str) -> Environment {
    let clock = tempfile::Builder::new().prefix("clock").tempfile().unwrap();
    let path = clock.into_temp_path().keep().unwrap();
    set(&path, now);
    let file = path.to_str().unwrap();
    let more = [("FAKETIME_TIMESTAMP_FILE", file), ("FAKETIME_NO_CACHE", "1"), ("TZ", "UTC")];
    super::OWN_CLOCK.into_iter().chain(more).map(|(name, value)| (name, value.to_owned())).collect()
}

/// Sets the clock of every program that has this in its environment.
pub fn set_clock_of(environment: &Environment, now: &str) {
    let file = environment.iter().find(|(name, _)| *name == "FAKETIME_TIMESTAMP_FILE");
    set(std::path::Path::new(&file.unwrap().1), now);
}

/// Writes what a clock shows; a whole file takes the old one's place, for it is read at any time.
fn set(clock: &std::path::Path, now: &str) {
    let draft = clock.with_extension("new");
    std::fs::write(&draft, format!("@{now}\n")).unwrap();
    std::fs::rename(&draft, clock).unwrap();
}

/// A browser without a script: a cookie, and forms that are sent as they stand.
#[derive(Clone)]
pub struct Browser {
    pub address: String,
    pub origin: String,
    pub cookie: Option<String>,
}

impl Browser {
    fn cookie_line(&self) -> String {
        self.cookie.clone().unwrap_or_else(|| "other=1".to_owned())
    }

    fn keep(&mut self, answer: &Answer) {
        if let Some(line) = answer.header("set-cookie") {
            let pair = line.split(';').next().unwrap().to_owned();
            self.cookie = Some(pair).filter(|pair| !pair.ends_with('='));
        }
    }

    pub fn get(&mut self, path: &str) -> Answer {
        let answer = ask(&self.address, "GET", path, &[("Cookie", &self.cookie_line())], b"");
        let kept = answer.header("cache-control");
        assert!(kept.as_deref() == Some("no-store") || path.starts_with("/assets/"), "GET {path}: {}", answer.head);
        self.keep(&answer);
        answer
    }

    /// Sends fields and nothing else.
    pub fn post(&mut self, path: &str, headers: &[(&str, &str)], fields: &[(String, String)]) -> Answer {
        let cookie = self.cookie_line();
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        let headers = [&[("Cookie", cookie.as_str()), kind][..], headers].concat();
        let pairs = fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let answer = ask(&self.address, "POST", path, &headers, pairs.collect::<Vec<_>>().join("&").as_bytes());
        assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"), "POST {path}: {}", answer.head);
        self.keep(&answer);
        answer
    }

    /// Fills in and sends the form of a page.
    pub fn send(&mut self, page: &Answer, action: &str, fields: &[(&str, &str)]) -> Answer {
        let typed = |name: &str| fields.iter().any(|(other, _)| *other == name);
        let mut all: Vec<(String, String)> = Vec::new();
        for (name, value) in hidden(&page.body, action) {
            if !typed(&name) && !all.iter().any(|(known, _)| *known == name) {
                all.push((name, value));
            }
        }
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let origin = self.origin.clone();
        self.post(action, &[("Origin", &origin), ("Sec-Fetch-Site", "same-origin")], &all)
    }

    /// Opens a page and sends a form of it.
    pub fn act(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let shown = self.get(page);
        assert_eq!(shown.status, 200, "{page}: {}", shown.head);
        self.send(&shown, action, fields)
    }

    /// The same, which must be done.
    pub fn done(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) {
        let answer = self.act(page, action, fields);
        assert_eq!(answer.status, 303, "{action} {fields:?}: {}{}", answer.head, answer.body);
    }

    pub fn sign_in(&mut self, account: &str, password: &str, key: &mut Authenticator) -> Answer {
        self.sign_in_at("/sign-in", account, password, key)
    }

    pub fn sign_in_at(&mut self, path: &str, account: &str, password: &str, key: &mut Authenticator) -> Answer {
        let page = self.get(path);
        let answer = key.get(&attribute(&page.body, "data-options").unwrap());
        let action = path.split('?').next().unwrap();
        self.send(&page, action, &[("account", account), ("password", password), ("passkey", &answer)])
    }

    /// A link for a new account.
    pub fn link_for(&mut self, account: &str, person: &str) -> String {
        let made = self.act("/people", "/people/link", &[("account", account), ("person", person)]);
        assert_eq!(made.status, 200, "{}", made.body);
        let (_, after) = made.body.split_once("id=\"link\">").unwrap();
        after.split_once('<').unwrap().0.split_once("/set-up/").unwrap().1.to_owned()
    }
}

/// The hidden fields of the first form that goes to this address.
fn hidden(body: &str, action: &str) -> Vec<(String, String)> {
    let start = format!("action=\"{action}\"");
    let form = body.split_once(&start).map_or("", |(_, after)| after.split_once("</form>").unwrap().0);
    let inputs = form.split("<input ").skip(1).filter(|input| input.starts_with("type=\"hidden\""));
    inputs.map(|input| (attribute(input, " name").unwrap(), attribute(input, " value").unwrap())).collect()
}

/// The first value of an attribute.
pub fn attribute(body: &str, name: &str) -> Option<String> {
    let (_, after) = body.split_once(&format!("{name}=\""))?;
    let value = after.split_once('"')?.0;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
