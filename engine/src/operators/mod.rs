//! Kernels of the expression operators: comparison, arithmetic, text tests, membership, conversion.
