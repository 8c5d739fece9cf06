//! The part of a query that an error is shown with: whole lines, but of a very long line only what is near.
//!
//! Published hunts that lost their line breaks are one line of thousands of characters.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use rehunt_lang::span::Span;

use crate::failure::Script;

/// Lines up to so many bytes are shown whole.
const LONG: usize = 200;
/// Bytes shown on either side of both ends of a span in a longer line.
const AROUND: usize = 60;
/// Stands for what is left out.
const GAP: &str = "…";

/// A query as it is shown, with the spans that are marked in it.
#[derive(Debug)]
pub struct Excerpt {
    name: String,
    text: String,
    spans: Vec<Span>,
    /// Line and column of the first span in the whole text, 0-based.
    place: (usize, usize),
}

impl Excerpt {
    /// Cuts the text of a query around spans; the first one is what the error is about. Spans that are not of the
    /// text are moved into it.
    pub fn new(script: &Script, spans: &[Span]) -> Self {
        let whole = script.text.as_str();
        let spans: Vec<Span> = spans
            .iter()
            .map(|span| {
                let start = border(whole, span.start);
                Span::new(start, border(whole, span.end).max(start))
            })
            .collect();
        let pieces = pieces(whole, &spans);
        let mut text = String::new();
        let mut starts = Vec::new(); // where each piece stands in `text`
        for (i, piece) in pieces.iter().enumerate() {
            if i > 0 {
                text.push_str(GAP);
            }
            starts.push(text.len());
            text.push_str(piece.of(whole));
        }
        let moved = |offset: usize| {
            let piece = pieces.iter().zip(&starts).find(|(piece, _)| offset <= piece.end);
            piece.map_or(text.len(), |(piece, start)| start + offset.saturating_sub(piece.start))
        };
        let place = spans.first().map_or((0, 0), |first| {
            let before = whole.get(..first.start).unwrap_or("");
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            (before.matches('\n').count(), before.get(line_start..).map_or(0, |line| line.chars().count()))
        });
        let spans = spans.iter().map(|span| Span::new(moved(span.start), moved(span.end))).collect();
        Self { name: script.name.clone(), text, spans, place }
    }

    /// Returns the spans as they stand in the excerpt, in the order they were given.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }
}

/// The nearest character border at or before an offset.
fn border(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset)
}

/// The parts of the text to keep, in order; a gap lies between two of them.
fn pieces(text: &str, spans: &[Span]) -> Vec<Span> {
    let mut pieces: Vec<Span> = Vec::new();
    let mut keep = |piece: Span| match pieces.last_mut() {
        Some(last) if last.end >= piece.start => last.end = last.end.max(piece.end),
        _ => pieces.push(piece),
    };
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        if line.len() <= LONG {
            keep(Span::new(start, end));
        } else {
            let mut ends: Vec<usize> = spans.iter().flat_map(|s| [s.start, s.end]).collect();
            ends.retain(|at| (start..end).contains(at) || *at == text.len());
            ends.sort_unstable();
            let content = start + line.trim_end_matches('\n').len();
            for at in ends.into_iter().map(|at| at.min(content)) {
                let from = border(text, at.saturating_sub(AROUND)).max(start);
                keep(Span::new(from, border(text, at + AROUND).min(content)));
            }
            // The line break stays, so that the lines after it keep their numbers.
            keep(Span::new(content, end));
        }
        start = end;
    }
    pieces
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let contents = self.text.read_span(span, before, after)?;
        let first = self.spans.first().is_some_and(|first| first.start == span.offset());
        // Without context lines this is asked for the place in the heading: that of the whole text.
        let (line, column) =
            if before == 0 && after == 0 && first { self.place } else { (contents.line(), contents.column()) };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            contents.data(),
            *contents.span(),
            line,
            column,
            contents.line_count(),
        )))
    }
}
