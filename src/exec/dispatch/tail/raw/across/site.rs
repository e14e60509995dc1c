//! Calls of functions whose values are integers, by where they are made: all that such a call and its return need is
//! found when it is made for the first time, and both run in handlers, without a call that returns.

use super::{Crossing, Home, Place, Target};
use crate::exec::activation::Step;
use crate::exec::crossing;
use crate::exec::dispatch::tail::raw::{Mark, Positions, Room};
use crate::exec::frame::Frame;
use crate::store::{CrossingCall, CrossingId, InstanceId, Integers};

/// A `call` of such a function in the code of an instance.
///
/// Invariant: it was made while that code ran, in this run of the dispatcher, and behind the call's number. Which function
/// is called there, and where in the side table that is, is the same each time.
#[derive(Clone, Copy)]
pub(in crate::exec::dispatch::tail) struct Site<'a> {
    /// Where its caller goes on.
    instance: InstanceId,
    ip: u32,
    stp: u32,
    /// The same as it is needed then.
    home: Home<'a>,
    place: Place,
    code: *const u8,
    entry: *const u32,
    crossing: CrossingId,
    masks: [u64; Integers::MOST_PARAMS],
    /// How many bytes its arguments take, how many those that the callee gets, and how many there have to be above them.
    args: usize,
    params: usize,
    room: usize,
    callee: Target<'a>,
    pub returns: Returns,
}

/// How such a call returns.
#[derive(Clone, Copy)]
pub(in crate::exec::dispatch::tail) enum Returns {
    Nothing,
    /// With an integer, of which that crosses.
    Integer(u64),
    /// With the state of its subtask, whose task has the lock of that component instance, by its place among all.
    State(u32),
}

/// The places of the last ones.
#[derive(Default)]
pub(super) struct Sites<'a>([Option<Site<'a>>; Sites::PLACES]);

impl Sites<'_> {
    const PLACES: usize = 8;
}

impl<'a> Sites<'a> {
    /// Which place is that of a position in the code: calls follow each other closely, or after some other instructions.
    #[inline(always)]
    const fn at(ip: u32) -> usize {
        (ip ^ ip >> 3) as usize % Self::PLACES
    }

    #[inline(always)]
    fn find(&self, instance: InstanceId, ip: u32) -> Option<&Site<'a>> {
        match self.0.get(Self::at(ip)) {
            Some(Some(site)) if site.ip == ip && site.instance == instance => Some(site),
            _ => None,
        }
    }
}

impl<'a> Room<'a> {
    /// Notes the `call` that has just begun, of a function whose values are integers.
    pub(super) fn note_site(
        &self,
        sites: &mut Sites<'a>,
        crossing: &Crossing<'a>,
        callee: &Target<'a>,
        call: &CrossingCall,
    ) {
        let Some(Integers { params, result }) = call.integers else { return };
        let returns = match (&call.task, result) {
            (Some(task), _) => Returns::State(task.inst),
            (None, Some(mask)) => Returns::Integer(mask),
            (None, None) => Returns::Nothing,
        };
        let Mark { code, .. } = self.mark;
        let ip = code.addr().wrapping_sub(self.reach.input.addr()) as u32;
        let stp = (self.stp.addr().wrapping_sub(self.reach.words.addr()) / size_of::<u32>()) as u32;
        if let Some(place) = sites.0.get_mut(Sites::at(ip)) {
            *place = Some(Site {
                instance: self.context.here.id,
                ip,
                stp,
                home: Home { here: self.context.here, reach: self.reach },
                place: Place { word: self.word, code_end: self.code_end },
                code,
                entry: self.stp,
                crossing: crossing.id,
                masks: params,
                args: call.params as usize * size_of::<u64>(),
                params: callee.params as usize * size_of::<u64>(),
                room: (callee.params + callee.room) as usize * size_of::<u64>(),
                callee: *callee,
                returns,
            });
        }
    }
}

