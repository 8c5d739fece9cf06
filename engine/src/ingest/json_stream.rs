//! JSON documents that are longer than what should be held: a window of the text moves over them. Of a list of records
//! (`[...]`, `{"value":[...]}`, `{"records":[...]}`, `{"Schema":[...],"Results":[...]}`) no more than a stretch is in memory;
//! any other document has to be held whole.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use super::LONGEST_DOCUMENT;
use super::json::{Reader, first_has, hunting_form, members_of, newlines};
use super::json_table::Records;
use super::json_text::{Fault, Members, skip_blanks, value_end};

/// Bytes by which the window grows at least. Tests move it in small steps, so that every border is met.
const STEP: usize = if cfg!(test) { 16 } else { 1 << 20 };
/// Bytes behind a fault that are looked at to show it.
const SHOWN: usize = 8192;

/// A part of a text that is read on demand.
pub(super) struct Window<'r> {
    /// The part.
    text: String,
    input: Box<dyn BufRead + 'r>,
    /// Bytes that are not in the text yet: a character may be cut.
    cut: Vec<u8>,
    /// Nothing comes after the text.
    ended: bool,
    /// Why it broke off.
    broken: Option<io::Error>,
    /// Whether there were bytes that are not UTF-8.
    damaged: bool,
}

impl<'r> Window<'r> {
    /// Starts with what was read already.
    pub(super) fn new(read: Vec<u8>, broken: Option<io::Error>, input: Box<dyn BufRead + 'r>) -> Self {
        let ended = broken.is_some();
        let mut window = Self { text: String::new(), input, cut: read, ended, broken, damaged: false };
        window.decode();
        window
    }

    /// Reads on: about as much as is there. False at the end.
    fn more(&mut self) -> bool {
        if self.ended {
            return false;
        }
        let most = STEP.max(self.text.len()) as u64;
        match self.input.by_ref().take(most).read_to_end(&mut self.cut) {
            Ok(0) => self.ended = true,
            Ok(_) => {}
            Err(error) => (self.broken, self.ended) = (Some(error), true),
        }
        self.decode();
        true
    }

    /// Moves what is whole into the text.
    fn decode(&mut self) {
        let mut bytes = self.cut.as_slice();
        loop {
            let fault = match std::str::from_utf8(bytes) {
                Ok(text) => {
                    self.text.push_str(text);
                    bytes = &[];
                    break;
                }
                Err(fault) => fault,
            };
            let (valid, rest) = bytes.split_at(fault.valid_up_to());
            self.text.push_str(&String::from_utf8_lossy(valid));
            match fault.error_len() {
                None if !self.ended => {
                    bytes = rest;
                    break;
                }
                wrong => {
                    self.text.push(char::REPLACEMENT_CHARACTER);
                    self.damaged = true;
                    bytes = rest.get(wrong.unwrap_or(rest.len())..).unwrap_or_default();
                }
            }
        }
        self.cut = bytes.to_vec();
    }

    /// Steps over blanks, reading on where they end the window.
    fn skip_blanks(&mut self, mut at: usize) -> usize {
        loop {
            at = skip_blanks(&self.text, at);
            if at < self.text.len() || !self.more() {
                return at;
            }
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }
}

/// Tells whether a fault is only that the window ends.
fn cut_off(fault: &Fault, window: &Window) -> bool {
    fault.at >= window.text.len() && !window.ended
}

/// The list of a document whose records can be read one by one.
enum List {
    /// Records.
    Plain,
    /// The rows of a hunting API's answer; nothing where the file is refused.
    Hunting(Option<Records>),
}

impl Reader<'_> {
    /// Reads documents to the end. After a fault it goes on at the next line that begins a record.
    pub(super) fn documents(&mut self, window: &mut Window) {
        let start = window.skip_blanks(0);
        if start == window.text.len() {
            self.loader.form("empty");
            self.loader.problem(0, "", "", "the file is empty", "");
        }
        self.forget(window, start);
        // What closes a document that has a fault is no fault of its own.
        let mut closes = false;
        while !window.text.is_empty() && !self.loader.is_stopped() {
            if closes && matches!(window.byte(0), Some(b',' | b']' | b'}')) {
                let next = window.skip_blanks(1);
                self.forget(window, next);
                continue;
            }
            if window.text.len() as u64 >= LONGEST_DOCUMENT {
                let reason = format!(
                    "one JSON document longer than {} MB that is no list of records: export it as lines",
                    LONGEST_DOCUMENT >> 20
                );
                return self.loader.refuse(0, reason, "");
            }
            let end = match self.long_document(window) {
                Ok(end) => end,
                Err(fault) => {
                    closes = true;
                    self.fault(window, fault)
                }
            };
            let next = window.skip_blanks(end);
            self.forget(window, next);
        }
        if let Some(error) = &window.broken {
            self.loader.problem(0, "", "", format!("the file breaks off: {error}"), "");
        }
        if window.damaged {
            self.loader.problem(0, "", "", "bytes that are not UTF-8, shown as \u{fffd}", "");
        }
    }

