// How often points of a square escape from the Mandelbrot iteration.
#include "kernel.h"

i32 run(i32 size) {
    i32 total = 0;
    for (i32 py = 0; py < size; py++)
        for (i32 px = 0; px < size; px++) {
            float cx = 2.5f * px / size - 2.0f, cy = 2.0f * py / size - 1.0f, x = 0, y = 0;
            i32 i = 0;
            for (; i < 60 && x * x + y * y < 4.0f; i++) {
                float next = x * x - y * y + cx;
                y = 2 * x * y + cy;
                x = next;
            }
            total += i;
        }
    return total;
}
