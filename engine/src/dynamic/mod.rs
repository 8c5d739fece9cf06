//! The dynamic value behind a narrow door: path, iterate, compare, build, to JSON. JSON text is read lazily;
//! no tree is built where a skip will do.
