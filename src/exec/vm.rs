//! The registers of a running machine, and what every handler needs of them.
//!
//! Handlers take the registers by value and return them: so the loop can keep them in the
//! registers of the processor, and a slow handler costs nothing until it is called. All code is
//! judged, so a read that finds nothing cannot happen; it yields zero rather than a panic.

use super::Machine;
use super::frame::Frame;
use super::slot::Slot;
use crate::binary::leb128;
use crate::error::{Bug, Error, ErrorKind, Trap, bug};
use crate::image::side_table::{Prologue, SideTable};
use crate::image::{ImageRef, Module};
use crate::store::{FuncId, ImageId, Instance, InstanceId, Memory, State, Store};
use crate::support::{Arena, OutOfMemory, Vec};

/// The registers.
pub(super) struct Vm<'s> {
    /// The code of the current function.
    pub code: &'s [u8],
    /// The next byte in `code`.
    pub ip: usize,
    /// Where the current instruction began.
    pub op: usize,
    /// Where in `code` the straight run began that is not yet charged.
    pub mark: usize,
    /// The next word of the side table.
    pub stp: u32,
    /// The branches of the current module.
    pub side: &'s SideTable,
    /// All value slots there are.
    pub stack: Vec<u64>,
    /// The first free slot.
    pub sp: usize,
    /// The first local.
    pub base: usize,
    /// The bytes of the current instance's first memory.
    pub memory: Vec<u8>,
    /// Fuel left.
    pub fuel: i64,
    /// What handlers need less often.
    pub run: Run<'s>,
}

/// The rest of what a running machine refers to.
pub(super) struct Run<'s> {
    pub images: &'s Arena<ImageId, ImageRef>,
    pub state: &'s mut State,
    pub frames: Vec<Frame>,
    /// The module of the current instance, and its input.
    pub module: &'s Module,
    pub bytes: &'s [u8],
    /// The current instance.
    pub instance: InstanceId,
    /// The current function, among those that the module defines.
    pub func: u32,
    /// Where its code begins in the input.
    pub start: u32,
}

/// Why the loop ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Why {
    /// Something other than code of the machine's is topmost.
    Left,
    Call(FuncId),
    OutOfFuel,
    Trap(Trap),
    OutOfMemory,
    Bug(Bug),
}

/// The registers at the end of the loop.
pub(super) struct Exit<'s> {
    pub vm: Vm<'s>,
    pub why: Why,
}

/// What a handler returns.
pub(super) type Step<'s> = Result<Vm<'s>, Exit<'s>>;

