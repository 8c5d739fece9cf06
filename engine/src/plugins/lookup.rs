//! `ipv4_lookup`, `ipv6_lookup`: each address with the rows of a table whose network holds it.
//!
//! Networks are kept by the length of their prefix and then by their first address, so an address costs one look for
//! each length that occurs. An address may have a prefix itself: then both sides count as far as the shorter one goes.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result as DfResult;
use rehunt_lang::types::{Column, Type, Value};

use super::{Call, Numbering, Place, Rows, Work, batch, input};
use crate::error::Result;
use crate::functions::ip::Network;

pub(super) fn ipv4(call: &Call) -> Result<Work> {
    prepare(call, Network::v4)
}

pub(super) fn ipv6(call: &Call) -> Result<Work> {
    prepare(call, Network::v6)
}

type Read = fn(&str) -> Option<Network>;

/// The arguments are the address, the network, whether to keep what does not match, and pairs of columns that must be
/// equal. A column of the result is found by its id on either side.
fn prepare(call: &Call, read: Read) -> Result<Work> {
    let keys = Keys {
        address: call.place(0)?,
        network: call.place(1)?,
        extra: call.places_from(3)?.chunks_exact(2).filter_map(|p| Some((*p.first()?, *p.get(1)?))).collect(),
        read,
    };
    let keep_unmatched = matches!(call.constant(2)?, Value::Bool(true));
    let sources: Vec<(usize, usize, Type)> = call.columns.iter().filter_map(|c| source(&call.inputs, c)).collect();
    let schema = Arc::clone(&call.schema);
    let keys = Arc::new(keys);
    let rows: Rows = Box::new(move |others| {
        let table = input(others, 0)?.clone();
        let networks = Networks::new(&keys, &table)?;
        let (keys, sources, schema) = (Arc::clone(&keys), sources.clone(), Arc::clone(&schema));
        Ok(Box::new(move |rows| {
            let pairs = pairs(&keys, &networks, rows, keep_unmatched)?;
            joined(&schema, &sources, rows, &table, &pairs)
        }))
    });
    Ok(Work::Rows(rows))
}

struct Keys {
    address: Place,
    network: Place,
    extra: Vec<(Place, Place)>,
    read: Read,
}

/// The side, the place and the type of a column of the result.
fn source(inputs: &[&[Column]], column: &Column) -> Option<(usize, usize, Type)> {
    inputs
        .iter()
        .enumerate()
        .find_map(|(side, columns)| columns.iter().position(|c| c.id == column.id).map(|at| (side, at, column.ty)))
}

/// Rows by the first address of their network and the number of their further keys.
type ByStart = HashMap<(u128, u32), Vec<u32>>;

/// The networks of a table.
struct Networks {
    /// For each length of a prefix, from the longest.
    by_length: Vec<(u32, ByStart)>,
    /// The numbers of further keys.
    extra: Option<Numbering>,
}

impl Networks {
    fn new(keys: &Keys, table: &RecordBatch) -> DfResult<Self> {
        // The table is the second input of the plugin, and the first of those that are gathered.
        let columns: Vec<ArrayRef> =
            keys.extra.iter().filter_map(|(_, right)| table.columns().get(right.at).cloned()).collect();
        let mut extra = match columns.is_empty() {
            true => None,
            false => Some(Numbering::new(columns.iter().map(|c| c.data_type()))?),
        };
        let numbers = extra.as_mut().map(|e| e.number(&columns)).transpose()?;
        let mut by_length: HashMap<u32, ByStart> = HashMap::new();
        if let Some(texts) = table.columns().get(keys.network.at) {
            let texts = texts.as_string_view();
            for row in (0..texts.len()).filter(|row| texts.is_valid(*row)) {
                let Some(network) = (keys.read)(texts.value(row)) else { continue };
                let number = numbers.as_ref().and_then(|n| n.get(row).copied()).unwrap_or(0);
                let same = by_length.entry(network.prefix).or_default().entry((network.start(), number)).or_default();
                same.push(u32::try_from(row).unwrap_or(u32::MAX));
            }
        }
        let mut by_length: Vec<_> = by_length.into_iter().collect();
        by_length.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
        Ok(Self { by_length, extra })
    }

