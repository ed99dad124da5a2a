#include "base/err.h"

#include <errno.h>
#include <sysexits.h>

static const ErrFace FACES[] = {
    /* clang-format off */
    [ERR_INVALID]   = { "invalid",   "550 5.6.0", 400, EX_DATAERR },
    [ERR_NOT_FOUND] = { "not-found", "550 5.1.1", 404, EX_NOUSER },
    [ERR_EXISTS]    = { "exists",    "550 5.7.0", 409, EX_CANTCREAT },
    [ERR_DENIED]    = { "denied",    "550 5.7.1", 403, EX_NOPERM },
    [ERR_LIMIT]     = { "limit",     "452 4.3.1", 429, EX_UNAVAILABLE },
    [ERR_TEMPORARY] = { "temporary", "451 4.3.0", 503, EX_TEMPFAIL },
    [ERR_UNFIT]     = { "unfit",     "451 4.3.0", 503, EX_CONFIG }, /* mail waits for them */
    [ERR_INTERNAL]  = { "internal",  "451 4.3.0", 500, EX_SOFTWARE }, /* mail waits, no bounce */
    /* clang-format on */
};

GQuark err_domain(void)
{
    return g_quark_from_static_string("muster");
}

bool err_set(GError **err, ErrKind kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autoptr(GError) made = g_error_new_valist(ERR_DOMAIN, (int) kind, format, args);
    va_end(args);

    g_propagate_error(err, g_steal_pointer(&made));
    return false;
}

ErrKind err_kind(const GError *err)
{
    if (err->domain != ERR_DOMAIN || err->code < 0 || err->code >= (int) G_N_ELEMENTS(FACES))
        return ERR_INTERNAL;
    return (ErrKind) err->code;
}

bool err_is(const GError *err, ErrKind kind)
{
    return err != NULL && err->domain == ERR_DOMAIN && err->code == (int) kind;
}

ErrKind err_kind_of_errno(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EEXIST:
        return ERR_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_DENIED;
    case ENOSPC:
    case EDQUOT:
        return ERR_LIMIT;
    default:
        return ERR_TEMPORARY;
    }
}

const ErrFace *err_face(ErrKind kind)
{
    g_assert(kind < G_N_ELEMENTS(FACES));
    return &FACES[kind];
}
