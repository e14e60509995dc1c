#!/usr/bin/env bash
# Rebuilds the three guests, and composes them: kitchen.wasm has a cook whose calls go through a relay to a sink.
#
# Needs either a rustup toolchain with the target wasm32-unknown-unknown, or Debian's rustc-web, cargo-web and
# rust-web-src.
set -euo pipefail
cd "$(dirname "$0")"

target=wasm32-unknown-unknown
modules="${CARGO_TARGET_DIR:-target}/modules"
mkdir -p "$modules"

guests() (
    local cargo=(cargo build) linker="" host
    if ! rustc --print target-libdir --target "$target" 2>/dev/null | xargs -r test -d; then
        # Debian's rustc brings the library's sources but no linker that is new enough: rustup's has one.
        host="$(rustc -vV | sed -n 's/^host: //p')"
        linker="-Clinker=$(rustc --print sysroot)/lib/rustlib/$host/bin/rust-lld"
        export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
        cargo=(/usr/bin/cargo build -Zbuild-std=core,alloc)
    fi
    # Where sources lie on this machine would otherwise be written into the files.
    local here="--remap-path-prefix=$PWD= --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"
    for world in sink relay cook; do
        RUSTFLAGS="$linker $here -Clink-arg=-zstack-size=16384" \
            "${cargo[@]}" --target "$target" --release --features "$world"
        cp "${CARGO_TARGET_DIR:-target}/$target/release/kitchen_sink.wasm" "$modules/$world.wasm"
    done
)

guests
cargo run --release --manifest-path compose/Cargo.toml -- "$modules" .
ls -l ./*.wasm