    /// Adds the rows whose network holds an address, in the order of the table.
    fn find(&self, address: Network, key: u32, found: &mut Vec<u32>) {
        found.clear();
        for (length, networks) in &self.by_length {
            if *length <= address.prefix {
                let start = Network { prefix: *length, ..address }.start();
                found.extend(networks.get(&(start, key)).into_iter().flatten());
                continue;
            }
            // The address is itself a network that holds longer ones.
            for ((start, _), rows) in networks.iter().filter(|((_, k), _)| *k == key) {
                if address.contains(*start) {
                    found.extend(rows);
                }
            }
        }
        found.sort_unstable();
    }
}

/// Pairs of rows: of the input, and of the table or nothing.
fn pairs(keys: &Keys, networks: &Networks, rows: &RecordBatch, keep_unmatched: bool) -> DfResult<Pairs> {
    let inputs = std::slice::from_ref(rows);
    let addresses = keys.address.of(inputs)?.as_string_view();
    let columns = keys.extra.iter().map(|(left, _)| left.of(inputs).cloned()).collect::<DfResult<Vec<_>>>()?;
    let numbers = networks.extra.as_ref().map(|e| e.find(&columns)).transpose()?;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut found = Vec::new();
    for row in 0..rows.num_rows() {
        let key = match &numbers {
            Some(numbers) => numbers.get(row).copied().flatten(),
            None => Some(0),
        };
        found.clear();
        if let (Some(key), Some(address)) = (key, text(addresses, row).and_then(keys.read)) {
            networks.find(address, key, &mut found);
        }
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        left.extend(std::iter::repeat_n(row, found.len()));
        right.extend(found.iter().copied().map(Some));
        if found.is_empty() && keep_unmatched {
            left.push(row);
            right.push(None);
        }
    }
    Ok(Pairs { left: left.into(), right: right.into() })
}

struct Pairs {
    left: UInt32Array,
    right: UInt32Array,
}

fn text(texts: &StringViewArray, row: usize) -> Option<&str> {
    texts.is_valid(row).then(|| texts.value(row))
}

fn joined(
    schema: &SchemaRef,
    sources: &[(usize, usize, Type)],
    rows: &RecordBatch,
    table: &RecordBatch,
    pairs: &Pairs,
) -> DfResult<RecordBatch> {
    let mut columns = Vec::with_capacity(sources.len());
    for (side, at, ty) in sources {
        let (batch, indices) = if *side == 0 { (rows, &pairs.left) } else { (table, &pairs.right) };
        let Some(column) = batch.columns().get(*at) else { continue };
        let taken = take(column, indices, None)?;
        columns.push(if *ty == Type::String { filled(taken) } else { taken });
    }
    batch(schema, columns)
}

/// A string is never null.
fn filled(column: ArrayRef) -> ArrayRef {
    if column.null_count() == 0 {
        return column;
    }
    Arc::new(column.as_string_view().iter().map(|text| Some(text.unwrap_or_default())).collect::<StringViewArray>())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_is_found_in_every_network_that_holds_it() {
        let mut networks = Networks { by_length: Vec::new(), extra: None };
        for (row, text) in [(0, "10.0.0.0/8"), (1, "10.1.0.0/16"), (2, "0.0.0.0/0"), (3, "10.1.2.3")] {
            let network = Network::v4(text).unwrap();
            networks.by_length.push((network.prefix, HashMap::from([((network.start(), 0), vec![row])])));
        }
        let find = |text| {
            let mut found = Vec::new();
            networks.find(Network::v4(text).unwrap(), 0, &mut found);
            found
        };
        assert_eq!(find("10.1.2.3"), [0, 1, 2, 3]);
        assert_eq!(find("10.9.9.9"), [0, 2]);
        assert_eq!(find("10.1.2.0/24"), [0, 1, 2, 3]);
        assert_eq!(find("11.0.0.0/30"), [2]);
    }
}
