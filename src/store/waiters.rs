//! Threads that wait on addresses of shared memories (threads proposal, Wait and Notify).
//!
//! A thread is a machine of the owner's; here it is a ticket in a queue. Whoever notifies takes
//! tickets out, and the machine sees that its own is gone.

#![cfg_attr(not(feature = "threads"), allow(dead_code))]

use super::MemoryId;
#[cfg(feature = "threads")]
use crate::support::OutOfMemory;
use crate::support::Vec;

/// A thread's place in the queue, never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(Number);

#[cfg(feature = "threads")]
type Number = u64;
/// Without threads nobody waits: there is no ticket.
#[cfg(not(feature = "threads"))]
type Number = core::convert::Infallible;

/// The waiting threads of a store, those that wait longest first.
#[derive(Debug, Default)]
pub struct Waiters {
    queue: Vec<Waiter>,
    next: u64,
}

#[derive(Debug)]
struct Waiter {
    ticket: Ticket,
    memory: MemoryId,
    address: u64,
}

impl Waiters {
    /// No thread waits.
    pub(super) const fn new() -> Self {
        Self { queue: Vec::new(), next: 0 }
    }

    /// Puts a thread at the end of the queue of an address.
    #[cfg(feature = "threads")]
    pub(crate) fn join(&mut self, memory: MemoryId, address: u64) -> Result<Ticket, OutOfMemory> {
        let ticket = Ticket(self.next);
        self.queue.push(Waiter { ticket, memory, address })?;
        self.next = self.next.wrapping_add(1);
        Ok(ticket)
    }

    /// Whether nobody has woken the thread yet.
    pub(crate) fn is_waiting(&self, ticket: Ticket) -> bool {
        self.queue.iter().any(|waiter| waiter.ticket == ticket)
    }

    /// Takes a thread out that goes on for another reason.
    pub(crate) fn leave(&mut self, ticket: Ticket) {
        self.queue.retain(|waiter| waiter.ticket != ticket);
    }

    /// Wakes at most `count` threads that wait on an address; returns how many.
    pub(crate) fn wake(&mut self, memory: MemoryId, address: u64, count: u32) -> u32 {
        let mut woken = 0;
        self.queue.retain(|waiter| {
            let wakes = woken < count && waiter.memory == memory && waiter.address == address;
            woken += u32::from(wakes);
            !wakes
        });
        woken
    }

    /// How many threads wait.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether no thread waits.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

#[cfg(feature = "threads")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_waiting_are_woken_first() {
        let (memory, other) = (MemoryId::new(0), MemoryId::new(1));
        let mut waiters = Waiters::new();
        let tickets: std::vec::Vec<_> = [(memory, 8), (memory, 16), (memory, 8), (other, 8), (memory, 8)]
            .map(|(memory, address)| waiters.join(memory, address).unwrap())
            .into();
        let waiting =
            |waiters: &Waiters| tickets.iter().map(|ticket| waiters.is_waiting(*ticket)).collect::<std::vec::Vec<_>>();
        assert_eq!(waiters.wake(memory, 8, 0), 0);
        assert_eq!(waiters.wake(memory, 8, 2), 2);
        assert_eq!(waiting(&waiters), [false, true, false, true, true]);
        assert_eq!(waiters.wake(memory, 8, u32::MAX), 1);
        waiters.leave(tickets[1]);
        assert_eq!(waiting(&waiters), [false, false, false, true, false]);
        assert_eq!(waiters.len(), 1);
    }
}
