//! Shows errors: the only place that turns a diagnostic into text for people.

use std::fmt;
use std::io::{self, Write};

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, Severity, ThemeCharacters, ThemeStyles};
use rehunt_engine::error::Error;
use rehunt_lang::diagnostic::{self, Diagnostic};

use crate::excerpt::Excerpt;
use crate::failure::{Failure, Script};
use crate::io::Terminal;

/// Writes what went wrong, with the text it is about.
///
/// # Errors
/// When the writer fails.
pub fn failure(failure: &Failure, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    match failure {
        Failure::Usage(message) => writeln!(out, "error: {message}\n\nFor more information, try '--help'."),
        Failure::Engine(Error::Query(findings), Some(script)) => diagnostics(findings, script, terminal, out),
        Failure::Engine(Error::Cancelled, _) => writeln!(out, "stopped"),
        Failure::Engine(error, _) => sentence(&Sentence::of(error), terminal, out),
        Failure::File { path, error } => {
            let message = format!("{}: {}", path.display(), plain(error));
            sentence(&Sentence { message, help: None }, terminal, out)
        }
        Failure::Told => Ok(()),
        Failure::Stream(error) => sentence(&Sentence { message: plain(error), help: None }, terminal, out),
    }
}

/// Writes every finding about a query.
///
/// # Errors
/// When the writer fails.
pub fn diagnostics(
    findings: &[Diagnostic],
    script: &Script,
    terminal: Terminal,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (i, finding) in findings.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        report(&Finding::new(finding, script), terminal, out)?;
    }
    Ok(())
}

fn sentence(sentence: &Sentence, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    report(sentence, terminal, out)
}

/// Drawn with colours and lines on a terminal, in plain characters elsewhere.
fn report(finding: &dyn miette::Diagnostic, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    let styles = if terminal.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let handler = match terminal.errors {
        Some(width) => {
            let theme = GraphicalTheme { characters: ThemeCharacters::unicode(), styles };
            GraphicalReportHandler::new_themed(theme).with_width(width)
        }
        None => GraphicalReportHandler::new_themed(GraphicalTheme::none()).with_wrap_lines(false),
    };
    let mut text = String::new();
    match handler.with_links(false).render_report(&mut text, finding) {
        Ok(()) => writeln!(out, "{}", text.trim_matches('\n')),
        // Drawing fails when a span is not of the text; the sentence alone is still worth having.
        Err(fmt::Error) => writeln!(out, "error: {finding}"),
    }
}

/// The text of an error without the number of the operating system's code.
fn plain(error: &dyn fmt::Display) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.as_str(), |(before, _)| before).to_owned()
}

/// A diagnostic with the part of the query it is about, in miette's words.
#[derive(Debug)]
struct Finding<'a> {
    diagnostic: &'a Diagnostic,
    excerpt: Excerpt,
}

impl<'a> Finding<'a> {
    fn new(diagnostic: &'a Diagnostic, script: &Script) -> Self {
        let others = diagnostic.labels.iter().map(|label| label.span);
        let spans: Vec<_> = std::iter::once(diagnostic.span).chain(others).collect();
        Self { diagnostic, excerpt: Excerpt::new(script, &spans) }
    }
}

impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Finding<'_> {}

impl miette::Diagnostic for Finding<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(match self.diagnostic.kusto_code {
            Some(kusto) => Box::new(format!("{} ({kusto})", self.diagnostic.code)),
            None => Box::new(self.diagnostic.code),
        })
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.diagnostic.severity {
            diagnostic::Severity::Error => Severity::Error,
            diagnostic::Severity::Warning => Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let mut spans = self.excerpt.spans().iter().map(|span| (span.start, span.end - span.start));
        let primary = spans.next().map(|span| LabeledSpan::new_primary_with_span(None, span));
        let others = self.diagnostic.labels.iter().zip(spans);
        let others = others.map(|(label, span)| LabeledSpan::new_with_span(Some(label.text.clone()), span));
        Some(Box::new(primary.into_iter().chain(others)))
    }
}

/// An error that is about no text.
#[derive(Debug)]
struct Sentence {
    message: String,
    help: Option<String>,
}

impl Sentence {
    fn of(error: &Error) -> Self {
        let help = match error {
            Error::Load { help, .. } => help.clone(),
            _ => None,
        };
        Self { message: plain(error), help }
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Sentence {}

impl miette::Diagnostic for Sentence {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rehunt_lang::span::Span;

    use super::*;

    fn shown(text: &str, findings: &[Diagnostic]) -> String {
        let script = Script { name: "hunt.kql".into(), text: text.into() };
        let mut out = Vec::new();
        diagnostics(findings, &script, Terminal::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_finding_has_code_place_labels_and_help() {
        let finding = Diagnostic::error("unknown-column", Span::new(16, 19), "no column `Ip`")
            .kusto("KS142")
            .label(Span::new(0, 6), "its columns come from here")
            .help("did you mean `IP`?");
        let text = shown("Logons\n| where Ip == ''", &[finding]);
        for part in
            ["unknown-column (KS142)", "no column `Ip`", "hunt.kql:2:10", "come from here", "did you mean `IP`?"]
        {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn every_span_can_be_drawn_even_of_nothing_and_beyond_the_end() {
        for (text, start, end) in
            [("", 0, 0), ("T", 1, 1), ("T |", 3, 3), ("日本", 0, 99), ("日本", 1, 2), ("a\n\n", 3, 3)]
        {
            let finding = Diagnostic::error("unfinished", Span::new(start, end), "expected an operator");
            assert!(shown(text, &[finding]).contains("expected an operator"));
        }
    }

    #[test]
    fn a_line_of_thousands_of_characters_is_cut_around_the_finding() {
        let text = format!("{} wrong {}", "a".repeat(3000), "b".repeat(3000));
        let finding = Diagnostic::error("unknown-operator", Span::new(3001, 3006), "no operator `wrong`");
        let shown = shown(&text, &[finding]);
        assert!(shown.lines().all(|line| line.len() < 250), "{shown}");
        assert!(shown.contains("hunt.kql:1:3002") && shown.contains("a wrong b"), "{shown}");
    }
}
