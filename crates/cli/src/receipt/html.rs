//! A paper as one HTML page: self-contained, no script, no address outside itself, printable on one sheet.
//!
//! Not the words (`build.rs`). Invariants: every text is escaped here and nowhere else, and stands in an element of its
//! own direction; a policy in the page forbids everything but its own style; black on white, readable at any width.

use super::page::{MAKER, Page, Part};
use super::qr;
use crate::text::visible;

/// System fonts only. Print sizes are chosen so that the longest receipt stays on one sheet of A4.
const STYLE: &str = "\
*{box-sizing:border-box}\
body{margin:0 auto;max-width:44rem;padding:1rem;font:1.0625rem/1.4 Arial,Helvetica,sans-serif;color:#0b0c0c;background:#fff;overflow-wrap:anywhere}\
header{border-bottom:.5rem solid #1d70b8;margin-bottom:1rem}\
h1{font-size:2rem;line-height:1.15;margin:.5rem 0}\
h2{font-size:1.3rem;line-height:1.2;margin:1.5rem 0 .5rem}\
p{margin:.5rem 0}ul{margin:.5rem 0;padding-left:1.25rem}\
dl{margin:.5rem 0}dl div{border-bottom:1px solid #b1b4b6;padding:.35rem 0}\
dt{font-weight:700}dd{margin:0}\
.verdict{border-left:.5rem solid #00703c;padding:.5rem 1rem;font-weight:700}\
.words{border:3px solid #0b0c0c;padding:.5rem 1rem}.words b{display:block;font-size:1.5rem;line-height:1.25}\
code,kbd{font-family:Consolas,Menlo,monospace;font-size:.95em}\
.command{display:block;background:#f3f2f1;padding:.5rem .75rem;margin:.35rem 0}\
.code svg{display:block;width:11rem;height:11rem}figure{margin:.75rem 0}figcaption{margin:0}\
.maker{font-size:.85em}\
@media(min-width:40rem){dl div{display:flex}dt{flex:0 0 13rem;padding-right:1rem}.code{display:flex;gap:1rem;align-items:center}.code svg{flex:none}}\
@page{size:A4;margin:11mm 14mm}\
@media print{body{max-width:none;padding:0;font-size:9pt;line-height:1.25}header{border-bottom-width:2pt;margin-bottom:4pt}\
h1{font-size:16pt;margin:0 0 2pt}h2{font-size:11pt;margin:7pt 0 2pt;break-after:avoid}p,ul,dl{margin:2pt 0}\
dl div{display:flex;padding:1pt 0}dt{flex:0 0 36mm;padding-right:3mm}.verdict{padding:2pt 6pt;border-left-width:3pt}\
.words{padding:2pt 6pt;border-width:1.5pt}.words b{font-size:13pt}.command{padding:2pt 4pt;margin:1pt 0;border:1px solid #b1b4b6}\
.code{display:flex;gap:4mm;align-items:center}.code svg{width:26mm;height:26mm;flex:none}figure{margin:3pt 0;break-inside:avoid}}";

/// The whole page.
pub(crate) fn render(page: &Page) -> String {
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <main>\n<header>\n<h1>{}</h1>\n<p>{}</p>\n</header>\n",
        escape(&page.lang),
        escape(&page.title),
        escape(&page.title),
        escape(&page.lead),
    );
    for part in &page.parts {
        render_part(&mut html, part);
    }
    if let Some(foot) = &page.foot {
        html.push_str(&format!("<p>{}</p>\n", escape(foot)));
    }
    html.push_str(&format!("<p class=\"maker\">{}</p>\n", escape(MAKER)));
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

fn render_part(html: &mut String, part: &Part) {
    let line = match part {
        Part::Heading(title) => format!("<h2>{}</h2>\n", escape(title)),
        Part::Text(text) => format!("<p>{}</p>\n", escape(text)),
        Part::Verdict(text) => format!("<p class=\"verdict\">{}</p>\n", escape(text)),
        Part::Words { label, words } => {
            format!("<p class=\"words\">{} <b lang=\"en\">{}</b></p>\n", escape(label), escape(words))
        }
        Part::Rows(rows) => {
            let row = |(label, value): &(String, String)| {
                format!("<div><dt>{}</dt><dd><bdi>{}</bdi></dd></div>\n", escape(label), escape(value))
            };
            format!("<dl>\n{}</dl>\n", rows.iter().map(row).collect::<String>())
        }
        Part::List(items) => {
            let item = |item: &String| format!("<li><bdi>{}</bdi></li>\n", escape(item));
            format!("<ul>\n{}</ul>\n", items.iter().map(item).collect::<String>())
        }
        Part::Command(command) => format!("<kbd class=\"command\">{}</kbd>\n", escape(command)),
        Part::Code { label, caption, payload } => {
            let figure = qr::svg(payload, &escape(caption)).unwrap_or_default();
            let caption = format!("<b>{}</b><br><code>{}</code>", escape(label), escape(payload));
            format!("<figure class=\"code\">{figure}<figcaption>{caption}</figcaption></figure>\n")
        }
    };
    html.push_str(&line);
}

/// A text that is only a text, in an element or an attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_a_text() {
        for (given, wanted) in [
            ("</bdi><script>alert(1)</script>", "&lt;/bdi&gt;&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\" onload='x' &amp;", "&quot; onload=&#39;x&#39; &amp;amp;"),
            ("\u{202e}\u{0}", "\\u{202e}\\u{0}"),
            ("é 日本", "é 日本"),
        ] {
            assert_eq!(escape(given), wanted);
        }
    }
}
