//! The desk in a real Chromium with a virtual security key: setting up, signing in, and being told what is wrong, as people see it.
//!
//! Not every refusal (`desk_access.rs`). Needs Debian's `chromium`. Invariants: the console has no complaint; no page scrolls sideways at 320 pixels; without
//! a script every page says what it says, and where it needs one.

#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;

use harness::browser::{Chromium, looked_over};
use harness::desk::{Counter, PASSWORD};
use harness::hands::Hands;
use serde_json::json;

#[test]
fn an_account_is_set_up_and_signs_in_with_a_security_key() {
    let mut counter = Counter::new();
    let (link, origin) = (counter.first_link(), counter.origin.clone());
    let mut browser = Chromium::start();
    browser.plug_key();
    browser.open(&format!("{origin}/set-up/{link}"));
    looked_over(&mut browser, "set up");
    // Something is missing: it is said before anybody is asked for a key.
    browser.fill("account", "anna");
    browser.press("set up the account");
    browser.until("document.title.startsWith('Error:')");
    assert_eq!(browser.eval("document.querySelector('[name=account]').value"), "anna");
    browser.complaints.clear(); // The browser itself notes an answer of 422.
    looked_over(&mut browser, "set up, with errors");
    for (name, value) in [("account", "anna"), ("person", "1"), ("password", PASSWORD), ("key_name", "virtual key")] {
        browser.fill(name, value);
    }
    browser.press("set up the account");
    browser.until("location.pathname === '/sign-in'");
    assert!(browser.text().contains("Your account is set up"), "{}", browser.text());
    looked_over(&mut browser, "sign in");
    browser.fill("account", "anna");
    browser.fill("password", "kettle on the green tiles");
    browser.press("Sign in");
    browser.until("document.title.startsWith('Error:')");
    assert_eq!(browser.eval("document.querySelector('[name=password]').value"), "");
    assert_eq!(browser.eval("document.querySelector('[name=account]').value"), "anna");
    browser.complaints.clear();
    looked_over(&mut browser, "sign in, refused");
    browser.fill("password", PASSWORD);
    browser.press("Sign in");
    browser.until("location.pathname === '/'");
    assert!(browser.text().contains("You are signed in as anna."), "{}", browser.text());
    looked_over(&mut browser, "home");
    // The cookie is the one that no script sees.
    assert_eq!(browser.eval("document.cookie"), "");
    let cookies = browser.call("Network.getCookies", json!({}));
    let cookie = &cookies["cookies"][0];
    assert_eq!(
        (&cookie["name"], &cookie["secure"], &cookie["httpOnly"]),
        (&json!("__Host-counterpart"), &json!(true), &json!(true))
    );
    for (path, page) in
        [("/people", "people"), ("/keys/add", "add a key"), ("/password", "password"), ("/sign-in/again", "again")]
    {
        browser.open(&format!("{origin}{path}"));
        looked_over(&mut browser, page);
    }
    browser.fill("password", PASSWORD);
    browser.press("Confirm that it is you");
    browser.until("location.pathname === '/'");
    browser.open(&format!("{origin}/people"));
    browser.fill("account", "ben-with-a-name-that-is-quite-long-and-has-no-break-anywhere");
    browser.fill("person", "2");
    browser.press("Make a link");
    browser.until("document.querySelector('#link')");
    looked_over(&mut browser, "people, with a link");
    browser.open(&origin);
    browser.press("Sign out");
    browser.until("location.pathname === '/sign-in'");
    browser.open(&origin);
    browser.until("location.pathname === '/sign-in'");
}

#[test]
#[should_panic(expected = "scrolls sideways")]
fn a_page_that_scrolls_sideways_is_found() {
    let counter = Counter::new();
    let mut browser = Chromium::start();
    browser.come_to(&format!("{}/sign-in", counter.origin));
    browser.eval("document.querySelector('h1').style.width = '400px'");
    looked_over(&mut browser, "sign in");
}

#[test]
#[should_panic(expected = "where the focus is, is not seen")]
fn a_focus_that_is_not_seen_is_found() {
    let counter = Counter::new();
    let mut browser = Chromium::start();
    browser.hands = Hands::Keys;
    browser.come_to(&format!("{}/sign-in", counter.origin));
    let unseen = "* { outline: none !important; box-shadow: none !important; background: none !important; border: 0 !important; text-decoration: none !important; }";
    let style = format!(
        "const unseen = new CSSStyleSheet(); unseen.replaceSync({}); document.adoptedStyleSheets = [unseen]; void 0",
        json!(unseen)
    );
    browser.eval(&style);
    browser.fill_in(&[("Account name", "anna")]);
}

#[test]
fn without_a_script_pages_say_what_needs_one() {
    let mut counter = Counter::new();
    let (link, origin) = (counter.first_link(), counter.origin.clone());
    let mut browser = Chromium::start();
    browser.without_scripts();
    browser.open(&format!("{origin}/sign-in"));
    assert!(browser.text().contains("needs JavaScript"), "{}", browser.text());
    browser.open(&format!("{origin}/set-up/{link}"));
    assert!(browser.text().contains("needs JavaScript"), "{}", browser.text());
}

