// Sorts numbers, by recursion and a comparison that is a function.
#include "kernel.h"

static i32 items[8192];

static i32 __attribute__((noinline)) less(i32 a, i32 b) { return a < b; }

static void __attribute__((noinline)) sort(i32 *low, i32 *high) {
    while (low < high) {
        i32 pivot = low[(high - low) / 2];
        i32 *i = low, *j = high;
        while (i <= j) {
            while (less(*i, pivot)) i++;
            while (less(pivot, *j)) j--;
            if (i <= j) {
                i32 swapped = *i;
                *i++ = *j, *j-- = swapped;
            }
        }
        if (j - low < high - i) {
            sort(low, j);
            low = i;
        } else {
            sort(i, high);
            high = j;
        }
    }
}

i32 run(i32 n) {
    u32 seed = 42;
    for (i32 i = 0; i < n; i++) items[i] = (i32)next(&seed);
    sort(items, items + n - 1);
    i32 sum = 0;
    for (i32 i = 0; i < n; i++) sum = sum * 31 + items[i];
    return sum;
}