    /// Forgets the window's text before `at`.
    fn forget(&mut self, window: &mut Window, at: usize) {
        self.line += newlines(&window.text, 0, at);
        window.text.drain(..at.min(window.text.len()));
    }

    /// Notes a fault, and returns where to go on.
    fn fault(&mut self, window: &mut Window, fault: Fault) -> usize {
        while window.text.len() < fault.at + SHOWN && window.more() {}
        let line = self.line + newlines(&window.text, 0, fault.at);
        let next = |text: &str, from: usize| text.get(from..).and_then(|rest| rest.find("\n{")).map(|n| from + n + 1);
        let found = next(&window.text, fault.at);
        let raw = window.text.get(fault.start..found.unwrap_or(window.text.len())).unwrap_or("");
        self.loader.problem(line, "", "", format!("not JSON: {}", fault.reason), raw);
        if let Some(at) = found {
            return at;
        }
        loop {
            let kept = usize::from(window.text.ends_with('\n'));
            self.forget(window, window.text.len() - kept);
            if !window.more() {
                return window.text.len();
            }
            if let Some(at) = next(&window.text, 0) {
                return at;
            }
        }
    }

    /// Reads the document that begins the window, and returns the byte after it.
    fn long_document(&mut self, window: &mut Window) -> Result<usize, Fault> {
        let list = match window.byte(0) {
            _ if window.ended => None,
            Some(b'[') => self.list_at(window, 0)?.then_some((0, List::Plain)),
            Some(b'{') => self.list_within(window)?,
            _ => None,
        };
        let Some((at, mut list)) = list else {
            while (window.text.len() as u64) < LONGEST_DOCUMENT && window.more() {}
            let line = self.line;
            let end = self.document(&window.text, 0);
            self.line = line;
            return end;
        };
        let end = self.elements(window, at, &mut list)?;
        if at == 0 {
            return Ok(end);
        }
        // What stands behind the list belongs to the answer, not to its rows.
        loop {
            let mut rest = Members::behind(&window.text, end);
            let mut others = String::new();
            let fault = rest.by_ref().find_map(|member| match member {
                Ok(member) if member.key.starts_with('@') || matches!(list, List::Hunting(_)) => None,
                Ok(member) => {
                    others.push_str(&format!("{:?}:{} ", member.key, member.value));
                    None
                }
                Err(fault) => Some(fault),
            });
            match fault {
                Some(fault) if cut_off(&fault, window) => drop(window.more()),
                Some(fault) => return Err(fault),
                None => {
                    let end = rest.end();
                    if !others.is_empty() {
                        self.loader.problem(self.line, "", "", "not read: it stands behind a list of records", &others);
                    }
                    return Ok(end);
                }
            }
        }
    }

    /// Tells whether the array at `at` is a list of records.
    fn list_at(&self, window: &mut Window, at: usize) -> Result<bool, Fault> {
        let start = window.skip_blanks(at + 1);
        if window.byte(start) != Some(b'{') {
            return Ok(false);
        }
        loop {
            match value_end(&window.text, start) {
                Ok(end) => {
                    let members = members_of(window.text.get(start..end).unwrap_or(""));
                    return Ok(self.kind.is_some() || !members.iter().any(|m| m.key == "FrameType"));
                }
                Err(fault) if cut_off(&fault, window) => drop(window.more()),
                Err(fault) => return Err(fault.since(start)),
            }
        }
    }

