// What all kernels share: fixed-size integers, numbers to work on, and the function that is run.
#pragma once

typedef unsigned char u8;
typedef signed char i8;
typedef unsigned short u16;
typedef short i16;
typedef unsigned int u32;
typedef int i32;
typedef unsigned long long u64;
typedef long long i64;

__attribute__((export_name("run"))) i32 run(i32 n);

// The next number of a sequence that looks random.
static inline u32 next(u32 *state) {
    u32 x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}
