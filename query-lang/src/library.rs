//! The shape of functions and aggregates: what the binder must know of each to type and name a call.
//!
//! The backend owns the statics (one beside each kernel) and hands them over as a [`Library`].

use std::collections::HashMap;

use crate::types::Type;

/// What a parameter accepts. The words are those of Microsoft's own signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// Any scalar.
    Scalar,
    /// Exactly this type; narrower numbers are widened, a dynamic is converted.
    Exactly(Type),
    /// Any of these types, taken as they are.
    OneOf(&'static [Type]),
    /// int, long, real or decimal (a dynamic is converted to real).
    Number,
    /// int or long (a dynamic is converted to long).
    Integer,
    /// Numbers, datetime, timespan.
    Summable,
    /// Everything but guid and dynamic.
    Orderable,
    /// Everything but dynamic.
    NotDynamic,
    /// string or dynamic.
    StringOrDynamic,
    /// dynamic, expected to hold an array.
    Array,
    /// dynamic, expected to hold a bag.
    Bag,
    /// One type shared by every parameter of this kind; narrower numbers are widened.
    Common,
    /// As `Common`; dynamic arguments are converted to the common type of the others.
    CommonOrDynamic,
    /// A type literal: `typeof(long)`.
    Typeof,
}

/// What an argument must be besides its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Must {
    /// Any expression.
    Be,
    /// A constant: no column may appear in it. It arrives at the kernel folded.
    BeConstant,
    /// Written as a literal.
    BeLiteral,
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name in the documentation.
    pub name: &'static str,
    /// The types it takes.
    pub accepts: Accepts,
    /// Whether it must be constant.
    pub must: Must,
    /// The words it takes, where there are only a few (`datetime_diff`'s part); compared without case.
    pub values: &'static [&'static str],
}

impl Param {
    /// Makes a parameter that takes any expression.
    pub const fn new(name: &'static str, accepts: Accepts) -> Self {
        Self { name, accepts, must: Must::Be, values: &[] }
    }

    /// Requires a constant.
    pub const fn constant(self) -> Self {
        Self { must: Must::BeConstant, ..self }
    }

    /// Requires a literal.
    pub const fn literal(self) -> Self {
        Self { must: Must::BeLiteral, ..self }
    }

    /// Requires a literal that is one of these words.
    pub const fn one_of(self, values: &'static [&'static str]) -> Self {
        Self { must: Must::BeLiteral, values, ..self }
    }
}

/// How the type of a call follows from its arguments (after widening).
#[derive(Clone, Copy)]
pub enum Returns {
    /// Always this type.
    Is(Type),
    /// The type of the argument at this index.
    Same(usize),
    /// The type of the argument at this index, int becoming long.
    Promoted(usize),
    /// The common type of the arguments of kind `Common` or `CommonOrDynamic`.
    Common,
    /// The widest number type of all number arguments, int becoming long.
    Widest,
    /// The type named by the `typeof(...)` argument at this index.
    Typeof(usize),
    /// Worked out by a function of the argument types; `None` refuses them.
    By(fn(&[Type]) -> Option<Type>),
}

impl std::fmt::Debug for Returns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Returns::Is(ty) => write!(f, "{ty}"),
            Returns::Same(i) => write!(f, "type of argument {i}"),
            Returns::Promoted(i) => write!(f, "promoted type of argument {i}"),
            Returns::Common => f.write_str("common type"),
            Returns::Widest => f.write_str("widest type"),
            Returns::Typeof(i) => write!(f, "type named by argument {i}"),
            Returns::By(_) => f.write_str("computed"),
        }
    }
}

/// One signature: `required` parameters, then `optional` ones, then `repeated` as a block any number of
/// times, then `last` ones (such as the `else` of `case`).
#[derive(Clone, Copy, Debug)]
pub struct Overload {
    /// Parameters that must be there.
    pub required: &'static [Param],
    /// Parameters that may be left out from the right.
    pub optional: &'static [Param],
    /// A block of parameters that may occur again and again, none or more times.
    pub repeated: &'static [Param],
    /// Parameters after the repeated block.
    pub last: &'static [Param],
    /// The type of the call.
    pub returns: Returns,
}

impl Overload {
    /// Makes a signature of required parameters only.
    pub const fn new(required: &'static [Param], returns: Returns) -> Self {
        Self { required, optional: &[], repeated: &[], last: &[], returns }
    }

    /// Adds optional parameters.
    pub const fn optional(self, optional: &'static [Param]) -> Self {
        Self { optional, ..self }
    }

    /// Adds a block that may repeat, none or more times.
    pub const fn repeated(self, repeated: &'static [Param]) -> Self {
        Self { repeated, ..self }
    }

    /// Adds parameters after the repeated block.
    pub const fn last(self, last: &'static [Param]) -> Self {
        Self { last, ..self }
    }
}

/// How an unnamed call names its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// It does not: `Column1`.
    Nothing,
    /// The name of its first argument.
    FirstArgument,
    /// Its own name, `_`, and the name of its first argument.
    NameAndFirstArgument,
    /// This word, `_`, and the name of the first argument: `set_x`, `list_`.
    PrefixAndFirstArgument(&'static str),
    /// This word and the names of all arguments, `_` between them: `covariance_x_y`.
    PrefixAndArguments(&'static str),
    /// Always this name.
    Fixed(&'static str),
    /// The first argument's name where that is the only argument.
    OnlyArgument,
}

/// A checked example: the query and the first cell of its answer, as CSV would show it.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// A query that needs no table.
    pub query: &'static str,
    /// Its rows: cells joined by ` | `, rows by line breaks; null is `null`, dynamic is compact JSON.
    pub answer: &'static str,
}

/// How a window function sees the rows around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// It sees one row.
    One,
    /// It needs a serialized input: `prev`, `row_number`.
    Serialized,
}

