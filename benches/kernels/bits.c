// Counts of bits and zeros, and rotations.
#include "kernel.h"

i32 run(i32 n) {
    u32 seed = 99, sum = 0;
    for (i32 i = 0; i < n; i++) {
        u32 x = next(&seed) | 1;
        sum += (u32)__builtin_popcount(x) * (u32)__builtin_clz(x) + (u32)__builtin_ctz((x & -256u) | 1u << 31);
        u64 y = (u64)x << 32 | sum;
        sum ^= (u32)__builtin_popcountll(y) << (x & 31);
    }
    return (i32)sum;
}
