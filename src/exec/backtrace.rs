//! Which calls led to a trap.

use super::Machine;
use super::frame::Frame;
use crate::binary::Judged;
use crate::error::{BacktraceFrame, Error};
use crate::image::module::Func;
use crate::image::{Image, Module};
use crate::store::Store;
use crate::support::{OutOfMemory, Vec};
use crate::syntax::FuncIdx;

/// Frames of a backtrace at most: of an endless recursion the innermost ones say enough.
const FRAMES: usize = 64;

/// The error with the frames of `machine`; without them where memory is short.
#[cold]
pub(super) fn attach(machine: &Machine, store: &Store, error: Error) -> Error {
    match frames(machine, store) {
        Ok(frames) => error.with_backtrace(frames),
        Err(OutOfMemory) => error,
    }
}

impl Machine {
    /// Its frames, innermost first.
    pub fn backtrace(&self, store: &Store) -> Result<Vec<BacktraceFrame>, OutOfMemory> {
        frames(self, store)
    }
}

fn frames(machine: &Machine, store: &Store) -> Result<Vec<BacktraceFrame>, OutOfMemory> {
    let mut out = Vec::new();
    for frame in machine.frames.iter().rev().filter(|frame| frame.func().is_some()).take(FRAMES) {
        let Some((image, module)) = store.module(frame.instance) else { continue };
        let Some(number) = frame.func() else { continue };
        let Some(func) = module.funcs.get(number as usize) else { continue };
        let (offset, _) = instruction_before(image, func, frame.ip);
        let index = FuncIdx::new(module.imported_funcs + number);
        out.push(BacktraceFrame { func: index, name: name(image, module, index), offset })?;
    }
    Ok(out)
}

/// Where the instruction began in which `frame` stopped, and where it ends.
pub(super) fn instruction_at(store: &Store, frame: &Frame) -> Option<(u32, u32)> {
    let (image, module) = store.module(frame.instance)?;
    Some(instruction_before(image, module.funcs.get(frame.func()? as usize)?, frame.ip))
}

/// The last instruction that begins before `ip`, and where it ends. Code does not read
/// backwards: takes time linear in the function.
fn instruction_before(image: &Image, func: &Func, ip: u32) -> (u32, u32) {
    let code = image.bytes.get(func.code as usize..func.end as usize).unwrap_or_default();
    let mut reader = Judged::new(code, func.code);
    loop {
        let at = reader.position();
        let read = reader.skip_instruction();
        if reader.position() >= ip || read.is_err() {
            return (at, reader.position());
        }
    }
}

#[cfg(feature = "names")]
fn name(image: &Image, module: &Module, func: FuncIdx) -> Option<crate::support::String> {
    let section = module.names?.of(&image.bytes);
    let name = crate::binary::name_section::func_name(section, func.raw())?;
    crate::support::String::from_text(name).ok()
}

#[cfg(not(feature = "names"))]
fn name(_: &Image, _: &Module, _: FuncIdx) -> Option<crate::support::String> {
    None
}
