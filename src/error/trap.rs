//! Every trap, in one table.

macro_rules! traps {
    ($($(#[$doc:meta])* $variant:ident $({ $($field:ident: $Field:ty),+ })? = $text:literal;)+) => {
        /// What a guest did that its semantics forbid.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        #[allow(missing_docs)]
        pub enum Trap { $( $(#[$doc])* $variant $({ $($field: $Field),+ })?, )+ }

        impl Trap {
            /// The name of every variant, in the order of the table.
            pub const NAMES: &[&str] = &[ $( stringify!($variant), )+ ];

            /// The name of the variant.
            pub const fn name(&self) -> &'static str {
                match self { $( Trap::$variant $({ $($field: _),+ })? => stringify!($variant), )+ }
            }
        }

        impl core::fmt::Display for Trap {
            #[cfg(feature = "messages")]
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self { $( Trap::$variant $({ $($field),+ })? => write!(f, $text), )+ }
            }

            // Its number in the table.
            #[cfg(not(feature = "messages"))]
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                enum Number { $( $variant, )+ }
                let number = match self { $( Trap::$variant $({ $($field: _),+ })? => Number::$variant, )+ };
                write!(f, "trap {}", number as u32)
            }
        }
    };
}

traps! {
    /// Core spec, `unreachable`.
    Unreachable = "unreachable executed";
    /// Core spec, Integer Operations: division or remainder by zero.
    IntegerDivideByZero = "integer divide by zero";
    /// Core spec, Integer Operations: a result that the type does not hold.
    IntegerOverflow = "integer overflow";
    /// Core spec, Conversions: NaN to an integer.
    InvalidConversionToInteger = "invalid conversion to integer";
    /// Core spec, Memory Instructions.
    OutOfBoundsMemoryAccess = "out of bounds memory access";
    /// Core spec, Table Instructions.
    OutOfBoundsTableAccess = "out of bounds table access";
    /// Core spec, `call_indirect`: no such element.
    UndefinedElement = "undefined element";
    /// Core spec, `call_indirect`: the element is null.
    UninitializedElement { index: u64 } = "uninitialized element {index}";
    /// Core spec, `call_indirect`: the element has another type.
    IndirectCallTypeMismatch = "indirect call type mismatch";
    /// Core spec, `call_ref`: null.
    NullFunctionReference = "null function reference";
    /// Core spec, Reference Instructions: null where a reference is needed.
    NullReference = "null reference";
    /// Core spec, `throw_ref`: null.
    NullExceptionReference = "null exception reference";
    /// Threads proposal: an atomic access is not aligned.
    UnalignedAtomic = "unaligned atomic";
    /// Threads proposal, `memory.atomic.wait`: the memory is not shared.
    ExpectedSharedMemory = "expected shared memory";
    /// A thread waits and no other one can wake it.
    Deadlock = "deadlock: nothing can wake the waiting thread";
    /// Core spec, Structure Instructions: null.
    NullStructureReference = "null structure reference";
    /// Core spec, Array Instructions: null.
    NullArrayReference = "null array reference";
    /// Core spec, `i31.get`: null.
    NullI31Reference = "null i31 reference";
    /// Core spec, Array Instructions: no such element.
    OutOfBoundsArrayAccess = "out of bounds array access";
    /// Custom descriptors: null where a descriptor is needed.
    NullDescriptorReference = "null descriptor reference";
    /// Core spec, `ref.cast`: the reference has another type.
    CastFailure = "cast failure";
    /// Core spec: the value stack or the call depth is exhausted.
    CallStackExhausted = "call stack exhausted";

    /// CanonicalABI.md: an instance with a trap behind it is entered.
    CannotEnterInstance = "cannot enter component instance";
    /// CanonicalABI.md: an import is called where `may_leave` is off.
    CannotLeaveInstance = "cannot leave component instance";
    /// CanonicalABI.md, `call_and_trap_on_throw`: an exception would leave the component.
    UncaughtException = "uncaught exception";
    /// CanonicalABI.md, Loading: a pointer is not aligned.
    PointerNotAligned { ptr: u64, align: u32 } = "pointer 0x{ptr:x} not aligned to {align}";
    /// CanonicalABI.md, Loading: a pointer or its end lies past the memory.
    PointerOutOfBounds { ptr: u64, bytes: u64 } = "pointer 0x{ptr:x} + {bytes} past end of memory";
    /// CanonicalABI.md, Loading: the byte length of a list does not fit the memory.
    ListOutOfBounds { ptr: u64, bytes: u64 } = "list pointer 0x{ptr:x} + {bytes} past end of memory";
    /// CanonicalABI.md, Loading: the byte length of a string does not fit the memory.
    StringOutOfBounds { ptr: u64, bytes: u64 } = "string pointer 0x{ptr:x} + {bytes} past end of memory";
    /// CanonicalABI.md, Loading: a string above the maximum byte length.
    StringTooLong { bytes: u64 } = "string of {bytes} bytes is too long";
    /// CanonicalABI.md, Loading: a list above the maximum byte length.
    ListTooLong { bytes: u64 } = "list of {bytes} bytes is too long";
    /// CanonicalABI.md, Loading: a string in another encoding than it says.
    StringEncoding = "string is not well-formed in its encoding";
    /// CanonicalABI.md, Loading: a string in UTF-8 ends within a code point.
    StringIncomplete = "incomplete utf-8 byte sequence";
    /// CanonicalABI.md, Loading: not a Unicode scalar value.
    InvalidChar { code: u32 } = "invalid char value 0x{code:x}";
    /// CanonicalABI.md, Loading: a case that the variant does not have.
    InvalidDiscriminant { discriminant: u32 } = "invalid variant discriminant {discriminant}";
    /// CanonicalABI.md, Storing: `realloc` returned a pointer that is not aligned.
    ReallocNotAligned { ptr: u64, align: u32 } = "realloc return: 0x{ptr:x} not aligned to {align}";
    /// CanonicalABI.md, Storing: `realloc` returned a pointer past the memory.
    ReallocOutOfBounds { ptr: u64, bytes: u32 } = "realloc return: 0x{ptr:x} + {bytes} past end of memory";
    /// CanonicalABI.md, Storing: one call of `realloc` used more than its limit.
    ReallocFuel = "realloc used too much fuel";
    /// CanonicalABI.md, Table State: no entry has this index.
    UnknownHandle { index: u32 } = "unknown handle index {index}";
    /// CanonicalABI.md, Table State: the entry is of another kind or type.
    HandleType { index: u32 } = "handle index {index} has another type";
    /// CanonicalABI.md, Resource State: an owned handle is given away while it is lent.
    HandleLent { index: u32 } = "cannot remove owned resource while borrowed: handle index {index}";
    /// CanonicalABI.md, Resource State: a borrowed handle where an owned one is needed.
    NotOwned { index: u32 } = "cannot lift own resource from a borrow: handle index {index}";
    /// CanonicalABI.md: borrowed handles remain at the end of a task.
    BorrowsRemain { count: u32 } = "{count} borrow handles still remain at the end of the call";
    /// CanonicalABI.md, Table State: the table of handles is full.
    HandleTableFull = "handle table is full";
    /// CanonicalABI.md, `canon backpressure.{inc,dec}`: the counter leaves 0 to 2¹⁶ − 1.
    Backpressure = "backpressure counter out of range";
    /// CanonicalABI.md, `canon lift`: a function that is not async has nothing to run before it
    /// returns.
    CannotBlock = "cannot block a synchronous task before returning";
    /// CanonicalABI.md, `canon lift`: a callback returned no code that there is.
    CallbackCode { code: u32 } = "unsupported callback code {code}";
    /// CanonicalABI.md, Tasks: the last thread of a task ends before the task returned.
    TaskNotResolved = "task ended without returning or being cancelled";
    /// CanonicalABI.md, `canon task.return`, `canon task.cancel`: the task has returned already.
    TaskResolved = "task has returned or was cancelled already";
    /// CanonicalABI.md, `canon task.return`: type or options are not those of the task.
    TaskReturnMismatch = "`task.return` or `task.cancel` does not fit the current task";
    /// CanonicalABI.md, `canon task.cancel`: nobody has cancelled the task.
    TaskNotCancelled = "`task.cancel` by a task that was not cancelled";
    /// CanonicalABI.md, `canon subtask.cancel`: the caller knows already how it ended.
    SubtaskResolved = "subtask has resolved already";
    /// CanonicalABI.md, `canon subtask.cancel`: it was called before.
    SubtaskCancelled = "subtask was cancelled already";
    /// CanonicalABI.md, Subtask State: a subtask is dropped before it resolved.
    SubtaskNotResolved = "cannot drop a subtask which has not yet resolved";
    /// CanonicalABI.md, Waitable State: a set is dropped while it has waitables.
    WaitableSetNotEmpty = "cannot drop a waitable set that is not empty";
    /// CanonicalABI.md, Waitable State: a set is dropped while a thread waits for it.
    WaitableSetHasWaiters = "cannot drop waitable set with waiters";
    /// CanonicalABI.md: a waitable in a set is waited for, lifted or forwarded.
    WaitableInSet = "waitable cannot be used while it is in a waitable set";
    /// CanonicalABI.md, Waitable State: a thread waits for it already.
    WaitableInUse = "waitable cannot be used while a thread waits for it";
    /// CanonicalABI.md, Threads: a thread to be resumed is not suspended.
    ThreadNotSuspended = "cannot resume thread which is not suspended";
    /// CanonicalABI.md, Buffer State: more values than a buffer may have.
    BufferTooLong = "buffer of a stream is too long";
    /// CanonicalABI.md, Buffer State: a buffer does not lie within the memory.
    BufferOutOfBounds = "buffer out of bounds of memory";
    /// CanonicalABI.md, Stream and Future State: an end is used while it copies.
    CopyBusy = "stream or future is busy";
    /// CanonicalABI.md, Stream and Future State: an end is used after its last copy.
    CopyDone = "stream or future is done";
    /// CanonicalABI.md, `canon {stream,future}.cancel-{read,write}`: there is nothing to cancel.
    NoCopy = "stream or future has no copy to cancel";
    /// CanonicalABI.md, Stream and Future State: values that are no numbers would stay in their
    /// component.
    IntraComponentCopy = "cannot read from and write to intra-component stream or future";
    /// CanonicalABI.md, `canon {stream,future}.drop-{readable,writable}`: nothing was written.
    FutureNotWritten = "cannot drop future write end without first writing a value";
}
