//! What a call costs that waits.

use super::{CALLBACK, STACKFUL, world};
use crate::heap;
use windlass::component::Step;

/// Of each of ten thousand calls that wait, this keeps less than a KiB: the tasks of both sides, the thread, the
/// future of the host, and what collections have in reserve; in it is what the guest holds, of which that is one
/// waitable set with two handles, or one frame.
#[test]
fn ten_thousand_calls_wait_in_one_store() {
    for wat in [CALLBACK.replace("(memory (export \"mem\") 4)", "(memory (export \"mem\") 8)"), STACKFUL.to_owned()] {
        let mut world = world();
        let run = world.run(&wat);
        let before = heap::in_use();
        let calls: Vec<_> = (0..10_000).map(|n| run.start(&mut world.store, (n,)).unwrap()).collect();
        assert_eq!((world.step(), world.desk.asked().len()), (Step::Blocked, 10_000));
        let each = (heap::in_use() - before) / 10_000;
        assert!(each < 1024, "{each} bytes each");
        for n in (0..10_000).step_by(2) {
            world.desk.answer(n, Ok(n));
        }
        // The host has its turn now and then, so this takes several steps.
        for _ in 0..10 {
            assert_eq!(world.step(), Step::Blocked);
        }
        for (n, call) in calls.into_iter().enumerate() {
            if n % 2 == 0 {
                assert_eq!(call.take(&mut world.store).unwrap(), Some((n as u32 + 1,)));
            } else {
                call.cancel(&mut world.store).unwrap();
            }
        }
        // All of them were asked to stop. Those with a callback do; those that wait on a stack of their own do not
        // listen, so they end when there is an answer, which nobody waits for any more.
        let listens = wat.contains("callback");
        for n in (1..10_000).step_by(2).filter(|_| !listens) {
            world.desk.answer(n, Ok(n));
        }
        let last = (0..20).find(|_| world.step() == Step::Done);
        assert_eq!((last.is_some(), world.desk.dropped()), (true, 10_000));
        assert_eq!(world.store.waiting().unwrap().len(), 0);
        assert_eq!(world.store.leftover().unwrap(), None);
    }
}
