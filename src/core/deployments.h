/* The deployments of a world: names for a version, and for the machines that it would run on. Each change makes a new
 * release of one; here no machines follow from it. */
#ifndef CORE_DEPLOYMENTS_H
#define CORE_DEPLOYMENTS_H

#include "core/world.h"

enum {
    DEPLOYMENTS_MAX = 1000,      /* in a world */
    DEPLOYMENTS_MAX_ALL = 50000, /* on the server */
    DEPLOYMENT_TEXT_MAX = 100,   /* bytes of a name, or of what hardware it asks for */
};

/* What is to run, and on what. Model and version are names, looked up at each run: a model of the world's own may go. */
struct release {
    unsigned number; /* from 1 */
    int64_t created_at;
    const char *model, *version; /* "owner/name"; the id */
    const char *hardware;
    int min_instances, max_instances;
};

struct deployment {
    char *name;
    struct release release; /* the current one; it points into … */
    char *texts;
};

/* A world's: world.deployments, NULL until there is one. */
struct deployments;

/* Makes one, its release number 0 and empty until deployment_release. The name is not taken. NULL: there is no room. */
struct deployment *deployments_add(struct world *world, const char *name);

struct deployment *deployments_find(const struct world *world, const char *name); /* NULL: none; world may be NULL */

/* In the order in which they are listed, the newest first. */
size_t deployments_count(const struct world *world);
const struct deployment *deployments_at(const struct world *world, size_t index);

void deployments_remove(struct world *world, struct deployment *deployment);
void deployments_free(struct deployments *deployments); /* NULL is fine */

/* Copies what `release` says, all three texts given, as the next release: numbered, and made now. */
void deployment_release(struct deployment *deployment, const struct world *world, const struct release *release);

#endif
