// An interpreter of its own small bytecode.
#include "kernel.h"

enum { PUSH, ADD, SUB, MUL, DUP, SWAP, STORE, LOAD, JUMP_IF, HALT };

i32 run(i32 n) {
    // sum = 0; do { sum = sum * 3 + n; n = n - 1; } while (n);
    static const u8 code[] = {LOAD, 1, PUSH, 3, MUL, LOAD, 0, ADD, STORE, 1, LOAD, 0, PUSH, 1, SUB, DUP, STORE, 0,
                              JUMP_IF, 0, LOAD, 1, HALT};
    i32 vars[2] = {n, 0}, stack[16];
    i32 *sp = stack;
    const u8 *ip = code;
    for (;;) {
        switch (*ip++) {
        case PUSH: *sp++ = *ip++; break;
        case ADD: sp--, sp[-1] += sp[0]; break;
        case SUB: sp--, sp[-1] -= sp[0]; break;
        case MUL: sp--, sp[-1] *= sp[0]; break;
        case DUP: sp++, sp[-1] = sp[-2]; break;
        case SWAP: {
            i32 top = sp[-1];
            sp[-1] = sp[-2], sp[-2] = top;
            break;
        }
        case STORE: vars[*ip++] = *--sp; break;
        case LOAD: *sp++ = vars[*ip++]; break;
        case JUMP_IF:
            ip = *--sp ? code + *ip : ip + 1;
            break;
        default: return sp[-1];
        }
    }
}
