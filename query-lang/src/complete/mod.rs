//! What may stand at the cursor: operators behind a pipe, tables where one is due, and in an operator its
//! columns, functions and words.
//!
//! It looks at tokens, not at the tree: the text is unfinished by nature. Columns come from binding what stands
//! before the operator.

mod parameters;

use std::collections::HashSet;

use crate::bind::bind;
use crate::bind::data::Told;
use crate::host::Host;
use crate::lexer::{Token, TokenKind, tokens};
use crate::operators::{OPERATORS, Place};
use crate::parse;
use crate::types::Type;

/// What kind of thing a completion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CompletionKind {
    /// A column of the rows at the cursor.
    Column,
    /// What a `let` names.
    Variable,
    /// A table of the host.
    Table,
    /// A word of the language: `by`, `contains`, `let`.
    Keyword,
    /// A tabular operator.
    Operator,
    /// An aggregate, offered in `summarize`.
    Aggregate,
    /// A scalar function.
    Function,
}

/// One thing that may stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What is written: a name in brackets where it needs them.
    pub text: String,
    /// What it is.
    pub kind: CompletionKind,
    /// A column's type, a function's summary; may be empty.
    pub detail: String,
}

/// What may stand at the cursor, and which text it replaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    /// Byte offset where the word at the cursor begins; the cursor where there is none.
    pub start: usize,
    /// The completions: columns first, in their order, each other kind by name.
    pub items: Vec<Completion>,
}

/// Finds what may stand at a byte offset of a query. The beginning of a word before the offset narrows it down,
/// case apart.
pub fn complete(text: &str, offset: usize, host: &dyn Host) -> Completions {
    let offset = (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let head = text.get(..offset).unwrap_or("");
    let (mut start, mut typed) = split_word(head, |c| c.is_ascii_alphanumeric() || c == '_');
    let (hyphened, operator) = split_word(head, |c| c.is_ascii_alphanumeric() || c == '-');
    if head.get(..hyphened).unwrap_or("").trim_end().ends_with('|') {
        (start, typed) = (hyphened, operator);
    }
    let before = head.get(..start).unwrap_or("");
    let (all, comments) = tokens(before);
    if comments.last().is_some_and(|c| c.end == start) || all.iter().any(|t| t.kind == TokenKind::OpenText) {
        return Completions { start, items: Vec::new() };
    }
    let mut items = Asked { text: before, tokens: &all, host }.answer();
    let typed = typed.to_lowercase();
    let mut seen = HashSet::new();
    items.retain(|item| {
        let name = item.text.trim_start_matches("['").to_lowercase();
        name.starts_with(&typed) && seen.insert(item.text.clone())
    });
    Completions { start, items }
}

/// Splits the run of characters off that a text ends with.
fn split_word(text: &str, belongs: fn(char) -> bool) -> (usize, &str) {
    let start = text.trim_end_matches(belongs).len();
    (start, text.get(start..).unwrap_or(""))
}

/// Words that begin a statement.
const STATEMENT_WORDS: &[&str] = &["let", "set"];

/// Words between two values.
const BETWEEN_VALUES: &[&str] = &[
    "and",
    "between",
    "contains",
    "contains_cs",
    "endswith",
    "endswith_cs",
    "has",
    "has_all",
    "has_any",
    "has_cs",
    "hasprefix",
    "hassuffix",
    "in",
    "in~",
    "matches regex",
    "or",
    "startswith",
    "startswith_cs",
];

/// Words between two values of which one is a text.
const FOR_TEXTS: &[&str] = &[
    "contains",
    "contains_cs",
    "endswith",
    "endswith_cs",
    "has",
    "has_all",
    "has_any",
    "has_cs",
    "hasprefix",
    "hassuffix",
    "matches regex",
    "startswith",
    "startswith_cs",
];

/// Words an operator knows behind a value or its keyword, sorted by operator.
const OPERATOR_WORDS: &[(&str, &[&str])] = &[
    ("join", &["on"]),
    ("lookup", &["on"]),
    ("mv-apply", &["limit", "on", "to typeof"]),
    ("mv-expand", &["limit", "to typeof"]),
    ("order", &["asc", "by", "desc", "nulls first", "nulls last"]),
    ("project-reorder", &["asc", "desc", "granny-asc", "granny-desc"]),
    ("range", &["from", "step", "to"]),
    ("render", &["with"]),
    ("sort", &["asc", "by", "desc", "nulls first", "nulls last"]),
    ("summarize", &["by"]),
    ("top", &["asc", "by", "desc", "nulls first", "nulls last"]),
];

/// The kinds of join.
const JOIN_KINDS: &[&str] = &[
    "anti",
    "fullouter",
    "inner",
    "innerunique",
    "leftanti",
    "leftantisemi",
    "leftouter",
    "leftsemi",
    "rightanti",
    "rightantisemi",
    "rightouter",
    "rightsemi",
];

/// The charts of `render`.
const CHARTS: &[&str] = &[
    "anomalychart",
    "areachart",
    "barchart",
    "card",
    "columnchart",
    "ladderchart",
    "linechart",
    "piechart",
    "pivotchart",
    "scatterchart",
    "stackedareachart",
    "table",
    "timechart",
    "timepivot",
    "treemap",
];

/// Words behind which a value comes, though they look like names.
const BEFORE_VALUE: &[&str] = &["and", "by", "from", "of", "on", "or", "step", "to", "with"];

/// A question: the text before the word at the cursor.
struct Asked<'a> {
    text: &'a str,
    tokens: &'a [Token],
    host: &'a dyn Host,
}

