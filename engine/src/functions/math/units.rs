//! `convert_angle`, `convert_length` ...: measures from one unit to another. The units and their sizes are those of the
//! UnitsNet library (github.com/angularsen/UnitsNet), whose names Kusto takes.

use std::f64::consts::PI;

use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use rehunt_lang::library::{Accepts, Example, FunctionSpec, Overload, Param};
use rehunt_lang::types::Type;

use crate::functions::signature::{signature, string};
use crate::functions::{Args, Body, Function};

const CONVERT: &[Overload] =
    &[signature(&[Param::new("value", Accepts::Exactly(Type::Real)), string("from"), string("to")], Type::Real)];

/// Units of a kind: name, and size in the unit of the kind that is 1.
type Units = &'static [(&'static str, f64)];

const fn convert(
    name: &'static str,
    summary: &'static str,
    examples: &'static [Example],
    kernel: fn(&Args) -> Result<ColumnarValue>,
) -> Function {
    let spec = FunctionSpec { name, overloads: CONVERT, summary, examples, ..FunctionSpec::BASE };
    Function { spec, body: Body::Kernel(kernel) }
}

/// Converts each row by way of the unit that is 1; null for a unit that is not known.
fn converted(
    args: &Args,
    to_base: impl Fn(&str, f64) -> Option<f64>,
    from_base: impl Fn(&str, f64) -> Option<f64>,
) -> Result<ColumnarValue> {
    let (value, from, to) = (args.real(0)?, args.text(1)?, args.text(2)?);
    args.reals(|row| from_base(to.at(row)?, to_base(from.at(row)?, value.at(row)?)?))
}

fn scaled(args: &Args, units: Units) -> Result<ColumnarValue> {
    converted(args, |unit, x| Some(x * size(units, unit)?), |unit, x| Some(x / size(units, unit)?))
}

/// Returns the size of a unit; its name may be in any case.
fn size(units: Units, name: &str) -> Option<f64> {
    units.iter().find(|(unit, _)| unit.eq_ignore_ascii_case(name)).map(|(_, size)| *size)
}

/// `convert_angle(value, from, to)`: learn.microsoft.com/kusto/query/convert-angle-function.
pub static CONVERT_ANGLE: Function = convert(
    "convert_angle",
    "Converts an angle from one unit to another; null for an unknown unit.",
    &[Example { query: "print convert_angle(180, 'Degree', 'Revolution')", answer: "0.5" }],
    |args| {
        // A tilt is the sine of an angle.
        let tilt = |unit: &str| unit.eq_ignore_ascii_case("Tilt");
        let to_base = |unit: &str, x: f64| if tilt(unit) { Some(x.asin()) } else { Some(x * size(ANGLE, unit)?) };
        let from_base = |unit: &str, x: f64| if tilt(unit) { Some(x.sin()) } else { Some(x / size(ANGLE, unit)?) };
        converted(args, to_base, from_base)
    },
);

/// `convert_energy(value, from, to)`: learn.microsoft.com/kusto/query/convert-energy-function.
pub static CONVERT_ENERGY: Function = convert(
    "convert_energy",
    "Converts an energy from one unit to another; null for an unknown unit.",
    &[Example { query: "print convert_energy(2, 'KilowattHour', 'Joule')", answer: "7200000.0" }],
    |args| scaled(args, ENERGY),
);

/// `convert_force(value, from, to)`: learn.microsoft.com/kusto/query/convert-force-function.
pub static CONVERT_FORCE: Function = convert(
    "convert_force",
    "Converts a force from one unit to another; null for an unknown unit.",
    &[Example { query: "print convert_force(15, 'Newton', 'Decanewton')", answer: "1.5" }],
    |args| scaled(args, FORCE),
);

/// `convert_length(value, from, to)`: learn.microsoft.com/kusto/query/convert-length-function.
pub static CONVERT_LENGTH: Function = convert(
    "convert_length",
    "Converts a length from one unit to another; null for an unknown unit.",
    &[Example {
        query: "print convert_length(3, 'Kilometer', 'Meter'), convert_length(1, 'x', 'Meter')",
        answer: "3000.0 | null",
    }],
    |args| scaled(args, LENGTH),
);

