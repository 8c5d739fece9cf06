//! A case: a query, what it should give, and what it gives.

use rehunt_engine::engine::Engine;
use rehunt_engine::error::Error;
use rehunt_engine::ingest::Quiet;
use rehunt_lang::diagnostic::Diagnostic;
use rehunt_lang::plan::Prelude;

use crate::rows;
use crate::session::{NOW, PLAIN, run};

/// A query with its expectations.
pub struct Case {
    pub name: String,
    pub setup: String,
    pub query: String,
    /// Files to map: what each stands in for, and its text.
    pub files: Vec<(String, String)>,
    pub expectations: Vec<Expectation>,
}

/// A fence below a query.
#[derive(Clone, PartialEq)]
pub struct Expectation {
    pub kind: Kind,
    pub text: String,
}

/// What a fence below a query holds.
#[derive(Clone, PartialEq)]
pub enum Kind {
    Result,
    Error,
    Note,
    Plan,
    /// What is legal but probably not meant; looked at only where it is expected.
    Lint,
    /// The right rows, and why they do not come.
    Gap(String),
}

/// What came of a check.
pub enum Verdict {
    Holds,
    Gap(String),
    Fails(String),
}

impl Kind {
    pub fn of(info: &str) -> Option<Kind> {
        Some(match info {
            "result" => Kind::Result,
            "error" => Kind::Error,
            "note" => Kind::Note,
            "plan" => Kind::Plan,
            "lint" => Kind::Lint,
            _ => Kind::Gap(info.strip_prefix("known-gap:")?.trim().to_owned()),
        })
    }

    pub fn info(&self) -> String {
        match self {
            Kind::Result => "result".into(),
            Kind::Error => "error".into(),
            Kind::Note => "note".into(),
            Kind::Plan => "plan".into(),
            Kind::Lint => "lint".into(),
            Kind::Gap(reason) => format!("known-gap: {reason}"),
        }
    }
}

impl Case {
    /// The query with its setup before it.
    pub fn script(&self) -> String {
        format!("{}{}", self.setup, self.query)
    }

    /// Runs the query and compares.
    pub fn check(&self) -> Verdict {
        if self.expectations.is_empty() {
            return Verdict::Fails("nothing is expected; `KQL_UPDATE=1 cargo test` writes what it gives".into());
        }
        let given = self.given(self.wants_plan());
        let gap = self.expectations.iter().find_map(|e| match &e.kind {
            Kind::Gap(reason) => Some((reason, &e.text)),
            _ => None,
        });
        if let Some((reason, right)) = gap {
            let closed = given.iter().any(|g| g.kind == Kind::Result && self.same(&g.text, right));
            return match closed {
                true => Verdict::Fails(format!("the gap is closed; make its fence `result`: {reason}")),
                false => Verdict::Gap(reason.clone()),
            };
        }
        let agree = given.len() == self.expectations.len()
            && given.iter().zip(&self.expectations).all(|(g, e)| self.agree(g, e));
        match agree {
            true => Verdict::Holds,
            false => Verdict::Fails(format!(
                "{}\nexpected:\n{}\nfound:\n{}",
                self.script(),
                fences(&self.expectations),
                fences(&given)
            )),
        }
    }

    /// Returns what should stand below the query now; an expectation that still holds keeps its text.
    pub fn rewritten(&self) -> Vec<Expectation> {
        if matches!(self.check(), Verdict::Holds | Verdict::Gap(_)) {
            return self.expectations.clone();
        }
        self.given(self.wants_plan())
    }

    /// The engine without a table, with the files mapped.
    fn engine(&self) -> Engine {
        let mut engine = PLAIN.clone();
        let folder = tempfile::tempdir().unwrap();
        for (n, (name, text)) in self.files.iter().enumerate() {
            let path = folder.path().join(format!("{n}.csv"));
            std::fs::write(&path, text).unwrap();
            engine.map(name, &path, &Quiet).unwrap();
        }
        engine
    }

    fn wants_plan(&self) -> bool {
        self.expectations.iter().any(|e| e.kind == Kind::Plan)
    }

    fn agree(&self, given: &Expectation, expected: &Expectation) -> bool {
        given.kind == expected.kind
            && match given.kind {
                Kind::Result => self.same(&given.text, &expected.text),
                _ => given.text == expected.text,
            }
    }

    fn same(&self, a: &str, b: &str) -> bool {
        rows::same(a, b, rows::is_ordered(&self.query))
    }

    fn given(&self, plan: bool) -> Vec<Expectation> {
        let script = self.script();
        let expectation = |kind, text| Expectation { kind, text };
        let mut given = Vec::new();
        if self.expectations.iter().any(|e| e.kind == Kind::Lint) {
            let bound = PLAIN.session().at(NOW).check(&script);
            let lints: Vec<_> = bound.lints.iter().map(|lint| described(lint, &script)).collect();
            return vec![expectation(Kind::Lint, lints.concat())];
        }
        if plan {
            given.push(expectation(Kind::Plan, plans(&script)));
            // A page of plans need not show rows.
            if self.expectations.len() == 1 {
                return given;
            }
        }
        match run(&self.engine(), &script) {
            Ok(answer) => {
                given.extend(answer.tables.iter().map(|table| expectation(Kind::Result, rows::table(table))));
                given.extend(answer.notes.iter().map(|note| expectation(Kind::Note, format!("{}\n", note.trim_end()))));
            }
            Err(Error::Query(diagnostics)) => {
                let texts: Vec<_> = diagnostics.iter().map(|d| described(d, &script)).collect();
                given.push(expectation(Kind::Error, texts.concat()));
            }
            Err(error) => given.push(expectation(Kind::Error, format!("{error}\n"))),
        }
        given
    }
}

/// Writes what a query binds to: what runs before it, then each of its results.
fn plans(script: &str) -> String {
    let bound = PLAIN.session().at(NOW).check(script);
    let preludes = bound.preludes.iter().zip(0..).map(|(prelude, n)| match prelude {
        Prelude::Table(rel) => format!("table {n}:\n{rel}"),
        Prelude::Scalar(rel) => format!("scalar {n}:\n{rel}"),
        Prelude::List(rel) => format!("list {n}:\n{rel}"),
    });
    let plans = preludes.chain(bound.results.iter().map(|result| result.rel.to_string()));
    plans.map(|plan| format!("{}\n", plan.trim_end())).collect()
}

/// Writes a diagnostic: `code: message`, then the text it points at, further labels, help.
fn described(diagnostic: &Diagnostic, script: &str) -> String {
    let excerpt = |span: rehunt_lang::span::Span| script.get(span.start..span.end).unwrap_or("nothing");
    let mut text = format!("{}: {}\n", diagnostic.code, diagnostic.message);
    let mut line = |what: &str, is: &str| text.push_str(&format!("  {what}: {is}\n"));
    line("at", excerpt(diagnostic.span));
    for label in &diagnostic.labels {
        line(&label.text, excerpt(label.span));
    }
    if let Some(help) = &diagnostic.help {
        line("help", help);
    }
    text
}

fn fences(expectations: &[Expectation]) -> String {
    expectations.iter().map(|e| format!("({})\n{}", e.kind.info(), e.text)).collect()
}
