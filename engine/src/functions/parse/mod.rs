//! Functions that take text of some format apart: CSV, URLs, paths, versions, XML, command lines, JSON by path.

mod command_line;
mod csv;
mod json;
mod path;
mod url;
mod user_agent;
mod version;
mod xml;

use super::Function;

pub(crate) use json::steps as path_steps;

/// The functions of this family, sorted by name.
pub static FUNCTIONS: &[&Function] = &[
    &json::EXTRACT_JSON,
    &command_line::PARSE_COMMAND_LINE,
    &csv::PARSE_CSV,
    &path::PARSE_PATH,
    &url::PARSE_URL,
    &url::PARSE_URLQUERY,
    &user_agent::PARSE_USER_AGENT,
    &version::PARSE_VERSION,
    &xml::PARSE_XML,
];
