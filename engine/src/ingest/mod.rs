//! Readers of exported evidence: recognise the form, read the rows, give them their declared types.
