//! Values of every type as KQL writes them: ordinary ones, nulls, empties and the ends of each range.

use rehunt_lang::types::Type;

use super::random::Random;

/// What most cells and constants are.
fn ordinary(ty: Type) -> &'static [&'static str] {
    match ty {
        Type::Bool => &["true", "false"],
        Type::Int => &["int(0)", "int(1)", "int(2)", "int(3)", "int(-1)", "int(10)"],
        Type::Long => &["0", "1", "2", "3", "5", "-1", "7", "10", "100"],
        Type::Real => &["0.0", "1.0", "2.5", "-7.5", "0.1", "100.0", "3.0"],
        Type::Decimal => &["decimal(0)", "decimal(1)", "decimal(1.5)", "decimal(-3.25)", "decimal(10)"],
        Type::Datetime => &[
            "datetime(2024-02-29T12:34:56.7891234Z)",
            "datetime(2024-12-31)",
            "datetime(1970-01-01)",
            "datetime(2025-06-15 10:00)",
        ],
        Type::Timespan => &["0s", "1d", "1h", "-90m", "1s", "timespan(1.02:03:04.5)", "1tick"],
        Type::String => &["'a'", "'A'", "'b c'", "'abc'", "'x=1, y=2'", "'10.0.0.1'", "'7'", "'a,b;c'", "'aaa'"],
        Type::Guid => &["guid(74be27de-1e4e-49d9-b579-fe0b331d3642)", "guid(00000000-0000-0000-0000-000000000001)"],
        Type::Dynamic | Type::Unknown => &[
            "dynamic([1,2,3])",
            "dynamic([3.5,1.25,2.0])",
            "dynamic([\"a\",\"b\"])",
            "dynamic({\"a\":1,\"b\":\"x\"})",
            "dynamic({\"a\":{\"b\":[1,2]}})",
            "dynamic(\"a\")",
            "dynamic(1)",
        ],
    }
}

/// Nulls, empties, and the ends of each range.
fn extreme(ty: Type) -> &'static [&'static str] {
    match ty {
        Type::Bool => &["bool(null)"],
        Type::Int => &["int(null)", "int(2147483647)", "int(-2147483648)", "int(-7)"],
        Type::Long => {
            &["long(null)", "9223372036854775807", "long(-9223372036854775808)", "-7", "4294967296", "1000000007"]
        }
        Type::Real => &[
            "real(null)",
            "real(nan)",
            "real(+inf)",
            "real(-inf)",
            "-0.0",
            "1e308",
            "-1e308",
            "5e-324",
            "9007199254740993.0",
            "1e19",
        ],
        Type::Decimal => &["decimal(null)", "decimal(12345678901234567890.125)", "decimal(-0.0000000001)"],
        Type::Datetime => &[
            "datetime(null)",
            "datetime(0001-01-01)",
            "datetime(9999-12-31T23:59:59.9999999Z)",
            "datetime(2024-12-31T23:59:59.9999999Z)",
            "datetime(1900-03-01)",
        ],
        Type::Timespan => &[
            "timespan(null)",
            "timespan(10675199.02:48:05.4775807)",
            "timespan(-10675199.02:48:05.4775808)",
            "-1tick",
            "400d",
        ],
        Type::String => &[
            "''",
            "' '",
            "'ß'",
            "'É日本'",
            "'a\\u0301'",
            "'\\U0001F600x'",
            "'null'",
            "'-1.5e3'",
            "'0x1F'",
            "'true'",
            "'2024-02-29T12:34:56.7Z'",
            "'1.02:03:04'",
            "'{\"a\":[1,{\"b\":null}],\"c\":\"d\"}'",
            "'[1,\"2\",null]'",
            "'line\\nbreak\\ttab'",
            "'%41+%zz'",
            "'quote\"s\\'\\\\'",
            "'https://u:p@example.com:8080/a/b.txt?x=1&y=&x=2#f'",
            "'(['",
            "'74be27de-1e4e-49d9-b579-fe0b331d3642'",
            "'9223372036854775808'",
            "'Zm9v'",
            "'::ffff:10.0.0.1/120'",
        ],
        Type::Guid => &["guid(null)", "guid(ffffffff-ffff-ffff-ffff-ffffffffffff)"],
        Type::Dynamic | Type::Unknown => &[
            "dynamic(null)",
            "dynamic([])",
            "dynamic({})",
            "dynamic(\"\")",
            "dynamic(true)",
            "dynamic(1.5)",
            "dynamic([null])",
            "dynamic([1,null,\"a\",[2],{\"k\":3}])",
            "dynamic([[1,2],[3],[]])",
            "dynamic([1,1,2,1.0])",
            "dynamic([true,false])",
            "dynamic([-1,9223372036854775807])",
            "dynamic([\"2024-01-01\",\"x\"])",
            "dynamic({\"\":0,\"a b\":[],\"n\":null})",
            "dynamic([{\"a\":1},{\"a\":2,\"b\":3}])",
            "dynamic(9223372036854775807)",
            "dynamic(\"\\u00e9\\n\\\"\")",
            "dynamic(datetime(2024-01-01))",
            "dynamic([1e308,1e308,-1e308])",
        ],
    }
}

/// A value of a type.
pub fn literal(random: &mut Random, ty: Type) -> String {
    let pool = if random.percent(70) { ordinary(ty) } else { extreme(ty) };
    (*random.pick(pool)).to_owned()
}

/// The plainest value of a type: what a shrunk query has where it does not matter.
pub fn simple(ty: Type) -> &'static str {
    match ty {
        Type::Dynamic | Type::Unknown => "dynamic(null)",
        ty => ordinary(ty)[0],
    }
}

/// Texts that a string parameter of some name is likely to want.
pub fn texts_of(parameter: &str) -> &'static [&'static str] {
    let name = parameter.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| name.contains(w));
    if has(&["regex", "pattern"]) {
        return &["'a'", "'(a)(b)?'", "'[a-c]+'", "'(?i)A(.)'", "'\\\\d+'", "'(?P<n>.)'", "'^'", "''"];
    }
    if has(&["format"]) {
        return &["'yyyy-MM-dd HH:mm:ss.fffffff'", "'d.hh:mm'", "'h:m tt'", "'[ss]'"];
    }
    if has(&["zone"]) {
        return &["'Europe/Berlin'", "'US/Pacific'", "'UTC'", "'Asia/Kathmandu'"];
    }
    if has(&["delimiter", "separator", "trim", "cutset"]) {
        return &["','", "' '", "'a'", "''", "'=,'"];
    }
    if has(&["ip", "prefix", "range", "address"]) {
        return &["'10.0.0.1'", "'10.0.0.0/8'", "'192.168.1.255/24'", "'fe80::1'", "'::1/128'", "'1.2.3'"];
    }
    if has(&["json", "path"]) {
        return &["'$.a'", "'$.a.b[0]'", "'{\"a\":1}'", "'$..a'", "'C:\\\\d\\\\f.txt'"];
    }
    &[]
}
