//! The reference pages and README's coverage table, made from the lists of operators, plugins, functions and aggregates.

use std::fmt::Write;

use libtest_mimic::{Failed, Trial};
use rehunt::io::Terminal;
use rehunt_lang::known;
use rehunt_lang::library::{Accepts, Example, Library, Must, Overload, Param, Returns};
use rehunt_lang::operators::{OPERATORS, OperatorSpec, UNSUPPORTED};
use rehunt_lang::plugins::{PLUGINS, Runs};

use crate::cli::rehunt_in;
use crate::messages;
use crate::session::{Check, PLAIN, check_file, root};

pub fn trials() -> Vec<Trial> {
    let pages: &[(&str, Check)] = &[
        ("docs/FUNCTIONS.md", || check_file(&root().join("docs/FUNCTIONS.md"), &functions())),
        ("docs/AGGREGATES.md", || check_file(&root().join("docs/AGGREGATES.md"), &aggregates())),
        ("docs/OPERATORS.md", || check_file(&root().join("docs/OPERATORS.md"), &operators())),
        ("docs/MESSAGES.md", || check_file(&root().join("docs/MESSAGES.md"), &messages::page())),
        ("docs/PLUGINS.md", || check_file(&root().join("docs/PLUGINS.md"), &plugins())),
        ("README.md", readme),
    ];
    pages.iter().map(|(name, page)| Trial::test(format!("reference > {name}"), page)).collect()
}

fn readme() -> Result<(), Failed> {
    check_between("README.md", "coverage", &coverage())?;
    check_between("README.md", "transcript", &transcript()?)
}

/// Checks the part of a file between `<!-- name -->` and `<!-- /name -->`.
fn check_between(file: &str, name: &str, expected: &str) -> Result<(), Failed> {
    let path = root().join(file);
    let text = std::fs::read_to_string(&path)?;
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = text.split_once(&open).ok_or(format!("{file} has no {open}"))?;
    let (_, after) = rest.split_once(&close).ok_or(format!("{file} has no {close}"))?;
    check_file(&path, &format!("{before}{open}{expected}{close}{after}"))
}

const MADE: &str =
    "<!-- Made by `KQL_UPDATE=1 cargo test reference`; edit the specifications in engine/src instead. -->";
const MADE_OPERATORS: &str =
    "<!-- Made by `KQL_UPDATE=1 cargo test reference`; edit query-lang/src/operators instead. -->";

const MADE_PLUGINS: &str = "<!-- Made by `KQL_UPDATE=1 cargo test reference`; edit query-lang/src/plugins instead. -->";

fn library() -> &'static Library {
    PLAIN.builtins().library()
}

fn operators() -> String {
    let mut page = format!(
        "{MADE_OPERATORS}\n\n# Operators\n\n`[...]` may be left out, `a|b` are alternatives, `, ...` repeats what is \
         before it. `T` and `U` are tables: names, or pipelines in brackets.\n"
    );
    for (keyword, spec) in OPERATORS {
        // Spellings of one operator share an entry, under the keyword that its grammar shows.
        let primary = spec.syntax.split(|c: char| c.is_whitespace() || c == '(').any(|word| word == *keyword);
        let others = OPERATORS.iter().filter(|(k, s)| k != keyword && s.syntax == spec.syntax).map(|(k, _)| *k);
        if primary {
            operator(&mut page, keyword, spec);
            also(&mut page, &others.collect::<Vec<_>>());
        }
    }
    let missing: Vec<_> = UNSUPPORTED.iter().map(|name| format!("`{name}`")).collect();
    if !missing.is_empty() {
        let _ = write!(page, "\n## Known by name, not built yet\n\n{}\n", missing.join(", "));
    }
    page
}

fn operator(page: &mut String, keyword: &str, spec: &OperatorSpec) {
    let _ = write!(page, "\n## {keyword}\n\n{}\n", spec.summary);
    if !spec.runs {
        page.push_str("\nIt is read and checked, and refused by name when it is run.\n");
    }
    let _ = write!(page, "\n```text\n{}\n```\n", spec.syntax);
    if spec.runs {
        example(page, &spec.example);
    }
}

fn plugins() -> String {
    let mut page = format!(
        "{MADE_PLUGINS}\n\n# Plugins of evaluate\n\n`[...]` may be left out, `a|b` are alternatives, `, ...` repeats what \
         is before it. `T` and `U` are tables.\n"
    );
    let named = |runs: fn(&Runs) -> bool| PLUGINS.iter().filter(move |p| runs(&p.runs));
    for spec in named(|runs| *runs == Runs::Yes) {
        let _ = write!(page, "\n## {}\n\n{}\n\n```text\n{}\n```\n", spec.name, spec.summary, spec.syntax);
        example(&mut page, &spec.example);
    }
    let missing: Vec<_> = named(|runs| *runs == Runs::NotYet).map(|p| format!("`{}`", p.name)).collect();
    if !missing.is_empty() {
        let _ = write!(page, "\n## Checked, not run yet\n\n{}\n", missing.join(", "));
    }
    page.push_str("\n## Checked, never run\n\nEach needs what is not there offline.\n\n");
    for spec in PLUGINS {
        if let Runs::Never(why) = spec.runs {
            let _ = writeln!(page, "- `{}` {why}", spec.name);
        }
    }
    page
}

fn functions() -> String {
    let mut page = format!("{MADE}\n\n# Functions\n");
    for spec in library().functions().into_iter().filter(|s| s.supported) {
        entry(&mut page, spec.name, spec.overloads, spec.summary, spec.examples);
        also(&mut page, spec.aliases);
    }
    let missing = library().functions().into_iter().filter(|f| !f.supported);
    let missing: Vec<_> = missing.map(|f| format!("`{}`", f.name)).collect();
    if !missing.is_empty() {
        let _ = write!(page, "\n## Known by name, not built yet\n\n{}\n", missing.join(", "));
    }
    page
}

