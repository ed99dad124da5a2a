#include "queue/machine.h"

#include "base/limits.h"
#include "queue/route.h"

bool machine_wrote(const char *list, const InboxItem *item, const Message *message)
{
    g_auto(Route) route = { ROUTE_NONE, NULL };
    if (message->automatic != NULL || message->reports->len > 0 ||
        message->failed_recipients->len > 0 || item->envelope_from[0] == '\0' ||
        message->received_fields > RECEIVED_MAX)
        return true;
    route = route_of(list, item->envelope_from);
    return route.kind != ROUTE_NONE;
}
