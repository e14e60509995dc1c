//! `br_table` finds its label, however many there are and however often one is repeated.

use super::instance;
use std::fmt::Write as _;

/// A function that returns how many blocks the label leads out of: `labels`, and the outermost by default.
fn depths(blocks: u32, labels: impl Iterator<Item = u32>, default: u32) -> String {
    let list: String = labels.chain([default]).map(|label| format!("{label} ")).collect();
    let mut func = "(block ".repeat(blocks as usize);
    let _ = write!(func, "(br_table {list} (local.get 0))");
    (0..blocks).for_each(|depth| {
        let _ = write!(func, ") (if (i32.const 1) (then (return (i32.const {depth}))))");
    });
    format!("(module (func (export \"f\") (param i32) (result i32) {func} (i32.const -1)))")
}

#[test]
fn every_label_of_every_form() -> windlass::Result<()> {
    // How many blocks, how often each label stands in the list, and the default label.
    for (blocks, repeated, default) in [
        (1, 1, 0),
        (3, 1, 2),
        (3, 2, 0),
        (100, 3, 99),
        (128, 2, 5),
        (129, 2, 128),
        (300, 2, 299),
        (300, 2, 3),
        (300, 1, 299),
    ] {
        let labels = (0..blocks).flat_map(|label| (0..repeated).map(move |_| label));
        let (mut store, instance) = instance(&depths(blocks, labels, default));
        let f = instance.get_typed_func::<i32, i32>(&mut store, "f")?;
        for operand in 0..blocks * repeated {
            assert_eq!(f.call(&mut store, operand as i32)?, (operand / repeated) as i32, "{blocks} blocks");
        }
        for operand in [(blocks * repeated) as i32, i32::MAX, -1] {
            assert_eq!(f.call(&mut store, operand)?, default as i32, "{blocks} blocks, default");
        }
    }
    Ok(())
}
