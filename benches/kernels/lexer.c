// A lexer for JSON-like text, by a state for each kind of token.
#include "kernel.h"

static char text[16384];

i32 run(i32 times) {
    static const char piece[] = "{\"name\": \"Ada\", \"age\": 36, \"tags\": [true, null, -12.5e3, \"a\\\"b\"]},\n";
    i32 length = 0;
    while (length + (i32)sizeof piece < (i32)sizeof text)
        for (const char *p = piece; *p; p++) text[length++] = *p;
    u32 sum = 0;
    for (i32 t = 0; t < times; t++) {
        i32 depth = 0;
        for (i32 at = 0; at < length;) {
            char c = text[at];
            switch (c) {
            case ' ': case '\n': case '\t': case ',': case ':':
                at++;
                break;
            case '{': case '[':
                depth++, at++;
                break;
            case '}': case ']':
                depth--, at++;
                break;
            case '"': {
                u32 hash = 5381;
                for (at++; text[at] != '"'; at++) {
                    if (text[at] == '\\') at++;
                    hash = hash * 33 + (u8)text[at];
                }
                at++;
                sum ^= hash + (u32)depth;
                break;
            }
            case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9': {
                u32 number = 0;
                while (text[at] == '-' || text[at] == '.' || text[at] == 'e' || (u8)(text[at] - '0') < 10)
                    number = number * 10 + (u8)text[at++];
                sum += number;
                break;
            }
            default:
                while ((u8)(text[at] - 'a') < 26) sum = sum * 3 + (u8)text[at++];
            }
        }
        sum += (u32)depth;
    }
    return (i32)sum;
}
