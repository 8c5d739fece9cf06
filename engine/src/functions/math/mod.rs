//! Functions on numbers. Null in, null out; what has no value is NaN or null as the engine has it, never an error.

mod around;
mod beta;
mod bin;
mod bits;
mod elementary;
mod random;
mod round;
mod units;

use super::Function;

/// The functions of this family, sorted by name.
pub static FUNCTIONS: &[&Function] = &[
    &round::ABS,
    &elementary::ACOS,
    &around::AROUND,
    &elementary::ASIN,
    &elementary::ATAN,
    &elementary::ATAN2,
    &beta::BETA_CDF,
    &beta::BETA_INV,
    &beta::BETA_PDF,
    &bin::BIN,
    &bin::BIN_AT,
    &bits::BINARY_AND,
    &bits::BINARY_NOT,
    &bits::BINARY_OR,
    &bits::BINARY_SHIFT_LEFT,
    &bits::BINARY_SHIFT_RIGHT,
    &bits::BINARY_XOR,
    &bits::BITSET_COUNT_ONES,
    &round::CEILING,
    &units::CONVERT_ANGLE,
    &units::CONVERT_ENERGY,
    &units::CONVERT_FORCE,
    &units::CONVERT_LENGTH,
    &units::CONVERT_MASS,
    &units::CONVERT_SPEED,
    &units::CONVERT_TEMPERATURE,
    &units::CONVERT_VOLUME,
    &elementary::COS,
    &elementary::COT,
    &elementary::DEGREES,
    &elementary::ERF,
    &elementary::ERFC,
    &elementary::EXP,
    &elementary::EXP10,
    &elementary::EXP2,
    &elementary::GAMMA,
    &elementary::LOG,
    &elementary::LOG10,
    &elementary::LOG2,
    &elementary::LOGGAMMA,
    &random::NEW_GUID,
    &elementary::PI,
    &elementary::POW,
    &elementary::RADIANS,
    &random::RAND,
    &round::ROUND,
    &round::SIGN,
    &elementary::SIN,
    &elementary::SQRT,
    &elementary::TAN,
    &bits::TOHEX,
    &beta::WELCH_TEST,
];
