//! The command line: what it accepts and what it says about itself.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueHint};
use rehunt_engine::ingest::{Form, LoadOptions, Order, Tz, order_of_locale, zone_of_name};
use rehunt_engine::limits::ROWS;
use rehunt_lang::time::parse_datetime;

use crate::output::Format;

/// Replays KQL hunting queries offline, on exported evidence.
///
/// Loads files exported from Defender, Sentinel, Entra or the audit log, and runs published hunting
/// queries on them as they stand. Without a query it opens a prompt.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "rehunt", bin_name = "rehunt", version, after_long_help = EXAMPLES, subcommand_precedence_over_arg = true)]
pub struct CommandLine {
    /// What to do other than run a query.
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub evidence: Evidence,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub replay: Replay,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub show: Show,
    /// The query itself, in place of a file.
    #[arg(short, long, value_name = "QUERY", conflicts_with = "file")]
    pub query: Option<String>,
    /// A file that holds the query; `-` reads standard input.
    #[arg(value_name = "QUERY.kql", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
}

/// The commands besides running a query.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Answers many queries: JSON lines `{"id","query"}` in, one result line each out.
    ///
    /// A result line is `{"id","ok":true,"columns":[{"name","type"}],"rows":[[...]],"notes":[...]}` or
    /// `{"id","ok":false,"error":{"code","message","start","end","help"}}`. A query with several results has the
    /// further ones under "more", each with its name. start and end count characters (Unicode scalar values), not bytes.
    /// A bad query or line never stops the rest; the exit code is 0 once every line is answered.
    #[command(after_long_help = BATCH_EXAMPLE)]
    Batch {
        #[command(flatten)]
        #[allow(missing_docs)]
        evidence: Evidence,
        #[command(flatten)]
        #[allow(missing_docs)]
        replay: Replay,
    },
    /// Binds many queries without running them: JSON lines `{"id","query"}` in, diagnostics and columns out.
    ///
    /// A result line is `{"id","ok","diagnostics":[{"code","kusto_code","severity","message","start","end","help"}],
    /// "columns":[{"name","type"}]}`; columns are those of the last result. severity is `error` or `warning`.
    Check {
        #[command(flatten)]
        #[allow(missing_docs)]
        evidence: Evidence,
        /// Tables without rows and stored functions, as JSON:
        /// `{"tables": {NAME: [[COLUMN, TYPE]]}, "functions": {NAME: {"params", "body"}}}`.
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        schemas: Option<PathBuf>,
    },
    /// Lays query files out anew: one operator a line, sub-queries indented, long lists broken, comments kept.
    ///
    /// Files are rewritten in place; `-` reads standard input and writes standard output. A file that cannot be
    /// read as a query is reported and left alone, and the exit code is 1.
    Fmt {
        /// Query files; `-` is standard input.
        #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
        /// Writes nothing: names the files that differ from their layout; the exit code is 1 if there are any.
        #[arg(long)]
        check: bool,
    },
    /// Adds evidence to a case on disk: typed, time-ordered Parquet that opens at once, however large it is.
    ///
    /// `rehunt -d CASE` then queries it. Files that are in the case already are left out, so evidence may be added as
    /// it comes. A crash in the middle leaves the case as it was. Other tools read the Parquet files too.
    Import {
        #[command(flatten)]
        #[allow(missing_docs)]
        evidence: Evidence,
        /// The folder of the case; it is made when missing.
        #[arg(value_name = "CASE", value_hint = ValueHint::DirPath)]
        case: PathBuf,
    },
    /// Writes a synthetic tenant to try things on: mail, clicks, cloud, sign-in and audit tables with attacks in them.
    ///
    /// The files are the same on every run. Its clock stands at 2025-06-16T00:00:00Z: give that to --now.
    Sample {
        /// The folder to write to; it is made when missing.
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        dir: PathBuf,
        /// Multiplies the ordinary rows around the attacks.
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        scale: u32,
    },
    /// Lists what was loaded: table, file, detected form, rows, time span, problems.
    Tables {
        #[command(flatten)]
        #[allow(missing_docs)]
        evidence: Evidence,
        #[command(flatten)]
        #[allow(missing_docs)]
        show: Show,
    },
}

