//! Ticks of a native task, and futures that wait for one.

use core::cell::RefCell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use critical_section::Mutex;
use windlass::Result;

static CLOCK: Mutex<RefCell<Clock>> = Mutex::new(RefCell::new(Clock { ticks: 0, waiting: None }));

struct Clock {
    ticks: u32,
    /// Every future of one store has the same waker, that of the task that runs the store.
    waiting: Option<Waker>,
}

fn with<R>(action: impl FnOnce(&mut Clock) -> R) -> R {
    critical_section::with(|section| action(&mut CLOCK.borrow_ref_mut(section)))
}

/// Ticks so far.
pub fn now() -> u32 {
    with(|clock| clock.ticks)
}

/// Ticks, and wakes who waits.
pub fn tick() {
    let waiting = with(|clock| {
        clock.ticks += 1;
        clock.waiting.take()
    });
    if let Some(waker) = waiting {
        waker.wake();
    }
}

/// The first tick after another.
pub struct NextTick {
    pub after: u32,
}

impl Future for NextTick {
    type Output = Result<(u32,)>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        with(|clock| {
            if clock.ticks > self.after {
                return Poll::Ready(Ok((clock.ticks,)));
            }
            clock.waiting = Some(cx.waker().clone());
            Poll::Pending
        })
    }
}
