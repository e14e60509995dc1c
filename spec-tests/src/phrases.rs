//! The words of the suites and what they mean here.
//!
//! A trap has to be the right one: [`TRAPS`] maps each phrase to one variant, and a phrase that
//! no row knows fails. For malformed and invalid inputs the class decides; [`VERDICTS`] maps the
//! core specification's vocabulary to our kinds, so that agreement can be counted.

use windlass::error::{Invalid, Malformed, Unlinkable};
use windlass::{ErrorKind, Trap};

/// A phrase of the suites and the name of the trap that it means. The suites of the core
/// specification and of the Component Model have different words for the same rule; the latter
/// quote Wasmtime. A phrase stands for itself and whatever a suite puts after it (an index).
pub const TRAPS: &[(&str, &str)] = &[
    // Core specification.
    ("unreachable", "Unreachable"),
    ("integer divide by zero", "IntegerDivideByZero"),
    ("integer overflow", "IntegerOverflow"),
    ("invalid conversion to integer", "InvalidConversionToInteger"),
    ("out of bounds memory access", "OutOfBoundsMemoryAccess"),
    ("out of bounds table access", "OutOfBoundsTableAccess"),
    ("undefined element", "UndefinedElement"),
    ("uninitialized element", "UninitializedElement"),
    ("undefined", "UndefinedElement"),
    ("uninitialized", "UninitializedElement"),
    ("indirect call type mismatch", "IndirectCallTypeMismatch"),
    ("indirect call", "IndirectCallTypeMismatch"),
    ("null function reference", "NullFunctionReference"),
    ("null function", "NullFunctionReference"),
    ("call stack exhausted", "CallStackExhausted"),
    ("null reference", "NullReference"),
    ("null exception reference", "NullExceptionReference"),
    ("null structure reference", "NullStructureReference"),
    ("null array reference", "NullArrayReference"),
    ("null i31 reference", "NullI31Reference"),
    ("null descriptor reference", "NullDescriptorReference"),
    ("out of bounds array access", "OutOfBoundsArrayAccess"),
    ("cast failure", "CastFailure"),
    ("cast", "CastFailure"),
    ("descriptor cast failure", "CastFailure"),
    ("unaligned atomic", "UnalignedAtomic"),
    ("expected shared memory", "ExpectedSharedMemory"),
    // Canonical ABI, values and memory.
    ("unaligned pointer", "PointerNotAligned"),
    ("string content out-of-bounds", "StringOutOfBounds"),
    ("string pointer/length out of bounds of memory", "StringOutOfBounds"),
    ("list content out-of-bounds", "ListOutOfBounds"),
    // What Wasmtime says of a callee's `realloc` when the caller is a component.
    ("unaligned pointer", "ReallocNotAligned"),
    ("list content out-of-bounds", "ReallocOutOfBounds"),
    ("string content out-of-bounds", "ReallocOutOfBounds"),
    ("realloc return: beyond end of memory", "ReallocOutOfBounds"),
    ("realloc return: result not aligned", "ReallocNotAligned"),
    ("invalid `char` bit pattern", "InvalidChar"),
    ("invalid variant discriminant", "InvalidDiscriminant"),
    ("invalid utf-8", "StringEncoding"),
    ("incomplete utf-8 byte sequence", "StringIncomplete"),
    ("wasm `unreachable` instruction executed", "Unreachable"),
    // Canonical ABI, instances and handles.
    ("cannot enter component instance", "CannotEnterInstance"),
    ("cannot leave component instance", "CannotLeaveInstance"),
    ("unknown handle index", "UnknownHandle"),
    ("handle index", "HandleType"),
    ("cannot remove owned resource while borrowed", "HandleLent"),
    ("borrow handles still remain at the end of the call", "BorrowsRemain"),
    // Canonical ABI, tasks, threads, streams and futures.
    ("cannot block a synchronous task before returning", "CannotBlock"),
    ("deadlock detected: event loop cannot make further progress", "Deadlock"),
    ("unsupported callback code", "CallbackCode"),
    ("cannot resume thread which is not suspended", "ThreadNotSuspended"),
    ("cannot drop a subtask which has not yet resolved", "SubtaskNotResolved"),
    ("cannot drop waitable set with waiters", "WaitableSetHasWaiters"),
    ("waitable cannot be used synchronously while added to a waitable set", "WaitableInSet"),
    // And the other way round: added to a set while a thread waits for it.
    ("waitable cannot be used synchronously while added to a waitable set", "WaitableInUse"),
    ("cannot lift future while it's in a waitable set", "WaitableInSet"),
    ("cannot lift stream while it's in a waitable set", "WaitableInSet"),
    ("cannot forward stream while it's in a waitable set", "WaitableInSet"),
    ("cannot drop busy stream", "CopyBusy"),
    ("cannot remove busy stream", "CopyBusy"),
    ("cannot forward busy future", "CopyBusy"),
    ("cannot forward busy stream", "CopyBusy"),
    ("cannot have concurrent operations active on a future/stream", "CopyBusy"),
    ("cannot drop future write end without first writing a value", "FutureNotWritten"),
    ("cannot read from and write to intra-component future", "IntraComponentCopy"),
    ("cannot read from and write to intra-component future/stream with non-numeric payload", "IntraComponentCopy"),
    ("cannot read from stream after being notified that the writable end dropped", "CopyDone"),
    ("cannot lift stream after being notified that the writable end dropped", "CopyDone"),
    ("cannot forward stream after being notified that the writable end dropped", "CopyDone"),
    ("cannot write to stream after being notified that the readable end dropped", "CopyDone"),
    ("cannot forward stream after being notified that the readable end dropped", "CopyDone"),
    ("cannot lift future after previous read succeeded", "CopyDone"),
    ("cannot read from future after previous read succeeded", "CopyDone"),
    ("cannot write to future after previous write succeeded", "CopyDone"),
    ("cannot write to future after previous write succeeded or readable end dropped", "CopyDone"),
];

