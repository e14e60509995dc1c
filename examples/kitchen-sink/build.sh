#!/usr/bin/env bash
# Rebuilds the three guests, and composes them: kitchen.wasm has a cook whose calls go through a relay to a sink.
#
# Needs `wasm-tools` (cargo install wasm-tools) and either a rustup toolchain with the target
# wasm32-unknown-unknown, or Debian's rustc-web, cargo-web and rust-web-src.
set -euo pipefail
cd "$(dirname "$0")"

target=wasm32-unknown-unknown
cargo=(cargo build)
linker=""
if ! rustc --print target-libdir --target "$target" 2>/dev/null | xargs -r test -d; then
    # Debian's rustc brings the library's sources but no linker that is new enough: rustup's has one.
    host="$(rustc -vV | sed -n 's/^host: //p')"
    linker="-Clinker=$(rustc --print sysroot)/lib/rustlib/$host/bin/rust-lld"
    export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
    cargo=(/usr/bin/cargo build -Zbuild-std=core,alloc)
fi

# build WORLD: the guest of that name.
build() {
    RUSTFLAGS="$linker -Clink-arg=-zstack-size=16384" "${cargo[@]}" --target "$target" --release --features "$1"
    wasm-tools component new "${CARGO_TARGET_DIR:-target}/$target/release/kitchen_sink.wasm" -o "$1.wasm"
    # Who built it, and with what, would otherwise be written into the file.
    wasm-tools strip --delete producers "$1.wasm" -o "$1.wasm"
    wasm-tools validate --features all "$1.wasm"
}

for world in sink relay cook; do
    build "$world"
done

# What the relay exports comes before what the sink does, where both could be meant.
wasm-tools compose --config compose.yml -o kitchen.wasm cook.wasm
wasm-tools validate --features all kitchen.wasm
ls -l ./*.wasm
