//! `canon task.return` of integers, by who calls it: what that takes is found when it is called for the first time, and it
//! runs in a handler then, without a call that returns.

use crate::exec::activation::{Context, Step};
use crate::exec::crossing;
use crate::exec::dispatch::tail::raw::{Positions, Room};
use crate::exec::frame::Frame;
use crate::store::{CrossingId, CrossingTask, InstanceId, MemoryId, TaskReturn};

/// What an instance imports under a number.
type Import = (InstanceId, u32);

/// A `task.return` that an instance imports.
///
/// Invariant: it has been called, in this run of the dispatcher, for a task of a call of that function, and says what that
/// returns.
#[derive(Clone, Copy)]
struct Known {
    import: Import,
    crossing: CrossingId,
    result: Option<Place>,
}

/// Where such calls have their result: in that memory, in so many bytes.
type Place = (MemoryId, u32);

/// The places of the last ones.
#[derive(Default)]
pub(super) struct TaskReturns([Option<Known>; Self::PLACES]);

impl TaskReturns {
    const PLACES: usize = 4;

    /// Functions return by imports of their own, which are neighbours.
    #[inline(always)]
    const fn at((_, number): Import) -> usize {
        number as usize % Self::PLACES
    }

    #[inline(always)]
    fn find(&self, import: Import) -> Option<&Known> {
        match self.0.get(Self::at(import)) {
            Some(Some(known)) if known.import.1 == import.1 && known.import.0 == import.0 => Some(known),
            _ => None,
        }
    }

    /// Notes the import that has just been called for the task of such a call.
    pub(super) fn note(&mut self, import: Import, crossing: CrossingId, task: &CrossingTask, says: &TaskReturn) {
        let result = match says.result {
            // Other numbers may be none of their type, or change.
            Some(ty) if ty.mask().is_none() => return,
            Some(ty) => task.memory.map(|memory| (memory, ty.size())),
            None => None,
        };
        if let Some(place) = self.0.get_mut(Self::at(import)) {
            *place = Some(Known { import, crossing, result });
        }
    }
}

/// A call whose task is to return.
pub(in crate::exec::dispatch::tail) struct Returning {
    /// Its boundary.
    ///
    /// Invariant: it is [`Room::boundary`], and still is: nothing runs meanwhile.
    boundary: *mut Frame,
    /// See [`Known`].
    pub result: Option<Place>,
}

impl<'a> Room<'a> {
    /// The topmost frame below the running one that has no code.
    #[inline(always)]
    pub(super) fn boundary(&self) -> Option<*mut Frame> {
        let mut at = self.frame;
        while at != self.first_frame {
            at = at.wrapping_sub(1);
            // SAFETY: it is not below the first frame.
            if unsafe { (*at).func().is_none() } {
                return Some(at);
            }
        }
        None
    }
}

impl<'a> Positions<'_, 'a> {
    /// The call that the running function is of, if its task may return by the import of that number, and how is noted.
    #[inline(always)]
    pub(in crate::exec::dispatch::tail) fn returning(&self, number: u32) -> Option<Returning> {
        let room = self.shared_room();
        let Context { here, crossed, .. } = &room.context;
        // SAFETY: `Room`.
        let notes = unsafe { &*room.notes };
        let Some(known) = notes.task_returns.find((here.id, number)) else { return None };
        let Some(boundary) = room.boundary() else { return None };
        // SAFETY: it is a frame.
        let frame = unsafe { &*boundary };
        let is_of_it = matches!(frame.crosses(), Some(id) if id == known.crossing);
        if !is_of_it || frame.has_returned() || crossed.inner.is_some() {
            return None;
        }
        Some(Returning { boundary, result: known.result })
    }

    /// Puts its result where its caller wants it. `None` if that is nowhere: nothing has changed then.
    #[inline(always)]
    pub(in crate::exec::dispatch::tail) fn put_result(
        &mut self,
        call: &Returning,
        (memory, size): Place,
        slot: u64,
    ) -> Option<()> {
        let room = self.room();
        // SAFETY: `Returning`; since it has a result, the last of its arguments is right below where it began.
        let target = unsafe { room.slots.add((*call.boundary).base as usize).sub(1).read() };
        crossing::put_integer(room.context.memories, memory, target, size, slot)
    }

    /// Its task has returned: a check point.
    #[inline(always)]
    pub(in crate::exec::dispatch::tail) fn has_returned(&mut self, call: &Returning) -> Step {
        // SAFETY: `Returning`.
        unsafe { (*call.boundary).set_returned() }
        let fuel = self.fuel();
        self.go_on(self.code, fuel)
    }
}
