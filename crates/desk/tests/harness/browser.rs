//! A real Chromium, driven over its own pipe (Chrome DevTools Protocol): pages as people see them, with a virtual security key.
//!
//! Not the hands that people have (`hands.rs`). Needs Debian's `chromium`. Invariants: nothing but loopback is reached; what the page's console says as an error, or
//! what the page's policy stops, is kept and can be asked for; it ends with its test.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::eventually;
use super::hands::Hands;

/// A browser with one page.
pub struct Chromium {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: String,
    number: u64,
    /// Whether it runs the scripts of pages.
    runs_scripts: bool,
    /// What whoever sits before it uses (`hands.rs`).
    pub hands: Hands,
    /// What the console said that is an error or a warning.
    pub complaints: VecDeque<String>,
    _profile: tempfile::TempDir,
}

impl Chromium {
    pub fn start() -> Chromium {
        let profile = tempfile::tempdir().unwrap();
        // It reads commands on 3 and answers on 4.
        let line = format!(
            "exec chromium --headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
             --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE localhost' --remote-debugging-pipe \
             --user-data-dir='{}' about:blank 3<&0 4>&1 >/dev/null 2>&1 </dev/null",
            profile.path().display()
        );
        let mut child = Command::new("bash")
            .args(["-c", &line])
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut browser = Chromium {
            child,
            to,
            from,
            session: String::new(),
            number: 0,
            runs_scripts: true,
            hands: Hands::Mouse,
            complaints: VecDeque::new(),
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attached = browser.call("Target.attachToTarget", json!({"targetId": target["targetId"], "flatten": true}));
        browser.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Gives it a command; what it answers.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.try_call(method, params).unwrap_or_else(|said| panic!("{method}: {said}"))
    }

    /// The same of one that may come while a page goes away.
    fn try_call(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        self.number += 1;
        let mut command = json!({"id": self.number, "method": method, "params": params});
        if !self.session.is_empty() {
            command["sessionId"] = self.session.clone().into();
        }
        self.to.write_all(format!("{command}\0").as_bytes()).unwrap();
        self.to.flush().unwrap();
        loop {
            let mut bytes = Vec::new();
            self.from.read_until(0, &mut bytes).unwrap();
            bytes.pop();
            let said: Value =
                serde_json::from_slice(&bytes).unwrap_or_else(|err| panic!("the browser went away: {err}"));
            if said["id"] == self.number {
                return if said["error"].is_null() { Ok(said["result"].clone()) } else { Err(said) };
            }
            self.hear(&said);
        }
    }

    fn hear(&mut self, said: &Value) {
        let (method, params) = (said["method"].as_str().unwrap_or_default(), &said["params"]);
        let is_bad = match method {
            "Log.entryAdded" => matches!(params["entry"]["level"].as_str(), Some("error" | "warning")),
            "Runtime.exceptionThrown" => true,
            "Runtime.consoleAPICalled" => matches!(params["type"].as_str(), Some("error" | "warning")),
            _ => false,
        };
        if is_bad {
            self.complaints.push_back(params.to_string());
        }
    }

    /// What an expression of the page comes to.
    pub fn eval(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let said = self.call("Runtime.evaluate", asked);
        assert!(said["exceptionDetails"].is_null(), "{expression}: {said}");
        said["result"]["value"].clone()
    }

    /// Waits until an expression holds, over navigations too.
    pub fn until(&mut self, expression: &str) {
        let whole = format!("document.readyState === 'complete' && Boolean({expression})");
        let mut last = Value::Null;
        let began = std::time::Instant::now();
        eventually("the page is so", || {
            let asked = json!({"expression": &whole, "returnByValue": true});
            last = self.try_call("Runtime.evaluate", asked).unwrap_or_default();
            if began.elapsed() > super::PATIENCE / 2 {
                let text = self.text();
                panic!("never: {expression}: {text} {:?}", self.complaints);
            }
            (last["result"]["value"] == true).then_some(())
        });
    }

    pub fn open(&mut self, url: &str) {
        self.call("Page.navigate", json!({"url": url}));
        self.until(&format!("location.href.startsWith({})", json!(url.split('#').next().unwrap())));
    }

    /// Types into a field.
    pub fn fill(&mut self, name: &str, value: &str) {
        self.eval(&format!(
            "{{ const field = document.querySelector('input:not([type=hidden])[name={name}]'); field.focus(); field.value = {}; }}",
            json!(value)
        ));
    }

    /// Presses the button that says so.
    pub fn press(&mut self, words: &str) {
        let button = format!(
            "[...document.querySelectorAll('button')].find((one) => one.textContent.includes({}))",
            json!(words)
        );
        assert_eq!(self.eval(&format!("Boolean({button})")), true, "no button: {words}");
        self.eval(&format!("void setTimeout(() => {button}.click())"));
    }

    /// Plugs a virtual security key in, with a PIN that is typed right; its id.
    pub fn plug_key(&mut self) -> String {
        self.call("WebAuthn.enable", json!({}));
        let options = json!({
            "protocol": "ctap2", "transport": "usb", "hasResidentKey": true, "hasUserVerification": true,
            "isUserVerified": true, "automaticPresenceSimulation": true,
        });
        let added = self.call("WebAuthn.addVirtualAuthenticator", json!({"options": options}));
        added["authenticatorId"].as_str().unwrap().to_owned()
    }

    /// Runs no script of any page from now on; what a test asks is answered all the same.
    pub fn without_scripts(&mut self) {
        self.runs_scripts = false;
        self.call("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    }

    /// Shows pages as somebody who has this cookie, `name=value`.
    pub fn take_cookie(&mut self, origin: &str, pair: &str) {
        let (name, value) = pair.split_once('=').unwrap();
        let cookie = json!({
            "url": origin, "name": name, "value": value, "path": "/", "secure": true, "httpOnly": true, "sameSite": "Lax",
        });
        assert_eq!(self.call("Network.setCookie", cookie)["success"], true, "{name}");
    }

    pub fn text(&mut self) -> String {
        self.eval("document.body.innerText").as_str().unwrap().to_owned()
    }
}

/// What every page is looked over for: at 320 pixels nothing scrolls sideways; one heading; every field has a label; ids are there once; and axe's rules
/// where `COUNTERPART_AXE` names its script.
pub fn looked_over(browser: &mut Chromium, page: &str) {
    let has_run = browser.eval("document.body.classList.contains('js-enabled')");
    assert_eq!(has_run, browser.runs_scripts, "{page}: whether its scripts have run");
    // Before the width changes: the menu follows it a moment later.
    let seen = "[...document.querySelectorAll('[hidden]')].filter((one) => getComputedStyle(one).display !== 'none').map((one) => one.outerHTML)";
    assert_eq!(browser.eval(seen), json!([]), "{page}: what is hidden is seen");
    let narrow = json!({"width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": true});
    browser.call("Emulation.setDeviceMetricsOverride", narrow);
    browser.until("document.documentElement.clientWidth === 320");
    let widths = browser.eval("[document.documentElement.scrollWidth, document.documentElement.clientWidth]");
    assert!(widths[0].as_u64() <= widths[1].as_u64(), "{page} scrolls sideways: {widths}");
    browser.call("Emulation.clearDeviceMetricsOverride", json!({}));
    // What comes next would be done to the narrow page, and come to something else on the wide one.
    browser.until("document.documentElement.clientWidth > 320");
    assert_eq!(browser.eval("document.querySelectorAll('h1').length"), 1, "{page}");
    let nameless = "[...document.querySelectorAll('input:not([type=hidden]),select,textarea')].filter((one) => !one.labels.length).length";
    assert_eq!(browser.eval(nameless), 0, "{page}");
    let twice = "(() => { const ids = [...document.querySelectorAll('[id]')].map((one) => one.id); return ids.length - new Set(ids).size })()";
    assert_eq!(browser.eval(twice), 0, "{page}");
    if let Some(file) = std::env::var_os("COUNTERPART_AXE") {
        axe(browser, page, &std::fs::read_to_string(file).unwrap());
    }
    assert!(browser.complaints.is_empty(), "{page}: {:?}", browser.complaints);
}

/// What axe finds, which is a script: it runs in a page whose own scripts did not.
fn axe(browser: &mut Chromium, page: &str, script: &str) {
    if !browser.runs_scripts {
        browser.call("Emulation.setScriptExecutionDisabled", json!({"value": false}));
    }
    browser.eval(&format!("{script}; void 0"));
    let found = browser
        .eval("axe.run().then((found) => found.violations.map((one) => [one.id, one.nodes.map((node) => node.html)]))");
    assert_eq!(found, json!([]), "{page}");
    if !browser.runs_scripts {
        browser.without_scripts();
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
