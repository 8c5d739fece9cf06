//! What is wrong with a query, as plain data. Only the program renders it.

use crate::span::Span;

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The query cannot run.
    Error,
    /// The query runs, but probably does not mean what its author thinks.
    Warning,
}

/// A second place that explains the first: the open bracket, the other side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there, in a few words.
    pub text: String,
}

/// One finding about a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Stable slug, such as `unknown-column`.
    pub code: &'static str,
    /// Microsoft's code for the same finding, such as `KS142`, where there is one.
    pub kusto_code: Option<&'static str>,
    /// One sentence, lower case, no full stop, names in backticks.
    pub message: String,
    /// The smallest span that is wrong.
    pub span: Span,
    /// Further places.
    pub labels: Vec<Label>,
    /// One thing to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Makes an error without help.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            kusto_code: None,
            message: message.into(),
            span,
            labels: Vec::new(),
            help: None,
        }
    }

    /// Makes a warning without help.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// Adds Microsoft's code.
    pub fn kusto(mut self, code: &'static str) -> Self {
        self.kusto_code = Some(code);
        self
    }

    /// Adds the one thing to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a second place.
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Tells whether the finding stops the query.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The error for a part of KQL that is known by name but not built yet.
pub fn unsupported(span: Span, what: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error("unsupported", span, format!("not supported yet: {what}"))
}
