#include "maps/regions.h"
#include "base/mem.h"
#include "maps/forest.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    WEIGHTS = 1024,   // of edges: steps of colour, never as many
    GRAIN = 16,       // thresholds are in sixteenths of a step
    EAGERNESS = 40,   // steps: a region of n cells takes a neighbour that is EAGERNESS / n steps further away
    LEAST_CELLS = 16, // smaller ones join a neighbour at once
};

/* An edge of the graph: from a cell to the next in its row (even) or below it (odd), as twice the cell's number. */
struct edges {
    uint32_t *sorted;  // the faintest first, those of one weight from the top
    uint16_t *weights; // by edge; WEIGHTS where there is none
    size_t count;
};

static void weigh(struct edges *edges, const struct bitmap *cells)
{
    uint16_t *weight = edges->weights;

    for (int y = 0; y < cells->height; y++) {
        const uint8_t *pixel = bitmap_row(cells, y);
        for (int x = 0; x < cells->width; x++, pixel += 3) {
            struct tint tint = tint_of(pixel);
            bool last = x + 1 == cells->width, lowest = y + 1 == cells->height;
            *weight++ = (uint16_t)(last ? WEIGHTS : tint_steps(tint, tint_of(pixel + 3)));
            *weight++ = (uint16_t)(lowest ? WEIGHTS : tint_steps(tint, tint_of(pixel + bitmap_row_len(cells))));
        }
    }
}

static void edges_make(struct edges *edges, const struct bitmap *cells)
{
    size_t all = 2 * (size_t)cells->width * (size_t)cells->height;
    uint32_t starts[WEIGHTS + 2] = {0};

    edges->weights = xmalloc(all * sizeof(*edges->weights));
    edges->sorted = xmalloc(all * sizeof(*edges->sorted));
    weigh(edges, cells);
    for (size_t i = 0; i < all; i++)
        starts[edges->weights[i] + 1]++;
    for (int i = 0; i < WEIGHTS; i++)
        starts[i + 1] += starts[i];
    edges->count = starts[WEIGHTS];
    for (size_t i = 0; i < all; i++)
        if (edges->weights[i] < WEIGHTS)
            edges->sorted[starts[edges->weights[i]]++] = (uint32_t)i;
}

static void edges_free(struct edges *edges)
{
    free(edges->sorted);
    free(edges->weights);
}

struct growth {
    int *parents;
    int *sizes, *thresholds; // by root
};

static void join(struct growth *growth, int a, int b, int weight)
{
    int size = growth->sizes[a] + growth->sizes[b];

    growth->parents[b] = a;
    growth->sizes[a] = size;
    growth->thresholds[a] = weight * GRAIN + EAGERNESS * GRAIN / size;
}

static bool may_grow(const struct growth *growth, int a, int b, int weight)
{
    return weight * GRAIN <= growth->thresholds[a] && weight * GRAIN <= growth->thresholds[b];
}

static bool too_small(const struct growth *growth, int a, int b, int weight)
{
    (void)weight;
    return growth->sizes[a] < LEAST_CELLS || growth->sizes[b] < LEAST_CELLS;
}

/* Once over all edges, the faintest first. */
static void grow(struct growth *growth, const struct edges *edges, int width,
                 bool (*joined)(const struct growth *growth, int a, int b, int weight))
{
    for (size_t i = 0; i < edges->count; i++) {
        uint32_t edge = edges->sorted[i];
        int weight = edges->weights[edge], cell = (int)(edge / 2);
        int a = forest_root(growth->parents, cell);
        int b = forest_root(growth->parents, edge % 2 ? cell + width : cell + 1);
        if (a != b && joined(growth, a, b, weight))
            join(growth, a, b, weight);
    }
}

/* Numbers the trees of `parents` from the top. Returns how many. */
static int number(int *parents, int *labels, int count)
{
    int *numbers = xmalloc((size_t)count * sizeof(*numbers));
    int next = 0;

    memset(numbers, -1, (size_t)count * sizeof(*numbers));
    for (int i = 0; i < count; i++) {
        int root = forest_root(parents, i);
        if (numbers[root] < 0)
            numbers[root] = next++;
        labels[i] = numbers[root];
    }
    free(numbers);
    return next;
}

static void label_cells(struct regions *regions)
{
    int count = cells_count(&regions->cells);
    struct growth growth = {.parents = forest_new(count)};
    struct edges edges;

    growth.sizes = xmalloc((size_t)count * sizeof(int));
    growth.thresholds = xmalloc((size_t)count * sizeof(int));
    for (int i = 0; i < count; i++) {
        growth.sizes[i] = 1;
        growth.thresholds[i] = EAGERNESS * GRAIN;
    }
    edges_make(&edges, regions->cells.means);
    grow(&growth, &edges, regions->cells.width, may_grow);
    grow(&growth, &edges, regions->cells.width, too_small);
    regions->labels = xmalloc((size_t)count * sizeof(*regions->labels));
    regions->count = number(growth.parents, regions->labels, count);
    edges_free(&edges);
    free(growth.parents);
    free(growth.sizes);
    free(growth.thresholds);
}

void regions_make(struct regions *regions, const struct bitmap *picture)
{
    memset(regions, 0, sizeof(*regions));
    cells_make(&regions->cells, picture);
    label_cells(regions);
    regions_measure(regions);
    regions_merge(regions);
}

void regions_free(struct regions *regions)
{
    free(regions->labels);
    free(regions->list);
    free(regions->borders);
    cells_free(&regions->cells);
}
