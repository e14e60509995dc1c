//! What the fuzz targets check holds for every module of the suites.

mod modules;

use windlass_fuzz::{decode, validate};

#[test]
fn the_suites_decode_or_are_refused() {
    for bytes in modules::modules().unwrap().keys() {
        let _ = decode::decode(bytes);
    }
}

#[test]
fn verdicts_on_the_suites_are_wasmparsers() {
    let modules = modules::modules().unwrap();
    assert!(modules.len() > 5_000, "only {} modules in the suites", modules.len());
    let wrong: Vec<String> = modules
        .iter()
        .filter_map(|(bytes, place)| validate::validate(bytes).err().map(|wrong| format!("{place}: {wrong}")))
        .collect();
    assert!(wrong.is_empty(), "{} verdicts differ:\n{}", wrong.len(), wrong.join("\n"));
    for gap in validate::KNOWN_GAPS {
        let open = modules.keys().any(|bytes| validate::falls_into(bytes, gap));
        assert!(open, "no module of the suites falls into the gap {gap:?} any more: take its row out");
    }
}
