//! The core plan: what a bound query means, in few node kinds, every type final.
//!
//! Columns are identified by id. Text does not appear any more, but for names that a user sees.

mod build;
mod display;
mod external;
mod graph;
mod scan;
mod text;
mod visit;

pub use external::External;
pub use text::{KeyValues, PairForm, PatternKind, PatternPart, Quoting, TextParser, TextPattern};

use crate::bind::data::Ask;
use crate::diagnostic::Diagnostic;
use crate::library::{AggregateSpec, FunctionSpec};
use crate::span::Span;
use crate::types::{Column, ColumnId, Field, Type, Value};

pub use graph::{Cycles, Direction, Fold, GraphOutput, GraphSearch, GraphSearchKind, Hop, PatternPath};
pub use scan::{Scan, ScanOutput, ScanStep, StateColumn, StateValue};

/// A typed expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Its type; final.
    pub ty: Type,
    /// What it is.
    pub kind: ExprKind,
}

/// Identifies a prelude of a bound query: its index in [`Bound::preludes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PreludeId(pub usize);

/// Identifies a sub-query that runs for parts of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BodyId(pub u32);

/// The kinds of typed expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A constant.
    Literal(Value),
    /// A column of the input.
    Column(ColumnId),
    /// A function of the library; arguments already have the types of the chosen overload.
    /// For a `Rows::Serialized` function the input of the enclosing `Project` is serialized.
    Call {
        /// The function.
        function: &'static FunctionSpec,
        /// Its arguments.
        args: Vec<Expr>,
    },
    /// An operator on two values.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left side.
        left: Box<Expr>,
        /// Right side; of the type the operator wants beside the left one.
        right: Box<Expr>,
    },
    /// `-x` on a long, real, decimal or timespan.
    Negate(Box<Expr>),
    /// All of these bools; never empty.
    And(Vec<Expr>),
    /// Any of these bools; never empty.
    Or(Vec<Expr>),
    /// Membership of a value in a list of constants or expressions of the same type
    /// (a dynamic value is compared as its text or number). Nulls as `==`.
    In {
        /// The value.
        value: Box<Expr>,
        /// The list.
        list: InList,
        /// `!in`.
        negated: bool,
        /// `in~`: case does not matter.
        fold_case: bool,
    },
    /// `has_any`, `has_all`: the text contains any or all of the terms.
    HasTerms {
        /// The text (string or dynamic).
        value: Box<Expr>,
        /// The terms, strings or dynamic arrays of them.
        list: InList,
        /// `has_all`.
        all: bool,
    },
    /// Steps into a dynamic value. Nested steps are fused: `base` is never itself a path.
    Path {
        /// The dynamic value.
        base: Box<Expr>,
        /// The steps; never empty.
        steps: Vec<PathStep>,
    },
    /// Conversion to `ty`, by the rules of `toint`, `tostring` ... when explicit is written,
    /// or a widening number promotion, or content of a dynamic.
    Convert(Box<Expr>),
    /// The single value of a prelude of kind scalar.
    Scalar(PreludeId),
    /// A `typeof(...)` argument.
    Typeof(Type),
}

/// The right side of `in`, `has_any`, `has_all`.
#[derive(Clone, Debug)]
pub enum InList {
    /// Written out; a dynamic item stands for the elements of its array.
    Items(Vec<Expr>),
    /// The first column of a table, computed once before the query.
    Prelude(PreludeId),
}

/// A step into a dynamic value.
#[derive(Clone, Debug)]
pub enum PathStep {
    /// A key of a bag.
    Key(String),
    /// An index of an array, 0-based; negative counts from the end.
    Index(i64),
    /// A key (string) or index (long) computed for each row, or a dynamic that is either.
    Computed(Box<Expr>),
}

/// Operators on two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// A comparison of texts; both sides are strings by now.
    Text(TextOp),
}

/// A comparison of two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TextOp {
    /// What is compared.
    pub test: TextTest,
    /// Whether case matters (`has_cs`, `matches regex`).
    pub case_sensitive: bool,
    /// `!has` and its kin.
    pub negated: bool,
}

