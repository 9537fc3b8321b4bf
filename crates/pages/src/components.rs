//! The components of the GOV.UK Design System, a module each: what a page says of one, and the HTML that comes of it.
//!
//! Not how they look (`assets/pages.css`) and not what a page says. Invariants: each gives the HTML that govuk-frontend's own fixtures ask for, or
//! stands in the table of `tests/components.rs` with the reason; their own words come from the catalogue; an empty text is an absent one.

mod accordion;
mod back_link;
mod breadcrumbs;
mod button;
mod character_count;
mod choices;
mod cookie_banner;
mod date_input;
mod details;
mod error_message;
mod error_summary;
mod exit_this_page;
mod feedback;
mod field;
mod fieldset;
mod file_upload;
mod footer;
mod header;
mod hint;
mod input;
mod inset_text;
mod label;
mod language_navigation;
mod logo;
mod notification_banner;
mod pagination;
mod panel;
mod password_input;
mod phase_banner;
mod select;
mod service_navigation;
mod skip_link;
mod summary_list;
mod table;
mod tabs;
mod tag;
mod task_list;
mod textarea;
mod warning_text;

pub use accordion::{Accordion, Section};
pub use back_link::BackLink;
pub use breadcrumbs::{Breadcrumbs, Crumb};
pub use button::{Button, ButtonType};
pub use character_count::{CharacterCount, Counted};
pub use choices::{Checkboxes, Choice, ChoiceItem, Choices, Radios};
pub use cookie_banner::{CookieBanner, Message};
pub use date_input::{DateInput, DatePart};
pub use details::Details;
pub use error_message::ErrorMessage;
pub use error_summary::{ErrorSummary, Fault};
pub use exit_this_page::ExitThisPage;
pub use feedback::Feedback;
pub use field::{Field, Group};
pub use fieldset::{Fieldset, Legend};
pub use file_upload::{Enhanced, FileUpload};
pub use footer::{Footer, FooterColumn, FooterLink, Licence, Meta};
pub use header::{GenericHeader, Header};
pub use hint::Hint;
pub use input::{Affix, Input, Wrapper};
pub use inset_text::InsetText;
pub use label::Label;
pub use language_navigation::{LanguageLink, LanguageNavigation};
pub use notification_banner::{BannerType, NotificationBanner};
pub use pagination::{PageLink, Pagination, Step};
pub use panel::{Interruption, Panel};
pub use password_input::PasswordInput;
pub use phase_banner::PhaseBanner;
pub use select::{Select, SelectItem};
pub use service_navigation::{End, NavigationItem, ServiceNavigation, Slots};
pub use skip_link::SkipLink;
pub use summary_list::{Action, Actions, Card, Cell, Row, SummaryList};
pub use table::{Table, TableCell};
pub use tabs::{Tab, Tabs};
pub use tag::Tag;
pub use task_list::{Status, Task, TaskList};
pub use textarea::Textarea;
pub use warning_text::WarningText;

use crate::Html;
use crate::html::el;
use crate::wording::Language;

/// Something that a page is made of.
pub trait Component {
    /// The HTML, with the component's own words in this language.
    fn html(&self, language: Language) -> Html;
}

/// What a component holds: a line of text, which is made a paragraph of, or what is one or more paragraphs already.
#[derive(Debug, Clone)]
pub enum Prose {
    /// A line.
    Line(Html),
    /// Paragraphs, lists, anything.
    Blocks(Html),
}

impl Default for Prose {
    fn default() -> Prose {
        Prose::Line(Html::NONE)
    }
}

impl Prose {
    fn is_empty(&self) -> bool {
        matches!(self, Prose::Line(html) | Prose::Blocks(html) if html.is_empty())
    }

    /// The content, with a line in a paragraph of these classes.
    fn html(&self, paragraph: &str) -> Html {
        match self {
            Prose::Line(line) if line.is_empty() => Html::NONE,
            Prose::Line(line) => el("p").class(paragraph).child(line).into(),
            Prose::Blocks(blocks) => blocks.clone(),
        }
    }
}

/// How deep a heading stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    /// The page's.
    H1,
    /// A part's.
    H2,
    /// A part of a part's.
    H3,
    /// The fourth.
    H4,
}

impl Heading {
    fn name(self) -> &'static str {
        match self {
            Heading::H1 => "h1",
            Heading::H2 => "h2",
            Heading::H3 => "h3",
            Heading::H4 => "h4",
        }
    }
}

/// The first text that says something.
fn first<'a>(texts: &[&'a str]) -> &'a str {
    texts.iter().find(|text| !text.is_empty()).copied().unwrap_or_default()
}

/// What a script says, by the attribute in which the script looks for it: `data-i18n.KEY`.
pub type Translations<'a> = Vec<(&'static str, &'a str)>;
