//! Two calls of an async component and a native task, under embassy's executor: the native task is
//! never late by more than a slice of the component's fuel takes.

mod clock;

use crate::board::{self, measured, println};
use crate::finish;
use core::future::poll_fn;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use core::task::Poll;
use embassy_executor::Executor;
use static_cell::StaticCell;
use windlass::component::{Component, Linker, Started, Step, boxed};
use windlass::syntax::Features;
use windlass::{Config, Engine, Result, Store, StoreContextMut};

static WORKER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/worker.wasm"));

/// Fuel that the component gets before others have their turn.
const SLICE: u64 = 1_000;
/// Instructions between two turns that the native task is due at.
const PERIOD: u64 = 60_000;
/// Instructions that it may be late: a slice, and what goes on around it.
const TOLERANCE: u32 = 100_000;
/// It ticks at each turn of so many.
const TURNS_PER_TICK: u32 = 8;
const ROUNDS: u32 = 10;
const SEEDS: [u32; 2] = [1, 2_463_534_242];

/// Instructions by which the native task was late, at most.
static LATE: AtomicU32 = AtomicU32::new(0);

/// Starts the executor, which never returns: the component's task ends the firmware.
pub fn run() -> bool {
    measured(WORKER.len() as u64, format_args!("bytes of the guest"));
    static EXECUTOR: StaticCell<Executor> = StaticCell::new();
    let calls = match Calls::start() {
        Ok(calls) => calls,
        Err(error) => {
            println!("error: {error}");
            return false;
        }
    };
    EXECUTOR.init(Executor::new()).run(|spawner| {
        if let (Ok(ticker), Ok(worker)) = (ticker(), worker(calls)) {
            spawner.spawn(ticker);
            spawner.spawn(worker);
        } else {
            finish(false);
        }
    })
}

/// The native task: ticks, and watches by how much it is late.
#[embassy_executor::task]
async fn ticker() {
    let mut due = board::instructions();
    for turn in 1_u32.. {
        due += PERIOD;
        // A board would sleep until a timer's interrupt; here the processor's own count is the timer.
        poll_fn(|cx| {
            if board::instructions() >= due {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        let late = u32::try_from(board::instructions() - due).unwrap_or(u32::MAX);
        LATE.store(LATE.load(Relaxed).max(late), Relaxed);
        if turn.is_multiple_of(TURNS_PER_TICK) {
            clock::tick();
        }
    }
}

/// The component's task.
#[embassy_executor::task]
async fn worker(calls: Calls) {
    let passed = match calls.finish().await {
        Ok(passed) => passed,
        Err(error) => {
            println!("error: {error}");
            false
        }
    };
    let late = LATE.load(Relaxed);
    println!("native task: {} ticks", clock::now());
    measured(late.into(), format_args!("instructions that the native task was late at most"));
    finish(passed && clock::now() > 0 && late <= TOLERANCE)
}

/// Two calls that have begun.
struct Calls {
    store: Store<()>,
    started: [Started<(u32,)>; 2],
}

impl Calls {
    fn start() -> Result<Self> {
        let mut config = Config::board();
        config.wasm_features(Features::CM_ASYNC, true).consume_fuel(true);
        let engine = Engine::new(&config);
        let component = Component::from_static(&engine, WORKER)?;
        let mut linker = Linker::new(&engine);
        let next_tick = |_: StoreContextMut<'_, ()>, (): ()| boxed(clock::NextTick { after: clock::now() });
        linker.instance("windlass:board/clock@1.0.0")?.func_wrap_async("next-tick", next_tick)?;
        let mut store = Store::new(&engine, ());
        store.set_fuel(u64::MAX)?;
        let instance = linker.instantiate(&mut store, &component)?;
        let run = instance.get_typed_func::<(u32, u32), (u32,)>(&mut store, "run")?;
        let [first, second] = SEEDS.map(|seed| run.start(&mut store, (ROUNDS, seed)));
        Ok(Self { started: [first?, second?], store })
    }

    /// Runs both to their ends, a slice at a time; whether they have the right results, and have waited and been
    /// interrupted.
    async fn finish(mut self) -> Result<bool> {
        let (mut slices, mut waits) = (0_u32, 0_u32);
        let done: Result<()> = poll_fn(|cx| match self.store.poll(cx, SLICE) {
            Err(error) => Poll::Ready(Err(error)),
            Ok(Step::Done) => Poll::Ready(Ok(())),
            Ok(Step::OutOfFuel) => {
                // Others first: the executor asks again after them.
                slices += 1;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Ok(Step::Blocked) => {
                waits += 1;
                Poll::Pending
            }
        })
        .await;
        done?;
        println!("component: {slices} slices of {SLICE} units of fuel used up, waited {waits} times");
        let mut passed = slices > 0 && waits > 0;
        for (seed, call) in SEEDS.into_iter().zip(&self.started) {
            let result = call.take(&mut self.store)?.map(|(value,)| value);
            println!("seed {seed}: {result:?}");
            passed &= result == Some(expected(seed));
        }
        Ok(passed)
    }
}

/// What the component is to compute.
fn expected(seed: u32) -> u32 {
    (0..ROUNDS * 100).fold(seed, |mut x, _| {
        x ^= x << 13;
        x ^= x >> 17;
        x ^ x << 5
    })
}