impl<'a> Positions<'_, 'a> {
    /// Makes the call behind whose number they are, with its arguments stored, where it is one that is noted and there is
    /// room: else nothing has changed.
    #[inline(always)]
    pub(in crate::exec::dispatch::tail) fn crosses(&mut self) -> Option<Step> {
        let sp = self.sp;
        let ip = self.code.addr().wrapping_sub(self.shared_room().reach.input.addr()) as u32;
        let room = self.room();
        let Some(site) = room.notes().sites.find(room.context.here.id, ip) else { return None };
        let (frame, crossed) = (room.frame, &mut *room.context.crossed);
        let fits = sp.wrapping_byte_add(site.room) <= room.slots_end && frame.wrapping_add(2) <= room.last_frame;
        if !fits || crossed.inner.is_some() {
            return None;
        }
        if let Returns::State(inst) = site.returns {
            match crossed.held.get_mut(inst as usize) {
                Some(held @ false) => *held = true,
                _ => return None,
            }
        }
        crossed.unknown += 1;
        let note = crossed.note;
        // Arguments stay where they are; those of the callee lie above, as many and in as many slots.
        let base = room.slot_at(sp);
        let callee = &site.callee;
        // SAFETY: `frame` is a frame, and there is room for two more.
        unsafe {
            ((*frame).ip, (*frame).stp) = (ip, site.stp);
            frame.add(1).write(Frame::noted(site.crossing, base, note));
            frame.add(2).write(Frame::new(callee.func.0, callee.func.1, false, 0, 0, base));
        }
        room.frame = frame.wrapping_add(2);
        let args = sp.wrapping_byte_sub(site.args);
        let masks = &site.masks;
        // SAFETY: arguments begin at `args`, which is not above `sp`, and behind that there are slots for as many as
        // there may be: that was the condition. So behind those that there are, slots are free. Each by itself: together
        // they could not be read before all of them, just written, are in the cache.
        unsafe {
            sp.write(args.read_volatile() & masks[0]);
            sp.add(1).write(args.add(1).read_volatile() & masks[1]);
            if site.params > 2 * size_of::<u64>() {
                sp.add(2).write(args.add(2).read_volatile() & masks[2]);
                sp.add(3).write(args.add(3).read_volatile() & masks[3]);
            }
        }
        self.locals = sp;
        self.sp = sp.wrapping_byte_add(site.params);
        self.switch(&callee.home, &callee.place, &callee.stp);
        for _ in 0..callee.locals {
            debug_assert!(self.is_slot(self.sp));
            // SAFETY: there is room for the whole frame. Volatile so that it does not become a call.
            unsafe { self.sp.write_volatile(0) }
            self.sp = self.sp.wrapping_add(1);
        }
        Some(self.leap(callee.code))
    }

    /// The call that the running function would return to, if it is one that is noted.
    #[inline(always)]
    pub(in crate::exec::dispatch::tail) fn site(&self) -> Option<&'a Site<'a>> {
        let room = self.shared_room();
        if room.frame == room.first_frame {
            return None;
        }
        // SAFETY: there is a frame below.
        let below = unsafe { &*room.frame.sub(1) };
        if !below.is_noted() {
            return None;
        }
        // SAFETY: a frame that crosses is above that of its caller.
        let caller = unsafe { &*room.frame.sub(2) };
        // SAFETY: `Room`.
        let notes = unsafe { &*room.notes };
        notes.sites.find(caller.instance, caller.ip)
    }

    /// The call of an async function returns with that code of its callback's, which its task has returned before: what its
    /// caller gets. `None` where it does not end; nothing has changed then.
    #[inline(always)]
    pub(in crate::exec::dispatch::tail) fn exit(&mut self, inst: u32, code: u64) -> Option<u64> {
        let room = self.room();
        // SAFETY: `site` saw that frame.
        let has_returned = unsafe { (*room.frame.sub(1)).has_returned() };
        let state = if has_returned { crossing::exit(code) } else { None };
        if state.is_some()
            && let Some(held) = room.context.crossed.held.get_mut(inst as usize)
        {
            *held = false;
        }
        state
    }

    /// The running function returns there: its frame and that of the call are gone, and so are the arguments.
    #[inline(always)]
    pub(in crate::exec::dispatch::tail) fn return_to(&mut self, site: &Site<'a>) -> Step {
        self.sp = self.locals.wrapping_byte_sub(site.args);
        let room = self.room();
        let frame = room.frame.wrapping_sub(2);
        room.frame = frame;
        room.context.crossed.unknown -= 1;
        // SAFETY: `site` saw that frame.
        let base = unsafe { (*frame).base };
        self.locals = room.slots.wrapping_add(base as usize);
        self.switch(&site.home, &site.place, &site.entry);
        self.leap(site.code)
    }

    /// Makes another instance the running one, and the function of the topmost frame. All is read where it is written:
    /// no register holds it meanwhile.
    #[inline(always)]
    fn switch(&mut self, home: &Home<'a>, place: &Place, stp: &*const u32) {
        let room = self.room();
        room.switch(home);
        room.word = place.word;
        room.code_end = place.code_end;
        room.stp = *stp;
        self.bound_frame();
    }
}
