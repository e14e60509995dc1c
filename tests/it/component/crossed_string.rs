//! Strings and lists in calls that the dispatcher runs from component to component, `realloc` and `post-return` among
//! them: on both dispatchers, and wherever they are paused, they come to the same.

use super::crossed::{agree, lifted, pausable};
use windlass::Trap;

/// `b` calls `a`. Each has a `realloc` that only goes up, or does what its mode says.
const STRINGS: &str = r#"(component
    (component $a
        (type $t (resource (rep i32)))
        (core func $new (canon resource.new $t))
        (core func $get (canon context.get i32 0))
        (core func $set (canon context.set i32 0))
        (core module $m
            (import "" "new" (func $new (param i32) (result i32)))
            (import "" "get" (func $get (result i32)))
            (import "" "set" (func $set (param i32)))
            (memory (export "m") 1)
            REALLOC
            (func (export "mode") (param i32) (global.set $mode (local.get 0)))
            (func (export "used") (result i32) (global.get $next))
            (global $posts (mut i32) (i32.const 0))
            (func (export "posts") (result i32) (global.get $posts))
            (func $pair (param i32 i32) (result i32)
                (i32.store (i32.const 16) (local.get 0))
                (i32.store (i32.const 20) (local.get 1))
                (i32.const 16))
            (func (export "echo") (param i32 i32) (result i32) (call $pair (local.get 0) (local.get 1)))
            (func (export "post-echo") (param i32)
                (global.set $posts (i32.add (global.get $posts) (i32.add (i32.const 1) (i32.eq (local.get 0) (i32.const 16))))))
            (func (export "count") (param i32 i32) (result i32) (local.get 1))
            (func (export "post-count") (param i32) (global.set $posts (i32.add (global.get $posts) (local.get 0))))
            (func (export "post-nothing") (global.set $posts (i32.const 77)))
            (func (export "nothing"))
            (func (export "post-trap") (param i32) unreachable)
            (func (export "post-leave") (param i32) (drop (call $new (i32.const 1))))
            (func (export "post-storage") (param i32) (call $set (i32.add (call $get) (i32.const 5)))
                (global.set $posts (call $get)))
            (func (export "many") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
                ;; Of each its length and its first byte.
                (i32.store8 (i32.const 32) (local.get 1)) (i32.store8 (i32.const 33) (i32.load8_u (local.get 0)))
                (i32.store8 (i32.const 34) (local.get 4)) (i32.store8 (i32.const 35) (i32.load8_u (local.get 3)))
                (i32.store8 (i32.const 36) (local.get 6)) (i32.store8 (i32.const 37) (i32.load8_u (local.get 5)))
                (i32.store8 (i32.const 38) (local.get 2)) (i32.store8 (i32.const 39) (i32.const 0))
                (call $pair (i32.const 32) (i32.const 8)))
            (func (export "record") (param i32 i32) (result i32)
                (i32.store8 (i32.const 48) (i32.const 7))
                (i32.store (i32.const 52) (local.get 0)) (i32.store (i32.const 56) (local.get 1))
                (i32.store16 (i32.const 60) (i32.const 0xABCD))
                (i32.store (i32.const 64) (local.get 0)) (i32.store (i32.const 68) (i32.const 3))
                (i32.store8 (i32.const 72) (i32.const 1))
                (i32.store (i32.const 76) (local.get 0)) (i32.store (i32.const 80) (local.get 1))
                (i32.store8 (i32.const 84) (i32.const 9))
                (i32.const 48))
            (func (export "maybe") (param i32 i32 i32) (result i32)
                (i32.store8 (i32.const 16) (local.get 0))
                (i32.store (i32.const 20) (local.get 1))
                (i32.store (i32.const 24) (local.get 2))
                (i32.const 16))
            (func (export "method") (param i32 i32 i32) (result i32) (i32.add (local.get 0) (local.get 2)))
            (func (export "make") (param i32 i32) (result i32) (call $new (local.get 1)))
            (func (export "fail") (param i32 i32) unreachable)
            (func (export "storage") (param i32 i32) (result i32) (call $get))
            (func (export "bad") (result i32) (i32.store8 (i32.const 100) (i32.const 0xFF))
                (i32.store8 (i32.const 101) (i32.const 0xD8))
                (call $pair (i32.const 100) (i32.const BAD)))
            (func (export "far") (result i32) (call $pair (i32.const 0xFFF0) (i32.const 100)))
            (func (export "long") (result i32) (call $pair (i32.const 0) (i32.const 0x10000000)))
            (func (export "bad-pointer") (result i32) (i32.const 0xFFFFFFFC))
            (func (export "wild") (result i32) (call $pair (i32.const 2) (i32.const 2))))
        (core instance $i (instantiate $m (with "" (instance
            (export "new" (func $new)) (export "get" (func $get)) (export "set" (func $set))))))
        (alias core export $i "m" (core memory $m))
        (alias core export $i "realloc" (core func $realloc))
        (alias core export $i "post-echo" (core func $post-echo))
        (alias core export $i "post-count" (core func $post-count))
        (alias core export $i "post-nothing" (core func $post-nothing))
        (alias core export $i "post-trap" (core func $post-trap))
        (alias core export $i "post-leave" (core func $post-leave))
        (alias core export $i "post-storage" (core func $post-storage))
        (export $T "t" (type $t))
        (type $record' (record (field "n" u8) (field "s" string) (field "m" u16) (field "l" (list u8))
            (field "o" (option string)) (field "z" u8)))
        (export $record "rec" (type $record'))
        LIFTS)
    (instance $a (instantiate $a))
    (component $b
        (import "a" (instance $a
            (export "t" (type $T (sub resource)))
            (type $record' (record (field "n" u8) (field "s" string) (field "m" u16) (field "l" (list u8))
                (field "o" (option string)) (field "z" u8)))
            (export "rec" (type $record (eq $record')))
            TYPES))
        (alias export $a "t" (type $T))
        (core func $get (canon context.get i32 0))
        (core func $set (canon context.set i32 0))
        (core func $dropt (canon resource.drop $T))
        (core module $libc
            (import "" "get" (func $get (result i32)))
            (import "" "set" (func $set (param i32)))
            (import "" "drop" (func $drop (param i32)))
            (func $new (param i32) (result i32) (call $drop (i32.const 1)) (i32.const 0))
            (memory (export "m") 1)
            (data (i32.const 1024) "TEXT")
            (data (i32.const 2048) "\01\02\03\04\05")
            REALLOC
            (func (export "mode") (param i32) (global.set $mode (local.get 0))))
        (core instance $libc (instantiate $libc (with "" (instance
            (export "get" (func $get)) (export "set" (func $set)) (export "drop" (func $dropt))))))
        (alias core export $libc "m" (core memory $mem))
        (alias core export $libc "realloc" (core func $realloc))
        LOWERS
        (core module $m
            (import "libc" "m" (memory 1))
            (import "libc" "mode" (func $own-mode (param i32)))
            (import "" "get" (func $get (result i32)))
            (import "" "set" (func $set (param i32)))
            (import "" "drop" (func $drop (param i32)))
            IMPORTS
            ;; Whether what lies there is the text, and as long.
            (func $is-text (param i32 i32) (result i64) (local $at i32)
                (if (i32.ne (local.get 1) (i32.const LEN)) (then (return (i64.extend_i32_u (local.get 1)))))
                (loop $again
                    (if (i32.ne (i32.load8_u (i32.add (local.get 0) (local.get $at)))
                            (i32.load8_u (i32.add (i32.const 1024) (local.get $at))))
                        (then (return (i64.const -1))))
                    (br_if $again (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const BYTES))))
                (i64.const 1))
            (func $is-echo (result i64) (call $is-text (i32.load (i32.const 64)) (i32.load (i32.const 68))))
            (func $echoed (result i64)
                (call $echo (i32.const 1024) (i32.const LEN) (i32.const 64)) (call $is-echo))
            BODIES)
        (core instance $i (instantiate $m (with "libc" (instance $libc)) (with "" (instance
            (export "get" (func $get)) (export "set" (func $set)) (export "drop" (func $dropt)) EXPORTS))))
        LIFTED)
    (instance $b (instantiate $b (with "a" (instance $a))))
    ALL)"#;

/// It only goes up, or does what its mode says.
pub(super) const REALLOC: &str = r#"
    (global $mode (mut i32) (i32.const 0))
    (global $next (mut i32) (i32.const 8192))
    (func $deep (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 8) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.const 0))))
    (func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $new i32) (result i32)
        (local $p i32)
        (local.set $p (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (global.set $next (i32.add (local.get $p) (local.get $new)))
        (memory.copy (local.get $p) (local.get $old)
            (select (local.get $old_size) (local.get $new) (i32.lt_u (local.get $old_size) (local.get $new))))
        (if (i32.eq (global.get $mode) (i32.const 1)) (then (return (i32.const 8193))))
        (if (i32.eq (global.get $mode) (i32.const 2)) (then (return (i32.const 0xFFFE))))
        (if (i32.eq (global.get $mode) (i32.const 3)) (then unreachable))
        (if (i32.eq (global.get $mode) (i32.const 4)) (then (loop $for-ever (br $for-ever))))
        (if (i32.eq (global.get $mode) (i32.const 5))
            (then (call $set (i32.add (call $get) (i32.const 9)))
                (if (i32.ne (call $get) (i32.const 9)) (then unreachable))))
        (if (i32.eq (global.get $mode) (i32.const 6)) (then (drop (call $new (i32.const 1)))))
        (if (i32.eq (global.get $mode) (i32.const 7)) (then (drop (memory.grow (i32.const 1)))))
        (if (i32.eq (global.get $mode) (i32.const 8)) (then (local.set $p (call $deep (i32.const 2000)))))
        (if (i32.eq (global.get $mode) (i32.const 9)) (then (drop (call $deep (i32.const -1)))))
        ;; The second time.
        (if (i32.eq (global.get $mode) (i32.const 11)) (then (global.set $mode (i32.const 3))))
        (if (i32.eq (global.get $mode) (i32.const 12)) (then (global.set $mode (i32.const 5))))
        (if (i32.eq (global.get $mode) (i32.const 13)) (then (global.set $mode (i32.const 2))))
        (local.get $p))
"#;

/// A function of `a`: name, type, whether with `post-return`, and the core type that it is lowered to.
type Func = (&'static str, &'static str, &'static str, &'static str);

const FUNCS: &[Func] = &[
    ("mode", r#"(param "it" u32)"#, "", "(param i32)"),
    ("used", "(result u32)", "", "(result i32)"),
    ("posts", "(result u32)", "", "(result i32)"),
    ("echo", r#"(param "it" string) (result string)"#, "", "(param i32 i32 i32)"),
    ("echo-post", r#"(param "it" string) (result string)"#, "post-echo", "(param i32 i32 i32)"),
    ("echo-trap", r#"(param "it" string) (result string)"#, "post-trap", "(param i32 i32 i32)"),
    ("echo-leave", r#"(param "it" string) (result string)"#, "post-leave", "(param i32 i32 i32)"),
    ("echo-storage", r#"(param "it" string) (result string)"#, "post-storage", "(param i32 i32 i32)"),
    ("count", r#"(param "it" string) (result u32)"#, "", "(param i32 i32) (result i32)"),
    ("count-post", r#"(param "it" string) (result u32)"#, "post-count", "(param i32 i32) (result i32)"),
    ("nothing-post", "", "post-nothing", ""),
    (
        "many",
        r#"(param "a" string) (param "b" u8) (param "c" (list u16)) (param "d" string) (result (list u8))"#,
        "post-echo",
        "(param i32 i32 i32 i32 i32 i32 i32 i32)",
    ),
    ("record", r#"(param "it" string) (result $record)"#, "", "(param i32 i32 i32)"),
    ("maybe", r#"(param "it" (option string)) (result (option string))"#, "", "(param i32 i32 i32 i32)"),
    (
        "method",
        r#"(param "self" (borrow $T)) (param "it" string) (result u32)"#,
        "",
        "(param i32 i32 i32) (result i32)",
    ),
    ("make", r#"(param "it" string) (result (own $T))"#, "", "(param i32 i32) (result i32)"),
    ("fail", r#"(param "it" string)"#, "", "(param i32 i32)"),
    ("storage", r#"(param "it" string) (result u32)"#, "", "(param i32 i32) (result i32)"),
    ("bad", "(result string)", "", "(param i32)"),
    ("far", "(result string)", "", "(param i32)"),
    ("long", "(result string)", "", "(param i32)"),
    ("bad-pointer", "(result string)", "", "(param i32)"),
    ("wild", "(result (list u64))", "", "(param i32)"),
];

/// What `b` does, and what comes of it, whatever strings are encoded in.
const CALLS: &[(&str, &str, Result<i64, Trap>)] = &[
    ("echo", "(call $echoed)", Ok(1)),
    ("twice", "(i64.add (call $echoed) (call $echoed))", Ok(2)),
    ("empty", "(call $echo (i32.const 1024) (i32.const 0) (i32.const 64)) (i64.load32_u (i32.const 68))", Ok(0)),
    (
        "post",
        "(call $echo-post (i32.const 1024) (i32.const LEN) (i32.const 64)) (call $is-echo)
         (i64.add (i64.extend_i32_u (call $posts)))",
        Ok(3),
    ),
    (
        "post-flat",
        "(i64.sub (i64.extend_i32_u (call $count-post (i32.const 1024) (i32.const LEN)))
            (i64.extend_i32_u (call $posts)))",
        Ok(0),
    ),
    ("post-nothing", "(call $nothing-post) (i64.extend_i32_u (call $posts))", Ok(77)),
    (
        "post-storage",
        "(call $set (i32.const 3)) (call $echo-storage (i32.const 1024) (i32.const LEN) (i32.const 64)) (call $is-echo)
         (i64.add (i64.extend_i32_u (i32.add (call $posts) (i32.mul (call $get) (i32.const 100)))))",
        Ok(306),
    ),
    (
        "post-trap",
        "(call $echo-trap (i32.const 1024) (i32.const LEN) (i32.const 64)) (i64.const 0)",
        Err(Trap::Unreachable),
    ),
    (
        "post-leave",
        "(call $echo-leave (i32.const 1024) (i32.const LEN) (i32.const 64)) (i64.const 0)",
        Err(Trap::CannotLeaveInstance),
    ),
    (
        "many",
        "(call $many (i32.const 1024) (i32.const 0) (i32.const 0x1FE) (i32.const 2048) (i32.const 2)
            (i32.const 1024) (i32.const 0) (i32.const 64))
         (i64.add (i64.load (i32.load (i32.const 64))) (i64.load32_u (i32.const 68)))",
        Ok(0x00FE_0000_0102_0108),
    ),
    (
        "record",
        "(memory.fill (i32.const 64) (i32.const 0xAA) (i32.const 64))
         (call $record (i32.const 1024) (i32.const LEN) (i32.const 64))
         (call $is-text (i32.load (i32.const 68)) (i32.load (i32.const 72)))
         (i64.add (call $is-text (i32.load (i32.const 92)) (i32.load (i32.const 96))))
         (i64.add (i64.mul (i64.const 10) (i64.load8_u (i32.const 64))))
         (i64.add (i64.mul (i64.const 1000) (i64.load16_u (i32.const 76))))
         (i64.add (i64.mul (i64.const 100000000) (i64.load32_u (i32.const 84))))
         (i64.add (i64.mul (i64.const 1000000000) (i64.load8_u (i32.const 88))))
         (i64.add (i64.mul (i64.const 10000000000) (i64.load8_u (i32.const 100))))",
        Ok(91_343_981_072),
    ),
    (
        "some",
        "(call $maybe (i32.const 1) (i32.const 1024) (i32.const LEN) (i32.const 60)) (call $is-echo)
         (i64.add (i64.load8_u (i32.const 60)))",
        Ok(2),
    ),
    (
        "none",
        "(call $maybe (i32.const 0) (i32.const 0xFFFFFFFF) (i32.const 0xFFFFFFFF) (i32.const 60))
         (i64.load8_u (i32.const 60))",
        Ok(0),
    ),
    (
        "method",
        "(local $it i32) (local.set $it (call $make (i32.const 1024) (i32.const 0)))
         (i64.extend_i32_u (call $method (local.get $it) (i32.const 1024) (i32.const 0)))
         (call $drop (local.get $it))",
        Ok(0),
    ),
    (
        "bad-method",
        "(i64.extend_i32_u (call $method (i32.const 1) (i32.const 1024) (i32.const LEN)))",
        Err(Trap::UnknownHandle { index: 1 }),
    ),
    (
        "storage",
        "(call $mode (i32.const 5)) (i64.extend_i32_u (call $storage (i32.const 1024) (i32.const LEN)))",
        Ok(0),
    ),
    (
        "own-storage",
        "(call $set (i32.const 4)) (call $own-mode (i32.const 5)) (call $echoed)
         (i64.add (i64.extend_i32_u (call $get)))",
        Ok(5),
    ),
    (
        "storage-again",
        "(call $mode (i32.const 12)) (call $own-mode (i32.const 12)) (call $echoed) (i64.add (call $echoed))",
        Ok(2),
    ),
    ("grown", "(call $mode (i32.const 7)) (call $own-mode (i32.const 7)) (call $echoed)", Ok(1)),
    ("deep", "(call $mode (i32.const 8)) (call $own-mode (i32.const 8)) (call $echoed)", Ok(1)),
    ("too-deep", "(call $mode (i32.const 9)) (call $echoed)", Err(Trap::CallStackExhausted)),
    ("own-too-deep", "(call $own-mode (i32.const 9)) (call $echoed)", Err(Trap::CallStackExhausted)),
    ("trap-in-realloc", "(call $mode (i32.const 3)) (call $echoed)", Err(Trap::Unreachable)),
    ("trap-in-own-realloc", "(call $own-mode (i32.const 3)) (call $echoed)", Err(Trap::Unreachable)),
    ("endless", "(call $mode (i32.const 4)) (call $echoed)", Err(Trap::ReallocFuel)),
    ("own-endless", "(call $own-mode (i32.const 4)) (call $echoed)", Err(Trap::ReallocFuel)),
    ("leaves", "(call $mode (i32.const 6)) (call $echoed)", Err(Trap::CannotLeaveInstance)),
    ("own-leaves", "(call $own-mode (i32.const 6)) (call $echoed)", Err(Trap::CannotLeaveInstance)),
    (
        "second",
        "(call $mode (i32.const 11))
         (call $many (i32.const 1024) (i32.const 0) (i32.const 0x1FE) (i32.const 2048) (i32.const 2)
            (i32.const 1024) (i32.const LEN) (i32.const 64)) (i64.const 0)",
        Err(Trap::Unreachable),
    ),
    (
        "second-far",
        "(call $mode (i32.const 13))
         (call $many (i32.const 1024) (i32.const 0) (i32.const 0x1FE) (i32.const 2048) (i32.const 2)
            (i32.const 1024) (i32.const 0) (i32.const 64)) (i64.const 0)",
        Err(Trap::ReallocOutOfBounds { ptr: 0xFFFE, bytes: 4 }),
    ),
    (
        "second-field",
        "(call $own-mode (i32.const 11)) (call $record (i32.const 1024) (i32.const LEN) (i32.const 64)) (i64.const 0)",
        Err(Trap::Unreachable),
    ),
    ("fail", "(call $fail (i32.const 1024) (i32.const LEN)) (i64.const 0)", Err(Trap::Unreachable)),
    ("far", "(call $far (i32.const 64)) (i64.const 0)", Err(Trap::StringOutOfBounds { ptr: 0xFFF0, bytes: 100 })),
    ("long", "(call $long (i32.const 64)) (i64.const 0)", Err(Trap::StringTooLong { bytes: 0x1000_0000 })),
    (
        "bad-pointer",
        "(call $bad-pointer (i32.const 64)) (i64.const 0)",
        Err(Trap::PointerOutOfBounds { ptr: 0xFFFF_FFFC, bytes: 8 }),
    ),
    (
        "bad-target",
        "(call $echo (i32.const 1024) (i32.const LEN) (i32.const 0xFFFFFFFC)) (i64.const 0)",
        Err(Trap::PointerOutOfBounds { ptr: 0xFFFF_FFFC, bytes: 8 }),
    ),
    ("wild", "(call $wild (i32.const 64)) (i64.const 0)", Err(Trap::PointerNotAligned { ptr: 2, align: 8 })),
];

/// What depends on how strings are encoded: only that dispatchers agree.
const MORE: &[(&str, &str)] = &[
    ("unaligned", "(call $mode (i32.const 1)) (call $echoed)"),
    ("own-unaligned", "(call $own-mode (i32.const 1)) (call $echoed)"),
    ("outside", "(call $mode (i32.const 2)) (call $echoed)"),
    ("own-outside", "(call $own-mode (i32.const 2)) (call $echoed)"),
    ("bad", "(call $bad (i32.const 64)) (i64.const 0)"),
    ("count", "(i64.extend_i32_u (call $count (i32.const 1024) (i32.const LEN)))"),
    ("used", "(drop (call $echoed)) (i64.extend_i32_u (call $used))"),
    (
        "bytes",
        "(call $many (i32.const 1024) (i32.const LEN) (i32.const 0x1FE) (i32.const 2048) (i32.const 2)
            (i32.const 1024) (i32.const LEN) (i32.const 64))
         (i64.load (i32.load (i32.const 64)))",
    ),
];

const ENCODINGS: [&str; 3] = ["utf8", "utf16", "latin1+utf16"];

/// The text in that encoding, as WAT has it, and its tagged code units.
fn encode(text: &str, encoding: &str) -> (String, usize, u32) {
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let units = utf16.len() as u32 / 2;
    let (bytes, len) = match encoding {
        "utf8" => (text.as_bytes().to_vec(), text.len() as u32),
        "utf16" => (utf16, units),
        _ if text.chars().all(|code| code <= '\u{FF}') => (text.chars().map(|code| code as u8).collect(), units),
        _ => (utf16, units | 1 << 31),
    };
    (bytes.iter().map(|byte| format!("\\{byte:02x}")).collect(), bytes.len(), len)
}

/// The components, with a text and the encodings of `a` and `b`.
fn strings(text: &str, a: &str, b: &str) -> String {
    let of = |f: &dyn Fn(&Func) -> String| FUNCS.iter().map(f).collect::<String>();
    let calls = CALLS.iter().map(|(name, body, _)| (*name, *body)).chain(MORE.iter().copied());
    let calls: Vec<_> = calls.map(|(name, body)| (format!("do-{name}"), body)).collect();
    let each = |f: &dyn Fn(&str, &str) -> String| calls.iter().map(|(name, body)| f(name, body)).collect::<String>();
    let core = |name: &str| match name.split_once('-') {
        Some((core @ ("echo" | "count" | "nothing"), _)) => core.to_string(),
        _ => name.to_string(),
    };
    let (data, bytes, len) = encode(text, b);
    let options = |encoding: &str| format!("(memory $MEM) (realloc $realloc) string-encoding={encoding}");
    let (of_a, of_b) = (options(a).replace("$MEM", "$m"), options(b).replace("$MEM", "$mem"));
    STRINGS
        .replace("REALLOC", REALLOC)
        .replace(
            "LIFTS",
            &of(&|(name, ty, post, _)| {
                let post = if post.is_empty() { String::new() } else { format!("(post-return ${post})") };
                format!("(func (export \"{name}\") {ty} (canon lift (core func $i \"{}\") {of_a} {post}))", core(name))
            }),
        )
        .replace("TYPES", &of(&|(name, ty, ..)| format!("(export \"{name}\" (func {ty}))")))
        .replace("LOWERS", &of(&|(name, ..)| format!("(core func ${name} (canon lower (func $a \"{name}\") {of_b}))")))
        .replace("IMPORTS", &of(&|(name, .., ty)| format!("(import \"\" \"{name}\" (func ${name} {ty}))")))
        .replace("EXPORTS", &of(&|(name, ..)| format!("(export \"{name}\" (func ${name}))")))
        .replace("BODIES", &each(&|name, body| format!("(func (export \"{name}\") (result i64) {body})")))
        .replace("LIFTED", &each(&|name, _| lifted(name)))
        .replace("ALL", &each(&|name, _| format!("(export \"{name}\" (func $b \"{name}\"))")))
        .replace("TEXT", &data)
        .replace("BYTES", &bytes.to_string())
        .replace("LEN", &len.to_string())
        .replace("BAD", if a == "utf16" { "1" } else { "2" })
}

#[test]
fn dispatchers_agree() {
    let text = strings("sixteen letters!", "utf8", "utf8");
    for (name, _, expected) in CALLS {
        agree(&text, &format!("do-{name}"), expected, &["do-echo", "do-none"]);
    }
    for (name, _) in MORE {
        super::crossed::same(&text, &format!("do-{name}"), &["do-echo", "do-none"]);
    }
}

#[test]
fn dispatchers_agree_in_all_encodings() {
    for (a, b) in ENCODINGS.into_iter().flat_map(|a| ENCODINGS.map(|b| (a, b))) {
        for text in ["sixteen letters!", "sixt\u{E9}\u{E9}n", "\u{20AC}uro", "o\u{E9}\u{20AC}\u{1F600}"] {
            let text = strings(text, a, b);
            for name in ["echo", "post", "record", "some", "storage-again", "own-storage"] {
                let (.., expected) = CALLS.iter().find(|(call, ..)| *call == name).unwrap();
                agree(&text, &format!("do-{name}"), expected, &[]);
            }
            for (name, _) in MORE {
                super::crossed::same(&text, &format!("do-{name}"), &["do-echo"]);
            }
        }
    }
}

#[test]
fn calls_may_be_paused_anywhere() {
    for (a, b) in [("utf8", "utf8"), ("utf16", "utf8"), ("utf8", "latin1+utf16")] {
        let text = strings("sixt\u{E9}\u{E9}n", a, b);
        for (name, ..) in CALLS.iter().filter(|(.., expected)| expected.is_ok()) {
            pausable::<((i64,),)>(&text, &format!("do-{name}"));
        }
    }
}

/// However often `realloc` does what has a call go on the longer way, the native stack stays as it is.
#[test]
fn the_longer_way_is_taken_as_often_as_guests_like() {
    let once = "(i64.extend_i32_u (call $storage (i32.const 1024) (i32.const 0)))";
    let often = "(func $often (result i64) (local $n i32)
        (loop $again
            (drop (call $storage (i32.const 1024) (i32.const 0)))
            (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 100000))))
        (i64.extend_i32_u (local.get $n)))";
    let text = strings("", "utf8", "utf8");
    assert!(text.contains(once));
    let text = text.replace(once, "(call $often)").replace("(func $is-echo ", &format!("{often} (func $is-echo "));
    agree(&text, "do-storage", &Ok(100_000), &[]);
}
