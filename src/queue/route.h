/* Where a mail goes, by the address it came to; all addresses derive from the list's own. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    ROUTE_NONE,      /* not an address of this list */
    ROUTE_EVERYONE,  /* tld-ops@ */
    ROUTE_COMMITTEE, /* tld-ops-committee@ */
    ROUTE_TLD,       /* tld-ops+ca@: detail is the TLD, not yet looked up */
    ROUTE_REQUEST,   /* tld-ops-request@ */
    ROUTE_CONFIRM,   /* tld-ops-confirm+TOKEN@: detail is the token */
    ROUTE_BOUNCE, /* tld-ops-bounces+TAG@: detail is the tag (mail/verp.h); NULL without one */
    ROUTE_OWNER,  /* tld-ops-owner@ */
} RouteKind;

typedef struct {
    RouteKind kind;
    char *detail; /* case folded; NULL if there is none */
} Route;

void route_clear(Route *route);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Route, route_clear)

/* Both addresses are canonical; case does not matter. To be cleared. */
Route route_of(const char *list, const char *recipient);

/* As it is stored and shown: "everyone", "tld", ...; "none". */
const char *route_name(RouteKind kind);

/* False if it is no name of a route; "none" is not. */
bool route_parse(const char *name, RouteKind *ret_kind);