/// The files to load.
#[derive(Args, Clone, Debug, Default)]
pub struct Evidence {
    /// A folder or file of exported evidence; may be given several times.
    #[arg(short = 'd', long = "data", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// The table of all files, or of one by its name (FILE=NAME, repeatable), whatever they look like.
    #[arg(long = "table", value_name = "[FILE=]NAME", help_heading = LOADING)]
    pub tables: Vec<String>,
    /// The columns of files that have no header, in their order.
    #[arg(long, value_name = "A,B,...", value_delimiter = ',', help_heading = LOADING)]
    pub columns: Vec<String>,
    /// The form of all files, whatever they look like.
    #[arg(long, value_name = "FORM", value_parser = PossibleValuesParser::new(Form::names().collect::<Vec<_>>()).try_map(form), help_heading = LOADING)]
    pub form: Option<Form>,
    /// The time zone of files that have local times without saying whose, such as Asia/Tokyo.
    #[arg(long, value_name = "ZONE", value_parser = zone_of_name, help_heading = LOADING)]
    pub tz: Option<Tz>,
    /// The language of the machine that exported, such as en-AU, where 4/2/2025 could be two days.
    #[arg(long, value_name = "LOCALE", value_parser = order_of_locale, help_heading = LOADING)]
    pub locale: Option<Order>,
    /// Leaves out rows that repeat others; without it they are only counted.
    #[arg(long, help_heading = LOADING)]
    pub dedupe: bool,
    /// A local file in place of what lies outside: FileProfile, DeviceFromIP, SeenBy, AssignedIPAddresses,
    /// _GetWatchlist('alias'), geo_info_from_ip_address (an .mmdb), or a URL of `externaldata`.
    #[arg(long = "map", value_name = "NAME=FILE", value_parser = mapping, help_heading = LOADING)]
    pub maps: Vec<(String, PathBuf)>,
    /// Gives every known table that the evidence lacks, without rows; what only the service or the network has is
    /// empty too, and named in the notes.
    #[arg(long, help_heading = LOADING)]
    pub empty_tables: bool,
}

const LOADING: &str = "How evidence is read";

impl Evidence {
    /// Tells whether anything but paths is said.
    fn says_how(&self) -> bool {
        let options = self.options() != LoadOptions::default();
        options || self.empty_tables || !self.maps.is_empty()
    }

    /// Returns what is said of how files are to be read.
    pub fn options(&self) -> LoadOptions {
        let mut options = LoadOptions {
            form: self.form,
            columns: self.columns.clone(),
            zone: self.tz,
            order: self.locale.unwrap_or_default(),
            dedupe: self.dedupe,
            ..LoadOptions::default()
        };
        for table in &self.tables {
            match table.split_once('=') {
                Some((file, name)) => options.tables.push((file.into(), name.to_owned())),
                None => options.table = Some(table.clone()),
            }
        }
        options
    }
}

/// How queries run.
#[derive(Args, Clone, Debug, Default)]
pub struct Replay {
    /// Fixes what now() returns, such as 2025-06-16 or 2025-06-16T12:00:00Z; otherwise the real time.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub now: Option<i64>,
    /// Gives a query parameter (`declare query_parameters`) its value; may repeat.
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    pub parameters: Vec<(String, String)>,
    /// Bounds the memory of queries, such as 4GB or 512MB; three quarters of the machine's without.
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub memory: Option<usize>,
    /// Keeps at most so many rows of a result; 0 keeps all.
    #[arg(long, value_name = "ROWS", default_value_t = ROWS)]
    pub max_rows: usize,
    /// Stops a query after so many seconds.
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// Runs a query whose line breaks were lost as it stands, and only says how it could be repaired.
    #[arg(long)]
    pub no_repair: bool,
}

