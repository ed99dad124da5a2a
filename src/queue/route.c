#include "queue/route.h"

#include <string.h>

#include "base/address.h"

typedef enum { DETAIL_NEVER, DETAIL_MAY, DETAIL_MUST } RouteDetail;

static const struct {
    const char *suffix; /* behind the list's local part */
    RouteKind kind;
    RouteDetail detail; /* whether "+DETAIL" follows */
} SUFFIXES[] = {
    /* clang-format off */
    { "",           ROUTE_EVERYONE,  DETAIL_NEVER },
    { "",           ROUTE_TLD,       DETAIL_MUST },
    { "-committee", ROUTE_COMMITTEE, DETAIL_NEVER },
    { "-request",   ROUTE_REQUEST,   DETAIL_NEVER },
    { "-confirm",   ROUTE_CONFIRM,   DETAIL_MUST },
    { "-bounces",   ROUTE_BOUNCE,    DETAIL_MAY },
    { "-owner",     ROUTE_OWNER,     DETAIL_NEVER },
    /* clang-format on */
};

static const char *const NAMES[] = {
    [ROUTE_NONE] = "none",     [ROUTE_EVERYONE] = "everyone", [ROUTE_COMMITTEE] = "committee",
    [ROUTE_TLD] = "tld",       [ROUTE_REQUEST] = "request",   [ROUTE_CONFIRM] = "confirm",
    [ROUTE_BOUNCE] = "bounce", [ROUTE_OWNER] = "owner",
};

void route_clear(Route *route)
{
    g_clear_pointer(&route->detail, g_free);
}

static bool detail_fits(RouteDetail want, const char *detail)
{
    if (detail == NULL)
        return want != DETAIL_MUST;
    return want != DETAIL_NEVER && detail[0] != '\0';
}

/* The rest of a local part behind that of the list: "-bounces+TAG". */
static Route route_of_rest(const char *rest)
{
    const char *plus = strchr(rest, '+');
    size_t length = plus != NULL ? (size_t) (plus - rest) : strlen(rest);
    const char *detail = plus != NULL ? plus + 1 : NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(SUFFIXES); i++) {
        const char *suffix = SUFFIXES[i].suffix;
        if (strlen(suffix) == length && strncmp(rest, suffix, length) == 0 &&
            detail_fits(SUFFIXES[i].detail, detail))
            return (Route){ SUFFIXES[i].kind, g_strdup(detail) };
    }
    return (Route){ ROUTE_NONE, NULL };
}

Route route_of(const char *list, const char *recipient)
{
    g_autofree char *list_key = address_key(list);
    g_autofree char *key = address_key(recipient);
    char *list_at = strrchr(list_key, '@');
    char *at = strrchr(key, '@');

    if (!g_str_equal(list_at, at))
        return (Route){ ROUTE_NONE, NULL };
    *list_at = '\0';
    *at = '\0';
    if (!g_str_has_prefix(key, list_key))
        return (Route){ ROUTE_NONE, NULL };
    return route_of_rest(key + strlen(list_key));
}

const char *route_name(RouteKind kind)
{
    g_assert(kind < G_N_ELEMENTS(NAMES));
    return NAMES[kind];
}

bool route_parse(const char *name, RouteKind *ret_kind)
{
    for (size_t i = ROUTE_EVERYONE; i < G_N_ELEMENTS(NAMES); i++) {
        if (g_str_equal(name, NAMES[i])) {
            *ret_kind = (RouteKind) i;
            return true;
        }
    }
    return false;
}