    /// Finds the list of records in the bag that begins the window; nothing where it is whole, or has none.
    fn list_within(&mut self, window: &mut Window) -> Result<Option<(usize, List)>, Fault> {
        loop {
            let mut walk = Members::new(&window.text, 0);
            let (members, fault) = walk.until_fault();
            let Some(fault) = fault.filter(|fault| cut_off(fault, window)) else { return Ok(None) };
            let (at, key) = (walk.end(), walk.pending());
            let key = key.filter(|_| window.byte(at) == Some(b'[')).map(Cow::into_owned);
            let schema = members.iter().find(|m| m.key.eq_ignore_ascii_case("schema") && m.value.starts_with('['));
            let plain = members.iter().all(|m| m.key.starts_with('@'));
            let lower = key.as_deref().map(str::to_ascii_lowercase).unwrap_or_default();
            if let (true, Some(schema)) = (lower == "results", schema) {
                let graph = schema.key == "schema" || members.iter().any(|m| m.key == "@odata.context");
                let rows = Records::begin(self.loader, hunting_form(graph), schema.value, self.line);
                return Ok(Some((at, List::Hunting(rows))));
            }
            let page = plain && key.as_deref() == Some("value");
            if (page || lower == "records") && self.list_at(window, at)? {
                let list = window.text.get(at..).unwrap_or("");
                if page || first_has(list, &["category", "properties"]) {
                    return Ok(Some((at, List::Plain)));
                }
            }
            if window.text.len() as u64 >= LONGEST_DOCUMENT || !window.more() {
                return Err(fault.since(0));
            }
        }
    }

    /// Puts the elements of the array at `at`, and returns the byte after it. What comes before a fault is kept.
    fn elements(&mut self, window: &mut Window, at: usize, list: &mut List) -> Result<usize, Fault> {
        let mut at = window.skip_blanks(at + 1);
        if window.byte(at) == Some(b']') {
            return Ok(at + 1);
        }
        // Lines are counted once: `counted` is how far, `lines` how many.
        let (mut counted, mut lines) = (0, 0);
        loop {
            if at >= STEP {
                self.forget(window, at);
                (at, counted, lines) = (0, 0, 0);
            }
            lines += newlines(&window.text, counted, at);
            counted = at;
            self.line += lines;
            let end = self.element_at(window, at, list);
            self.line -= lines;
            let Some(end) = end? else {
                window.more();
                continue;
            };
            if self.loader.is_stopped() {
                return Ok(end);
            }
            at = window.skip_blanks(end);
            match window.byte(at) {
                Some(b',') => at = window.skip_blanks(at + 1),
                Some(b']') => return Ok(at + 1),
                Some(_) => return Err(Fault { at, reason: "expected `,` or the closing bracket", start: at }),
                None => return Err(Fault { at, reason: "the JSON breaks off", start: at }),
            }
        }
    }

    /// Puts the element at `at`, and returns the byte after it; nothing where the window ends within it.
    fn element_at(&mut self, window: &Window, at: usize, list: &mut List) -> Result<Option<usize>, Fault> {
        let alike = match list {
            List::Plain => self.row_alike(&window.text, at),
            List::Hunting(rows) => rows.as_mut().and_then(|r| r.put_alike(self.loader, &window.text, at, self.line)),
        };
        if let Some(end) = alike {
            return Ok(Some(end));
        }
        match value_end(&window.text, at) {
            // A number may go on.
            Ok(end) if end < window.text.len() || window.ended => {
                self.element(window.text.get(at..end).unwrap_or(""), list);
                Ok(Some(end))
            }
            Err(fault) if !cut_off(&fault, window) => Err(fault.since(at)),
            _ => Ok(None),
        }
    }

    fn element(&mut self, value: &str, list: &mut List) {
        match list {
            List::Hunting(Some(rows)) => rows.put(self.loader, value, self.line),
            List::Hunting(None) => {}
            List::Plain if value.starts_with('{') => self.record(value, &members_of(value)),
            List::Plain => {
                self.loader.problem(self.line, "", "", "a single value where a record should be", value);
            }
        }
    }
}
