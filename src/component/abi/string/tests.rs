//! All transcodings, against `core::str`.

use super::*;
use std::string::{String, ToString};
use std::vec::Vec;

const TAG: u64 = 1 << 31;

/// Two memories, and a `realloc` that moves everything to a new place each time it is called.
struct Mock {
    source: Vec<u8>,
    target: Vec<u8>,
    next: u64,
    calls: Vec<(u64, u32, u32, u32)>,
}

impl StringPlaces for Mock {
    fn reallocate(&mut self, old: u64, old_size: u32, align: u32, new_size: u32) -> Result<u64> {
        self.calls.push((old, old_size, align, new_size));
        let new = self.next.next_multiple_of(u64::from(align));
        let kept = old_size.min(new_size) as usize;
        self.target.copy_within(old as usize..old as usize + kept, new as usize);
        self.next = new + u64::from(new_size) + 1;
        Ok(new)
    }

    fn memories(&mut self) -> Result<(&[u8], &mut [u8])> {
        Ok((&self.source, &mut self.target))
    }
}

/// The code units of `text` in one of the encodings, and the tagged number of them.
fn encode(text: &str, encoding: StringEncoding) -> (Vec<u8>, u64) {
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let units = utf16.len() as u64 / 2;
    match encoding {
        StringEncoding::Utf8 => (text.as_bytes().to_vec(), text.len() as u64),
        StringEncoding::Utf16 => (utf16, units),
        StringEncoding::Latin1Utf16 if text.chars().all(|code| code <= '\u{FF}') => {
            (text.chars().map(|code| code as u8).collect(), text.chars().count() as u64)
        }
        StringEncoding::Latin1Utf16 => (utf16, units | TAG),
    }
}

const ENCODINGS: [StringEncoding; 3] = [StringEncoding::Utf8, StringEncoding::Utf16, StringEncoding::Latin1Utf16];

fn mock(source: &[u8]) -> Mock {
    // The string lies at 2, so that an address and a length cannot be mixed up unseen.
    let mut memory = std::vec![0xAA; 2];
    memory.extend_from_slice(source);
    Mock { source: memory, target: std::vec![0x55; 4096], next: 8, calls: Vec::new() }
}

fn transcode(mock: &mut Mock, from: StringEncoding, units: u64, to: StringEncoding) -> Result<(u64, u64)> {
    let loaded = load_string_from_range(&mock.source, from, TAG, 2, units)?;
    store_string_into_range(mock, loaded, to, TAG)
}

fn texts() -> Vec<String> {
    let mut texts: Vec<String> =
        ["", "a", "Ada", "é", "aé", "ÿa", "aaaaé€", "€", "𝄞", "a𝄞b", "\u{FEFF}bom", "日本語", "\u{FFFD}\u{10FFFF}\0"]
            .map(str::to_string)
            .to_vec();
    texts.push("x".repeat(300));
    texts.push("é".repeat(300));
    texts.push("x".repeat(100) + &"€𝄞".repeat(50));
    texts
}

#[test]
fn all_nine_transcodings_keep_the_text() {
    for text in texts() {
        for from in ENCODINGS {
            for to in ENCODINGS {
                let (source, units) = encode(&text, from);
                let mut mock = mock(&source);
                let (ptr, stored) = transcode(&mut mock, from, units, to).unwrap();
                let (expected, expected_units) = encode(&text, to);
                assert_eq!(stored, expected_units, "{text:?} {from:?} {to:?}");
                let found = &mock.target[ptr as usize..ptr as usize + expected.len()];
                assert_eq!(found, expected, "{text:?} {from:?} {to:?}");
            }
        }
    }
}

/// The `realloc` calls for `text`: sizes and alignments as `definitions.py` has them.
fn check_calls(text: &str, from: StringEncoding, to: StringEncoding, expected: &[(u32, u32, u32)]) {
    let (source, units) = encode(text, from);
    let mut mock = mock(&source);
    transcode(&mut mock, from, units, to).unwrap();
    let calls: Vec<_> = mock.calls.iter().map(|call| (call.1, call.2, call.3)).collect();
    assert_eq!(calls, expected, "{text:?} {from:?} {to:?}");
}

#[test]
fn realloc_is_called_as_the_specification_says() {
    use StringEncoding::{Latin1Utf16 as Latin1, Utf8, Utf16};
    check_calls("", Utf8, Utf8, &[(0, 1, 0)]);
    check_calls("abc", Utf8, Utf8, &[(0, 1, 3)]);
    check_calls("abc", Utf16, Utf8, &[(0, 1, 3)]);
    check_calls("a€", Utf16, Utf8, &[(0, 1, 2), (2, 1, 6), (6, 1, 4)]);
    check_calls("€€", Utf16, Utf8, &[(0, 1, 2), (2, 1, 6)]);
    check_calls("aé", Latin1, Utf8, &[(0, 1, 2), (2, 1, 4), (4, 1, 3)]);
    check_calls("abc", Utf8, Utf16, &[(0, 2, 6)]);
    check_calls("aé", Utf8, Utf16, &[(0, 2, 6), (6, 2, 4)]);
    check_calls("aé", Latin1, Utf16, &[(0, 2, 4)]);
    check_calls("abc", Utf16, Utf16, &[(0, 2, 6)]);
    check_calls("aé", Latin1, Latin1, &[(0, 2, 2)]);
    check_calls("abc", Utf8, Latin1, &[(0, 2, 3)]);
    check_calls("aé", Utf8, Latin1, &[(0, 2, 3), (3, 2, 2)]);
    check_calls("a€", Utf8, Latin1, &[(0, 2, 4), (4, 2, 8), (8, 2, 4)]);
    check_calls("a€", Utf16, Latin1, &[(0, 2, 2), (2, 2, 4)]);
    check_calls("a€", Latin1, Latin1, &[(0, 2, 4)]);
}

