//! Threads of a script (threads proposal, `thread` and `wait`), one at a time.
//!
//! A thread runs until it ends, waits for another one, or has run for long; then the next one
//! goes on, in the order of the script. Time passes only where all wait. So the order is one
//! that the specification allows, and always the same.

use crate::outcome::{Executed, Expect};
use crate::runner::{FUEL, Outcome, Runner, engine_error};
use crate::scope::Scope;
use std::{mem, vec};
use wast::{WastDirective, WastInvoke, WastThread};
use windlass::{Extern, PausedCall, Progress, Val};

/// The fuel after which another thread has its turn.
const TURN: u64 = 100_000;

/// How far a directive came.
pub(crate) enum Step<'a> {
    Done(Outcome),
    Paused(Box<Paused<'a>>),
}

/// A directive whose call waits for another thread, or has had its turn.
pub(crate) struct Paused<'a> {
    expect: Expect<'a>,
    call: PausedCall,
    results: Vec<Val>,
    /// When its wait is over even though nobody wakes it.
    deadline: Option<u64>,
    /// The fuel that the call has had.
    fuel: u64,
}

/// A thread: directives that run one after the other, with names of their own.
pub(crate) struct Thread<'a> {
    name: String,
    scope: Scope,
    left: vec::IntoIter<WastDirective<'a>>,
    paused: Option<Box<Paused<'a>>>,
    is_done: bool,
    /// The first failure of its directives, until somebody has asked for it.
    outcome: Outcome,
}

/// The threads of a script besides its own directives.
#[derive(Default)]
pub(crate) struct Threads<'a> {
    all: Vec<Thread<'a>>,
    /// Nanoseconds that have passed.
    now: u64,
}

impl Threads<'_> {
    fn are_done(&self) -> bool {
        self.all.iter().all(|thread| thread.is_done)
    }
}

impl<'a> Runner<'a> {
    /// `thread`: runs it as far as it comes by itself.
    pub(crate) fn thread(&mut self, text: &str, thread: WastThread<'a>) -> Outcome {
        let mut scope = Scope::default();
        if let Some(shared) = thread.shared_module {
            let instance = self.scope.instance(Some(shared))?;
            scope.name_instance(Some(shared), instance);
        }
        let number = self.threads.all.len();
        self.threads.all.push(Thread {
            name: thread.name.name().to_owned(),
            scope,
            left: thread.directives.into_iter(),
            paused: None,
            is_done: false,
            outcome: Ok(()),
        });
        self.turn(text, number);
        self.outcome_of(number)
    }

    /// `wait`: runs all threads until the latest one of that name has ended.
    pub(crate) fn wait_for(&mut self, text: &str, name: &str) -> Outcome {
        let number = self.threads.all.iter().rposition(|thread| thread.name == name);
        let number = number.ok_or_else(|| format!("no thread is called {name}"))?;
        while !self.threads.all[number].is_done {
            if !self.turns(text) {
                self.let_time_pass(text, None);
            }
        }
        self.outcome_of(number)
    }

    /// Ends the threads that nobody has waited for: the first failure of any.
    pub(crate) fn end_threads(&mut self, text: &str) -> Outcome {
        while !self.threads.are_done() {
            if !self.turns(text) {
                self.let_time_pass(text, None);
            }
        }
        let mut outcome = Ok(());
        for number in 0..self.threads.all.len() {
            outcome = outcome.and(self.outcome_of(number));
        }
        outcome
    }

    fn outcome_of(&mut self, number: usize) -> Outcome {
        mem::replace(&mut self.threads.all[number].outcome, Ok(()))
    }

    /// Runs a directive of the script itself to its end, other threads where it waits.
    pub(crate) fn finish(&mut self, text: &str, mut step: Step<'a>) -> Outcome {
        loop {
            let mut paused = match step {
                Step::Done(outcome) => return outcome,
                Step::Paused(paused) => paused,
            };
            let others_moved = self.turns(text);
            step = if !paused.call.is_waiting(&self.store) {
                self.resume(paused)
            } else if others_moved {
                Step::Paused(paused)
            } else {
                match self.let_time_pass(text, Some(paused.deadline)) {
                    true => self.stop_waiting(paused),
                    false => {
                        // Somebody else went on, and may wake this one.
                        paused.fuel = paused.fuel.saturating_add(1);
                        Step::Paused(paused)
                    }
                }
            };
        }
    }

    /// Gives every thread that does not wait its turn; whether there was any.
    fn turns(&mut self, text: &str) -> bool {
        let mut moved = false;
        for number in 0..self.threads.all.len() {
            let thread = &self.threads.all[number];
            let waits = thread.paused.as_ref().is_some_and(|paused| paused.call.is_waiting(&self.store));
            if !thread.is_done && !waits {
                moved = true;
                self.turn(text, number);
            }
        }
        moved
    }

