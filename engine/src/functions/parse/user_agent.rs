//! `parse_user_agent`: the browser, system and device that a user agent names.
//!
//! Kusto's answers have the families and names of uap-core's patterns, which are shipped under `engine/data`. Which
//! version of them the service has is not known: the names of newer products may differ.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, OnceLock};

use datafusion::common::{Result, exec_datafusion_err};
use rehunt_lang::library::{Example, FunctionSpec};
use rehunt_lang::types::{Type, Value};
use ua_parser::{Regexes, device, os, user_agent};

use crate::dynamic::{Builder, Raw};
use crate::functions::signature::{signature, string, text};
use crate::functions::{Args, Body, Function, Prepare, Prepared};

/// `parse_user_agent(text, look_for)`: learn.microsoft.com/kusto/query/parse-user-agent-function.
pub static PARSE_USER_AGENT: Function = Function {
    spec: FunctionSpec {
        name: "parse_user_agent",
        overloads: &[signature(&[string("user_agent")], Type::Dynamic).optional(&[text("look_for")])],
        summary: "Tells the browser, system (`os`) and device that a user agent names, by the patterns of uap-core.",
        examples: &[Example {
            query: "print parse_user_agent('curl/8.5.0', 'browser')",
            answer: r#"{"Browser":{"Family":"curl","MajorVersion":"8","MinorVersion":"5","Patch":"0"}}"#,
        }],
        ..FunctionSpec::BASE
    },
    body: Body::Prepared(prepare),
};

/// What can be looked for, in the order of the answer.
const TARGETS: [&str; 3] = ["browser", "os", "device"];

/// Which of the targets are wanted.
type Wanted = [bool; 3];

fn prepare(call: &Prepare) -> Result<Prepared, String> {
    let wanted = match call.constant(1) {
        Some(value) => Some(wanted(value)?),
        None if call.types.len() < 2 => Some([true; 3]),
        None => None,
    };
    Ok(Arc::new(move |args| {
        let Some(wanted) = wanted else { return of_rows(args) };
        let agents = args.text(0)?;
        let readers = Readers::of(wanted)?;
        // A column has few different agents, and each costs a search through a thousand patterns.
        let mut known: HashMap<&str, String> = HashMap::new();
        args.texts(|row, out| {
            let agent = agents.at(row)?;
            out.push_str(match known.entry(agent) {
                Entry::Occupied(found) => found.into_mut(),
                Entry::Vacant(new) => new.insert(readers.read(agent)),
            });
            Some(())
        })
    }))
}

/// What is looked for comes from a column.
fn of_rows(args: &Args) -> Result<datafusion::logical_expr::ColumnarValue> {
    let (agents, targets) = (args.text(0)?, args.cells(1)?);
    let ty = args.types.get(1).copied().unwrap_or(Type::String);
    let mut failed = None;
    let answer = args.texts(|row, out| {
        let readers = wanted(&targets.value(ty, row)).and_then(|w| Readers::of(w).map_err(|e| e.to_string()));
        match readers {
            Ok(readers) => out.push_str(&readers.read(agents.at(row)?)),
            Err(why) => failed = Some(why),
        }
        Some(())
    });
    match failed {
        Some(why) => Err(exec_datafusion_err!("{why}")),
        None => answer,
    }
}

/// Reads a target, or an array of them.
fn wanted(value: &Value) -> Result<Wanted, String> {
    let names: Vec<String> = match value {
        Value::String(name) => vec![name.clone()],
        Value::Dynamic(json) => {
            let raw = Raw::new(json);
            match raw.is_array() {
                true => raw.elements().map(|e| e.to_text().into_owned()).collect(),
                false => vec![raw.to_text().into_owned()],
            }
        }
        _ => Vec::new(),
    };
    let mut wanted = [false; 3];
    for name in &names {
        match wanted.iter_mut().zip(TARGETS).find(|(_, target)| target == name) {
            Some((slot, _)) => *slot = true,
            None => return Err(refusal(name)),
        }
    }
    if names.is_empty() { Err(refusal("")) } else { Ok(wanted) }
}

