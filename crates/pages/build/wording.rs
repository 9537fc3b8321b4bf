//! The message catalogue as Rust: a function a message, whose parameters are the message's own.
//!
//! Not a reader of Fluent (`fluent-syntax` is). Invariants: a message that a page asks for and English lacks does not compile; Welsh says nothing that
//! English does not, and knows no parameter more; a message is text, so nothing in it is markup; terms, attributes and functions are refused.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Message, Pattern, PatternElement, Variant, VariantKey};
use fluent_syntax::parser;

/// File and text.
pub(crate) type Text = (String, String);

/// The messages of a language by key.
type Catalogue = BTreeMap<String, Said>;

/// Words of Rust, which name no function and no parameter.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// One message: where it stands, what it needs, and the Rust that says it.
struct Said {
    file: String,
    parameters: Vec<(String, Kind)>,
    source: String,
    rust: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
}

/// The source of all functions, or the first thing that is wrong.
pub(crate) fn generate(english: &[Text], welsh: &[Text]) -> Result<String, String> {
    let (english, welsh) = (read(english, "english")?, read(welsh, "welsh")?);
    for (key, said) in &welsh {
        let Some(original) = english.get(key) else {
            return Err(format!("{}: {key}: English does not have this message; add it there first", said.file));
        };
        let knows = |(name, kind): &(String, Kind)| {
            let known = original.parameters.iter().find(|(known, _)| known == name);
            known.is_some_and(|(_, known)| known == kind || *kind == Kind::Text)
        };
        if let Some((name, _)) = said.parameters.iter().find(|parameter| !knows(parameter)) {
            return Err(format!(
                "{}: {key}: ${name} is not a parameter of the English message, or a text there",
                said.file
            ));
        }
    }
    check_names(&english)?;
    let mut rust = String::new();
    for (key, said) in &english {
        write_function(&mut rust, key, said, welsh.get(key));
    }
    let missing: Vec<&String> = english.keys().filter(|key| !welsh.contains_key(*key)).collect();
    let _ = writeln!(rust, "/// Every message.\npub const KEYS: &[&str] = &{:?};", english.keys().collect::<Vec<_>>());
    let _ = writeln!(
        rust,
        "/// The messages that Welsh pages say in English.\npub const MISSING_IN_WELSH: &[&str] = &{missing:?};"
    );
    Ok(rust)
}

/// What a compiler would say of functions that nobody wrote is said of the messages that make them.
fn check_names(english: &Catalogue) -> Result<(), String> {
    let mut functions: BTreeMap<String, &str> = BTreeMap::new();
    for (key, said) in english {
        let wrong = |what: String| Err(format!("{}: {key}: {what}", said.file));
        if let Some(other) = functions.insert(rust_name(key), key) {
            return wrong(format!("it would make the same function as {other}; name it otherwise"));
        }
        let of_message = std::iter::once(rust_name(key));
        let mut names = of_message.chain(said.parameters.iter().map(|(name, _)| name.clone()));
        if let Some(name) = names.find(|name| KEYWORDS.contains(&name.as_str())) {
            return wrong(format!("`{name}` is a word of Rust; name it otherwise"));
        }
        if said.parameters.iter().any(|(name, _)| name == "language") {
            return wrong("every message has a parameter `language` already; name it otherwise".to_owned());
        }
    }
    Ok(())
}

fn read(texts: &[Text], language: &str) -> Result<Catalogue, String> {
    let mut catalogue = Catalogue::new();
    for (file, text) in texts {
        let resource = parser::parse(text.as_str()).map_err(|(_, errors)| {
            let at = errors.first().map_or(0, |error| error.pos.start);
            let line = 1 + text[..at.min(text.len())].matches('\n').count();
            format!("{file}:{line}: this is not a message of Fluent")
        })?;
        for entry in &resource.body {
            let message = match entry {
                Entry::Message(message) => message,
                Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => continue,
                Entry::Term(term) => return Err(format!("{file}: -{}: terms are not used here", term.id.name)),
                Entry::Junk { .. } => return Err(format!("{file}: something in it is not a message of Fluent")),
            };
            let key = message.id.name.to_owned();
            let said = said(file, message, language).map_err(|what| format!("{file}: {key}: {what}"))?;
            if let Some(first) = catalogue.insert(key.clone(), said) {
                return Err(format!("{file}: {key}: it is in {} already", first.file));
            }
        }
    }
    Ok(catalogue)
}

fn said(file: &str, message: &Message<&str>, language: &str) -> Result<Said, String> {
    let pattern = message.value.as_ref().ok_or("it says nothing")?;
    if !message.attributes.is_empty() {
        return Err("attributes are not used here; make it two messages".to_owned());
    }
    let mut parameters = Vec::new();
    find_parameters(pattern, &mut parameters)?;
    let rust = expression(pattern, language)?;
    let mut source = String::new();
    plain(pattern, &mut source);
    Ok(Said { file: file.to_owned(), parameters, source, rust })
}

/// Names and kinds, in the order in which they stand: what is selected on is a number, whatever else is text.
fn find_parameters(pattern: &Pattern<&str>, found: &mut Vec<(String, Kind)>) -> Result<(), String> {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        match expression {
            Expression::Inline(InlineExpression::StringLiteral { .. }) => {}
            Expression::Inline(InlineExpression::VariableReference { id }) => note(id.name, Kind::Text, found),
            Expression::Inline(_) => return Err("only parameters and quoted text may stand in braces".to_owned()),
            Expression::Select { selector: InlineExpression::VariableReference { id }, variants } => {
                note(id.name, Kind::Number, found);
                for variant in variants {
                    find_parameters(&variant.value, found)?;
                }
            }
            Expression::Select { .. } => return Err("only a parameter can be selected on".to_owned()),
        }
    }
    Ok(())
}