impl<'s> Vm<'s> {
    /// Ends the loop.
    #[cold]
    #[inline(never)]
    pub fn exit<T>(self, why: Why) -> Result<T, Exit<'s>> {
        Err(Exit { vm: self, why })
    }

    /// Ends the loop with a trap.
    #[cold]
    #[inline(never)]
    pub fn trap<T>(self, trap: Trap) -> Result<T, Exit<'s>> {
        self.exit(Why::Trap(trap))
    }

    /// Ends the loop where the engine is wrong.
    #[cold]
    pub fn bug<T>(self, why: &'static str) -> Result<T, Exit<'s>> {
        self.exit(Why::Bug(Bug::found(why)))
    }

    /// Pushes a value.
    #[inline(always)]
    pub fn push<V: Slot>(&mut self, value: V) {
        debug_assert!(self.sp < self.stack.len());
        if let Some(slot) = self.stack.get_mut(self.sp) {
            *slot = value.into_slot();
        }
        self.sp += 1;
    }

    /// Pops a value.
    #[inline(always)]
    pub fn pop<V: Slot>(&mut self) -> V {
        debug_assert!(self.sp > self.base);
        self.sp = self.sp.wrapping_sub(1);
        V::from_slot(self.stack.get(self.sp).copied().unwrap_or(0))
    }

    /// The next byte of the code.
    #[inline(always)]
    pub fn byte(&mut self) -> Option<u8> {
        let byte = self.code.get(self.ip).copied();
        self.ip += 1;
        byte
    }

    /// An unsigned immediate of 32 bits.
    #[inline(always)]
    pub fn u32(&mut self) -> u32 {
        match self.code.get(self.ip) {
            Some(byte) if *byte < 0x80 => {
                self.ip += 1;
                u32::from(*byte)
            }
            _ => self.leb(leb128::unsigned::<32>) as u32,
        }
    }

    /// An unsigned immediate of 64 bits.
    #[inline(always)]
    pub fn u64(&mut self) -> u64 {
        match self.code.get(self.ip) {
            Some(byte) if *byte < 0x80 => {
                self.ip += 1;
                u64::from(*byte)
            }
            _ => self.leb(leb128::unsigned::<64>),
        }
    }

    /// A signed immediate of 32 bits.
    #[inline(always)]
    pub fn s32(&mut self) -> i32 {
        self.leb(leb128::signed::<32>) as i32
    }

    /// A signed immediate of 64 bits.
    #[inline(always)]
    pub fn s64(&mut self) -> i64 {
        self.leb(leb128::signed::<64>)
    }

    #[inline(always)]
    fn leb<V: Default>(&mut self, read: impl Fn(&[u8]) -> Result<(V, usize), crate::error::Malformed>) -> V {
        let (value, len) = read(self.code.get(self.ip..).unwrap_or_default()).unwrap_or_default();
        self.ip += len;
        value
    }

    /// `N` bytes of immediate.
    #[inline(always)]
    pub fn immediate<const N: usize>(&mut self) -> [u8; N] {
        let bytes = self.code.get(self.ip..).and_then(|code| code.first_chunk::<N>());
        self.ip += N;
        bytes.copied().unwrap_or([0; N])
    }

    /// Charges for the bytes since the last mark.
    #[inline(always)]
    pub fn charge(&mut self) {
        self.fuel -= self.ip.wrapping_sub(self.mark) as i64;
        self.mark = self.ip;
    }

    /// The current instance.
    pub fn instance(&self) -> Option<&Instance> {
        self.run.state.instances.get(self.run.instance)
    }

    /// Writes the position of the current function to its frame.
    pub fn save_frame(&mut self) {
        if let Some(frame) = self.run.frames.last_mut()
            && frame.token().is_none()
        {
            (frame.ip, frame.stp) = (self.run.start + self.ip as u32, self.stp);
        }
    }

    /// Makes the topmost frame the current function, if it is one.
    pub fn load_frame(&mut self) -> Result<(), Why> {
        let Some(&frame) = self.run.frames.last().filter(|frame| frame.token().is_none()) else {
            return Err(Why::Left);
        };
        if frame.instance != self.run.instance {
            self.switch_instance(frame.instance)?;
        }
        let Some(func) = self.run.module.funcs.get(frame.func as usize) else { return Err(lost()) };
        (self.run.func, self.run.start) = (frame.func, func.code);
        self.code = self.run.bytes.get(func.code as usize..func.end as usize).unwrap_or_default();
        self.ip = frame.ip.wrapping_sub(func.code) as usize;
        (self.stp, self.base, self.mark) = (frame.stp, frame.base as usize, self.ip);
        Ok(())
    }

    /// The words of the current function.
    pub fn prologue(&self) -> Prologue {
        let func = self.run.module.funcs.get(self.run.func as usize);
        func.and_then(|func| self.side.prologue(func.side)).unwrap_or_default()
    }

    /// Makes another instance the current one.
    #[inline(never)]
    pub fn switch_instance(&mut self, id: InstanceId) -> Result<(), Why> {
        self.put_memory_back();
        let state = &mut *self.run.state;
        let Some(instance) = state.instances.get(id) else { return Err(lost()) };
        let Some(image) = self.run.images.get(instance.image) else { return Err(lost()) };
        let Some(module) = image.module(instance.module) else { return Err(lost()) };
        if let Some(memory) = instance.memories.first().and_then(|id| state.memories.get_mut(*id)) {
            self.memory = memory.take_bytes();
        }
        (self.run.module, self.run.bytes, self.run.instance) = (module, &image.bytes, id);
        self.side = &module.side_table;
        Ok(())
    }

    /// Gives the bytes of the first memory back to the store.
    pub fn put_memory_back(&mut self) {
        let bytes = core::mem::take(&mut self.memory);
        if let Some(memory) = self.first_memory() {
            memory.put_bytes(bytes);
        }
    }

    /// Takes the bytes of the first memory out again.
    pub fn take_memory_again(&mut self) {
        self.memory = self.first_memory().map(Memory::take_bytes).unwrap_or_default();
    }

    fn first_memory(&mut self) -> Option<&mut Memory> {
        let state = &mut *self.run.state;
        let id = *state.instances.get(self.run.instance)?.memories.first()?;
        state.memories.get_mut(id)
    }

    /// Makes room for `slots` more value slots.
    #[inline(always)]
    pub fn ensure(&mut self, slots: usize) -> Result<(), Why> {
        if slots <= self.stack.len() - self.sp { Ok(()) } else { grow(&mut self.stack, self.sp, slots, self.run.state) }
    }
}