/// `convert_mass(value, from, to)`: learn.microsoft.com/kusto/query/convert-mass-function.
pub static CONVERT_MASS: Function = convert(
    "convert_mass",
    "Converts a mass from one unit to another; null for an unknown unit.",
    &[Example { query: "print convert_mass(2, 'kilogram', 'gram')", answer: "2000.0" }],
    |args| scaled(args, MASS),
);

/// `convert_speed(value, from, to)`: learn.microsoft.com/kusto/query/convert-speed-function.
pub static CONVERT_SPEED: Function = convert(
    "convert_speed",
    "Converts a speed from one unit to another; null for an unknown unit.",
    &[Example { query: "print convert_speed(36, 'KilometerPerHour', 'MeterPerSecond')", answer: "10.0" }],
    |args| scaled(args, SPEED),
);

/// `convert_volume(value, from, to)`: learn.microsoft.com/kusto/query/convert-volume-function.
pub static CONVERT_VOLUME: Function = convert(
    "convert_volume",
    "Converts a volume from one unit to another; null for an unknown unit.",
    &[Example { query: "print convert_volume(3, 'Liter', 'Milliliter')", answer: "3000.0" }],
    |args| scaled(args, VOLUME),
);

/// `convert_temperature(value, from, to)`: learn.microsoft.com/kusto/query/convert-temperature-function.
pub static CONVERT_TEMPERATURE: Function = convert(
    "convert_temperature",
    "Converts a temperature from one unit to another; null for an unknown unit.",
    &[Example { query: "print convert_temperature(300, 'Kelvin', 'DegreeCelsius')", answer: "26.850000000000023" }],
    |args| {
        let unit = |name: &str| TEMPERATURE.iter().find(|(unit, ..)| unit.eq_ignore_ascii_case(name));
        converted(
            args,
            |name, x| unit(name).map(|(_, step, zero)| x * step + zero),
            |name, x| unit(name).map(|(_, step, zero)| (x - zero) / step),
        )
    },
);

/// Name, size of a degree in kelvins, and what its zero is in kelvins.
const TEMPERATURE: &[(&str, f64, f64)] = &[
    ("DegreeCelsius", 1.0, 273.15),
    ("DegreeDelisle", -2.0 / 3.0, 373.15),
    ("DegreeFahrenheit", 5.0 / 9.0, 459.67 * 5.0 / 9.0),
    ("DegreeNewton", 100.0 / 33.0, 273.15),
    ("DegreeRankine", 5.0 / 9.0, 0.0),
    ("DegreeReaumur", 5.0 / 4.0, 273.15),
    ("DegreeRoemer", 40.0 / 21.0, 273.15 - 7.5 * 40.0 / 21.0),
    ("Kelvin", 1.0, 0.0),
    ("MillidegreeCelsius", 1e-3, 273.15),
    ("SolarTemperature", 5778.0, 0.0),
];

/// In radians.
const ANGLE: Units = &[
    ("Arcminute", PI / 10800.0),
    ("Arcsecond", PI / 648000.0),
    ("Centiradian", 1e-2),
    ("Deciradian", 1e-1),
    ("Degree", PI / 180.0),
    ("Gradian", PI / 200.0),
    ("Microdegree", PI / 180e6),
    ("Microradian", 1e-6),
    ("Millidegree", PI / 180e3),
    ("Milliradian", 1e-3),
    ("Nanodegree", PI / 180e9),
    ("Nanoradian", 1e-9),
    ("NatoMil", PI / 3200.0),
    ("Radian", 1.0),
    ("Revolution", 2.0 * PI),
];

/// In joules.
const ENERGY: Units = &[
    ("BritishThermalUnit", 1055.05585262),
    ("Calorie", 4.184),
    ("DecathermEc", 1055055852.6199999),
    ("DecathermImperial", 1055055852.57348),
    ("DecathermUs", 1054804000.0),
    ("ElectronVolt", 1.602176634e-19),
    ("Erg", 1e-7),
    ("FootPound", 1.3558179483314003),
    ("GigabritishThermalUnit", 1055055852620.0),
    ("GigaelectronVolt", 1.6021766339999998e-10),
    ("Gigajoule", 1000000000.0),
    ("GigawattDay", 86400000000000.0),
    ("GigawattHour", 3600000000000.0),
    ("HorsepowerHour", 2684519.537456106),
    ("Joule", 1.0),
    ("KilobritishThermalUnit", 1055055.85262),
    ("Kilocalorie", 4184.0),
    ("KiloelectronVolt", 1.602176634e-16),
    ("Kilojoule", 1000.0),
    ("KilowattDay", 86400000.0),
    ("KilowattHour", 3600000.0),
    ("MegabritishThermalUnit", 1055055852.62),
    ("Megacalorie", 4184000.0),
    ("MegaelectronVolt", 1.6021766339999998e-13),
    ("Megajoule", 1000000.0),
    ("MegawattDay", 86400000000.0),
    ("MegawattHour", 3600000000.0),
    ("Millijoule", 0.001),
    ("TeraelectronVolt", 1.602176634e-7),
    ("TerawattDay", 8.64e16),
    ("TerawattHour", 3600000000000000.0),
    ("ThermEc", 105505585.262),
    ("ThermImperial", 105505585.257348),
    ("ThermUs", 105480400.0),
    ("WattDay", 86400.0),
    ("WattHour", 3600.0),
];

