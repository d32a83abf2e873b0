/* An intrusive doubly linked list: the link lives in the element, so that joining and leaving cost nothing. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/mem.h"

#include <stdbool.h>

struct list {
    struct list *prev, *next; /* of the head: last and first; a link that is in no list points at itself */
};

static inline void list_init(struct list *list)
{
    list->prev = list->next = list;
}

static inline bool list_empty(const struct list *list)
{
    return list->next == list;
}

static inline void list_append(struct list *list, struct list *link)
{
    link->prev = list->prev;
    link->next = list;
    list->prev->next = link;
    list->prev = link;
}

static inline void list_prepend(struct list *list, struct list *link)
{
    list_append(list->next, link); // behind the last of the list that begins with the first
}

/* Fine for a link that is in no list. */
static inline void list_remove(struct list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    list_init(link);
}

/* The first element, as its type, or NULL. */
#define list_first(head, type, member) (list_empty(head) ? NULL : container_of((head)->next, type, member))

/* Goes through a list whose current element may leave it. */
#define list_each(link, head)                                                                                          \
    for (struct list *link = (head)->next, *link##_next = link->next; link != (head);                                  \
         link = link##_next, link##_next = link->next)

#endif
