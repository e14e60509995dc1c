//! Exceptions: from where they are thrown to where they are caught (core spec, Control
//! Instructions: `throw`, `throw_ref`, `try_table`; Administrative Instructions).
//!
//! Code that throws nothing pays nothing. Which `try_table`s a position lies in is found when
//! something is thrown there: the function's code is read from its start, and the side table's
//! entries are counted along. First the handler is searched, then frames go: where there is
//! none, the backtrace has them all.

use super::slot::Value;
use super::{Machine, frame::Frame, halt::Halt};
use crate::binary::Judged;
use crate::error::{Error, ErrorKind, Result, Trap, bug};
use crate::image::side_table::entries;
use crate::store::gc::Refused;
use crate::store::{Ref, Store, TagId, known};
use crate::syntax::instr::{Catch, opcode};
use crate::syntax::{Instr, TagIdx, ValType};

/// What is thrown: an exception that is in the store, or what one would be made of.
struct Thrown {
    tag: TagId,
    /// Null as long as nobody refers to it; then the fields are on top of the stack.
    exception: Ref,
    /// Slots of the fields, packed.
    fields: usize,
}

/// Where an exception is caught.
struct Handler {
    /// Which frame catches it.
    frame: usize,
    /// Where the frame goes on.
    ip: u32,
    stp: u32,
    /// The first slot above what is left on its stack.
    top: usize,
    /// Whether the fields are passed on.
    with_fields: bool,
    /// Whether the exception itself is passed on.
    by_ref: bool,
}

/// Whether the instruction with that opcode throws.
pub(super) const fn throws(opcode: u32) -> bool {
    matches!(opcode, opcode::throw | opcode::throw_ref)
}

/// Runs `throw` or `throw_ref`; the topmost frame stands behind the opcode.
#[cold]
pub(super) fn run(machine: &mut Machine, store: &mut Store, opcode: u32) -> Result<(), Halt> {
    let (top, frame, fuel) = (machine.top, *known(machine.frames.last())?, store.state.fuel);
    let thrown = if opcode == opcode::throw { throw(machine, store)? } else { throw_ref(machine, store)? };
    let done = unwind(machine, store, &thrown);
    if let Err(Halt::Collect) = done {
        // It begins anew; no frame has gone yet.
        machine.receive(store, field_types(store, thrown.tag)?)?;
        machine.top = top;
        *known(machine.frames.last_mut())? = frame;
        store.state.fuel = fuel;
    }
    done
}

/// `throw`
fn throw(machine: &mut Machine, store: &mut Store) -> Result<Thrown> {
    let frame = known(machine.frames.last_mut())?;
    let (image, module) = known(store.module(frame.instance))?;
    let end = known(frame.func().and_then(|func| module.funcs.get(func as usize)))?.end;
    let code = image.bytes.get(frame.ip as usize..end as usize).unwrap_or_default();
    let mut reader = Judged::new(code, frame.ip);
    let tag = reader.read::<TagIdx>()?;
    let tag = known(known(store.state.instances.get(frame.instance))?.tag(tag))?;
    let behind = reader.position();
    store.state.fuel.charge(u64::from(behind - frame.ip));
    frame.ip = behind;
    let fields = machine.hand_out(field_types(store, tag)?)?;
    Ok(Thrown { tag, exception: Ref::NULL, fields })
}

/// `throw_ref`
fn throw_ref(machine: &mut Machine, store: &Store) -> Result<Thrown> {
    let exception = Ref::from_slots(machine.pop_value());
    if exception.is_null() {
        return Err(Trap::NullExceptionReference.into());
    }
    from_store(store, exception)
}

fn from_store(store: &Store, exception: Ref) -> Result<Thrown> {
    let (tag, fields) = known(store.state.heap.exception(exception))?;
    Ok(Thrown { tag, exception, fields: fields.len() })
}

/// Types of what exceptions of a tag carry.
fn field_types(store: &Store, tag: TagId) -> Result<&[ValType]> {
    let (fields, _) = known(store.state.types.func(*known(store.state.tags.get(tag))?))?;
    Ok(fields)
}

/// Throws the store's pending exception where the machine stands, if that is what `error` says;
/// where nobody catches it, and otherwise, the error comes back.
pub(super) fn pending(machine: &mut Machine, store: &mut Store, error: Error) -> Result<()> {
    if error.kind() != ErrorKind::UncaughtException || store.state.pending_exception.is_null() {
        return Err(error);
    }
    let exception = core::mem::take(&mut store.state.pending_exception);
    let thrown = from_store(store, exception)?;
    match unwind(machine, store, &thrown) {
        Ok(()) => Ok(()),
        // The first one may have frames from further inside.
        Err(Halt::Failed(again)) if again.kind() == ErrorKind::UncaughtException => Err(error),
        Err(Halt::Failed(other)) => Err(other),
        Err(Halt::Collect) => Err(bug!("an exception in the heap needs no room").into()),
    }
}