fn aggregates() -> String {
    let mut page = format!("{MADE}\n\n# Aggregates\n");
    for spec in library().aggregates().into_iter().filter(|s| s.supported) {
        entry(&mut page, spec.name, spec.overloads, spec.summary, spec.examples);
        also(&mut page, spec.aliases);
        if let Some(twin) = spec.filtered {
            let _ = write!(page, "\n`{twin}` takes a predicate as well and counts only rows for which it is true.\n");
        }
    }
    page
}

fn entry(page: &mut String, name: &str, overloads: &[Overload], summary: &str, examples: &[Example]) {
    let _ = write!(page, "\n## {name}\n\n{summary}\n\n```text\n");
    for overload in overloads {
        let _ = writeln!(page, "{name}({}) -> {}", parameters(overload), returns(overload));
    }
    page.push_str("```\n");
    for shown in examples {
        example(page, shown);
    }
}

fn example(page: &mut String, example: &Example) {
    let answer = example.answer.lines().map(|line| format!("// {}\n", line.trim_end())).collect::<String>();
    let _ = write!(page, "\n```kql\n{}\n{answer}```\n", example.query);
}

fn also(page: &mut String, aliases: &[&str]) {
    if !aliases.is_empty() {
        let names: Vec<_> = aliases.iter().map(|name| format!("`{name}`")).collect();
        let _ = write!(page, "\nAlso written {}.\n", names.join(", "));
    }
}

fn parameters(overload: &Overload) -> String {
    let mut parts: Vec<_> = overload.required.iter().map(parameter).collect();
    parts.extend(overload.optional.iter().map(|p| format!("[{}]", parameter(p))));
    if !overload.repeated.is_empty() {
        parts.push(format!("({}) ...", overload.repeated.iter().map(parameter).collect::<Vec<_>>().join(", ")));
    }
    parts.extend(overload.last.iter().map(parameter));
    parts.join(", ")
}

/// What a call returns, parameters by their names.
fn returns(overload: &Overload) -> String {
    let all: Vec<_> = overload.required.iter().chain(overload.optional).chain(overload.repeated).collect();
    let name = |i: usize| all.get(i).map_or("argument", |param| param.name);
    match overload.returns {
        Returns::Same(i) | Returns::Promoted(i) => format!("type of {}", name(i)),
        Returns::Typeof(i) => format!("type named by {}", name(i)),
        Returns::By(_) => "as its arguments".into(),
        other => format!("{other:?}"),
    }
}

fn parameter(param: &Param) -> String {
    let ty = match param.accepts {
        Accepts::Exactly(ty) => ty.to_string(),
        Accepts::OneOf(types) => types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
        Accepts::NotDynamic => "not dynamic".into(),
        Accepts::StringOrDynamic => "string or dynamic".into(),
        Accepts::CommonOrDynamic => "common or dynamic".into(),
        Accepts::Typeof => "typeof(...)".into(),
        other => format!("{other:?}").to_lowercase(),
    };
    let must = match param.must {
        Must::Be => "",
        Must::BeConstant => ", constant",
        Must::BeLiteral => ", literal",
    };
    format!("{}: {ty}{must}", param.name)
}

/// What is built, counted and named.
fn coverage() -> String {
    let operators: Vec<_> = OPERATORS.iter().filter(|(_, spec)| spec.runs).map(|(name, _)| *name).collect();
    let bound = OPERATORS.len() - operators.len();
    let runs = |name: &str| library().function(name).is_some_and(|f| f.supported);
    let totals = |name: &str| library().aggregate(name).is_some_and(|(a, _)| a.supported);
    // Names count, aliases and `*if` twins among them, as users write them.
    let count = |names: &[&str], test: &dyn Fn(&str) -> bool| names.iter().filter(|n| test(n)).count();
    let functions = count(known::FUNCTIONS, &runs);
    let aggregates = count(known::AGGREGATES, &totals);
    let plugins = PLUGINS.iter().filter(|p| p.runs == Runs::Yes).count();
    format!(
        "| | runs | known by name |\n| --- | --- | --- |\n\
         | [operators](docs/OPERATORS.md) | {} | {} |\n\
         | [functions](docs/FUNCTIONS.md) | {functions} | {} |\n\
         | [aggregates](docs/AGGREGATES.md) | {aggregates} | {} |\n\
         | [plugins of `evaluate`](docs/PLUGINS.md) | {plugins} | {} |\n\n\
         Operators that run: {}.\n\n\
         What is only known by name is refused by name; nothing is ignored quietly.\n",
        operators.len(),
        UNSUPPORTED.len() + bound,
        known::FUNCTIONS.len() - functions,
        known::AGGREGATES.len() - aggregates,
        PLUGINS.len() - plugins,
        operators.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    )
}

/// What README's first command prints on a terminal of 100 columns; the command is taken from README itself.
fn transcript() -> Result<String, Failed> {
    let readme = std::fs::read_to_string(root().join("README.md"))?;
    let command = readme.lines().find_map(|line| line.strip_prefix("cargo run -q -- "));
    let words: Vec<_> = command.ok_or("README.md has no command `cargo run -q -- ...`")?.split_whitespace().collect();
    std::env::set_current_dir(root())?;
    let run = rehunt_in(Terminal { output: Some(100), ..Terminal::default() }, &words, "");
    if !run.errors.is_empty() {
        return Err(run.errors.into());
    }
    let output: String = run.output.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    Ok(format!("```text\n{output}```\n"))
}
