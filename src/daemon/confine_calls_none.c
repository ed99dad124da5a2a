/* For builds with sanitizers, whose leak checker traces its own process. */
#include "daemon/confine_calls.h"

bool confine_calls(bool starts_programs, GError **err)
{
    return true;
}
