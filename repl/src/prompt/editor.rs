//! The line editor: history, colours, completion, and a query over several lines as one input.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use rehunt_engine::engine::Engine;
use rehunt_lang::complete::CompletionKind;
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Helper};

use crate::io::Terminal;

use super::command::COMMANDS;
use super::lines::{Line, LineSource};
use super::{history, is_ended, paint};

/// Inputs kept on disk.
const REMEMBERED: usize = 2000;

/// Reads lines from the terminal.
pub struct Editor {
    editor: rustyline::Editor<Typing, FileHistory>,
    history: Option<PathBuf>,
}

impl Editor {
    /// Makes an editor with the history of earlier sessions. A history that cannot be read or written is no reason
    /// not to talk.
    ///
    /// # Errors
    /// When there is no terminal to speak of.
    pub fn new(terminal: Terminal) -> io::Result<Self> {
        let config = Config::builder()
            .max_history_size(REMEMBERED)
            .map_err(plain)?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            .auto_add_history(false)
            .build();
        let mut editor = rustyline::Editor::with_config(config).map_err(plain)?;
        editor.set_helper(Some(Typing {
            color: terminal.color,
            engine: Engine::new(),
            files: FilenameCompleter::new(),
        }));
        let history = history::path(|name| std::env::var_os(name));
        if let Some(path) = &history {
            let _ = path.parent().map(std::fs::create_dir_all);
            let _ = editor.load_history(path);
        }
        Ok(Self { editor, history })
    }

    /// Writes at once, so that nothing is lost when the terminal is closed.
    fn remember(&mut self, text: &str) {
        let text = text.trim_end();
        let added = !text.is_empty() && self.editor.add_history_entry(text).unwrap_or(false);
        if let Some(path) = self.history.as_ref().filter(|_| added) {
            let _ = self.editor.append_history(path);
        }
    }
}

impl LineSource for Editor {
    fn read(&mut self, prompt: &str) -> io::Result<Line> {
        match self.editor.readline(prompt) {
            Ok(text) => {
                self.remember(&text);
                Ok(Line::Text(text))
            }
            Err(ReadlineError::Interrupted) => Ok(Line::Interrupted),
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(error) => Err(plain(error)),
        }
    }

    fn see(&mut self, engine: &Engine) {
        if let Some(typing) = self.editor.helper_mut() {
            typing.engine = engine.clone();
        }
    }
}

fn plain(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::Io(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

/// Looks over the user's shoulder.
struct Typing {
    color: bool,
    engine: Engine,
    files: FilenameCompleter,
}

impl Helper for Typing {}

impl Hinter for Typing {
    type Hint = String;
}

impl Validator for Typing {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        Ok(if is_ended(context.input()) { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Highlighter for Typing {
    fn highlight<'l>(&self, line: &'l str, _at: usize) -> Cow<'l, str> {
        if self.color { paint::paint(line).into() } else { line.into() }
    }

    fn highlight_char(&self, _line: &str, _at: usize, kind: CmdKind) -> bool {
        self.color && kind != CmdKind::MoveCursor
    }
}

impl Completer for Typing {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, context: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = line.get(..at).unwrap_or(line);
        if let Some(typed) = before.strip_prefix(':') {
            return match typed.split_once(' ') {
                None => Ok((0, starting(COMMANDS.iter().map(|(name, ..)| format!(":{name}")), before))),
                Some(("open", _)) => self.files.complete(line, at, context),
                Some(("schema", typed)) => {
                    let names = self.engine.catalog().tables().map(|table| table.name.clone());
                    Ok((at - typed.len(), starting(names, typed))) // `typed` is the end of `before`
                }
                Some(("explain", query)) => Ok(self.query(query, at - query.len())),
                Some(_) => Ok((at, Vec::new())),
            };
        }
        Ok(self.query(before, 0))
    }
}

impl Typing {
    /// Completes a query that begins at `offset` of the line and ends at the cursor.
    fn query(&self, query: &str, offset: usize) -> (usize, Vec<Pair>) {
        let found = self.engine.session().complete(query, query.len());
        let pairs = found.items.into_iter().map(|item| match item.kind {
            CompletionKind::Function | CompletionKind::Aggregate => {
                Pair { replacement: format!("{}(", item.text), display: item.text }
            }
            _ => pair(item.text),
        });
        (offset + found.start, pairs.collect())
    }
}

fn starting(words: impl Iterator<Item = String>, typed: &str) -> Vec<Pair> {
    let typed = typed.to_lowercase();
    words.filter(|word| word.to_lowercase().starts_with(&typed)).map(pair).collect()
}

fn pair(word: String) -> Pair {
    Pair { display: word.clone(), replacement: word }
}
