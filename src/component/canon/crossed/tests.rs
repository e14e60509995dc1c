//! Which functions cross.

use super::crosses;
use crate::image::ComponentId;
use crate::support::Limits;
use crate::syntax::Features;
use crate::validate::component::component_of_any_feature;
use std::fmt::Write;
use std::string::String;

/// Whether a function crosses whose result is one of `u8` nested so deep, each twice in the next.
fn nested(depth: u32) -> bool {
    let mut text = String::from("(component (type $t0 (result u8 (error u8)))");
    for at in 1..=depth {
        write!(text, "(type $t{at} (result $t{} (error $t{})))", at - 1, at - 1).unwrap();
    }
    write!(text, "(import \"f\" (func (result $t{depth}))))").unwrap();
    let bytes = wat::parse_str(text).unwrap();
    let image = component_of_any_feature(bytes.into(), Features::all(), &Limits::HOST).unwrap();
    let func = image.component(ComponentId::new(0)).unwrap().funcs[0];
    crosses(&image.types, image.types.func(func).unwrap()).is_some()
}

/// Values stay small where types multiply: what is looked at for each function has a bound of its own.
#[test]
fn types_that_multiply_do_not_cross() {
    assert!(nested(0) && nested(5));
    assert!(!nested(10) && !nested(16));
}
