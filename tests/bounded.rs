//! Queries that need more than they may have write to temporary files, are refused by name, or stop.

use libtest_mimic::{Failed, Trial};
use rehunt_engine::engine::{Answer, AnswerTable, Engine};
use rehunt_engine::error::Error;
use rehunt_lang::types::Value;
use tokio::runtime::Builder;

use crate::session::{Check, run};

pub fn trials() -> Vec<Trial> {
    let cases: &[(&str, Check)] = &[
        ("sorts and groups larger than the memory give all rows", spilled),
        ("joins larger than the memory are done in files", joined),
        ("what cannot be written to files names the limit", refused),
        ("rows that nobody keeps take no memory", streamed),
        ("a query whose answer nobody waits for stops", dropped),
    ];
    cases.iter().map(|(name, case)| Trial::test(format!("bounded > {name}"), case)).collect()
}

/// An engine that may use a few megabytes, which the rows below need several times over.
fn small() -> Result<Engine, Failed> {
    Ok(Engine::new().with_memory(MEMORY)?)
}

const MEMORY: usize = 4 << 20;

/// Returns the only value of an answer.
fn value(query: &str) -> Result<Value, Failed> {
    let answer = run(&small()?, query)?;
    let value = answer.tables.first().and_then(|table| table.values().next()?.into_iter().next());
    value.ok_or_else(|| format!("{query} has no value").into())
}

fn expect(query: &str, wanted: i64) -> Result<(), Failed> {
    match value(query)? {
        Value::Long(found) if found == wanted => Ok(()),
        other => Err(format!("{query}\ngives {other:?}, not {wanted}").into()),
    }
}

fn spilled() -> Result<(), Failed> {
    let rows = "range x from 1 to 80000 step 1 | extend k = hash_md5(tostring(x))";
    let later = "extend later = strcmp(prev(k), k) < 0 | where row_number() > 1 | summarize countif(later)";
    expect(&format!("{rows} | sort by k asc | {later}"), 79_999)?;
    expect(&format!("{rows} | summarize n = count() by k | summarize sum(n)"), 80_000)
}

fn joined() -> Result<(), Failed> {
    // Some keys are null, and some are there twice.
    let rows = |every: i64| {
        format!(
            "range x from {every} to 40000 step {every} | extend a = iff(x % 5 == 0, long(null), x / 4), \
             k = strrep(hash_md5(tostring(x / 2)), 8) | project x, a, k"
        )
    };
    let (all, some) = (rows(1), rows(3));
    let found = "summarize count(), sum(x), sum(x1), countif(isnull(x)), countif(isnull(x1))";
    let left = "summarize count(), sum(x), countif(isnull(a))";
    for query in [
        format!("{all} | join kind=inner ({some}) on k | {found}"),
        format!("{all} | join kind=inner ({all}) on a, k | {found}"),
        format!("{all} | join kind=leftouter ({some}) on a, k | {found}"),
        format!("{some} | join kind=rightouter ({all}) on a, k | {found}"),
        format!("{some} | join kind=fullouter ({all}) on $left.k == $right.k | {found}"),
        format!("{all} | join kind=leftanti ({some}) on k | {left}"),
        format!("{all} | join kind=leftsemi ({all}) on a, k | {left}"),
        format!("{all} | lookup ({some} | project k, a, y = x) on k, a | summarize count(), sum(x), sum(y)"),
    ] {
        let answer = run(&small()?, &query).map_err(|error| format!("{query}\n{error}"))?;
        let in_memory = run(&Engine::new(), &query)?;
        if !answer.notes.iter().any(|note| note.contains("temporary files")) {
            return Err(format!("{query}\nis not told to be done in files: {:?}", answer.notes).into());
        }
        let values = |answer: &Answer| answer.tables.iter().flat_map(AnswerTable::values).collect::<Vec<_>>();
        if values(&answer) != values(&in_memory) || values(&answer).is_empty() {
            return Err(format!("{query}\n{:?}\nis not\n{:?}", values(&answer), values(&in_memory)).into());
        }
    }
    Ok(())
}

fn refused() -> Result<(), Failed> {
    let query = "range x from 1 to 200000 step 1 | summarize make_list(hash_md5(tostring(x)), 1000000)";
    match run(&small()?, query) {
        Err(error @ Error::Memory(_)) if error.to_string().contains("--memory") => Ok(()),
        other => Err(format!("{query}\n{other:?}").into()),
    }
}

fn streamed() -> Result<(), Failed> {
    expect("range x from 1 to 500000 step 1 | count", 500_000)?;
    expect("range x from 1 to 50 step 1 | mv-expand y = range(1, 2000, 1) | count", 100_000)
}

/// On one thread the query gets no further while somebody else has the turn, so what is dropped has stopped. A query
/// that never gave its turn away would hang here.
fn dropped() -> Result<(), Failed> {
    let endless = "range x from 1 to 1000000000000 step 1";
    for query in [
        format!("{endless} | count"),
        format!("{endless} | where hash_md5(tostring(x)) == ''"),
        format!("{endless} | summarize count() by b = x % 7 | sort by b asc"),
        format!("{endless} | mv-expand y = range(1, 10, 1) | where y == 0"),
    ] {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let stopped = runtime.block_on(async {
            let session = small()?.session();
            let running = tokio::spawn(async move { session.run(&query).await.map(|_| ()) });
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            running.abort();
            Ok::<_, Failed>(running.await)
        })?;
        match stopped {
            Err(error) if error.is_cancelled() => {}
            other => return Err(format!("{other:?}").into()),
        }
    }
    Ok(())
}

/// Turns that the query gets before it is dropped: in each it goes through a hundred batches of rows.
const TURNS: usize = 2;
