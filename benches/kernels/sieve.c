// Primes below a bound, by the sieve of Eratosthenes.
#include "kernel.h"

static u8 composite[65536];

i32 run(i32 n) {
    i32 count = 0;
    for (i32 i = 0; i < n; i++) composite[i] = 0;
    for (i32 i = 2; i < n; i++) {
        if (composite[i]) continue;
        count++;
        for (i32 j = 2 * i; j < n; j += i) composite[j] = 1;
    }
    return count;
}
