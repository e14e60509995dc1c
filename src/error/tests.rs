//! What errors say without their words.

use super::*;
use std::format;
use std::string::ToString;

#[test]
fn without_messages_errors_have_numbers() {
    let error = Error::from(Trap::Unreachable).with_message(format_args!("in words")).at(0x2f);
    assert_eq!(error.to_string(), "trap 0 (at offset 0x2f)");
    assert_eq!(error.trap(), Some(Trap::Unreachable));
    assert_eq!(Error::from(Limit::GcHeap).to_string(), format!("limit {}", Limit::GcHeap as u32));
}