/// In newtons.
const FORCE: Units = &[
    ("Decanewton", 10.0),
    ("Dyn", 1e-5),
    ("KiloPond", 9.80665),
    ("KilogramForce", 9.80665),
    ("Kilonewton", 1000.0),
    ("KilopoundForce", 4448.2216152605),
    ("Meganewton", 1000000.0),
    ("Micronewton", 1e-6),
    ("Millinewton", 0.001),
    ("Newton", 1.0),
    ("OunceForce", 0.2780138509537812),
    ("PoundForce", 4.4482216152605),
    ("Poundal", 0.138254954376),
    ("ShortTonForce", 8896.443230521),
    ("TonneForce", 9806.65),
];

/// In meters.
const LENGTH: Units = &[
    ("Angstrom", 1e-10),
    ("AstronomicalUnit", 149597870700.0),
    ("Centimeter", 0.01),
    ("Chain", 20.1168),
    ("DataMile", 1828.8),
    ("Decameter", 10.0),
    ("Decimeter", 0.1),
    ("DtpPica", 0.004233333333333333),
    ("DtpPoint", 0.00035277777777777776),
    ("Fathom", 1.8288),
    ("Foot", 0.3048),
    ("Hand", 0.1016),
    ("Hectometer", 100.0),
    ("Inch", 0.0254),
    ("KilolightYear", 9.46073047258e18),
    ("Kilometer", 1000.0),
    ("Kiloparsec", 3.08567758128e19),
    ("LightYear", 9460730472580000.0),
    ("MegalightYear", 9.46073047258e21),
    ("Megaparsec", 3.08567758128e22),
    ("Meter", 1.0),
    ("Microinch", 2.54e-8),
    ("Micrometer", 1e-6),
    ("Mil", 2.54e-5),
    ("Mile", 1609.344),
    ("Millimeter", 0.001),
    ("Nanometer", 1e-9),
    ("NauticalMile", 1852.0),
    ("Parsec", 3.08567758128e16),
    ("PrinterPica", 0.004217517642175176),
    ("PrinterPoint", 0.00035145980351459805),
    ("Shackle", 27.432),
    ("SolarRadius", 695700000.0),
    ("Twip", 1.763888888888889e-5),
    ("UsSurveyFoot", 0.3048006096012192),
    ("Yard", 0.9144),
];

/// In kilograms.
const MASS: Units = &[
    ("Centigram", 1e-5),
    ("Decagram", 0.01),
    ("Decigram", 0.0001),
    ("EarthMass", 5.9722e24),
    ("Grain", 6.479891e-5),
    ("Gram", 0.001),
    ("Hectogram", 0.1),
    ("Kilogram", 1.0),
    ("Kilopound", 453.59237),
    ("Kilotonne", 1000000.0),
    ("LongHundredweight", 50.80234544),
    ("LongTon", 1016.0469088),
    ("Megapound", 453592.37),
    ("Megatonne", 1000000000.0),
    ("Microgram", 1e-9),
    ("Milligram", 1e-6),
    ("Nanogram", 1e-12),
    ("Ounce", 0.028349523125),
    ("Pound", 0.45359237),
    ("ShortHundredweight", 45.359237),
    ("ShortTon", 907.18474),
    ("Slug", 14.593902937206362),
    ("SolarMass", 1.98947e30),
    ("Stone", 6.35029318),
    ("Tonne", 1000.0),
];