/// The pipeline around the cursor, as indices of tokens.
#[derive(Clone, Copy, Debug)]
struct Around {
    /// The pipeline's first token.
    begin: usize,
    /// The pipe before the operator; none in the source.
    pipe: Option<usize>,
    /// How many brackets of the operator are open.
    depth: usize,
}

impl Asked<'_> {
    fn answer(&self) -> Vec<Completion> {
        let last = self.tokens.len().checked_sub(2).map_or("", |i| self.word(i));
        let around = self.around();
        let operator = match around.pipe {
            Some(pipe) => self.keyword(pipe + 1),
            None => self.keyword(around.begin),
        };
        let at_begin = around.begin + 1 == self.tokens.len();
        match last {
            "" | ";" | "{" => {
                self.tables().chain(words(STATEMENT_WORDS)).chain(self.operators(Place::Source)).collect()
            }
            "|" => self.operators(Place::Piped).collect(),
            "." => self.sides(&around),
            "(" if self.word(self.tokens.len().saturating_sub(3)) == "typeof" => types().collect(),
            ":" => types().collect(),
            _ if last == operator => self.behind_keyword(operator, &around),
            "=" => self.behind_equals(operator, &around),
            "(" | "," if at_begin || (operator == "union" && around.depth == 0) => {
                let tables = self.tables().chain(self.operators(Place::Source));
                tables.chain(self.values(operator, &around)).collect()
            }
            _ if self.ends_value() => self.behind_value(operator, &around),
            _ => self.values(operator, &around).collect(),
        }
    }

    fn word(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |t| t.span.of(self.text))
    }

    /// The keyword that begins at a token, hyphens included.
    fn keyword(&self, index: usize) -> &str {
        let Some(first) = self.tokens.get(index).filter(|t| t.kind == TokenKind::Word) else { return "" };
        let mut end = first.span.end;
        for token in self.tokens.iter().skip(index + 1) {
            if token.span.start != end || !matches!(token.kind, TokenKind::Word | TokenKind::Symbol("-")) {
                break;
            }
            end = token.span.end;
        }
        self.text.get(first.span.start..end).unwrap_or("")
    }

    /// Finds the pipeline around the cursor: back to a bracket that holds a pipe or nothing, or to a statement.
    fn around(&self) -> Around {
        let (mut closed, mut depth, mut pipe) = (0_usize, 0_usize, None);
        for index in (0..self.tokens.len().saturating_sub(1)).rev() {
            match self.word(index) {
                ")" | "]" | "}" => closed += 1,
                "(" | "[" | "{" if closed > 0 => closed -= 1,
                "(" | "{" if pipe.is_some() => return Around { begin: index + 1, pipe, depth: 0 },
                "(" if index + 2 == self.tokens.len() && self.opens_table(index) => {
                    return Around { begin: index + 1, pipe, depth: 0 };
                }
                "{" => return Around { begin: index + 1, pipe, depth },
                "(" | "[" => depth += 1,
                ";" if closed == 0 => return Around { begin: index + 1, pipe, depth },
                "|" if closed == 0 && pipe.is_none() => pipe = Some(index),
                _ => {}
            }
        }
        Around { begin: 0, pipe, depth: if pipe.is_some() { depth } else { 0 } }
    }

    /// Tells whether a table may begin behind the bracket at a token: `join (`, `materialize(`, `in (`.
    fn opens_table(&self, bracket: usize) -> bool {
        let behind = bracket.checked_sub(1).map_or("", |i| self.word(i));
        matches!(behind, "" | "(" | "=" | "in" | "join" | "lookup" | "materialize" | "on" | "toscalar" | "union" | "~")
            || JOIN_KINDS.contains(&behind)
    }

    /// Tells whether a value ends before the cursor, so that an operator or a word comes next.
    fn ends_value(&self) -> bool {
        let Some(index) = self.tokens.len().checked_sub(2) else { return false };
        match self.tokens.get(index).map(|t| &t.kind) {
            Some(TokenKind::Word) => {
                !BEFORE_VALUE.contains(&self.word(index)) && !BETWEEN_VALUES.contains(&self.word(index))
            }
            Some(TokenKind::Number(_) | TokenKind::Text(_) | TokenKind::Symbol(")" | "]" | "}" | "*")) => true,
            _ => false,
        }
    }

    fn behind_keyword(&self, operator: &str, around: &Around) -> Vec<Completion> {
        match operator {
            "join" | "lookup" | "union" => named_parameters(operator).chain(self.tables()).collect(),
            "sort" | "order" => words(&["by"]).collect(),
            "render" => words(CHARTS).collect(),
            "as" | "count" | "limit" | "take" | "let" | "range" | "top" => Vec::new(),
            _ => named_parameters(operator).chain(self.values(operator, around)).collect(),
        }
    }

    fn behind_equals(&self, operator: &str, around: &Around) -> Vec<Completion> {
        let named = self.tokens.len().checked_sub(3).map_or("", |i| self.word(i));
        match (operator, named) {
            _ if around.depth == 0 && parameters::of_operator(operator).iter().any(|p| p.name == named) => {
                let all = parameters::of_operator(operator).into_iter().filter(|p| p.name == named);
                all.flat_map(|p| p.values()).map(|value| plain(value, CompletionKind::Keyword)).collect()
            }
            ("let", _) => self.tables().chain(self.operators(Place::Source)).chain(self.functions()).collect(),
            _ => self.values(operator, around).collect(),
        }
    }

    /// What goes on behind a value: by its type, where it is a column; behind a parameter more of these.
    fn behind_value(&self, operator: &str, around: &Around) -> Vec<Completion> {
        let last = self.tokens.len().saturating_sub(2);
        let behind_parameter = last > 1 && self.word(last - 1) == "=" && {
            let named = self.word(last - 2);
            parameters::of_operator(operator).iter().any(|p| p.name == named)
        };
        if behind_parameter {
            return match operator {
                "join" | "lookup" | "union" => named_parameters(operator).chain(self.tables()).collect(),
                _ => named_parameters(operator).chain(self.values(operator, around)).collect(),
            };
        }
        let name = self.word(last);
        let ty = around.pipe.and_then(|pipe| {
            let columns = self.bound_columns(around.begin, pipe);
            columns.into_iter().find(|(column, _)| column == name).map(|(_, ty)| ty)
        });
        let is_text = matches!(ty, None | Some(Type::String | Type::Dynamic | Type::Unknown));
        let between = BETWEEN_VALUES.iter().filter(|word| is_text || !FOR_TEXTS.contains(word));
        let between = between.map(|word| plain(word, CompletionKind::Keyword));
        between.chain(words(operator_words(operator))).collect()
    }

    /// The words that the argument at the cursor may be, where its function takes a few only.
    fn argument_words(&self) -> Vec<Completion> {
        let (mut closed, mut place) = (0_usize, 0);
        for index in (0..self.tokens.len().saturating_sub(1)).rev() {
            match self.word(index) {
                ")" | "]" | "}" => closed += 1,
                "(" if closed == 0 => {
                    let function = index.checked_sub(1).map_or("", |i| self.word(i));
                    let values = parameters::of_function(function, place, self.host.library());
                    return values.iter().map(|v| plain(&format!("'{v}'"), CompletionKind::Keyword)).collect();
                }
                "(" | "[" | "{" if closed > 0 => closed -= 1,
                "[" | "{" | "|" | ";" if closed == 0 => break,
                "," if closed == 0 => place += 1,
                _ => {}
            }
        }
        Vec::new()
    }

    /// The columns of a side of a join, behind `$left.` and `$right.`.
    fn sides(&self, around: &Around) -> Vec<Completion> {
        match self.tokens.len().checked_sub(3).map_or("", |i| self.word(i)) {
            "left" | "right" | "$left" | "$right" => self.columns(around),
            _ => Vec::new(),
        }
    }

    fn values(&self, operator: &str, around: &Around) -> impl Iterator<Item = Completion> {
        let aggregates = match operator {
            "summarize" | "make-series" => self.aggregates(),
            _ => Vec::new(),
        };
        self.argument_words()
            .into_iter()
            .chain(self.columns(around))
            .chain(self.variables())
            .chain(aggregates)
            .chain(self.functions())
    }

    /// The columns that bind before the operator; where that fails, those of every table the statement names.
    fn columns(&self, around: &Around) -> Vec<Completion> {
        let Some(pipe) = around.pipe else { return Vec::new() };
        let mut found = self.bound_columns(around.begin, pipe);
        let from = if found.is_empty() { around.begin } else { pipe };
        for index in from..self.tokens.len() {
            for field in self.host.table(self.word(index)).unwrap_or_default() {
                found.push((field.name, field.ty));
            }
        }
        let item = |(name, ty): (String, Type)| Completion {
            text: written(&name),
            kind: CompletionKind::Column,
            detail: ty.name().to_owned(),
        };
        found.into_iter().map(item).collect()
    }

    /// Binds the statements before the cursor and the pipeline up to a pipe.
    fn bound_columns(&self, begin: usize, pipe: usize) -> Vec<(String, Type)> {
        let offset = |index: usize| self.tokens.get(index).map_or(0, |t| t.span.start);
        let statements = self.tokens.iter().take(begin).rev().find(|t| t.span.of(self.text) == ";");
        let statements = statements.map_or("", |t| self.text.get(..t.span.end).unwrap_or(""));
        let mut begin = begin;
        if self.word(begin) == "let" && self.word(begin + 2) == "=" {
            begin += 3;
        }
        let pipeline = self.text.get(offset(begin)..offset(pipe)).unwrap_or("");
        let bound = bind(&parse(&format!("{statements}\n{pipeline}")).query, self.host, &Told::default());
        let columns = bound.results.last().map(|r| r.rel.columns.as_slice()).unwrap_or_default();
        columns.iter().map(|c| (c.name.clone(), c.ty)).collect()
    }

    fn variables(&self) -> Vec<Completion> {
        let mut names: Vec<&str> = self
            .tokens
            .windows(2)
            .filter(|pair| pair.first().is_some_and(|t| t.span.of(self.text) == "let"))
            .filter_map(|pair| pair.get(1).filter(|t| t.kind == TokenKind::Word))
            .map(|t| t.span.of(self.text))
            .collect();
        // The name that is just being defined is not there yet.
        if self
            .tokens
            .iter()
            .rev()
            .find(|t| matches!(t.span.of(self.text), ";" | "let"))
            .is_some_and(|t| t.span.of(self.text) == "let")
        {
            names.pop();
        }
        names.sort_unstable();
        names.iter().map(|name| plain(name, CompletionKind::Variable)).collect()
    }

    fn tables(&self) -> impl Iterator<Item = Completion> {
        let mut names = self.host.table_names();
        names.sort_unstable();
        let tables = names.into_iter().map(|n| Completion {
            text: written(&n),
            kind: CompletionKind::Table,
            detail: String::new(),
        });
        self.variables().into_iter().chain(tables)
    }

    /// Operators that stand where one of a place does.
    fn operators(&self, place: Place) -> impl Iterator<Item = Completion> {
        OPERATORS
            .iter()
            .filter(move |(_, spec)| spec.place == place || spec.place == Place::Either)
            .map(|(keyword, spec)| summarized(keyword, CompletionKind::Operator, spec.summary))
    }

    fn functions(&self) -> Vec<Completion> {
        let all = self.host.library().functions();
        all.iter().map(|f| summarized(f.name, CompletionKind::Function, f.summary)).collect()
    }

    fn aggregates(&self) -> Vec<Completion> {
        let item = |name, summary| summarized(name, CompletionKind::Aggregate, summary);
        let both = |a: &'static crate::library::AggregateSpec| {
            std::iter::once(item(a.name, a.summary)).chain(a.filtered.map(|name| item(name, a.summary)))
        };
        self.host.library().aggregates().into_iter().flat_map(both).collect()
    }
}

