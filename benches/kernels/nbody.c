// Bodies that attract each other, step after step.
#include "kernel.h"

enum { N = 5 };
typedef struct {
    double x, y, z, vx, vy, vz, mass;
} Body;

static Body bodies[N];

i32 run(i32 steps) {
    for (i32 i = 0; i < N; i++)
        bodies[i] = (Body){i * 1.5, i * i * 0.25, 1.0 - i, 0.1 * i, 0.2, 0.05 * i, 1.0 / (i + 1)};
    for (i32 step = 0; step < steps; step++) {
        for (i32 i = 0; i < N; i++)
            for (i32 j = i + 1; j < N; j++) {
                Body *a = &bodies[i], *b = &bodies[j];
                double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
                double square = dx * dx + dy * dy + dz * dz + 0.01;
                double pull = 0.001 / (square * __builtin_sqrt(square));
                a->vx -= dx * b->mass * pull, a->vy -= dy * b->mass * pull, a->vz -= dz * b->mass * pull;
                b->vx += dx * a->mass * pull, b->vy += dy * a->mass * pull, b->vz += dz * a->mass * pull;
            }
        for (i32 i = 0; i < N; i++) {
            Body *a = &bodies[i];
            a->x += 0.001 * a->vx, a->y += 0.001 * a->vy, a->z += 0.001 * a->vz;
        }
    }
    return (i32)(bodies[0].x * 1e6 + bodies[4].vy * 1e6);
}
