//! Sorting positions: one copy of the algorithm for every order, where the standard library's would
//! be there once for each (2 KB of flash apiece).

use core::cmp::Ordering;

/// Sorts by `compare`, in place and without allocating; equal ones come in any order. A heap
/// sort: n log n comparisons whatever the input.
pub fn sort_positions(order: &mut [u32], compare: &dyn Fn(u32, u32) -> Ordering) {
    for root in (0..order.len() / 2).rev() {
        sift_down(order, root, compare);
    }
    for end in (1..order.len()).rev() {
        order.swap(0, end);
        sift_down(order.get_mut(..end).unwrap_or_default(), 0, compare);
    }
}

/// Moves the element at `root` down until none below it is greater.
fn sift_down(heap: &mut [u32], mut root: usize, compare: &dyn Fn(u32, u32) -> Ordering) {
    // Positions in memory are below half the address space, so nothing overflows.
    while let Some(&left) = heap.get(2 * root + 1) {
        let child = match heap.get(2 * root + 2) {
            Some(&right) if compare(left, right) == Ordering::Less => 2 * root + 2,
            _ => 2 * root + 1,
        };
        match (heap.get(root), heap.get(child)) {
            (Some(&above), Some(&below)) if compare(above, below) == Ordering::Less => heap.swap(root, child),
            _ => return,
        }
        root = child;
    }
}

#[cfg(test)]
mod tests {
    use super::sort_positions;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sorts_as_the_standard_library_does(mut order: std::vec::Vec<u32>) {
            let mut expected = order.clone();
            expected.sort();
            sort_positions(&mut order, &|a, b| a.cmp(&b));
            prop_assert_eq!(order, expected);
        }
    }
}