#[test]
fn utf16_that_turns_out_to_be_latin1_shrinks() {
    let text = "aé";
    let (source, units) = encode(text, StringEncoding::Utf16);
    let mut mock = mock(&source);
    let latin1 = StringEncoding::Latin1Utf16;
    let (ptr, units) = transcode(&mut mock, latin1, units | TAG, latin1).unwrap();
    assert_eq!((units, mock.calls[1]), (2, (8, 4, 1, 2)));
    assert_eq!(&mock.target[ptr as usize..ptr as usize + 2], b"a\xE9");
}

fn check_trap(source: &[u8], encoding: StringEncoding, ptr: u64, units: u64, expected: Trap) {
    let loaded = load_string_from_range(source, encoding, TAG, ptr, units);
    assert_eq!(loaded.err().and_then(|error| error.trap()), Some(expected));
}

#[test]
fn what_is_no_string_traps() {
    use StringEncoding::{Latin1Utf16, Utf8, Utf16};
    check_trap(b"ab", Utf8, 0, 3, Trap::StringOutOfBounds { ptr: 0, bytes: 3 });
    check_trap(b"ab", Utf8, 3, 0, Trap::StringOutOfBounds { ptr: 3, bytes: 0 });
    check_trap(b"ab", Utf8, u64::from(u32::MAX), 2, Trap::StringOutOfBounds { ptr: u64::from(u32::MAX), bytes: 2 });
    check_trap(b"ab", Utf8, 0, 1 << 28, Trap::StringTooLong { bytes: 1 << 28 });
    check_trap(b"ab", Utf16, 0, 1 << 27, Trap::StringTooLong { bytes: 1 << 28 });
    check_trap(b"ab", Utf16, 0, u64::MAX, Trap::StringTooLong { bytes: u64::MAX });
    check_trap(b"abc", Utf16, 1, 1, Trap::PointerNotAligned { ptr: 1, align: 2 });
    check_trap(b"abc", Latin1Utf16, 1, 1, Trap::PointerNotAligned { ptr: 1, align: 2 });
    check_trap(b"ab", Utf16, 0, 2, Trap::StringOutOfBounds { ptr: 0, bytes: 4 });
    check_trap(b"ab", Latin1Utf16, 0, 2 | TAG, Trap::StringOutOfBounds { ptr: 0, bytes: 4 });
    check_trap(b"a\xFF", Utf8, 0, 2, Trap::StringEncoding);
    check_trap(b"a\xE2\x82", Utf8, 0, 3, Trap::StringIncomplete);
    check_trap(b"\xED\xA0\x80", Utf8, 0, 3, Trap::StringEncoding);
    check_trap(&[0x00, 0xD8], Utf16, 0, 1, Trap::StringEncoding);
    check_trap(&[0x00, 0xDC, 0, 0], Latin1Utf16, 0, 2 | TAG, Trap::StringEncoding);
}

/// Returns whatever it is told to, once.
struct Liar {
    text: &'static [u8],
    target: Vec<u8>,
    answers: Vec<u64>,
}

impl StringPlaces for Liar {
    fn reallocate(&mut self, _: u64, _: u32, _: u32, _: u32) -> Result<u64> {
        Ok(self.answers.remove(0))
    }

    fn memories(&mut self) -> Result<(&[u8], &mut [u8])> {
        Ok((self.text, &mut self.target))
    }
}

fn check_liar(text: &'static str, answers: &[u64], to: StringEncoding, expected: Trap) {
    let mut liar = Liar { text: text.as_bytes(), target: std::vec![0; 16], answers: answers.to_vec() };
    let loaded = LoadedString::host(text).unwrap();
    let stored = store_string_into_range(&mut liar, loaded, to, TAG);
    assert_eq!(stored.err().and_then(|error| error.trap()), Some(expected), "{text:?} {answers:?}");
}

#[test]
fn what_realloc_returns_is_checked_each_time() {
    use StringEncoding::{Latin1Utf16, Utf8, Utf16};
    check_liar("abc", &[14], Utf8, Trap::ReallocOutOfBounds { ptr: 14, bytes: 3 });
    check_liar("", &[17], Utf8, Trap::ReallocOutOfBounds { ptr: 17, bytes: 0 });
    check_liar("abc", &[u64::from(u32::MAX)], Utf8, Trap::ReallocOutOfBounds { ptr: u64::from(u32::MAX), bytes: 3 });
    check_liar("abc", &[1], Utf16, Trap::ReallocNotAligned { ptr: 1, align: 2 });
    check_liar("aé", &[0, 1], Utf16, Trap::ReallocNotAligned { ptr: 1, align: 2 });
    check_liar("aé", &[0, 14], Utf16, Trap::ReallocOutOfBounds { ptr: 14, bytes: 4 });
    check_liar("a€", &[0, 10], Latin1Utf16, Trap::ReallocOutOfBounds { ptr: 10, bytes: 8 });
    check_liar("a€", &[0, 8, 14], Latin1Utf16, Trap::ReallocOutOfBounds { ptr: 14, bytes: 4 });
}
