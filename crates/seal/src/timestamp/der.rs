//! Elements of DER (ITU-T X.690), read one after the other and never twice.
//!
//! Not here: what they mean. Why not a library's decoder: signatures are over the bytes as they came, so nothing may be decoded and
//! encoded again, and sets of a stranger's are not sorted. The second reader has the same rules.
//! Invariants: every read moves forward; a length is definite, in its shortest form, and within its parent; nothing is allocated.

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OID: u8 = 0x06;
pub(super) const UTF8_STRING: u8 = 0x0c;
pub(super) const PRINTABLE_STRING: u8 = 0x13;
pub(super) const TELETEX_STRING: u8 = 0x14;
pub(super) const IA5_STRING: u8 = 0x16;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const BMP_STRING: u8 = 0x1e;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// One element: its tag, what is in it, and all its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) body: &'a [u8],
    pub(super) whole: &'a [u8],
}

/// What has not been read yet of a row of elements.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an element with this tag comes next.
    pub(super) fn has(&self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    /// The next element. `None`: there is none, or it is not DER.
    pub(super) fn element(&mut self) -> Option<Element<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let size_bytes = usize::from(first).saturating_sub(0x80);
        if tag & 0x1f == 0x1f || first == 0x80 || size_bytes > 3 {
            return None;
        }
        let (size, rest) = rest.split_at_checked(size_bytes)?;
        let size_value = size.iter().fold(0, |value, byte| value << 8 | usize::from(*byte));
        let len_bytes = if size_bytes == 0 { usize::from(first) } else { size_value };
        let is_shortest = size_bytes == 0 || (len_bytes >= 0x80 && size.first() != Some(&0));
        let (body, rest) = rest.split_at_checked(len_bytes).filter(|_| is_shortest)?;
        let whole = self.0.get(..self.0.len() - rest.len())?;
        self.0 = rest;
        Some(Element { tag, body, whole })
    }

    /// The next element, which must have this tag.
    pub(super) fn take(&mut self, tag: u8) -> Option<Element<'a>> {
        if self.has(tag) { self.element() } else { None }
    }

    /// What is in the next element, which must have this tag.
    pub(super) fn body(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.take(tag).map(|element| element.body)
    }

    /// The elements in the next element, which must have this tag.
    pub(super) fn inside(&mut self, tag: u8) -> Option<Reader<'a>> {
        self.body(tag).map(Reader)
    }

    /// What is in the next element if it has this tag; it may be left out.
    #[allow(clippy::option_option)]
    pub(super) fn optional(&mut self, tag: u8) -> Option<Option<&'a [u8]>> {
        if self.has(tag) { self.body(tag).map(Some) } else { Some(None) }
    }

    /// An INTEGER in its shortest form.
    pub(super) fn integer(&mut self) -> Option<&'a [u8]> {
        let body = self.body(INTEGER)?;
        is_integer(body).then_some(body)
    }

    /// An INTEGER from 0 to 2³¹ − 1.
    pub(super) fn small(&mut self) -> Option<u32> {
        small(self.integer()?)
    }

    /// An OBJECT IDENTIFIER, as its bytes.
    pub(super) fn oid(&mut self) -> Option<&'a [u8]> {
        let body = self.body(OID)?;
        let first_of_arc = |at: usize| at == 0 || body[at - 1] & 0x80 == 0;
        let padded = (0..body.len()).any(|at| body[at] == 0x80 && first_of_arc(at));
        (body.last().is_some_and(|last| last & 0x80 == 0) && !padded).then_some(body)
    }

    /// A BOOLEAN that is false where it is left out; written out it may be either.
    pub(super) fn boolean_or_false(&mut self) -> Option<bool> {
        match self.optional(BOOLEAN)? {
            None | Some([0]) => Some(false),
            Some([0xff]) => Some(true),
            Some(_) => None,
        }
    }

    /// A BIT STRING of whole bytes.
    pub(super) fn whole_bits(&mut self) -> Option<&'a [u8]> {
        self.body(BIT_STRING)?.strip_prefix(&[0])
    }

    /// That nothing is left.
    pub(super) fn end(&self) -> Option<()> {
        self.is_empty().then_some(())
    }
}

pub(super) fn is_integer(body: &[u8]) -> bool {
    match body {
        [] => false,
        [_] => true,
        [first, second, ..] => !(*first == 0 && second & 0x80 == 0 || *first == 0xff && second & 0x80 != 0),
    }
}