/// How results are shown.
#[derive(Args, Clone, Debug, Default)]
pub struct Show {
    /// The form of the result; without it the ending of FILE decides, else table.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Writes the result to a file, which appears only when it is complete.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

impl Show {
    /// Returns the form to write: the one asked for, else the one that fits the file's ending, else a table.
    pub fn format(&self) -> Format {
        self.format.or_else(|| Format::of_file(self.output.as_deref()?)).unwrap_or(Format::Table)
    }
}

const EXAMPLES: &str = "\
Examples:
  rehunt sample tenant                                        write a tenant to try things on
  rehunt -d tenant --now 2025-06-16 hunt.kql                  run a published hunt on it
  rehunt -d tenant -q 'EmailEvents | count'                   run a query typed here
  rehunt -d mail.csv -d signins.json.gz -o out.csv hunt.kql   load two files, save the rows
  rehunt -d tenant                                            open the prompt
  rehunt tables -d tenant                                     see what was recognised
  rehunt import -d exports case                               keep it as a case that opens at once

Exit codes: 0 done, 1 a query or a file failed, 2 wrong command line.";

const BATCH_EXAMPLE: &str = "\
Example:
  echo '{\"id\": 1, \"query\": \"print x = 1 + 1\"}' | rehunt batch
  {\"id\":1,\"ok\":true,\"columns\":[{\"name\":\"x\",\"type\":\"long\"}],\"rows\":[[2]],\"notes\":[]}";

/// Reads a command line, program name first.
///
/// # Errors
/// What clap says of it; `--help` and `--version` arrive that way too.
pub fn parse(args: impl Iterator<Item = OsString>) -> Result<CommandLine, clap::Error> {
    let mut line = CommandLine::try_parse_from(args)?;
    let stray = line.query.is_some() || line.file.is_some() || line.replay.now.is_some() || line.replay.no_repair;
    let shown = line.show.format.is_some() || line.show.output.is_some();
    let before = std::mem::take(&mut line.evidence);
    match &mut line.command {
        None => line.evidence = before,
        Some(_) if stray || shown => return Err(misplaced("options of a command stand after its name")),
        // What is said of evidence before the command's name would be lost.
        Some(_) if before.says_how() => return Err(misplaced("options of a command stand after its name")),
        Some(Command::Sample { .. }) if !before.paths.is_empty() => {
            return Err(misplaced("`sample` writes evidence and loads none, so `-d` has no meaning"));
        }
        Some(Command::Fmt { .. }) if !before.paths.is_empty() => {
            return Err(misplaced("`fmt` lays out text and loads nothing, so `-d` has no meaning"));
        }
        Some(Command::Fmt { .. } | Command::Sample { .. }) => {}
        // `rehunt -d case tables` is what comes out when a command is appended to the last line.
        Some(
            Command::Batch { evidence, .. }
            | Command::Check { evidence, .. }
            | Command::Import { evidence, .. }
            | Command::Tables { evidence, .. },
        ) => {
            evidence.paths.splice(0..0, before.paths);
        }
    }
    Ok(line)
}

fn misplaced(message: &str) -> clap::Error {
    CommandLine::command().error(ErrorKind::ArgumentConflict, message)
}

fn mapping(text: &str) -> Result<(String, PathBuf), String> {
    // A URL may have signs of equality itself.
    let parts = if text.contains("://") { text.rsplit_once('=') } else { text.split_once('=') };
    let (name, file) = parts.ok_or("expected a name and a file, as in FileProfile=profiles.csv")?;
    Ok((name.trim().to_owned(), file.into()))
}

fn form(name: String) -> Result<Form, String> {
    Form::from_name(&name).ok_or_else(|| format!("no form `{name}`"))
}

fn time(text: &str) -> Result<i64, String> {
    parse_datetime(text).ok_or_else(|| "expected a time such as 2025-06-16 or 2025-06-16T12:00:00Z".to_owned())
}

/// Reads a size such as `512MB`, `4 GiB` or `1000000`, in bytes; K, M, G and T are powers of 1024.
fn bytes(text: &str) -> Result<usize, String> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let power = match unit.trim().to_ascii_uppercase().trim_end_matches("IB").trim_end_matches('B') {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err("write a size such as 512MB or 4GB".into()),
    };
    let number: usize = number.parse().map_err(|_| "write a size such as 512MB or 4GB")?;
    number.checked_mul(1 << power).filter(|bytes| *bytes > 0).ok_or_else(|| "that size is out of range".into())
}

/// Reads `NAME=VALUE`.
fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn line(words: &str) -> Result<CommandLine, clap::Error> {
        parse(std::iter::once("rehunt").chain(words.split_whitespace()).map(OsString::from))
    }

    #[test]
    fn the_definition_holds_together() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn paths_repeat_and_may_stand_before_a_command() {
        let command = line("-d a tables -d b -d c").unwrap().command;
        assert!(
            matches!(command, Some(Command::Tables { evidence, .. }) if evidence.paths == ["a", "b", "c"].map(PathBuf::from))
        );
    }

    #[test]
    fn a_file_is_a_query_and_a_dash_is_one_too() {
        assert_eq!(line("-d case hunt.kql").unwrap().file, Some("hunt.kql".into()));
        assert_eq!(line("-").unwrap().file, Some("-".into()));
        assert!(line("-q T hunt.kql").is_err());
    }

    #[test]
    fn the_ending_of_the_file_decides_the_form_unless_one_is_named() {
        assert_eq!(line("-q T -o x.PARQUET").unwrap().show.format(), Format::Parquet);
        assert_eq!(line("-q T -o x.csv --format jsonl").unwrap().show.format(), Format::Jsonl);
        assert_eq!(line("-q T -o x.dat").unwrap().show.format(), Format::Table);
    }

    #[test]
    fn what_is_said_of_files_reaches_the_loader() {
        let said = "-d x --table T --table a.csv=U --form rows --tz Asia/Tokyo --locale en-AU --dedupe -q T";
        let options = line(said).unwrap().evidence.options();
        assert_eq!((options.table.as_deref(), options.tables[0].1.as_str()), (Some("T"), "U"));
        assert_eq!((options.form, options.order, options.dedupe), (Some(Form::Rows), Order::DayFirst, true));
        assert_eq!(options.zone.map(|zone| zone.name()), Some("Asia/Tokyo"));
        for wrong in ["--tz Mars/Olympus -q T", "--locale en -q T", "--form xlsx -q T"] {
            assert!(line(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_are_bytes_with_or_without_a_unit() {
        let memory = |size: &str| line(&format!("-q T --memory {size}")).map(|line| line.replay.memory);
        assert_eq!(memory("512MB").unwrap(), Some(512 << 20));
        assert_eq!(memory("4GiB").unwrap(), Some(4 << 30));
        assert_eq!(memory("1000").unwrap(), Some(1000));
        assert!(memory("0").is_err() && memory("4XB").is_err() && memory("99999999999TB").is_err());
    }

    #[test]
    fn what_a_command_cannot_use_is_refused() {
        for words in
            ["-q T tables", "--now 2025-06-16 batch", "-d x sample y", "--now yesterday -q T", "sample y --scale 0"]
        {
            assert!(line(words).is_err(), "{words}");
        }
    }
}