/// What a text comparison looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextTest {
    /// `=~` (equality without case).
    Equals,
    /// `contains`
    Contains,
    /// `startswith`
    StartsWith,
    /// `endswith`
    EndsWith,
    /// `has`
    Has,
    /// `hasprefix`
    HasPrefix,
    /// `hassuffix`
    HasSuffix,
    /// `matches regex`
    MatchesRegex,
}

/// A relation: rows of columns.
#[derive(Clone, Debug)]
pub struct Rel {
    /// Its columns in order; ids are unique within the plan.
    pub columns: Vec<Column>,
    /// What makes the rows.
    pub node: Node,
}

/// The kinds of relation.
#[derive(Clone, Debug)]
pub enum Node {
    /// A table of the host; `columns` are all its fields in order.
    Table {
        /// The table's name.
        name: String,
    },
    /// Constant rows.
    Values {
        /// One value a column.
        rows: Vec<Vec<Value>>,
    },
    /// One row of computed cells: `print`. `exprs` see no column.
    Row {
        /// One expression a column.
        exprs: Vec<Expr>,
    },
    /// `range`: the numbers or times from `from` to `to`, ends included.
    Range {
        /// First value.
        from: Expr,
        /// Last possible value.
        to: Expr,
        /// Distance; negative counts down.
        step: Expr,
    },
    /// `externaldata`: rows of files.
    External(External),
    /// Rows for which the predicate is true.
    Filter {
        /// Where rows come from.
        input: Box<Rel>,
        /// A bool.
        predicate: Expr,
    },
    /// One expression a column. A plain column reference passes a column on, under the same or a new id.
    Project {
        /// Where rows come from.
        input: Box<Rel>,
        /// One expression a column.
        exprs: Vec<Expr>,
    },
    /// Groups: columns are the keys, then the results of the aggregates in order.
    Aggregate {
        /// Where rows come from.
        input: Box<Rel>,
        /// Group keys; none means one group of all rows, present even without rows.
        keys: Vec<Expr>,
        /// The aggregates; together they give the columns after the keys.
        aggregates: Vec<Aggregate>,
    },
    /// Rows in order.
    Sort {
        /// Where rows come from.
        input: Box<Rel>,
        /// Most significant first.
        keys: Vec<SortKey>,
    },
    /// The first rows: `take`, and with a `Sort` below it `top`.
    Limit {
        /// Where rows come from.
        input: Box<Rel>,
        /// How many; a constant long.
        count: Expr,
    },
    /// Columns are all of the left, then all of the right (only one side for semi and anti kinds).
    Join {
        /// The kind.
        kind: JoinKind,
        /// Left side.
        left: Box<Rel>,
        /// Right side.
        right: Box<Rel>,
        /// Pairs of columns that must be equal, null to null.
        on: Vec<(ColumnId, ColumnId)>,
    },
    /// Rows of all inputs.
    Union {
        /// Each input with, for every column of the result, the input's column or nothing (null, `""`).
        inputs: Vec<UnionInput>,
    },
    /// `mv-expand`: one row an element. Columns are `input`'s (those replaced under a new id in place), then the new ones.
    Expand {
        /// Where rows come from.
        input: Box<Rel>,
        /// The expanded values, zipped.
        items: Vec<ExpandItem>,
        /// The column that counts elements from 0.
        index: Option<ColumnId>,
        /// At most so many rows from one.
        limit: Option<u64>,
        /// `kind=array`: a bag's slots become `[key, value]` pairs.
        pairs: bool,
    },
    /// `mv-apply`: for each input row, `body` over the rows that expanding it gives. Columns are any of the
    /// input's and of the body's. A body that ends in a group without keys gives a row even for an empty array.
    Apply {
        /// Where rows come from.
        input: Box<Rel>,
        /// The expanded values, zipped.
        items: Vec<ExpandItem>,
        /// The column that counts elements from 0.
        index: Option<ColumnId>,
        /// At most so many elements of one row.
        limit: Option<u64>,
        /// Which sub-query this is.
        id: BodyId,
        /// What runs before the body, for each row anew.
        preludes: Vec<(PreludeId, Prelude)>,
        /// The sub-query; its rows are [`Node::ApplyInput`].
        body: Box<Rel>,
    },
    /// `partition by`: `body` over the rows of each value of some columns. Columns are the body's.
    Partition {
        /// Where rows come from.
        input: Box<Rel>,
        /// The columns of the input whose values make the parts; never empty.
        keys: Vec<ColumnId>,
        /// Where a body with a source of its own reads the value, as a scalar.
        value: Option<PreludeId>,
        /// Which sub-query this is.
        id: BodyId,
        /// What runs before the body, for each part anew.
        preludes: Vec<(PreludeId, Prelude)>,
        /// The sub-query; the rows of a part are [`Node::ApplyInput`].
        body: Box<Rel>,
    },
    /// Inside a sub-query: the rows it runs for. Columns are, in this order, the expanded ones of `Apply` (the
    /// input's, those replaced under a new id in place, then new ones), or the input's of `Partition`.
    ApplyInput(BodyId),
    /// Marks an order that later window functions rely on; columns as the input.
    Serialize {
        /// Where rows come from.
        input: Box<Rel>,
    },
    /// The rows of a prelude of kind table, in the order of its columns.
    Shared(PreludeId),
    /// `parse` and its kin: what is captured of a text. Columns are `input`'s (those replaced under a new id in
    /// place), then the new ones.
    Parse {
        /// Where rows come from.
        input: Box<Rel>,
        /// The text; a string.
        text: Expr,
        /// What it is matched with.
        parser: TextParser,
        /// The columns of what it captures, in its order.
        captures: Vec<ColumnId>,
        /// `parse-where`: only rows that match and convert in whole.
        matched_only: bool,
    },
    /// An operator that sees the whole of its inputs, and that the backend runs as one piece.
    Whole {
        /// Which, with all that is neither a column nor an expression.
        operation: Operation,
        /// Where rows come from.
        inputs: Vec<Rel>,
        /// What it computes, over columns of the inputs and of `locals`; the operation says what each is for.
        exprs: Vec<Expr>,
        /// Columns that the expressions alone see, such as the state of `scan`.
        locals: Vec<Column>,
    },
    /// What an operator gives that binds but cannot run yet; [`Bound::not_yet`] says which.
    NotYet {
        /// What it reads.
        inputs: Vec<Rel>,
    },
}