/// In meters per second.
const SPEED: Units = &[
    ("CentimeterPerHour", 2.777777777777778e-6),
    ("CentimeterPerMinute", 0.00016666666666666666),
    ("CentimeterPerSecond", 0.01),
    ("DecimeterPerMinute", 0.0016666666666666666),
    ("DecimeterPerSecond", 0.1),
    ("FootPerHour", 8.466666666666667e-5),
    ("FootPerMinute", 0.00508),
    ("FootPerSecond", 0.3048),
    ("InchPerHour", 7.055555555555555e-6),
    ("InchPerMinute", 0.0004233333333333333),
    ("InchPerSecond", 0.0254),
    ("KilometerPerHour", 0.2777777777777778),
    ("KilometerPerMinute", 16.666666666666668),
    ("KilometerPerSecond", 1000.0),
    ("Knot", 0.5144444444444445),
    ("MeterPerHour", 0.0002777777777777778),
    ("MeterPerMinute", 0.016666666666666666),
    ("MeterPerSecond", 1.0),
    ("MicrometerPerMinute", 1.6666666666666667e-8),
    ("MicrometerPerSecond", 1e-6),
    ("MilePerHour", 0.44704),
    ("MillimeterPerHour", 2.7777777777777776e-7),
    ("MillimeterPerMinute", 1.6666666666666667e-5),
    ("MillimeterPerSecond", 0.001),
    ("NanometerPerMinute", 1.6666666666666667e-11),
    ("NanometerPerSecond", 1e-9),
    ("UsSurveyFootPerHour", 8.466683600033866e-5),
    ("UsSurveyFootPerMinute", 0.00508001016002032),
    ("UsSurveyFootPerSecond", 0.3048006096012192),
    ("YardPerHour", 0.000254),
    ("YardPerMinute", 0.01524),
    ("YardPerSecond", 0.9144),
];

/// In cubic meters.
const VOLUME: Units = &[
    ("AcreFoot", 1233.48183754752),
    ("AuTablespoon", 2e-5),
    ("BoardFoot", 0.002359737216),
    ("Centiliter", 1e-5),
    ("CubicCentimeter", 1e-6),
    ("CubicDecimeter", 0.001),
    ("CubicFoot", 0.028316846592),
    ("CubicHectometer", 1000000.0),
    ("CubicInch", 1.6387064e-5),
    ("CubicKilometer", 1000000000.0),
    ("CubicMeter", 1.0),
    ("CubicMicrometer", 1e-18),
    ("CubicMile", 4168181825.4405794),
    ("CubicMillimeter", 1e-9),
    ("CubicYard", 0.764554857984),
    ("Decaliter", 0.01),
    ("DecausGallon", 0.03785411784),
    ("Deciliter", 0.0001),
    ("DeciusGallon", 0.0003785411784),
    ("HectocubicFoot", 2.8316846592),
    ("HectocubicMeter", 100.0),
    ("Hectoliter", 0.1),
    ("HectousGallon", 0.3785411784),
    ("ImperialBeerBarrel", 0.16365924),
    ("ImperialGallon", 0.00454609),
    ("ImperialOunce", 2.84130625e-5),
    ("ImperialPint", 0.00056826125),
    ("KilocubicFoot", 28.316846592),
    ("KilocubicMeter", 1000.0),
    ("KiloimperialGallon", 4.54609),
    ("Kiloliter", 1.0),
    ("KilousGallon", 3.7854117840000003),
    ("Liter", 0.001),
    ("MegacubicFoot", 28316.846592),
    ("MegaimperialGallon", 4546.09),
    ("Megaliter", 1000.0),
    ("MegausGallon", 3785.4117840000004),
    ("MetricCup", 0.00025),
    ("MetricTeaspoon", 5e-6),
    ("Microliter", 1e-9),
    ("Milliliter", 1e-6),
    ("OilBarrel", 0.158987294928),
    ("UkTablespoon", 1.5e-5),
    ("UsBeerBarrel", 0.117347765304),
    ("UsCustomaryCup", 0.0002365882365),
    ("UsGallon", 0.003785411784),
    ("UsLegalCup", 0.00024),
    ("UsOunce", 2.95735295625e-5),
    ("UsPint", 0.000473176473),
    ("UsQuart", 0.000946352946),
    ("UsTablespoon", 1.478676478125e-5),
    ("UsTeaspoon", 4.92892159375e-6),
];