/// Lets the innermost handler catch what is thrown by the topmost frame. Where there is none the
/// frames stay, and the exception becomes the store's pending one. It does not get out of a
/// component: there it is a trap (`CanonicalABI.md`, `call_and_trap_on_throw`).
fn unwind(machine: &mut Machine, store: &mut Store, thrown: &Thrown) -> Result<(), Halt> {
    if let Some(handler) = find(machine, store, thrown.tag)? {
        return catch(machine, store, thrown, &handler);
    }
    if machine.boundaries().next().is_some() {
        return Err(Trap::UncaughtException.into());
    }
    store.state.pending_exception = exception(machine, store, thrown)?;
    Err(Error::new(ErrorKind::UncaughtException).into())
}

/// The thrown exception as a reference.
fn exception(machine: &Machine, store: &mut Store, thrown: &Thrown) -> Result<Ref, Refused> {
    if thrown.exception.is_null() {
        return store.state.heap.allocate_exception(thrown.tag, machine.args(thrown.fields));
    }
    Ok(thrown.exception)
}

/// Goes on at the handler, with what it asks for on the stack.
fn catch(machine: &mut Machine, store: &mut Store, thrown: &Thrown, handler: &Handler) -> Result<(), Halt> {
    let reference = if handler.by_ref { exception(machine, store, thrown)? } else { Ref::NULL };
    let fields = machine.top.wrapping_sub(thrown.fields)..machine.top;
    machine.top = handler.top;
    machine.frames.truncate(handler.frame + 1);
    if handler.with_fields {
        match store.state.heap.exception(thrown.exception) {
            Some((_, mut fields)) => fields.try_for_each(|field| put(machine, field))?,
            // What is left of the handler's stack is not above them, so none is overwritten early.
            None => {
                for from in fields {
                    let field = *known(machine.slots.get(from))?;
                    put(machine, field)?;
                }
            }
        }
        machine.receive(store, field_types(store, thrown.tag)?)?;
    }
    if handler.by_ref {
        machine.push_value(reference.into_slots());
    }
    let frame = known(machine.frames.last_mut())?;
    (frame.ip, frame.stp) = (handler.ip, handler.stp);
    Ok(())
}

/// Pushes a packed slot of a field where the handler's frame has room: validation counted what
/// clauses pass on.
fn put(machine: &mut Machine, slot: u64) -> Result<()> {
    *known(machine.slots.get_mut(machine.top))? = slot;
    machine.top += 1;
    Ok(())
}

/// The innermost handler of exceptions of `tag`, up to the next boundary.
fn find(machine: &Machine, store: &mut Store, tag: TagId) -> Result<Option<Handler>> {
    for (at, frame) in machine.frames.iter().enumerate().rev() {
        if frame.token().is_some() {
            break;
        }
        let Some(func) = frame.func() else { continue };
        let mut read = 0;
        let handler = find_in(store, at, frame, func, tag, &mut read)?;
        store.state.fuel.charge(u64::from(read));
        if handler.is_some() {
            return Ok(handler);
        }
    }
    Ok(None)
}

/// The innermost handler in one frame; `read` becomes how many bytes of code were read.
fn find_in(store: &Store, at: usize, frame: &Frame, func: u32, tag: TagId, read: &mut u32) -> Result<Option<Handler>> {
    let (image, module) = known(store.module(frame.instance))?;
    let func = known(module.funcs.get(func as usize))?;
    let table = &module.side_table;
    if !table.is_catching(func.side) {
        return Ok(None);
    }
    let instance = known(store.state.instances.get(frame.instance))?;
    let prologue = known(table.prologue(func.side))?;
    let stride = prologue.stride() as usize;
    let operands = frame.base as usize + (prologue.params + prologue.locals) as usize * stride;
    let code = image.bytes.get(func.code as usize..func.end as usize).unwrap_or_default();
    let mut reader = Judged::new(code, func.code);
    let (mut stp, mut found) = (func.side + 1, None);
    // A frame stands behind its call or throw, so before the `end` of every block around it.
    while reader.position() < frame.ip {
        // Its entries count from behind the opcode.
        let behind = reader.position().wrapping_add(1);
        let instr = reader.read::<Instr<'_>>()?;
        if let Instr::try_table { catches, .. } = instr {
            let end = behind.wrapping_add_signed(known(table.branch(stp))?.delta_ip);
            if frame.ip < end {
                let fits = |clause: &Catch| clause.tag.is_none_or(|index| instance.tag(index) == Some(tag));
                let mut clauses = catches.0.judged().map_while(|item| item.ok()).zip(stp + 1..);
                // The first clause that fits counts; an inner `try_table` comes later and counts more.
                if let Some((clause, stp)) = clauses.find(|(clause, _)| fits(clause)) {
                    let entry = known(table.branch(stp))?;
                    found = Some(Handler {
                        frame: at,
                        ip: behind.wrapping_add_signed(entry.delta_ip),
                        stp: stp.wrapping_add_signed(entry.delta_stp),
                        top: operands + entry.drop as usize * stride,
                        with_fields: clause.tag.is_some(),
                        by_ref: clause.by_ref,
                    });
                }
            }
        }
        stp += entries(&instr);
    }
    *read = reader.position() - func.code;
    Ok(found)
}