/// Whether `trap` is the one that the suite's phrase means.
pub fn trap_agrees(phrase: &str, trap: &Trap) -> Result<(), String> {
    let phrase = phrase.strip_prefix("wasm trap: ").unwrap_or(phrase);
    let known = TRAPS.iter().filter(|(known, _)| phrase.starts_with(known)).max_by_key(|(known, _)| known.len());
    let Some((known, name)) = known else {
        return Err(format!("trapped with {}, but no row of the phrase table knows {phrase:?}", trap.name()));
    };
    // A phrase can have several rows.
    if !TRAPS.iter().any(|row| *row == (*known, trap.name())) {
        return Err(format!("expected trap {name} ({phrase:?}), got {} ({trap})", trap.name()));
    }
    // What follows the known words is either more words or the index that the trap carries.
    let index = phrase[known.len()..].split([' ', ',']).find_map(|word| word.parse::<u64>().ok());
    let ours = match *trap {
        Trap::UninitializedElement { index } => Some(index),
        Trap::UnknownHandle { index } | Trap::HandleType { index } => Some(u64::from(index)),
        _ => None,
    };
    match (index, ours) {
        (Some(expected), Some(found)) if expected != found => {
            Err(format!("expected {phrase:?}, got {trap}: another index"))
        }
        _ => Ok(()),
    }
}

/// Whether a failed instantiation failed for the reason that the suite's phrase names.
pub fn unlinkable_agrees(phrase: &str, why: Unlinkable) -> Result<(), String> {
    let expected = match phrase {
        "unknown import" => Unlinkable::UnknownImport,
        "incompatible import type" | "incompatible import" => Unlinkable::IncompatibleType,
        _ => return Err(format!("unlinkable ({why}), but no row of the phrase table knows {phrase:?}")),
    };
    if why == expected { Ok(()) } else { Err(format!("expected {phrase:?}, got {why}")) }
}

/// Words of a suite's phrase that name a limit of its engine: there a limit of ours agrees.
const LIMIT_WORDS: [&str; 4] = ["limit", "too deep", "too many", "too large"];

/// Whether the phrase names a limit of the engine that the suite was written for, not a rule.
pub fn names_a_limit(phrase: &str) -> bool {
    LIMIT_WORDS.iter().any(|words| phrase.contains(words))
}

/// Our kinds as data, to be compared with an error's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// One of the kinds of malformed bytes.
    Malformed(Malformed),
    /// One of the broken rules.
    Invalid(Invalid),
}

