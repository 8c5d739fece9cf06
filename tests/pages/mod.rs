//! Pages of cases: Markdown under `tests/cases`, prose around fences.
//!
//! | fence | holds |
//! | --- | --- |
//! | `setup` | statements put before every query below it, on the page or in its section |
//! | `map NAME` | a CSV file that stands in for what lies outside of the evidence, for every query below it |
//! | `kql` | a query |
//! | `result` | its rows, in the form of [`rows`](crate::rows); one fence for each of several results |
//! | `error` | what is said of it: code, message, the text it points at, further labels, help |
//! | `note` | a note that comes with the rows |
//! | `plan` | the core plan it binds to |
//! | `lint` | what is said of it although it is legal; nothing else is looked at then |
//! | `known-gap: reason` | the right rows, which it does not give yet; fails when it begins to give them |

mod case;
mod page;

use libtest_mimic::{Completion, Failed, Trial};

use crate::session;
use case::Case;
use page::Page;

/// Every case of every page; when expectations are rewritten, every page.
pub fn trials() -> Vec<Trial> {
    let pages = session::files("tests/cases", ".md").into_iter().map(|path| Page::read(&path));
    if session::updating() {
        return pages.map(|page| Trial::test(page.name.clone(), move || rewrite(page))).collect();
    }
    pages.flat_map(|page| page.cases().map(trial).collect::<Vec<_>>()).collect()
}

/// Every case of every page.
pub fn cases() -> Vec<Case> {
    let pages = session::files("tests/cases", ".md").into_iter().map(|path| Page::read(&path));
    pages.flat_map(|page| page.cases().collect::<Vec<_>>()).collect()
}

/// Goes through the queries of all pages, their setup included.
pub fn queries() -> Vec<(String, String)> {
    cases().into_iter().map(|case| (case.name.clone(), case.script())).collect()
}

fn trial(case: case::Case) -> Trial {
    Trial::ignorable_test(case.name.clone(), move || match case.check() {
        case::Verdict::Holds => Ok(Completion::Completed),
        case::Verdict::Gap(reason) => Ok(Completion::ignored_with(format!("known gap: {reason}"))),
        case::Verdict::Fails(message) => Err(message.into()),
    })
}

fn rewrite(page: Page) -> Result<(), Failed> {
    let text = page.rewritten();
    if text != page.text {
        std::fs::write(&page.path, text)?;
    }
    Ok(())
}
