// A binary search tree: insertion, and a walk along its pointers.
#include "kernel.h"

typedef struct Node {
    struct Node *left, *right;
    u32 key, count;
} Node;

static Node nodes[4096];
static Node *root;
static i32 used;

static void insert(u32 key) {
    Node **at = &root;
    while (*at) {
        if ((*at)->key == key) {
            (*at)->count++;
            return;
        }
        at = key < (*at)->key ? &(*at)->left : &(*at)->right;
    }
    Node *node = &nodes[used++];
    node->left = node->right = 0;
    node->key = key, node->count = 1;
    *at = node;
}

static u32 __attribute__((noinline)) walk(const Node *node, u32 depth) {
    if (!node) return depth;
    return walk(node->left, depth + 1) * 31 + node->key * node->count + walk(node->right, depth + 1);
}

i32 run(i32 n) {
    u32 seed = 11;
    root = 0, used = 0;
    for (i32 i = 0; i < n; i++) insert(next(&seed) % 4000);
    return (i32)walk(root, 0);
}
