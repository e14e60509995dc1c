#!/usr/bin/env bash
# Rebuilds greeter.wasm (one page of memory, for boards), greeter-large.wasm (names of a megabyte, for hosts) and
# greeter-small.wasm (4 KiB of memory, with pages of one byte).
#
# Needs `wasm-tools` (cargo install wasm-tools --no-default-features --features component,strip,validate) and either a rustup toolchain with the target
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

# build NAME BYTES STACK PAGE [CARGO OPTIONS…]: memory of exactly so many bytes, some of them for the stack.
build() {
    local name=$1 bytes=$2 out
    local link=(-zstack-size="$3" --page-size="$4" --initial-memory="$bytes" --max-memory="$bytes")
    shift 4
    RUSTFLAGS="$linker ${link[*]/#/-Clink-arg=}" \
        "${cargo[@]}" --target "$target" --release "$@"
    out=target/$target/release/greeter.wasm
    wasm-tools component new "$out" -o "$name.wasm"
    # Who built it, and with what, would otherwise be written into the file.
    wasm-tools strip --delete producers "$name.wasm" -o "$name.wasm"
    wasm-tools validate --features all "$name.wasm"
}

build greeter 65536 8192 65536
build greeter-large 4194304 8192 65536 --features large
build greeter-small 4096 1024 1 --features small
ls -l greeter*.wasm