fn operator_words(operator: &str) -> &'static [&'static str] {
    let found = OPERATOR_WORDS.binary_search_by_key(&operator, |(name, _)| name).ok();
    found.and_then(|i| OPERATOR_WORDS.get(i)).map_or(&[], |(_, words)| words)
}

/// The parameters of an operator by name.
fn named_parameters(operator: &str) -> impl Iterator<Item = Completion> + use<> {
    parameters::of_operator(operator).into_iter().map(|p| plain(p.name, CompletionKind::Keyword))
}

fn types() -> impl Iterator<Item = Completion> {
    Type::ALL.into_iter().map(|ty| plain(ty.name(), CompletionKind::Keyword))
}

fn words(all: &'static [&'static str]) -> impl Iterator<Item = Completion> {
    all.iter().map(|word| plain(word, CompletionKind::Keyword))
}

fn plain(text: &str, kind: CompletionKind) -> Completion {
    Completion { text: text.to_owned(), kind, detail: String::new() }
}

fn summarized(text: &str, kind: CompletionKind, summary: &str) -> Completion {
    Completion { detail: summary.to_owned(), ..plain(text, kind) }
}

/// Writes a name as the language wants it: in brackets unless it is a readable word.
fn written(name: &str) -> String {
    if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && crate::name::is_readable(name) {
        name.to_owned()
    } else {
        format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tables;

    /// Completes at the end of a text.
    fn offered(text: &str) -> Vec<String> {
        complete(text, text.len(), &Tables::mail()).items.into_iter().map(|item| item.text).collect()
    }

    fn offers(text: &str, wanted: &[&str], unwanted: &[&str]) {
        let all = offered(text);
        assert!(wanted.iter().all(|w| all.iter().any(|i| i == w)), "{text}: {all:?}");
        assert!(!unwanted.iter().any(|w| all.iter().any(|i| i == w)), "{text}: {all:?}");
    }

    #[test]
    fn each_place_has_its_own() {
        offers("", &["EmailEvents", "let", "print"], &["where", "Subject", "strcat"]);
        offers("Em", &["EmailEvents"], &["CloudAppEvents", "let"]);
        offers("EmailEvents | ", &["where", "mv-expand", "union"], &["print", "Subject"]);
        offers("EmailEvents | mv-", &["mv-expand"], &["where"]);
        offers("EmailEvents | where ", &["Subject", "strcat"], &["EmailEvents", "count", "Timestamp1"]);
        offers("EmailEvents | where Subject ", &["contains", "and"], &["Subject", "where"]);
        offers("EmailEvents | where Subject == ", &["Subject"], &["contains"]);
        offers("EmailEvents | summarize ", &["count", "countif", "Size"], &[]);
        offers("EmailEvents | summarize count() ", &["by"], &["Size"]);
        offers("EmailEvents | join ", &["CloudAppEvents", "kind"], &["Subject"]);
        offers("EmailEvents | join kind=", &["leftanti"], &["Subject"]);
        offers("EmailEvents | join kind=inner (", &["CloudAppEvents"], &[]);
        offers("EmailEvents | join (CloudAppEvents | where ", &["ActionType"], &["Subject"]);
        offers("EmailEvents | join (CloudAppEvents | take 1) on ", &["Subject", "ActionType"], &[]);
        offers("EmailEvents | sort by Size ", &["asc", "desc"], &[]);
        offers("let cut = 5; EmailEvents | where Size > ", &["cut", "Size"], &[]);
        offers("let T = EmailEvents | extend twice = Size; T | where ", &["twice", "T"], &["ActionType"]);
        offers("let T = EmailEvents | where ", &["Subject"], &["T"]);
    }

    #[test]
    fn parameters_and_their_values_are_offered() {
        offers("EmailEvents | join ", &["kind", "CloudAppEvents"], &[]);
        offers("EmailEvents | join kind = ", &["leftanti"], &["Subject", "kind"]);
        offers("EmailEvents | join kind=inner ", &["CloudAppEvents"], &["Subject", "contains"]);
        offers("union kind=", &["inner", "outer"], &["leftanti", "EmailEvents"]);
        offers("union isfuzzy=true ", &["withsource", "EmailEvents"], &[]);
        offers("EmailEvents | extend a = RawEventData to typeof(", &["long", "dynamic"], &["Subject"]);
        offers("let f = (x: ", &["long", "string"], &["EmailEvents"]);
        offers("EmailEvents | extend x = part_of('a', ", &["'day'", "'year'", "Subject"], &[]);
        offers("EmailEvents | extend x = part_of(", &["Subject"], &["'day'"]);
    }

    #[test]
    fn what_goes_on_behind_a_column_fits_its_type() {
        offers("EmailEvents | where Size ", &["between", "in", "and"], &["contains", "matches regex"]);
        offers("EmailEvents | where Subject ", &["contains", "in"], &[]);
        offers("CloudAppEvents | where RawEventData ", &["has"], &[]);
    }

    #[test]
    fn columns_are_those_that_arrive_at_the_operator() {
        offers("EmailEvents | project Size, n = 1 | where ", &["Size", "n"], &["Subject"]);
        offers("EmailEvents | where strcat(Subject, ", &["Size"], &[]);
        offers("EmailEvents | extend ['a b'] = 1 | where ", &["['a b']"], &[]);
        offers("EmailEvents | broken | where ", &["Subject"], &[]);
    }

    #[test]
    fn nothing_in_comments_and_strings_and_no_offset_panics() {
        assert_eq!(offered("EmailEvents // | wh"), Vec::<String>::new());
        assert_eq!(offered("EmailEvents | where Subject has 'Si"), Vec::<String>::new());
        let text = "let é = EmailEvents | where Subject has \"日本\" and ['x";
        for offset in 0..text.len() + 3 {
            let _ = complete(text, offset, &Tables::mail());
        }
    }

    #[test]
    fn it_says_what_is_replaced_and_what_it_is() {
        let found = complete("EmailEvents | where siz", 23, &Tables::mail());
        assert_eq!(found.start, 20);
        let size = Completion { text: "Size".into(), kind: CompletionKind::Column, detail: "long".into() };
        assert_eq!(found.items, [size]);
    }
}
