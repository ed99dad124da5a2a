#include "base/sandbox.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/err.h"
#include "base/limits.h"

/* The memory that a sanitizer maps for itself goes beyond every bound (set by Meson). */
static const rlim_t MEMORY_MAX = SANDBOX_IS_SANITIZED ? RLIM_INFINITY : SANDBOX_MEMORY_MAX;

static bool set_limits(GError **err)
{
    const struct {
        __rlimit_resource_t resource;
        rlim_t soft;
        rlim_t hard;
        const char *name;
    } LIMITS[] = {
        { RLIMIT_AS, MEMORY_MAX, MEMORY_MAX, "memory" },
        /* The soft limit alone is SIGXCPU, by which the parent knows the cause. */
        { RLIMIT_CPU, PARSER_CPU_S, PARSER_CPU_S + 1, "processor time" },
        { RLIMIT_NOFILE, 0, 0, "open files" },
        { RLIMIT_FSIZE, 0, 0, "file size" },
        { RLIMIT_CORE, 0, 0, "core size" },
        { RLIMIT_NPROC, 0, 0, "processes" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(LIMITS); i++) {
        struct rlimit limit = { .rlim_cur = LIMITS[i].soft, .rlim_max = LIMITS[i].hard };
        if (LIMITS[i].soft != RLIM_INFINITY && setrlimit(LIMITS[i].resource, &limit) != 0)
            return err_set(err, ERR_INTERNAL, "could not limit %s: %s", LIMITS[i].name,
                           g_strerror(errno));
    }
    return true;
}

bool sandbox_reader(GError **err)
{
    if (!set_limits(err))
        return false;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return err_set(err, ERR_INTERNAL, "could not forbid tracing: %s", g_strerror(errno));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return err_set(err, ERR_INTERNAL, "could not give up privileges: %s",
                       g_strerror(errno));
    return sandbox_filter(err);
}
