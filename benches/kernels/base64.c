// Base64, there and back.
#include "kernel.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static u8 input[3072], output[3072];
static char text[4096];
static u8 value[256];

i32 run(i32 times) {
    u32 seed = 5, sum = 0;
    for (i32 i = 0; i < 64; i++) value[(u8)digits[i]] = (u8)i;
    for (i32 i = 0; i < 3072; i++) input[i] = (u8)next(&seed);
    for (i32 t = 0; t < times; t++) {
        char *to = text;
        for (const u8 *p = input; p < input + 3072; p += 3) {
            u32 three = (u32)p[0] << 16 | p[1] << 8 | p[2];
            *to++ = digits[three >> 18];
            *to++ = digits[three >> 12 & 63];
            *to++ = digits[three >> 6 & 63];
            *to++ = digits[three & 63];
        }
        u8 *back = output;
        for (const char *p = text; p < text + 4096; p += 4) {
            u32 three = value[(u8)p[0]] << 18 | value[(u8)p[1]] << 12 | value[(u8)p[2]] << 6 | value[(u8)p[3]];
            *back++ = (u8)(three >> 16), *back++ = (u8)(three >> 8), *back++ = (u8)three;
        }
        for (i32 i = 0; i < 3072; i += 64) sum = sum * 31 + output[i] + (output[i] == input[i]);
    }
    return (i32)sum;
}
