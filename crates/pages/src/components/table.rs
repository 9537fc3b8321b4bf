//! Table: many things side by side.
//!
//! Not for laying out a page.
//! Invariants: a heading says for what it is one; numbers can stand right.

use super::Component;
use crate::Html;
use crate::html::{Attributes, Element, el};
use crate::wording::Language;

/// A table.
#[derive(Debug, Clone, Default)]
pub struct Table<'a> {
    /// What it shows.
    pub caption: Html,
    /// More classes of the caption.
    pub caption_classes: &'a str,
    /// The headings of the columns; `None` for a table without.
    pub head: Option<Vec<TableCell<'a>>>,
    /// The rows.
    pub rows: Vec<Vec<TableCell<'a>>>,
    /// Whether the first cell of a row is its heading.
    pub first_cell_is_header: bool,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

/// One cell.
#[derive(Debug, Clone, Default)]
pub struct TableCell<'a> {
    /// What it says.
    pub content: Html,
    /// `numeric` for numbers.
    pub format: &'a str,
    /// How many columns it covers.
    pub colspan: Option<u16>,
    /// How many rows it covers.
    pub rowspan: Option<u16>,
    /// More classes.
    pub classes: &'a str,
    /// More attributes.
    pub attributes: Attributes<'a>,
}

impl Component for Table<'_> {
    fn html(&self, _: Language) -> Html {
        let caption = || el("caption").class("govuk-table__caption").class(self.caption_classes).child(&self.caption);
        let head = self.head.as_ref().map(|cells| {
            let cells = cells.iter().map(|cell| cell.put_into(el("th").attr("scope", "col"), "header", true));
            el("thead").class("govuk-table__head").child(el("tr").class("govuk-table__row").children(cells))
        });
        el("table")
            .class("govuk-table")
            .class(self.classes)
            .attrs(&self.attributes)
            .child_if(!self.caption.is_empty(), caption)
            .children(head)
            .child(el("tbody").class("govuk-table__body").children(self.rows.iter().map(|row| self.row(row))))
            .into()
    }
}

impl Table<'_> {
    fn row(&self, cells: &[TableCell<'_>]) -> Html {
        let cells = cells.iter().enumerate().map(|(index, cell)| {
            if index == 0 && self.first_cell_is_header {
                cell.put_into(el("th").attr("scope", "row"), "header", false)
            } else {
                cell.put_into(el("td"), "cell", true)
            }
        });
        el("tr").class("govuk-table__row").children(cells).into()
    }
}

impl TableCell<'_> {
    fn put_into(&self, element: Element, part: &str, formatted: bool) -> Element {
        element
            .class(&format!("govuk-table__{part}"))
            .class_if(formatted && !self.format.is_empty(), &format!("govuk-table__{part}--{}", self.format))
            .class(self.classes)
            .attr_maybe("colspan", self.colspan)
            .attr_maybe("rowspan", self.rowspan)
            .attrs(&self.attributes)
            .child(&self.content)
    }
}
