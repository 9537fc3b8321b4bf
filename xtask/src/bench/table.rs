//! Figures as data and as the page `docs/performance.md`.
//!
//! A figure is what each contender took, the goals with what was reached, and remarks. Whether a goal was met is computed
//! here from its two numbers and nowhere else.

use std::fmt::Write;

use super::measure::Measured;

/// A number, its limit, and which side of it is good.
pub(super) struct Goal {
    what: &'static str,
    reached: f64,
    limit: f64,
    unit: &'static str,
    at_most: bool,
}

impl Goal {
    pub(super) fn at_most(what: &'static str, reached: f64, limit: f64, unit: &'static str) -> Self {
        Self { what, reached, limit, unit, at_most: true }
    }

    pub(super) fn at_least(what: &'static str, reached: f64, limit: f64, unit: &'static str) -> Self {
        Self { what, reached, limit, unit, at_most: false }
    }

    fn met(&self) -> bool {
        if self.at_most { self.reached <= self.limit } else { self.reached >= self.limit }
    }
}

/// One figure of the performance plan.
pub(super) struct Figure {
    pub(super) title: &'static str,
    pub(super) measured: Vec<Measured>,
    pub(super) goals: Vec<Goal>,
    pub(super) remarks: Vec<String>,
}

/// The whole page, in Markdown.
pub(super) fn page(machine: &str, figures: &[Figure]) -> String {
    let mut page = String::from(
        "# What is measured\n\n\
         Written by `cargo xtask bench`, which runs it all again. Times are medians over interleaved rounds, ratios are\n\
         taken round by round; CPU time and peak memory are of one run. Input: one hour of telephone prompts with a quiet\n\
         room's noise, 48 kHz, one track, 16 bit.\n\n",
    );
    let _ = writeln!(page, "{machine}");
    for figure in figures {
        let _ = writeln!(page, "{}", section(figure));
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// One figure, in Markdown.
pub(super) fn section(figure: &Figure) -> String {
    let mut text = format!("## {}\n\n| | wall | CPU | memory |\n|---|---:|---:|---:|\n", figure.title);
    for measured in &figure.measured {
        let Measured { name, cpu_s, memory_mib, .. } = measured;
        let _ = writeln!(text, "| {name} | {:.3} s | {cpu_s:.2} s | {memory_mib:.1} MiB |", measured.median_s());
    }
    text.push_str(&goals(&figure.goals));
    for remark in &figure.remarks {
        let _ = write!(text, "\n{remark}\n");
    }
    text
}

/// The table of goals.
pub(super) fn goals(goals: &[Goal]) -> String {
    let mut text = "\n| goal | limit | reached | |\n|---|---:|---:|---|\n".to_owned();
    for goal in goals {
        let Goal { what, reached, limit, unit, at_most } = goal;
        let (sign, met) = (if *at_most { "≤" } else { "≥" }, if goal.met() { "met" } else { "**missed**" });
        let _ = writeln!(text, "| {what} | {sign} {limit} {unit} | {reached:.2} {unit} | {met} |");
    }
    text
}

/// `page` with the section under the same heading replaced, or added at the end.
pub(super) fn with_section(page: &str, section: &str) -> String {
    let heading = section.lines().next().unwrap_or_default();
    let start = page.find(&format!("{heading}\n")).unwrap_or(page.len());
    let rest = page[start..].get(heading.len()..).unwrap_or_default();
    let end = rest.find("\n## ").map_or("", |at| &rest[at + 1..]);
    let parts = [page[..start].trim_end(), section.trim(), end.trim()];
    let mut page = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    page.push('\n');
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_know_their_side() {
        assert!(Goal::at_most("", 1.15, 1.15, "").met() && !Goal::at_most("", 1.16, 1.15, "").met());
        assert!(Goal::at_least("", 5.0, 5.0, "").met() && !Goal::at_least("", 4.9, 5.0, "").met());
        assert!(!Goal::at_most("", f64::NAN, 1.0, "").met());
    }

    #[test]
    fn a_section_takes_the_place_of_the_one_before() {
        let page = "# Page\n\n## A\n\na\n\n## B\n\nb\n";
        assert_eq!(with_section(page, "## A\n\nnew\n"), "# Page\n\n## A\n\nnew\n\n## B\n\nb\n");
        assert_eq!(with_section(page, "## B\n\nnew\n"), "# Page\n\n## A\n\na\n\n## B\n\nnew\n");
        assert_eq!(with_section(page, "## C\n\nnew\n"), "# Page\n\n## A\n\na\n\n## B\n\nb\n\n## C\n\nnew\n");
    }

    #[test]
    fn a_missed_goal_is_said() {
        let figure = Figure {
            title: "F0 · nothing",
            measured: vec![Measured::published("ours", 0.5, 12.0)],
            goals: vec![Goal::at_most("time", 2.0, 1.0, "×")],
            remarks: vec!["A remark.".to_owned()],
        };
        let page = page("A machine.\n", &[figure]);
        for expected in
            ["| ours | 0.500 s | 0.50 s | 12.0 MiB |", "| time | ≤ 1 × | 2.00 × | **missed** |", "A remark."]
        {
            assert!(page.contains(expected), "{expected} is not in {page}");
        }
    }
}
