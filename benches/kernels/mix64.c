// Hashes of 64 bits: SplitMix64, and Murmur3's mixing.
#include "kernel.h"

i32 run(i32 n) {
    u64 state = 0x1234567, sum = 0;
    for (i32 i = 0; i < n; i++) {
        u64 z = state += 0x9E3779B97F4A7C15ull;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
        z = (z ^ z >> 27) * 0x94D049BB133111EBull;
        z ^= z >> 31;
        sum = (sum << 27 | sum >> 37) + (z ^ sum * 0xC2B2AE3D27D4EB4Full);
    }
    return (i32)(sum ^ sum >> 32);
}
