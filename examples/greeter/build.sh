#!/usr/bin/env bash
# Rebuilds greeter.wasm (one page of memory, for boards) and greeter-large.wasm (names of a megabyte, for hosts).
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

# build NAME PAGES [CARGO OPTIONS…]: memory of exactly PAGES pages.
build() {
    local name=$1 bytes=$(($2 * 65536)) out
    shift 2
    RUSTFLAGS="$linker -Clink-arg=-zstack-size=8192 -Clink-arg=--initial-memory=$bytes -Clink-arg=--max-memory=$bytes" \
        "${cargo[@]}" --target "$target" --release "$@"
    out=target/$target/release/greeter.wasm
    wasm-tools component new "$out" -o "$name.wasm"
    # Who built it, and with what, would otherwise be written into the file.
    wasm-tools strip --delete producers "$name.wasm" -o "$name.wasm"
    wasm-tools validate --features all "$name.wasm"
}

build greeter 1
build greeter-large 64 --features large
ls -l greeter.wasm greeter-large.wasm
