// A mixture after CoreMark's: lists that are searched, sorted and reversed, matrices of small
// integers, a state machine over numbers as text, and a CRC of all of it. Our own code; its
// score is not a CoreMark score.
#include "kernel.h"

static u16 crc16(u16 value, u16 crc) {
    for (i32 i = 0; i < 16; i++) {
        i32 carry = (value ^ crc) & 1;
        value >>= 1, crc >>= 1;
        if (carry) crc ^= 0xA001;
    }
    return crc;
}

typedef struct Item {
    struct Item *next;
    i16 data, index;
} Item;

enum { ITEMS = 64, SIZE = 12 };
static Item items[ITEMS];
static i16 left[SIZE * SIZE], right[SIZE * SIZE];
static i32 product[SIZE * SIZE];

static i32 __attribute__((noinline)) by_data(const Item *a, const Item *b) { return a->data - b->data; }
static i32 __attribute__((noinline)) by_index(const Item *a, const Item *b) { return a->index - b->index; }

static Item *reverse(Item *list) {
    Item *done = 0;
    while (list) {
        Item *rest = list->next;
        list->next = done, done = list, list = rest;
    }
    return done;
}

static Item *find(Item *list, i16 data) {
    while (list && (list->data & 0xFF) != data) list = list->next;
    return list;
}

// Merges runs of growing length (as a merge sort without recursion does).
static Item *sort(Item *list, i32 (*compare)(const Item *, const Item *)) {
    for (i32 size = 1;; size *= 2) {
        Item *p = list, *tail = 0;
        i32 merges = 0;
        list = 0;
        while (p) {
            merges++;
            Item *q = p;
            i32 ps = 0, qs = size;
            for (i32 i = 0; i < size && q; i++) ps++, q = q->next;
            while (ps > 0 || (qs > 0 && q)) {
                Item *e;
                if (ps == 0 || (qs > 0 && q && compare(p, q) > 0)) e = q, q = q->next, qs--;
                else e = p, p = p->next, ps--;
                if (tail) tail->next = e;
                else list = e;
                tail = e;
            }
            p = q;
        }
        if (tail) tail->next = 0;
        if (merges <= 1) return list;
    }
}

static u16 lists(u16 crc, i32 round) {
    for (i32 i = 0; i < ITEMS; i++) items[i] = (Item){i + 1 < ITEMS ? &items[i + 1] : 0, (i16)((i * 37 + round) & 0x7FFF), (i16)i};
    Item *list = items;
    for (i16 wanted = 0; wanted < 16; wanted++) {
        Item *found = find(list, (i16)(wanted * 15));
        crc = crc16(found ? (u16)found->index : 0xFFFF, crc);
        list = reverse(list);
    }
    list = sort(list, by_data);
    for (Item *p = list; p; p = p->next) crc = crc16((u16)p->data, crc);
    list = sort(list, by_index);
    return crc16((u16)list->index, crc);
}

static u16 matrices(u16 crc, i32 round) {
    for (i32 i = 0; i < SIZE * SIZE; i++) left[i] = (i16)(i * round), right[i] = (i16)(i + round);
    for (i32 i = 0; i < SIZE; i++)
        for (i32 j = 0; j < SIZE; j++) {
            i32 sum = 0;
            for (i32 k = 0; k < SIZE; k++) {
                i32 value = left[i * SIZE + k] * right[k * SIZE + j];
                sum += (value >> 2 & 0xF) * (value >> 5 & 0x7F);
            }
            product[i * SIZE + j] = sum;
        }
    i32 above = 0, last = 0;
    for (i32 i = 0; i < SIZE * SIZE; i++) {
        above += product[i] > last ? 10 : product[i] > 0;
        last = product[i];
    }
    return crc16((u16)above, crc);
}

enum State { START, INVALID, SIGN, INT, FLOAT, EXPONENT, SCIENTIFIC, STATES };

static enum State step(const char **at) {
    enum State state = START;
    for (char c; (c = **at) && c != ','; (*at)++) {
        i32 digit = c >= '0' && c <= '9';
        switch (state) {
        case START: state = digit ? INT : c == '+' || c == '-' ? SIGN : c == '.' ? FLOAT : INVALID; break;
        case SIGN: state = digit ? INT : c == '.' ? FLOAT : INVALID; break;
        case INT: state = c == '.' ? FLOAT : digit ? INT : INVALID; break;
        case FLOAT: state = c == 'e' || c == 'E' ? EXPONENT : digit ? FLOAT : INVALID; break;
        case EXPONENT: state = c == '+' || c == '-' || digit ? SCIENTIFIC : INVALID; break;
        case SCIENTIFIC: state = digit ? SCIENTIFIC : INVALID; break;
        default: break;
        }
    }
    if (**at) (*at)++;
    return state;
}

static u16 states(u16 crc) {
    static const char text[] = "5012,1234,-874,+122,35.54400,.1234500,-110.700,+0.64400,5.500e+3,-.123e-2,-87e+832,"
                               "+0.6e-12,T0.3e-1F,-T.T++Tq,1T3.4e4z,34.0e-T^,";
    u32 counts[STATES] = {0};
    for (const char *at = text; *at;) counts[step(&at)]++;
    for (i32 i = 0; i < STATES; i++) crc = crc16((u16)counts[i], crc);
    return crc;
}

i32 run(i32 rounds) {
    u16 crc = 0;
    for (i32 round = 0; round < rounds; round++) {
        crc = lists(crc, round);
        crc = matrices(crc, round);
        crc = states(crc);
    }
    return crc;
}
