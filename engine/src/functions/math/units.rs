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
    ("Arcminute", PI / 10_800.0),
    ("Arcsecond", PI / 648_000.0),
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
    ("BritishThermalUnit", 1055.055_852_62),
    ("Calorie", 4.184),
    ("DecathermEc", 1_055_055_852.619_999_9),
    ("DecathermImperial", 1_055_055_852.57348),
    ("DecathermUs", 1_054_804_000.0),
    ("ElectronVolt", 1.602176634e-19),
    ("Erg", 1e-7),
    ("FootPound", 1.355_817_948_331_400_3),
    ("GigabritishThermalUnit", 1_055_055_852_620.0),
    ("GigaelectronVolt", 1.6021766339999998e-10),
    ("Gigajoule", 1_000_000_000.0),
    ("GigawattDay", 86_400_000_000_000.0),
    ("GigawattHour", 3_600_000_000_000.0),
    ("HorsepowerHour", 2_684_519.537_456_106),
    ("Joule", 1.0),
    ("KilobritishThermalUnit", 1_055_055.85262),
    ("Kilocalorie", 4184.0),
    ("KiloelectronVolt", 1.602176634e-16),
    ("Kilojoule", 1000.0),
    ("KilowattDay", 86_400_000.0),
    ("KilowattHour", 3_600_000.0),
    ("MegabritishThermalUnit", 1_055_055_852.62),
    ("Megacalorie", 4_184_000.0),
    ("MegaelectronVolt", 1.6021766339999998e-13),
    ("Megajoule", 1_000_000.0),
    ("MegawattDay", 86_400_000_000.0),
    ("MegawattHour", 3_600_000_000.0),
    ("Millijoule", 0.001),
    ("TeraelectronVolt", 1.602176634e-7),
    ("TerawattDay", 8.64e16),
    ("TerawattHour", 3_600_000_000_000_000.0),
    ("ThermEc", 105_505_585.262),
    ("ThermImperial", 105_505_585.257348),
    ("ThermUs", 105_480_400.0),
    ("WattDay", 86_400.0),
    ("WattHour", 3600.0),
];

/// In newtons.
const FORCE: Units = &[
    ("Decanewton", 10.0),
    ("Dyn", 1e-5),
    ("KiloPond", 9.80665),
    ("KilogramForce", 9.80665),
    ("Kilonewton", 1000.0),
    ("KilopoundForce", 4448.221_615_260_5),
    ("Meganewton", 1_000_000.0),
    ("Micronewton", 1e-6),
    ("Millinewton", 0.001),
    ("Newton", 1.0),
    ("OunceForce", 0.278_013_850_953_781_2),
    ("PoundForce", 4.448_221_615_260_5),
    ("Poundal", 0.138_254_954_376),
    ("ShortTonForce", 8896.443_230_521),
    ("TonneForce", 9806.65),
];

/// In meters.
const LENGTH: Units = &[
    ("Angstrom", 1e-10),
    ("AstronomicalUnit", 149_597_870_700.0),
    ("Centimeter", 0.01),
    ("Chain", 20.1168),
    ("DataMile", 1828.8),
    ("Decameter", 10.0),
    ("Decimeter", 0.1),
    ("DtpPica", 0.004_233_333_333_333_333),
    ("DtpPoint", 0.000_352_777_777_777_777_76),
    ("Fathom", 1.8288),
    ("Foot", 0.3048),
    ("Hand", 0.1016),
    ("Hectometer", 100.0),
    ("Inch", 0.0254),
    ("KilolightYear", 9.46073047258e18),
    ("Kilometer", 1000.0),
    ("Kiloparsec", 3.08567758128e19),
    ("LightYear", 9_460_730_472_580_000.0),
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
    ("PrinterPica", 0.004_217_517_642_175_176),
    ("PrinterPoint", 0.000_351_459_803_514_598_05),
    ("Shackle", 27.432),
    ("SolarRadius", 695_700_000.0),
    ("Twip", 1.763888888888889e-5),
    ("UsSurveyFoot", 0.304_800_609_601_219_2),
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
    ("Kilotonne", 1_000_000.0),
    ("LongHundredweight", 50.802_345_44),
    ("LongTon", 1016.046_908_8),
    ("Megapound", 453_592.37),
    ("Megatonne", 1_000_000_000.0),
    ("Microgram", 1e-9),
    ("Milligram", 1e-6),
    ("Nanogram", 1e-12),
    ("Ounce", 0.028_349_523_125),
    ("Pound", 0.453_592_37),
    ("ShortHundredweight", 45.359237),
    ("ShortTon", 907.18474),
    ("Slug", 14.593_902_937_206_362),
    ("SolarMass", 1.98947e30),
    ("Stone", 6.350_293_18),
    ("Tonne", 1000.0),
];

