//! The live screen of a recording: calm, readable from two metres, and driven by single keys.
//!
//! Not the recording, and no decision about it. Invariants: nothing is told by colour alone; the terminal is given back on every way
//! out but a kill; the thread that draws holds up nothing but itself.

mod draw;
pub(crate) mod driver;
mod keys;
mod large;
pub(crate) mod model;
mod terminal;

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crossterm::event::{self, Event, KeyEvent};

use crate::bell::Bell;
use crate::watcher::{News, Shared};
use crate::{lines, out};
use driver::Driver;
use keys::Keys;
use model::Model;
use terminal::Terminal;

/// How long a key or a piece of news may wait.
const TURN: Duration = Duration::from_millis(50);
/// How long the next of several keys is waited for; not at all would be never.
const NEXT_KEY: Duration = Duration::from_millis(1);

/// Shows a recording until it ends; then, or where the terminal cannot be drawn on, lines.
pub(crate) fn show(heard: &Receiver<News>, shared: &Shared, can_skip: bool, mut bell: Bell) {
    let mut model = Model::default();
    let handles = loop {
        match heard.recv() {
            Ok(News::Started(handles)) => break handles,
            Ok(News::Clear(done)) => drop(done.try_send(())),
            Ok(news) => {
                shared.took(&news);
                model.take(&news);
            }
            Err(_) => return,
        }
    };
    let Ok(terminal) = Terminal::enter() else {
        return lines::show(heard, shared, "", bell);
    };
    let mut screen = Screen { terminal, model, driver: Driver::default(), keys: Keys::new(can_skip) };
    screen.driver.take(handles);
    let done = screen.run(heard, shared, &mut bell);
    let told = std::mem::take(&mut screen.model).into_told();
    drop(screen);
    told.iter().for_each(|line| out::notice(line));
    if let Some(done) = done {
        // Whoever asked may have gone on.
        let _ = done.try_send(());
        lines::show(heard, shared, "", bell);
    }
}

struct Screen {
    terminal: Terminal,
    model: Model,
    driver: Driver,
    keys: Keys,
}

impl Screen {
    /// Runs until the recording has ended; then whom to tell.
    fn run(
        &mut self,
        heard: &Receiver<News>,
        shared: &Shared,
        bell: &mut Bell,
    ) -> Option<std::sync::mpsc::SyncSender<()>> {
        loop {
            self.terminal.draw(|frame| draw::draw(frame, &self.model, &self.keys));
            let turn = if self.take_keys() { Duration::ZERO } else { TURN };
            let mut news = heard.recv_timeout(turn);
            while let Ok(next) = news {
                match next {
                    News::Clear(done) => return Some(done),
                    next => self.take(&next, shared, bell),
                }
                news = heard.recv_timeout(Duration::ZERO);
            }
            if news.is_err_and(|why| why == RecvTimeoutError::Disconnected) {
                return None;
            }
            self.driver.answers().for_each(|answer| self.model.say(answer));
        }
    }

    fn take(&mut self, news: &News, shared: &Shared, bell: &mut Bell) {
        let untold = shared.took(news);
        match news {
            News::Alarm(alarm) => bell.ring(alarm),
            News::Cleared(alarm) => bell.clear(alarm),
            News::Progress(_) => bell.remind(),
            _ => {}
        }
        self.model.take(news);
        if untold > 0 {
            self.model.say(lines::untold_words(untold));
        }
    }

    /// Waits a turn for a key, and takes all that were pressed; false where the terminal cannot be read any more, and the recording goes on.
    fn take_keys(&mut self) -> bool {
        let mut at_most = TURN;
        loop {
            match event::poll(at_most) {
                Ok(true) => {}
                Ok(false) => return true,
                Err(_) => return false,
            }
            match event::read() {
                Ok(Event::Key(key)) => self.press(key),
                Ok(_) => {}
                Err(_) => return false,
            }
            at_most = NEXT_KEY;
        }
    }

    fn press(&mut self, key: KeyEvent) {
        if Keys::suspends(key) {
            self.model.take(&News::Suspending);
        }
        if let Some(wish) = self.keys.press(key, self.model.is_paused()) {
            if wish.ends() {
                self.model.finishing();
            }
            self.driver.wish(wish);
        }
    }
}
