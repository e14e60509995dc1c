//! The side table as it is written: branches whose targets are not known yet.
//!
//! A branch forward is listed with the block that it leads out of until the block ends. The
//! lists share one pool that is kept from function to function, so a branch costs no allocation
//! of its own; a pool rather than the entries themselves, because an entry of four bytes has
//! no room for a link, a position and a depth.

use crate::error::Result;
use crate::image::side_table::{Branch, SideTable};
use crate::support::Vec;

/// The end of a list of [`Pending`] branches.
pub(super) const NONE: u32 = u32::MAX;

/// A position in a function as the machine counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Target {
    /// The next instruction.
    pub ip: u32,
    /// The next side-table entry.
    pub stp: u32,
}

/// What a branch does to the value stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shift {
    pub keep: u32,
    pub drop: u32,
}

impl Shift {
    /// Nothing moves.
    pub(super) const NONE: Shift = Shift { keep: 0, drop: 0 };

    /// Keeps `keep` values, drops `drop` below them. Where none is dropped nothing moves, however
    /// many are kept: such entries say so, and stay small.
    pub(super) const fn of(keep: u32, drop: u32) -> Self {
        if drop == 0 { Self::NONE } else { Shift { keep, drop } }
    }
}

#[derive(Clone, Copy)]
struct Pending {
    /// The branching instruction's opcode.
    ip: u32,
    /// Its entry.
    stp: u32,
    shift: Shift,
    /// The next branch to the same end.
    next: u32,
}

/// Writes a module's side table.
#[derive(Default)]
pub(super) struct Branches {
    pub(super) table: SideTable,
    pool: Vec<Pending>,
    /// The list of free places in `pool`, its first one counted from 1; 0 is none.
    free: u32,
}

impl Branches {
    /// The index that the next entry will have.
    pub(super) fn next(&self) -> u32 {
        self.table.next()
    }

    /// Adds the entry of a branch whose target is known.
    pub(super) fn backward(&mut self, ip: u32, to: Target, shift: Shift) -> Result<()> {
        let stp = self.table.reserve()?;
        self.fill(ip, stp, to, shift)
    }

    /// Adds the entry of a branch to the end of a block, whose list of such branches is `list`.
    pub(super) fn forward(&mut self, ip: u32, list: &mut u32, shift: Shift) -> Result<()> {
        let stp = self.table.reserve()?;
        let pending = Pending { ip, stp, shift, next: *list };
        let free = self.free.wrapping_sub(1);
        *list = match self.pool.get_mut(free as usize) {
            Some(place) => {
                self.free = place.next;
                *place = pending;
                free
            }
            None => {
                self.pool.push(pending)?;
                (self.pool.len() - 1) as u32
            }
        };
        Ok(())
    }

    /// Fills in every entry of `list` and empties it.
    pub(super) fn resolve(&mut self, list: &mut u32, to: Target) -> Result<()> {
        while let Some(place) = self.pool.get_mut(*list as usize) {
            let Pending { ip, stp, shift, next } = *place;
            place.next = self.free;
            // The pool is smaller than the input.
            self.free = *list + 1;
            *list = next;
            self.fill(ip, stp, to, shift)?;
        }
        Ok(())
    }

    /// Fills in the entry at `stp` of the instruction at `ip`.
    pub(super) fn fill(&mut self, ip: u32, stp: u32, to: Target, shift: Shift) -> Result<()> {
        // Positions are below 2³²; the machine adds the differences back, wrapping as well.
        let delta_ip = to.ip.wrapping_sub(ip).wrapping_sub(1).cast_signed();
        let delta_stp = to.stp.wrapping_sub(stp).cast_signed();
        self.table.set_branch(stp, Branch { delta_ip, delta_stp, keep: shift.keep, drop: shift.drop })
    }
}