#[test]
fn a_person_signs_in_by_mail_and_code_and_sees_their_case() {
    let mut counter = Counter::mailing();
    let [(anna, _), (ben, _)] = counter.founded();
    let (mut dan, _) = counter.join(&mut [anna, ben], "dan", 10, &["interviewer"]);
    let case = counter.case_of(&mut dan, "dan");
    let code = counter.account_of(&mut dan, &case, "ann@mail.example");
    let mut browser = Chromium::start();
    let origin = counter.origin.clone();
    browser.open(&format!("{origin}/me"));
    browser.until("location.pathname === '/me/sign-in'");
    looked_over(&mut browser, "sign in to see a case");
    browser.fill("mail", "ann");
    browser.press("Send me a link");
    browser.until("document.title.startsWith('Error:')");
    assert_eq!(browser.eval("document.querySelector('[name=mail]').value"), "ann");
    browser.complaints.clear(); // The browser itself notes an answer of 422.
    looked_over(&mut browser, "sign in to see a case, with an error");
    browser.fill("mail", "ann@mail.example");
    browser.press("Send me a link");
    browser.until("document.title.startsWith('Look at your email')");
    looked_over(&mut browser, "look at your email");
    let link = counter.link_to("ann@mail.example");
    browser.open(&format!("{origin}{link}"));
    browser.fill("code", "1");
    browser.press("Sign in");
    browser.until("document.title.startsWith('Error:')");
    assert_eq!(browser.eval("document.querySelector('[name=code]').value"), "");
    browser.complaints.clear();
    looked_over(&mut browser, "enter your code, with an error");
    browser.fill("code", &code);
    browser.press("Sign in");
    browser.until("location.pathname === '/me'");
    looked_over(&mut browser, "your cases");
    browser.open(&format!("{origin}/me{case}"));
    assert!(browser.text().contains("Who looked"));
    looked_over(&mut browser, "a case, as its person sees it");
    browser.eval(
        "[...document.links].find(link => link.textContent.trim() === 'Ask to have the meeting recorded').click()",
    );
    browser.until("location.pathname.endsWith('/do/ask')");
    looked_over(&mut browser, "a person asks to record");
    browser.eval("document.querySelector('textarea[name=note]').value = 'I forget things'");
    browser.press("Ask to have the meeting recorded");
    browser.until("document.title.startsWith('Error:')");
    assert_eq!(browser.eval("document.querySelector('[name=note]').value"), "I forget things");
    browser.complaints.clear();
    looked_over(&mut browser, "a person asks to record, with errors");
    for (name, value) in [("device_of", "office"), ("doing", "record-sound"), ("adjustment", "no")] {
        browser.eval(&format!("document.querySelector('[name={name}][value={value}]').click()"));
    }
    browser.press("Ask to have the meeting recorded");
    browser.until("/^.me.cases.[0-9a-f]+$/.test(location.pathname)");
    assert!(browser.text().contains("I forget things"));
    looked_over(&mut browser, "a case, with a request of its person’s");
}

#[test]
fn a_signature_is_drawn_with_a_pen_and_seen_as_a_picture() {
    let mut counter = Counter::mailing();
    let [(anna, _), (ben, _)] = counter.founded();
    let (mut dan, _) = counter.join(&mut [anna, ben], "dan", 10, &["interviewer"]);
    let case = counter.case_of(&mut dan, "dan");
    dan.looks(&case, "arrange");
    let mut browser = Chromium::start();
    let origin = counter.origin.clone();
    browser.take_cookie(&origin, dan.cookie.as_deref().unwrap());
    browser.open(&format!("{origin}{case}/room"));
    looked_over(&mut browser, "the meeting");
    browser.open(&format!("{origin}{case}/do/agree?back=room"));
    browser.until("!document.querySelector('[data-signature]').hidden");
    looked_over(&mut browser, "the agreement");
    // What is drawn and wiped is gone; what is drawn then is sent.
    draw(&mut browser, &[(0.5, 0.5), (0.6, 0.6)]);
    browser.press("Sign again");
    browser.until("document.querySelector('[name=drawing]').value === ''");
    draw(&mut browser, &[(0.1, 0.5), (0.2, 0.25), (0.3, 0.5)]);
    let drawing = browser.eval("document.querySelector('[name=drawing]').value");
    assert_eq!(drawing.as_str().unwrap().split([' ', ';']).count(), 3, "{drawing}");
    for (name, value) in [("who", "person"), ("consent", "signed")] {
        browser.eval(&format!("document.querySelector('[name={name}][value={value}]').click()"));
    }
    browser.eval("document.querySelector('[name=template][value=agreement-1]').click()");
    browser.fill("name", "Jo Example");
    let title = browser.eval("document.querySelector('h1').textContent");
    browser.press(title.as_str().unwrap());
    browser.until("location.pathname.endsWith('/room')");
    browser.open(&format!("{origin}{case}"));
    let picture = browser.eval("document.querySelector('.signature__picture path').getAttribute('d')");
    let points = drawing.as_str().unwrap().replace(',', " ");
    let points: Vec<&str> = points.split(' ').collect();
    let points: Vec<String> = points.chunks(2).map(|point| point.join(" ")).collect();
    assert_eq!(picture, format!("M{}", points.join("L")));
    looked_over(&mut browser, "a case with a signature");
}

/// Draws with a pen that is put down, moved and lifted, at these parts of the field's width and height.
fn draw(browser: &mut Chromium, points: &[(f64, f64)]) {
    let field = "(() => { const it = document.querySelector('canvas'); it.scrollIntoView({block: 'center', behavior: 'instant'}); const box = it.getBoundingClientRect(); return [box.x, box.y, box.width, box.height] })()";
    let field = browser.eval(field);
    let [x, y, width, height] = [0, 1, 2, 3].map(|at| field[at].as_f64().unwrap());
    let mut act = |kind: &str, (across, down): (f64, f64), buttons: u32| {
        let (x, y) = (x + across * width, y + down * height);
        let event = json!({"type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1, "pointerType": "pen"});
        browser.call("Input.dispatchMouseEvent", event);
    };
    act("mousePressed", points[0], 1);
    points[1..].iter().for_each(|point| act("mouseMoved", *point, 1));
    act("mouseReleased", points[points.len() - 1], 0);
}