    /// Runs a thread until it pauses or ends.
    fn turn(&mut self, text: &str, number: usize) {
        mem::swap(&mut self.scope, &mut self.threads.all[number].scope);
        loop {
            let (line, step) = match self.threads.all[number].paused.take() {
                Some(paused) => (None, self.resume(paused)),
                None => match self.threads.all[number].left.next() {
                    Some(directive) => (Some(directive.span().linecol_in(text).0 + 1), self.begin(text, directive)),
                    None => break,
                },
            };
            if !self.take_step(number, line, step) {
                mem::swap(&mut self.scope, &mut self.threads.all[number].scope);
                return;
            }
        }
        mem::swap(&mut self.scope, &mut self.threads.all[number].scope);
        self.threads.all[number].is_done = true;
    }

    /// Notes how far a thread's directive came; whether the next one may begin.
    fn take_step(&mut self, number: usize, line: Option<usize>, step: Step<'a>) -> bool {
        let thread = &mut self.threads.all[number];
        match step {
            Step::Done(outcome) => {
                let outcome = outcome.map_err(|why| match line {
                    Some(line) => format!("line {line}: {why}"),
                    None => why,
                });
                if thread.outcome.is_ok() {
                    thread.outcome = outcome;
                }
                true
            }
            Step::Paused(paused) => {
                thread.paused = Some(paused);
                false
            }
        }
    }

    /// Where all wait, time passes until the first wait is over; without any, a thread that
    /// waits for ever is told so, the script itself first. Whether it is the script that goes on,
    /// whose deadline is given where it waits as well.
    fn let_time_pass(&mut self, text: &str, script: Option<Option<u64>>) -> bool {
        let threads = self.threads.all.iter().enumerate();
        let waiting = threads.filter_map(|(number, thread)| Some((Some(number), thread.paused.as_ref()?.deadline)));
        let waiting = script.map(|deadline| (None, deadline)).into_iter().chain(waiting);
        // The first of those that are due first.
        let Some((number, deadline)) = waiting.min_by_key(|(_, deadline)| deadline.unwrap_or(u64::MAX)) else {
            return false;
        };
        self.threads.now = deadline.unwrap_or(self.threads.now);
        let Some(number) = number else { return true };
        mem::swap(&mut self.scope, &mut self.threads.all[number].scope);
        let step = match self.threads.all[number].paused.take() {
            Some(paused) => self.stop_waiting(paused),
            None => Step::Done(Ok(())),
        };
        mem::swap(&mut self.scope, &mut self.threads.all[number].scope);
        if self.take_step(number, None, step) {
            self.turn(text, number);
        }
        false
    }

    /// Begins a call of a core function.
    pub(crate) fn start(&mut self, invoke: &WastInvoke<'a>, expect: Expect<'a>) -> Outcome<Step<'a>> {
        let Extern::Func(func) = self.export(invoke.module, invoke.name)? else {
            return Err(format!("export {:?} is not a function", invoke.name));
        };
        let args = crate::values::core_args(&invoke.args, &self.store)?;
        let count = func.ty(&self.store).map_err(engine_error)?.results().len();
        let mut results = vec![Val::I32(0); count];
        let fuel = self.give_fuel()?;
        let progress = func.call_resumable(&mut self.store, &args, &mut results);
        Ok(self.step(progress, results, expect, fuel))
    }

    /// As much fuel as there is until others have their turn.
    fn give_fuel(&mut self) -> Outcome<u64> {
        let fuel = if self.threads.are_done() { FUEL } else { TURN };
        self.store.set_fuel(fuel).map_err(engine_error)?;
        Ok(fuel)
    }

    fn resume(&mut self, paused: Box<Paused<'a>>) -> Step<'a> {
        let Paused { expect, call, mut results, fuel, .. } = *paused;
        match self.give_fuel() {
            Ok(_) if fuel >= FUEL => Step::Done(Err(format!("it still runs after {fuel} units of fuel"))),
            Ok(more) => {
                let progress = call.resume(&mut self.store, &mut results);
                self.step(progress, results, expect, fuel.saturating_add(more))
            }
            Err(why) => Step::Done(Err(why)),
        }
    }

    fn stop_waiting(&mut self, paused: Box<Paused<'a>>) -> Step<'a> {
        let Paused { expect, call, mut results, fuel, .. } = *paused;
        let progress = call.stop_waiting(&mut self.store, &mut results);
        self.step(progress, results, expect, fuel)
    }

    fn step(
        &self,
        progress: windlass::Result<Progress<PausedCall>>,
        results: Vec<Val>,
        expect: Expect<'a>,
        fuel: u64,
    ) -> Step<'a> {
        match progress {
            Err(error) => Step::Done(expect.check(Executed::Error(error), &self.store)),
            Ok(Progress::Done(())) => Step::Done(expect.check(Executed::Values(results), &self.store)),
            Ok(Progress::OutOfFuel(call) | Progress::Waiting(call)) => {
                let deadline = call.timeout().map(|timeout| self.threads.now.saturating_add(timeout));
                Step::Paused(Box::new(Paused { expect, call, results, deadline, fuel }))
            }
        }
    }
}