/// The core specification's phrases for malformed and invalid modules, with every kind of ours
/// that says the same. A row counts for what begins with its phrase; the longest row counts.
/// Phrases of the text format are not here: its parser is not ours.
pub const VERDICTS: &[(&str, &[Verdict])] = {
    use Invalid as I;
    use Malformed as M;
    use Verdict::{Invalid as V, Malformed as B};
    &[
        ("unexpected end", &[B(M::UnexpectedEnd), B(M::LengthOutOfBounds)]),
        ("length out of bounds", &[B(M::LengthOutOfBounds), B(M::UnexpectedEnd)]),
        ("integer representation too long", &[B(M::IntegerTooLong)]),
        ("integer too large", &[B(M::IntegerTooLarge)]),
        ("malformed UTF-8 encoding", &[B(M::Utf8)]),
        ("magic header not detected", &[B(M::Magic)]),
        ("unknown binary version", &[B(M::Version)]),
        ("malformed section id", &[B(M::SectionId)]),
        ("section size mismatch", &[B(M::SectionSize)]),
        ("unexpected content after last section", &[B(M::SectionOrder)]),
        ("function and code section have inconsistent lengths", &[B(M::FunctionCodeMismatch)]),
        ("data count and data section have inconsistent lengths", &[B(M::DataCountMismatch)]),
        ("data count section required", &[B(M::DataCountRequired)]),
        ("malformed import kind", &[B(M::ImportKind)]),
        ("malformed export kind", &[B(M::ExportKind)]),
        ("malformed definition type", &[B(M::TypeForm)]),
        ("malformed storage type", &[B(M::ValueType), B(M::TypeForm)]),
        ("malformed reference type", &[B(M::ReferenceType)]),
        ("malformed mutability", &[B(M::Mutability)]),
        ("malformed limits flags", &[B(M::LimitsFlags)]),
        ("malformed memop flags", &[B(M::MemopFlags)]),
        ("malformed elements segment kind", &[B(M::ElementKind)]),
        ("invalid custom page size", &[B(M::PageSize), V(I::PageSize)]),
        ("illegal opcode", &[B(M::IllegalOpcode)]),
        ("END opcode expected", &[B(M::EndExpected)]),
        ("too many locals", &[B(M::TooManyLocals)]),
        ("zero byte expected", &[B(M::ZeroByte)]),
        ("type mismatch", &[V(I::TypeMismatch)]),
        ("unknown type", &[V(I::UnknownType)]),
        ("unknown function", &[V(I::UnknownFunction)]),
        ("unknown table", &[V(I::UnknownTable)]),
        ("unknown memory", &[V(I::UnknownMemory)]),
        ("unknown global", &[V(I::UnknownGlobal)]),
        ("unknown tag", &[V(I::UnknownTag)]),
        ("unknown local", &[V(I::UnknownLocal)]),
        ("unknown label", &[V(I::UnknownLabel)]),
        ("unknown elem segment", &[V(I::UnknownElement)]),
        ("unknown data segment", &[V(I::UnknownData)]),
        ("uninitialized local", &[V(I::UninitializedLocal)]),
        ("alignment must not be larger than natural", &[V(I::Alignment)]),
        ("offset out of range", &[V(I::OffsetOutOfRange)]),
        ("invalid lane index", &[V(I::LaneIndex)]),
        ("invalid result arity", &[V(I::ResultArity)]),
        ("constant expression required", &[V(I::ConstantExpression)]),
        ("global is immutable", &[V(I::ImmutableGlobal)]),
        ("immutable global", &[V(I::ImmutableGlobal)]),
        ("immutable field", &[V(I::ImmutableField)]),
        ("immutable array", &[V(I::ImmutableArray)]),
        ("array type is not numeric or vector", &[V(I::ArrayNotNumeric)]),
        ("array types do not match", &[V(I::TypeMismatch)]),
        ("undeclared function reference", &[V(I::UndeclaredFunction)]),
        ("duplicate export name", &[V(I::DuplicateExport)]),
        ("start function", &[V(I::StartFunction)]),
        ("memory size", &[V(I::MemorySize), V(I::MemorySize64), V(I::MemorySizeCustom)]),
        ("table size", &[V(I::TableSize)]),
        ("size minimum must not be greater than maximum", &[V(I::SizeOrder)]),
        ("multiple memories", &[V(I::MultipleMemories)]),
        ("multiple tables", &[V(I::MultipleTables)]),
        ("shared memory must have maximum", &[V(I::SharedMemory)]),
        ("non-empty tag result type", &[V(I::TagResults)]),
        ("sub type", &[V(I::SubType)]),
        ("atomic alignment must be natural", &[V(I::AtomicAlignment)]),
    ]
};

/// How an error's kind stands to a phrase about malformed or invalid input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// The kind is the one that the phrase means.
    Same,
    /// The kind is another one than the phrase means.
    Other,
    /// The phrase is another engine's own sentence: only the class can be compared.
    Unknown,
}

/// Compares the kind of a refusal with the suite's phrase.
pub fn verdict_agrees(phrase: &str, kind: ErrorKind) -> Agreement {
    let known = VERDICTS.iter().filter(|(known, _)| phrase.starts_with(known)).max_by_key(|(known, _)| known.len());
    let Some((_, expected)) = known else { return Agreement::Unknown };
    let found = match kind {
        ErrorKind::Malformed(why) => Verdict::Malformed(why),
        ErrorKind::Invalid(why) => Verdict::Invalid(why),
        _ => return Agreement::Other,
    };
    if expected.contains(&found) { Agreement::Same } else { Agreement::Other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_means_one_trap_and_its_index() {
        assert!(trap_agrees("unreachable", &Trap::Unreachable).is_ok());
        assert!(trap_agrees("unreachable", &Trap::IntegerOverflow).is_err());
        assert!(trap_agrees("uninitialized element 2", &Trap::UninitializedElement { index: 2 }).is_ok());
        assert!(trap_agrees("uninitialized element 2", &Trap::UninitializedElement { index: 3 }).is_err());
        assert!(trap_agrees("wasm trap: unaligned pointer", &Trap::PointerNotAligned { ptr: 1, align: 2 }).is_ok());
        assert!(trap_agrees("words that no suite has", &Trap::Unreachable).is_err());
    }

    #[test]
    fn core_words_map_to_kinds() {
        let kind = ErrorKind::Invalid(Invalid::UnknownMemory);
        assert_eq!(verdict_agrees("unknown memory 1", kind), Agreement::Same);
        assert_eq!(verdict_agrees("type mismatch", kind), Agreement::Other);
        assert_eq!(verdict_agrees("is not in kebab case", kind), Agreement::Unknown);
    }
}
