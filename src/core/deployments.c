#include "core/deployments.h"

#include <stdlib.h>

struct deployments {
    struct worlds *worlds; /* which counts those of all worlds */
    struct deployment **list;
    size_t len, cap; /* the oldest first */
};

static struct deployments *deployments_of(struct world *world)
{
    if (!world->deployments) {
        world->deployments = xnew(struct deployments);
        world->deployments->worlds = world->worlds;
    }
    return world->deployments;
}

struct deployment *deployments_add(struct world *world, const char *name)
{
    struct deployments *deployments = deployments_of(world);

    if (deployments->len == DEPLOYMENTS_MAX || world->worlds->deployments == DEPLOYMENTS_MAX_ALL)
        return NULL;
    if (deployments->len == deployments->cap) {
        deployments->cap = deployments->cap ? deployments->cap * 2 : 4;
        deployments->list = xrealloc(deployments->list, deployments->cap * sizeof(struct deployment *));
    }
    struct deployment *deployment = xnew(struct deployment);
    deployment->name = xstrdup(name);
    deployments->list[deployments->len++] = deployment;
    world->worlds->deployments++;
    return deployment;
}

struct deployment *deployments_find(const struct world *world, const char *name)
{
    const struct deployments *deployments = world ? world->deployments : NULL;

    for (size_t i = 0; deployments && i < deployments->len; i++)
        if (strcmp(deployments->list[i]->name, name) == 0)
            return deployments->list[i];
    return NULL;
}

size_t deployments_count(const struct world *world)
{
    return world->deployments ? world->deployments->len : 0;
}

const struct deployment *deployments_at(const struct world *world, size_t index)
{
    return world->deployments->list[world->deployments->len - 1 - index];
}

static void deployment_free(struct deployment *deployment)
{
    free(deployment->texts);
    free(deployment->name);
    free(deployment);
}

void deployments_remove(struct world *world, struct deployment *deployment)
{
    struct deployments *deployments = world->deployments;
    size_t place = 0;

    while (deployments->list[place] != deployment)
        place++;
    deployments->len--;
    memmove(deployments->list + place, deployments->list + place + 1,
            (deployments->len - place) * sizeof(struct deployment *));
    world->worlds->deployments--;
    deployment_free(deployment);
}

void deployments_free(struct deployments *deployments)
{
    if (!deployments)
        return;
    deployments->worlds->deployments -= deployments->len;
    while (deployments->len > 0)
        deployment_free(deployments->list[--deployments->len]);
    free(deployments->list);
    free(deployments);
}

static const char *copy(char **to, const char *text)
{
    char *start = *to;

    *to = stpcpy(start, text) + 1;
    return start;
}

void deployment_release(struct deployment *deployment, const struct world *world, const struct release *release)
{
    size_t len = strlen(release->model) + strlen(release->version) + strlen(release->hardware) + 3;
    char *texts = xmalloc(len), *to = texts;

    deployment->release = (struct release){
        .number = deployment->release.number + 1,
        .created_at = clock_now(&world->clock),
        .model = copy(&to, release->model),
        .version = copy(&to, release->version),
        .hardware = copy(&to, release->hardware),
        .min_instances = release->min_instances,
        .max_instances = release->max_instances,
    };
    free(deployment->texts); // now: `release` may point there, at what stays as it was
    deployment->texts = texts;
}