/// Adds a parameter, or makes a number of one that was taken for a text.
fn note(name: &str, kind: Kind, found: &mut Vec<(String, Kind)>) {
    let name = rust_name(name);
    match found.iter_mut().find(|(known, _)| *known == name) {
        Some((_, known)) if kind == Kind::Number => *known = kind,
        Some(_) => {}
        None => found.push((name, kind)),
    }
}

/// A Rust expression of type `String`.
fn expression(pattern: &Pattern<&str>, language: &str) -> Result<String, String> {
    let (mut format, mut arguments, mut literal) = (String::new(), String::new(), String::new());
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => {
                literal.push_str(value);
                format.push_str(&value.replace('{', "{{").replace('}', "}}"));
            }
            PatternElement::Placeable { expression: Expression::Inline(InlineExpression::StringLiteral { value }) } => {
                literal.push_str(value);
                format.push_str(&value.replace('{', "{{").replace('}', "}}"));
            }
            PatternElement::Placeable { expression: Expression::Inline(inline) } => {
                if let InlineExpression::VariableReference { id } = inline {
                    let _ = write!(format, "{{{}}}", rust_name(id.name));
                }
            }
            PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                let InlineExpression::VariableReference { id } = selector else { continue };
                format.push_str("{}");
                let _ = write!(arguments, ", {}", choice(&rust_name(id.name), variants, language)?);
            }
        }
    }
    if format.replace("{{", "").contains('{') {
        Ok(format!("format!({format:?}{arguments})"))
    } else {
        Ok(format!("String::from({literal:?})"))
    }
}

/// A `match` on a number: what is equal to it, then its plural form, then the rest.
fn choice(name: &str, variants: &[Variant<&str>], language: &str) -> Result<String, String> {
    let mut arms = String::new();
    let mut rest = None;
    let ordered = |exact: bool| {
        variants.iter().filter(move |variant| matches!(variant.key, VariantKey::NumberLiteral { .. }) == exact)
    };
    for variant in ordered(true).chain(ordered(false)) {
        let value = expression(&variant.value, language)?;
        if variant.default {
            rest = Some(value);
            continue;
        }
        let pattern = match variant.key {
            VariantKey::NumberLiteral { value } => {
                let number: u64 = value.parse().map_err(|_| format!("[{value}] is not a whole number"))?;
                format!("({number}, _)")
            }
            VariantKey::Identifier { name } => format!("(_, Plural::{})", plural(name)?),
        };
        let _ = write!(arms, "{pattern} => {value}, ");
    }
    let rest = rest.ok_or("a select has one variant with a star")?;
    if arms.is_empty() {
        return Err("a select with one variant selects nothing".to_owned());
    }
    Ok(format!("match ({name}, Plural::{language}({name})) {{ {arms} _ => {rest} }}"))
}

fn plural(name: &str) -> Result<&'static str, String> {
    const FORMS: &[(&str, &str)] =
        &[("zero", "Zero"), ("one", "One"), ("two", "Two"), ("few", "Few"), ("many", "Many")];
    let form = FORMS.iter().find(|(form, _)| *form == name);
    form.map(|(_, rust)| *rust).ok_or_else(|| format!("[{name}] is no plural form that could stand without a star"))
}

/// What a message says, for the function's documentation.
fn plain(pattern: &Pattern<&str>, into: &mut String) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => into.push_str(value),
            PatternElement::Placeable { expression: Expression::Inline(InlineExpression::StringLiteral { value }) } => {
                into.push_str(value);
            }
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::VariableReference { id }),
            } => {
                let _ = write!(into, "${}", id.name);
            }
            PatternElement::Placeable { expression: Expression::Select { variants, .. } } => {
                if let Some(variant) = variants.iter().find(|variant| variant.default) {
                    plain(&variant.value, into);
                }
            }
            PatternElement::Placeable { .. } => {}
        }
    }
}

fn write_function(rust: &mut String, key: &str, english: &Said, welsh: Option<&Said>) {
    let name = rust_name(key);
    let kind = |kind: &Kind| if *kind == Kind::Number { "u64" } else { "&str" };
    let parameters: String = english.parameters.iter().map(|(name, k)| format!("{name}: {}, ", kind(k))).collect();
    let _ = writeln!(rust, "#[doc = {:?}]", format!("\u{201c}{}\u{201d}", english.source.trim()));
    let _ = writeln!(rust, "#[must_use]\n#[allow(unused_variables)]");
    let _ = writeln!(rust, "pub fn {name}(language: Language, {parameters}) -> Words {{");
    let _ = writeln!(rust, "    match language {{");
    let _ = writeln!(rust, "        Language::English => Words::of(language, Language::English, {}),", english.rust);
    let (written, said) = welsh.map_or(("English", english), |welsh| ("Welsh", welsh));
    let _ = writeln!(rust, "        Language::Welsh => Words::of(language, Language::{written}, {}),", said.rust);
    let _ = writeln!(rust, "    }}\n}}\n");
}

fn rust_name(key: &str) -> String {
    key.replace('-', "_").to_lowercase()
}