/// The operators that see the whole of their inputs.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// `make-series`. The input has a row for each group and step that has data: its keys, its values, and where the
    /// step begins; in order of keys and steps. Expressions: the step, the first step, the end (null where not
    /// given), then what each value is on a step without data. Columns: the keys, the values as arrays, the steps.
    MakeSeries {
        /// How many keys there are.
        keys: usize,
        /// Whether the end may begin a step: `in range(...)`.
        inclusive: bool,
        /// Whether no input gives a row all the same.
        nonempty: bool,
    },
    /// `evaluate name(...)`: a plugin by its name; its arguments are the expressions.
    Plugin(&'static str),
    /// `graph-mark-components`: the inputs are nodes and edges; columns are those of the nodes, then the component.
    GraphComponents {
        /// Both directions must lead from node to node.
        strong: bool,
    },
    /// `graph-match`, `graph-shortest-paths`: the inputs are nodes and edges.
    GraphSearch(GraphSearch),
    /// `reduce`. The expression is the text of each row. Columns: those of the input where `source` is set, then the
    /// pattern, how many rows it stands for, and the text of one of them.
    Reduce {
        /// The share of the rows that a term, and a group, must exceed.
        threshold: f64,
        /// Characters that change sides: separators that are part of terms, and the other way round.
        characters: String,
        /// `kind=source`: each row is kept, and gets its pattern.
        source: bool,
    },
    /// `scan`: rows in order against steps with a state. Columns are the input's, the declared ones, the match id.
    Scan(Scan),
}

/// One input of a union.
#[derive(Clone, Debug)]
pub struct UnionInput {
    /// The rows.
    pub rel: Rel,
    /// For each result column, where it comes from.
    pub columns: Vec<UnionColumn>,
}

/// Where a union's column comes from in one input.
#[derive(Clone, Debug)]
pub enum UnionColumn {
    /// A column of the input.
    From(ColumnId),
    /// Nothing: null, or `""`.
    Missing,
    /// A constant (`withsource`).
    Constant(Value),
}

/// One expanded value of `mv-expand`.
#[derive(Clone, Debug)]
pub struct ExpandItem {
    /// The value; dynamic.
    pub expr: Expr,
    /// The column that receives the elements.
    pub column: ColumnId,
    /// `to typeof(T)`; dynamic without.
    pub to: Type,
}

