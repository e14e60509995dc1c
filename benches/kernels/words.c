// Counts words in a hash table: FNV-1a, and strings compared byte by byte.
#include "kernel.h"

enum { SLOTS = 512, LENGTH = 12 };
static char names[SLOTS][LENGTH];
static i32 counts[SLOTS];

static i32 same(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

static void count(const char *word) {
    u32 hash = 2166136261u;
    for (const char *p = word; *p; p++) hash = (hash ^ (u8)*p) * 16777619u;
    for (u32 at = hash % SLOTS;; at = (at + 1) % SLOTS) {
        if (!counts[at]) {
            for (i32 i = 0; i < LENGTH; i++) names[at][i] = word[i];
        } else if (!same(names[at], word)) {
            continue;
        }
        counts[at]++;
        return;
    }
}

i32 run(i32 n) {
    for (i32 i = 0; i < SLOTS; i++) counts[i] = 0;
    u32 seed = 3;
    for (i32 i = 0; i < n; i++) {
        char word[LENGTH] = {0};
        u32 random = next(&seed) % 300;
        i32 length = 4 + random % 7;
        for (i32 j = 0; j < length; j++) word[j] = (char)('a' + (random * 7 + j * 3) % 26);
        count(word);
    }
    i32 sum = 0;
    for (i32 i = 0; i < SLOTS; i++) sum = sum * 17 + counts[i];
    return sum;
}