fn refusal(name: &str) -> String {
    format!("`parse_user_agent` looks for `browser`, `os` or `device`, not for `{name}`")
}

static BROWSERS: OnceLock<Result<user_agent::Extractor<'static>, String>> = OnceLock::new();
static SYSTEMS: OnceLock<Result<os::Extractor<'static>, String>> = OnceLock::new();
static DEVICES: OnceLock<Result<device::Extractor<'static>, String>> = OnceLock::new();

/// The patterns that are needed, each list compiled when it is first asked for.
struct Readers {
    browsers: Option<&'static user_agent::Extractor<'static>>,
    systems: Option<&'static os::Extractor<'static>>,
    devices: Option<&'static device::Extractor<'static>>,
}

impl Readers {
    fn of([browser, system, device]: Wanted) -> Result<Self> {
        let browsers = browser.then(|| {
            compiled(&BROWSERS, |all| {
                let built = user_agent::Builder::new().push_all(all.user_agent_parsers).map_err(told)?;
                built.build().map_err(told)
            })
        });
        let systems = system.then(|| {
            compiled(&SYSTEMS, |all| os::Builder::new().push_all(all.os_parsers).map_err(told)?.build().map_err(told))
        });
        let devices = device.then(|| {
            compiled(&DEVICES, |all| {
                device::Builder::new().push_all(all.device_parsers).map_err(told)?.build().map_err(told)
            })
        });
        Ok(Self { browsers: browsers.transpose()?, systems: systems.transpose()?, devices: devices.transpose()? })
    }

    /// Answers for one agent. What a pattern does not tell is empty, and what no pattern knows is `Other`.
    fn read(&self, agent: &str) -> String {
        let mut bag = Builder::new();
        bag.begin_bag();
        if let Some(browsers) = self.browsers {
            let found = browsers.extract(agent);
            let (family, versions) = match &found {
                Some(f) => (&*f.family, [f.major, f.minor, f.patch]),
                None => (OTHER, [None; 3]),
            };
            part(&mut bag, "Browser", family, ["MajorVersion", "MinorVersion", "Patch"].into_iter().zip(versions));
        }
        if let Some(systems) = self.systems {
            let found = systems.extract(agent);
            let (family, versions) = match &found {
                Some(f) => {
                    let [major, minor] = [&f.major, &f.minor].map(Option::as_deref);
                    (&*f.os, [major, minor, f.patch.as_deref(), f.patch_minor.as_deref()])
                }
                None => (OTHER, [None; 4]),
            };
            let names = ["MajorVersion", "MinorVersion", "Patch", "PatchMinor"];
            part(&mut bag, "OperatingSystem", family, names.into_iter().zip(versions));
        }
        if let Some(devices) = self.devices {
            let found = devices.extract(agent);
            let (family, made) = match &found {
                Some(f) => (&*f.device, [f.brand.as_deref(), f.model.as_deref()]),
                None => (OTHER, [None; 2]),
            };
            part(&mut bag, "Device", family, ["Brand", "Model"].into_iter().zip(made));
        }
        bag.end_bag();
        bag.text().to_owned()
    }
}

/// The family of what no pattern knows.
const OTHER: &str = "Other";

fn part<'a>(bag: &mut Builder, name: &str, family: &str, more: impl Iterator<Item = (&'a str, Option<&'a str>)>) {
    bag.key(name);
    bag.begin_bag();
    bag.key("Family");
    bag.string(family);
    for (name, value) in more {
        bag.key(name);
        bag.string(value.unwrap_or_default());
    }
    bag.end_bag();
}

fn compiled<E>(
    slot: &'static OnceLock<Result<E, String>>,
    build: fn(Regexes<'static>) -> Result<E, String>,
) -> Result<&'static E> {
    let built = slot.get_or_init(|| {
        let all = include_str!("../../../data/user-agents/regexes.json");
        build(serde_json::from_str(all).map_err(told)?)
    });
    built.as_ref().map_err(|why| exec_datafusion_err!("the patterns of user agents: {why}"))
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}
