// Products of square matrices of floats.
#include "kernel.h"

enum { N = 24 };
static double a[N][N], b[N][N], c[N][N];

i32 run(i32 times) {
    for (i32 i = 0; i < N; i++)
        for (i32 j = 0; j < N; j++) {
            a[i][j] = (double)(i + j) / N;
            b[i][j] = (double)(i - j) / N;
        }
    for (i32 t = 0; t < times; t++)
        for (i32 i = 0; i < N; i++)
            for (i32 j = 0; j < N; j++) {
                double sum = t;
                for (i32 k = 0; k < N; k++) sum += a[i][k] * b[k][j];
                c[i][j] = sum;
            }
    return (i32)(c[3][5] * 1000.0);
}