/// The values a function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fields {
    /// One value.
    One,
    /// A tuple of these names and types: its kernel gives them as an array.
    Named(&'static [(&'static str, Type)]),
    /// As many arrays as it is given. For one array its kernel gives that; for several an array of them.
    Sorted,
}

/// A scalar function: everything but its kernel.
#[derive(Debug)]
pub struct FunctionSpec {
    /// Its name.
    pub name: &'static str,
    /// Other spellings, obsolete ones among them.
    pub aliases: &'static [&'static str],
    /// Its signatures; the first that fits wins.
    pub overloads: &'static [Overload],
    /// How an unnamed call names its column.
    pub naming: Naming,
    /// The values it gives: in a list of expressions each is a column.
    pub fields: Fields,
    /// Whether it needs serialized rows.
    pub rows: Rows,
    /// Whether two calls with equal constants give equal results within a query; `rand` does not.
    pub deterministic: bool,
    /// Whether a kernel exists; without one the call binds and is refused by name.
    pub supported: bool,
    /// What helps where no kernel can exist; shown when the call is refused.
    pub instead: &'static str,
    /// One line of documentation.
    pub summary: &'static str,
    /// Checked examples.
    pub examples: &'static [Example],
}

impl FunctionSpec {
    /// An ordinary function of one row without name, to be completed with `..FunctionSpec::BASE`.
    pub const BASE: FunctionSpec = FunctionSpec {
        name: "",
        aliases: &[],
        overloads: &[],
        naming: Naming::Nothing,
        fields: Fields::One,
        rows: Rows::One,
        deterministic: true,
        supported: true,
        instead: "",
        summary: "",
        examples: &[],
    };
}

/// How an aggregate's result columns come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AggregateShape {
    /// One column.
    One,
    /// `arg_max`, `arg_min`: the compared expression and what is returned with it.
    Arg,
    /// `take_any`: one column an argument, `*` allowed.
    Any,
    /// `percentiles`: one column a percentile.
    Percentiles,
    /// `percentilesw`: as `Percentiles`, with a weight before the percentiles.
    WeightedPercentiles,
}

/// An aggregate: everything but its accumulator.
#[derive(Debug)]
pub struct AggregateSpec {
    /// Its name.
    pub name: &'static str,
    /// Other spellings.
    pub aliases: &'static [&'static str],
    /// Its signatures, predicate of an `*if` twin not counted.
    pub overloads: &'static [Overload],
    /// How an unnamed call names its column.
    pub naming: Naming,
    /// The columns it gives.
    pub shape: AggregateShape,
    /// The name of the twin that takes a predicate as its last required argument, such as `sumif`.
    pub filtered: Option<&'static str>,
    /// How an unnamed call of the twin names its column.
    pub filtered_naming: Naming,
    /// Whether an accumulator exists.
    pub supported: bool,
    /// One line of documentation.
    pub summary: &'static str,
    /// Checked examples.
    pub examples: &'static [Example],
}

impl AggregateSpec {
    /// An ordinary aggregate without name, to be completed with `..AggregateSpec::BASE`.
    pub const BASE: AggregateSpec = AggregateSpec {
        name: "",
        aliases: &[],
        overloads: &[],
        naming: Naming::Nothing,
        shape: AggregateShape::One,
        filtered: None,
        filtered_naming: Naming::Nothing,
        supported: true,
        summary: "",
        examples: &[],
    };
}

/// All functions and aggregates a host offers, by name.
#[derive(Debug, Default, Clone)]
pub struct Library {
    functions: HashMap<&'static str, &'static FunctionSpec>,
    aggregates: HashMap<&'static str, (&'static AggregateSpec, bool)>,
}

impl Library {
    /// Adds a function under its name and aliases; a later one of the same name replaces an earlier one.
    pub fn add_function(&mut self, spec: &'static FunctionSpec) {
        for name in spec.aliases.iter().chain([&spec.name]) {
            self.functions.insert(name, spec);
        }
    }

    /// Adds an aggregate under its name, aliases and the name of its twin.
    pub fn add_aggregate(&mut self, spec: &'static AggregateSpec) {
        for name in spec.aliases.iter().chain([&spec.name]) {
            self.aggregates.insert(name, (spec, false));
        }
        if let Some(name) = spec.filtered {
            self.aggregates.insert(name, (spec, true));
        }
    }

    /// Returns the function of this name or alias.
    pub fn function(&self, name: &str) -> Option<&'static FunctionSpec> {
        self.functions.get(name).copied()
    }

    /// Returns the aggregate of this name, and whether the name is that of its filtered twin.
    pub fn aggregate(&self, name: &str) -> Option<(&'static AggregateSpec, bool)> {
        self.aggregates.get(name).copied()
    }

    /// Returns every name a function or aggregate goes by, in no order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.functions.keys().chain(self.aggregates.keys()).copied()
    }

    /// Returns every function once, by name.
    pub fn functions(&self) -> Vec<&'static FunctionSpec> {
        let mut all: Vec<_> = self.functions.iter().filter(|(n, s)| **n == s.name).map(|(_, s)| *s).collect();
        all.sort_by_key(|s| s.name);
        all
    }

    /// Returns every aggregate once, by name.
    pub fn aggregates(&self) -> Vec<&'static AggregateSpec> {
        let mut all: Vec<_> =
            self.aggregates.iter().filter(|(n, (s, _))| **n == s.name).map(|(_, (s, _))| *s).collect();
        all.sort_by_key(|s| s.name);
        all
    }
}