/// One sort key.
#[derive(Clone, Debug)]
pub struct SortKey {
    /// The value compared.
    pub expr: Expr,
    /// Largest first.
    pub descending: bool,
    /// Nulls before all values.
    pub nulls_first: bool,
}

/// One aggregate of a group.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// Which.
    pub aggregate: &'static AggregateSpec,
    /// Arguments; constants among them are literals. For `arg_max`: what is compared, then what is returned.
    pub args: Vec<Expr>,
    /// Only rows for which this is true count (the `*if` twins).
    pub filter: Option<Expr>,
    /// The types of its result columns.
    pub types: Vec<Type>,
}

/// The kinds of join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// Left rows deduplicated by key, then inner.
    InnerUnique,
    /// Every pair.
    Inner,
    /// Inner, and left rows without a partner.
    LeftOuter,
    /// Inner, and right rows without a partner.
    RightOuter,
    /// Inner, and rows of either side without a partner.
    FullOuter,
    /// Left rows with a partner, once.
    LeftSemi,
    /// Left rows without a partner.
    LeftAnti,
    /// Right rows with a partner, once.
    RightSemi,
    /// Right rows without a partner.
    RightAnti,
}

/// What runs once before the query, in order; later preludes may use earlier ones.
#[derive(Clone, Debug)]
pub enum Prelude {
    /// `materialize(...)`: rows kept for [`Node::Shared`].
    Table(Rel),
    /// `toscalar(...)`: the first cell of the first row; without rows null or `""`.
    Scalar(Rel),
    /// `in (T)`: the values of the first column.
    List(Rel),
}

impl Prelude {
    /// Returns what runs.
    pub fn rel(&self) -> &Rel {
        match self {
            Prelude::Table(rel) | Prelude::Scalar(rel) | Prelude::List(rel) => rel,
        }
    }

    /// Returns what runs, to be changed in place.
    pub fn rel_mut(&mut self) -> &mut Rel {
        match self {
            Prelude::Table(rel) | Prelude::Scalar(rel) | Prelude::List(rel) => rel,
        }
    }
}

/// `render` and its properties: metadata of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Render {
    /// `timechart`, `table`, ...
    pub visualization: String,
    /// Properties in order.
    pub properties: Vec<(String, String)>,
}

/// What a command changes for the queries after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// `.create table`: a table without rows, replacing one of the same name.
    CreateTable {
        /// Its name.
        name: String,
        /// Its columns.
        fields: Vec<Field>,
    },
    /// `.create-or-alter function`: a stored function, replacing one of the same name.
    CreateFunction {
        /// Its name.
        name: String,
        /// Its text, from the bracket of its parameters on.
        text: String,
    },
    /// `.drop table`
    DropTable(String),
    /// `.drop function`
    DropFunction(String),
}

/// One result of a query.
#[derive(Clone, Debug)]
pub struct BoundResult {
    /// The rows.
    pub rel: Rel,
    /// How it asked to be drawn.
    pub render: Option<Render>,
    /// What it is called, where a statement gives several.
    pub name: Option<String>,
    /// Where in the text its statement stands.
    pub span: Span,
}

/// A bound query, ready to run.
#[derive(Clone, Debug, Default)]
pub struct Bound {
    /// What runs first.
    pub preludes: Vec<Prelude>,
    /// One for each expression statement; none for a query of `let`s alone.
    pub results: Vec<BoundResult>,
    /// `set name = value` options in order.
    pub options: Vec<(String, Value)>,
    /// What its commands change for the queries after it, in order.
    pub effects: Vec<Effect>,
    /// Errors and warnings, in text order.
    pub diagnostics: Vec<Diagnostic>,
    /// What is legal but probably not meant, in text order: see [`crate::lint`].
    pub lints: Vec<Diagnostic>,
    /// What is valid but cannot run yet, in text order: a query that has any is refused when it is run.
    pub not_yet: Vec<Diagnostic>,
    /// What must be known of data before the query binds to its end, in the order in which it came up. Until then what
    /// follows is bound as if every column were there, and the query cannot run.
    pub asks: Vec<Ask>,
}

impl Bound {
    /// Tells whether nothing stops the query.
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}
