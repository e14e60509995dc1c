//! The debt counter: what running costs, and what is left.

/// Fuel of a store. One unit is one byte of code, or one byte that a bulk operation moves.
///
/// Costs are taken off when they have arisen, so the balance may fall below zero; then the
/// machine stops at its next check point and goes on when the balance is no longer negative.
#[derive(Clone, Copy, Debug)]
pub struct Fuel {
    metered: bool,
    balance: i64,
}

impl Fuel {
    /// Running costs nothing.
    pub const UNMETERED: Fuel = Fuel { metered: false, balance: i64::MAX };

    /// Running costs fuel, of which there is none yet.
    pub const EMPTY: Fuel = Fuel { metered: true, balance: 0 };

    /// Whether running costs fuel.
    pub const fn is_metered(&self) -> bool {
        self.metered
    }

    /// What is left; negative where more was used than there was.
    pub const fn balance(&self) -> i64 {
        self.balance
    }

    /// Sets what is left, and that running costs fuel.
    pub fn set(&mut self, balance: i64) {
        (self.metered, self.balance) = (true, balance);
    }

    /// The same for so much; what there was before.
    #[cfg(crossings)]
    #[inline]
    pub fn replace(&mut self, limit: u32) -> Fuel {
        core::mem::replace(self, Fuel { metered: true, balance: i64::from(limit) })
    }

    /// Sets what is left after running.
    pub(crate) fn set_balance(&mut self, balance: i64) {
        self.balance = balance;
    }

    /// Adds to what is left.
    pub fn add(&mut self, units: u64) {
        self.balance = self.balance.saturating_add_unsigned(units);
    }

    /// Takes off what was used.
    pub fn charge(&mut self, units: u64) {
        self.balance = self.balance.saturating_sub_unsigned(units);
    }

    /// Whether nothing may run before fuel is added. Where running is free this never holds.
    pub fn is_exhausted(&mut self) -> bool {
        if !self.metered {
            self.balance = i64::MAX;
        }
        self.balance < 0
    }
}