/// In meters per second.
const SPEED: Units = &[
    ("CentimeterPerHour", 2.777777777777778e-6),
    ("CentimeterPerMinute", 0.000_166_666_666_666_666_66),
    ("CentimeterPerSecond", 0.01),
    ("DecimeterPerMinute", 0.001_666_666_666_666_666_6),
    ("DecimeterPerSecond", 0.1),
    ("FootPerHour", 8.466666666666667e-5),
    ("FootPerMinute", 0.00508),
    ("FootPerSecond", 0.3048),
    ("InchPerHour", 7.055555555555555e-6),
    ("InchPerMinute", 0.000_423_333_333_333_333_3),
    ("InchPerSecond", 0.0254),
    ("KilometerPerHour", 0.277_777_777_777_777_8),
    ("KilometerPerMinute", 16.666_666_666_666_668),
    ("KilometerPerSecond", 1000.0),
    ("Knot", 0.514_444_444_444_444_5),
    ("MeterPerHour", 0.000_277_777_777_777_777_8),
    ("MeterPerMinute", 0.016_666_666_666_666_666),
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
    ("UsSurveyFootPerMinute", 0.005_080_010_160_020_32),
    ("UsSurveyFootPerSecond", 0.304_800_609_601_219_2),
    ("YardPerHour", 0.000254),
    ("YardPerMinute", 0.01524),
    ("YardPerSecond", 0.9144),
];

/// In cubic meters.
const VOLUME: Units = &[
    ("AcreFoot", 1233.481_837_547_52),
    ("AuTablespoon", 2e-5),
    ("BoardFoot", 0.002_359_737_216),
    ("Centiliter", 1e-5),
    ("CubicCentimeter", 1e-6),
    ("CubicDecimeter", 0.001),
    ("CubicFoot", 0.028_316_846_592),
    ("CubicHectometer", 1_000_000.0),
    ("CubicInch", 1.6387064e-5),
    ("CubicKilometer", 1_000_000_000.0),
    ("CubicMeter", 1.0),
    ("CubicMicrometer", 1e-18),
    ("CubicMile", 4_168_181_825.440_579_4),
    ("CubicMillimeter", 1e-9),
    ("CubicYard", 0.764_554_857_984),
    ("Decaliter", 0.01),
    ("DecausGallon", 0.037_854_117_84),
    ("Deciliter", 0.0001),
    ("DeciusGallon", 0.000_378_541_178_4),
    ("HectocubicFoot", 2.831_684_659_2),
    ("HectocubicMeter", 100.0),
    ("Hectoliter", 0.1),
    ("HectousGallon", 0.378_541_178_4),
    ("ImperialBeerBarrel", 0.163_659_24),
    ("ImperialGallon", 0.004_546_09),
    ("ImperialOunce", 2.84130625e-5),
    ("ImperialPint", 0.000_568_261_25),
    ("KilocubicFoot", 28.316_846_592),
    ("KilocubicMeter", 1000.0),
    ("KiloimperialGallon", 4.54609),
    ("Kiloliter", 1.0),
    ("KilousGallon", 3.785_411_784_000_000_3),
    ("Liter", 0.001),
    ("MegacubicFoot", 28_316.846592),
    ("MegaimperialGallon", 4546.09),
    ("Megaliter", 1000.0),
    ("MegausGallon", 3785.411_784_000_000_4),
    ("MetricCup", 0.00025),
    ("MetricTeaspoon", 5e-6),
    ("Microliter", 1e-9),
    ("Milliliter", 1e-6),
    ("OilBarrel", 0.158_987_294_928),
    ("UkTablespoon", 1.5e-5),
    ("UsBeerBarrel", 0.117_347_765_304),
    ("UsCustomaryCup", 0.000_236_588_236_5),
    ("UsGallon", 0.003_785_411_784),
    ("UsLegalCup", 0.00024),
    ("UsOunce", 2.95735295625e-5),
    ("UsPint", 0.000_473_176_473),
    ("UsQuart", 0.000_946_352_946),
    ("UsTablespoon", 1.478676478125e-5),
    ("UsTeaspoon", 4.92892159375e-6),
];
