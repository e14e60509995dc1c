//! What the bytes of a converted suite mean; `build/suite.rs` writes them, `mod.rs` reads them.
//!
//! A suite is files; a file is its name, its features (8 bytes), how many directives there are that only concern the
//! text format, and commands up to `END`. A command is a tag and what its line says. Numbers are LEB128; bytes and
//! names have their length before them.

/// The file ends.
pub const END: u8 = 0;
/// A component that is judged, and not needed again: bytes.
pub const JUDGE: u8 = 1;
/// A component that is judged and kept: bytes.
pub const DEFINE: u8 = 2;
/// An instance of a component that is kept: its number among those of the two kinds above.
pub const INSTANCE: u8 = 3;
/// The same, and the component is not needed again.
pub const LAST_INSTANCE: u8 = 4;
/// A component that is judged and instantiated: bytes.
pub const COMPONENT: u8 = 5;
/// The same, and what that is to come to: bytes, an expectation.
pub const RUN: u8 = 6;
/// A call in the last instance: the name, values, an expectation.
pub const INVOKE: u8 = 7;
/// A component or module that is malformed: bytes.
pub const MALFORMED: u8 = 8;
/// A component or module that is invalid: bytes.
pub const INVALID: u8 = 9;

/// Expectations: no error; these values; one of these traps (a list of names, the index plus one or 0).
pub const SUCCESS: u8 = 0;
pub const RETURN: u8 = 1;
pub const TRAP: u8 = 2;

/// Values; where there are several inside they follow their count, and what may be absent follows a 0 or 1.
pub const BOOL: u8 = 0;
pub const U8: u8 = 1;
pub const S8: u8 = 2;
pub const U16: u8 = 3;
pub const S16: u8 = 4;
pub const U32: u8 = 5;
pub const S32: u8 = 6;
pub const U64: u8 = 7;
pub const S64: u8 = 8;
pub const F32: u8 = 9;
pub const F64: u8 = 10;
pub const CHAR: u8 = 11;
pub const STRING: u8 = 12;
pub const LIST: u8 = 13;
pub const MAP: u8 = 14;
pub const RECORD: u8 = 15;
pub const TUPLE: u8 = 16;
pub const VARIANT: u8 = 17;
pub const ENUM: u8 = 18;
pub const OPTION: u8 = 19;
pub const OK: u8 = 20;
pub const ERR: u8 = 21;
pub const FLAGS: u8 = 22;
