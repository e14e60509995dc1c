//! The greeter in 4 KiB of memory: its pages have one byte, and the firmware lends the buffer that
//! its memory is in.

use super::greeter::greet;
use crate::board::measured;
use crate::{heap, stack};
use static_cell::ConstStaticCell;
use windlass::Config;
use windlass::syntax::Features;

static GREETER: &[u8] = include_bytes!("../../../examples/greeter/greeter-small.wasm");

/// The guest's memory, to the byte.
static MEMORY: ConstStaticCell<[u8; 4096]> = ConstStaticCell::new([0; 4096]);

/// Bytes of RAM that all of it may take.
const RAM: usize = 24 * 1024;

/// Greets twice, and adds up the RAM that it took.
pub fn run() -> bool {
    let memory: &'static mut [u8] = MEMORY.take();
    let size = memory.len();
    let mut config = Config::board();
    config.wasm_features(Features::CUSTOM_PAGE_SIZES, true);
    let passed = greet(&config, GREETER, |store| store.lend_memory(memory));
    let used = size + heap::peak() + stack::used();
    measured(used as u64, format_args!("bytes of memory, heap and stack"));
    passed && used <= RAM
}