/// Makes room for `slots` slots from `sp` on, within the limit.
#[cold]
#[inline(never)]
pub(super) fn grow(stack: &mut Vec<u64>, sp: usize, slots: usize, state: &State) -> Result<(), Why> {
    let most = state.quota.limits.stack_slots as usize;
    let needed = sp.saturating_add(slots);
    if needed > most {
        return Err(Why::Trap(Trap::CallStackExhausted));
    }
    let wanted = needed.saturating_mul(2).clamp(64, most.max(64));
    let grown = stack.resize(wanted, 0).or_else(|OutOfMemory| stack.resize(needed, 0));
    grown.map_err(|OutOfMemory| Why::OutOfMemory)
}

#[cold]
fn lost() -> Why {
    Why::Bug(bug!("an id of the store leads nowhere"))
}

/// What the registers refer to before there is a function.
static NO_MODULE: Module = Module::EMPTY;

/// Loads the registers from the machine's topmost frame, has `dispatch` run them, and puts
/// everything back. `None` where the machine should look at its topmost frame again.
pub(super) fn with_registers(
    machine: &mut Machine,
    store: &mut Store,
    dispatch: impl for<'s> FnOnce(Vm<'s>) -> Exit<'s>,
) -> Result<Option<super::Stop>, Error> {
    let (images, state) = store.split();
    let before = state.fuel.balance();
    let mut vm = Vm {
        code: &[],
        ip: 0,
        op: 0,
        mark: 0,
        stp: 0,
        side: &NO_MODULE.side_table,
        stack: core::mem::take(&mut machine.slots),
        sp: machine.top,
        base: 0,
        memory: Vec::new(),
        fuel: before,
        run: Run {
            images,
            state,
            frames: core::mem::take(&mut machine.frames),
            module: &NO_MODULE,
            bytes: &[],
            instance: NO_INSTANCE,
            func: 0,
            start: 0,
        },
    };
    let Exit { mut vm, why } = match vm.load_frame() {
        Ok(()) => dispatch(vm),
        Err(why) => Exit { vm, why },
    };
    match why {
        Why::OutOfFuel => vm.save_frame(),
        Why::Trap(_) | Why::OutOfMemory | Why::Bug(_) => {
            // Within the instruction, for the backtrace; what ran before it is charged.
            vm.ip = vm.op;
            vm.charge();
            vm.ip += 1;
            vm.save_frame();
        }
        // Saved when the call began; or there is no function to save.
        Why::Call(_) | Why::Left => {}
    }
    vm.put_memory_back();
    let used = before.saturating_sub(vm.fuel).max(0);
    vm.run.state.fuel.charge(used.cast_unsigned());
    (machine.slots, machine.top, machine.frames) = (vm.stack, vm.sp, vm.run.frames);
    match why {
        Why::Left => Ok(None),
        Why::Call(func) => Ok(Some(super::Stop::Call(func))),
        Why::OutOfFuel => Ok(Some(super::Stop::OutOfFuel)),
        Why::Trap(trap) => Err(trap.into()),
        Why::OutOfMemory => Err(Error::new(ErrorKind::OutOfMemory)),
        Why::Bug(bug) => Err(bug.into()),
    }
}

/// No instance: ids never reach it.
const NO_INSTANCE: InstanceId = InstanceId::new(u32::MAX);
