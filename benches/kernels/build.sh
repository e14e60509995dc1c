#!/bin/sh
# Compiles the kernels in C. The results are in the repository, so that measuring needs no
# compiler: this was clang 14 and wasm-ld 14 of Debian 12.
set -eu
cd "$(dirname "$0")"
for source in *.c; do
    clang-14 --target=wasm32 -O2 -nostdlib -ffreestanding -fno-builtin -mbulk-memory -msign-ext -mnontrapping-fptoint \
        -Wall -Wl,--no-entry -Wl,--strip-all -Wl,-zstack-size=4096 -Wl,--initial-memory=262144 \
        -o "${source%.c}.wasm" "$source"
done