/// The magnitude of an INTEGER that is not negative, without leading zeros.
pub(super) fn unsigned(body: &[u8]) -> Option<&[u8]> {
    match body {
        [first, ..] if first & 0x80 != 0 => None,
        [0, rest @ ..] => Some(rest),
        _ => Some(body),
    }
}

pub(super) fn small(body: &[u8]) -> Option<u32> {
    let magnitude = unsigned(body).filter(|magnitude| is_integer(body) && magnitude.len() <= 4)?;
    let value = magnitude.iter().fold(0, |value, byte| value << 8 | u32::from(*byte));
    (value < 1 << 31).then_some(value)
}

/// The one element that `bytes` are, which must have this tag.
pub(super) fn only(bytes: &[u8], tag: u8) -> Option<Element<'_>> {
    let mut reader = Reader::new(bytes);
    let element = reader.take(tag)?;
    reader.end().map(|()| element)
}

/// An object identifier as people write it.
pub(super) fn dotted(oid: &[u8]) -> String {
    let mut arcs = Vec::new();
    let mut arc = 0_u128;
    for byte in oid {
        arc = arc.wrapping_shl(7) | u128::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            arcs.push(arc);
            arc = 0;
        }
    }
    let first = arcs.first().copied().unwrap_or_default();
    let top = (first / 40).min(2);
    let mut text = format!("{top}.{}", first - top * 40);
    for arc in arcs.iter().skip(1) {
        text.push_str(&format!(".{arc}"));
    }
    text
}

/// An element made of parts.
pub(super) fn made(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let size = body.len().to_be_bytes();
    let size: Vec<u8> = size.iter().copied().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    if body.len() < 0x80 {
        out.push(body.len().to_le_bytes()[0]);
    } else {
        out.push(0x80 | size.len().to_le_bytes()[0]);
        out.extend(size);
    }
    out.extend(body);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_shortest_definite_lengths_are_read() {
        let long = [&[4, 0x81, 0x80][..], &[7; 0x80]].concat();
        let longer = [&[4, 0x82, 1, 0][..], &[7; 0x100]].concat();
        let padded = [&[4, 0x82, 0, 0x80][..], &[7; 0x80]].concat();
        let table: &[(&[u8], Option<usize>)] = &[
            (&[4, 0], Some(0)),
            (&[4, 2, 1, 2], Some(2)),
            (&long, Some(0x80)),
            (&longer, Some(0x100)),
            (&padded, None),
            (&[4, 0x81, 2, 1, 2], None),
            (&[4, 0x80, 0, 0], None),
            (&[4, 3, 1, 2], None),
            (&[4, 0x84, 0, 0, 0, 1, 1], None),
            (&[0x1f, 1, 0], None),
            (&[4], None),
            (&[], None),
        ];
        for (bytes, len) in table {
            let element = Reader::new(bytes).element();
            assert_eq!(element.map(|element| element.body.len()), *len, "{bytes:02x?}");
            assert!(element.is_none_or(|element| element.whole == *bytes && made(4, &[element.body]) == *bytes));
        }
    }

    #[test]
    fn values_have_one_form() {
        let small = |bytes: &[u8]| Reader::new(bytes).small();
        assert_eq!(small(&[2, 1, 5]), Some(5));
        assert_eq!(small(&[2, 4, 0x7f, 0xff, 0xff, 0xff]), Some(i32::MAX as u32));
        for bad in [&[2, 0][..], &[2, 2, 0, 5], &[2, 1, 0xff], &[2, 2, 0xff, 0x80], &[2, 5, 0, 0x80, 0, 0, 0]] {
            assert_eq!(small(bad), None, "{bad:02x?}");
        }
        let flag = |bytes: &[u8]| Reader::new(bytes).boolean_or_false();
        assert_eq!((flag(&[]), flag(&[1, 1, 0]), flag(&[1, 1, 0xff])), (Some(false), Some(false), Some(true)));
        assert_eq!((flag(&[1, 1, 1]), flag(&[1, 0])), (None, None));
        let oid = |bytes: &[u8]| Reader::new(bytes).oid().map(dotted);
        assert_eq!(oid(&[6, 3, 0x55, 0x1d, 0x25]).as_deref(), Some("2.5.29.37"));
        assert_eq!(oid(&[6, 3, 0x88, 0x37, 1]).as_deref(), Some("2.999.1"));
        assert_eq!(oid(&[6, 2, 0x2a, 0x86]), None);
        assert_eq!(oid(&[6, 3, 0x2a, 0x80, 1]), None);
    }
}
