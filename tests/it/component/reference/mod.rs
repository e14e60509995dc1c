//! The cases of the reference implementation (`run_tests.py`), by what they show: each test is named after the
//! function there. What that runs between Python functions runs here between guests, and what it has of variables
//! of both sides is a condition that the host keeps.

mod cancel;
mod host_ends;
mod streams;
mod tasks;
mod threads;
mod values;

/// Every test there with the test that shows the same, where that has another name, or with that it has the same.
const ALL: &[(&str, &str)] = &[
    // Values: the same definitions, and many more values than those of `run_tests.py`.
    ("test", VECTORS),
    ("test_pairs", VECTORS),
    ("test_nan32", VECTORS),
    ("test_nan64", VECTORS),
    ("test_string_internal", VECTORS),
    ("test_string", VECTORS),
    ("test_heap", VECTORS),
    ("test_flatten", VECTORS),
    ("test_roundtrips", "round_trip.rs: what_goes_through_two_components_comes_back"),
    ("test_cross_component_realloc", "reference/values.rs"),
    ("test_handles", "reference/values.rs"),
    ("test_async_to_async", "reference/tasks.rs"),
    ("test_async_callback", "reference/tasks.rs"),
    ("test_callback_interleaving", "reference/tasks.rs"),
    ("test_sync_ignores_backpressure", "reference/tasks.rs"),
    ("test_async_to_sync", "reference/tasks.rs"),
    ("test_async_backpressure", "reference/tasks.rs"),
    ("test_sync_using_wait", "reference/tasks.rs"),
    ("test_eager_stream_completion", "reference/host_ends.rs"),
    ("test_async_stream_ops", "reference/host_ends.rs"),
    ("test_transfer_readable_end", "reference/host_ends.rs"),
    ("test_forward", "reference/streams.rs"),
    ("test_receive_own_stream", "reference/host_ends.rs"),
    ("test_host_partial_reads_writes", "reference/host_ends.rs"),
    ("test_wasm_to_wasm_stream", "reference/streams.rs"),
    ("test_wasm_to_wasm_stream_empty", "reference/streams.rs"),
    ("test_cancel_copy", "reference/host_ends.rs"),
    ("test_futures", "reference/host_ends.rs"),
    ("test_future_drop_readable_with_pending_write", "reference/streams.rs"),
    ("test_stream_drop_both_ends_while_idle", "reference/streams.rs"),
    ("test_cancel_subtask", "reference/cancel.rs"),
    ("test_self_copy", "reference/streams.rs"),
    ("test_async_flat_params", "reference/tasks.rs"),
    ("test_threads", "reference/threads.rs"),
    ("test_sync_threads", "reference/threads.rs"),
];

const VECTORS: &str = "vectors.rs: values_cross_as_in_the_definitions";

/// Each is where the table says; and where a copy of `run_tests.py` is named by `WINDLASS_RUN_TESTS`, the table has
/// every test of it.
#[test]
fn every_case_is_carried_over() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/component");
    for (theirs, ours) in ALL {
        let (file, name) = ours.split_once(": ").unwrap_or((ours, theirs));
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        assert!(text.contains(&format!("fn {name}(")), "{file} has no {name}");
    }
    let Some(reference) = std::env::var_os("WINDLASS_RUN_TESTS") else { return };
    let reference = std::fs::read_to_string(reference).unwrap();
    for line in reference.lines().filter_map(|line| line.strip_prefix("def test")) {
        let name = format!("test{}", line.split('(').next().unwrap());
        assert!(ALL.iter().any(|(theirs, _)| *theirs == name), "{name} is not carried over");
    }
}
