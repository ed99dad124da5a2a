#include "daemon/confine.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "daemon/confine_calls.h"

bool confine_process(bool starts_programs, GError **err)
{
    struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };

    (void) umask(077);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
        return err_set(err, ERR_INTERNAL, "could not give up privileges: %s",
                       g_strerror(errno));
    return confine_calls(starts_programs, err);
}

static bool find_user(const char *name, const struct passwd **ret_user, GError **err)
{
    const struct passwd *user = getpwnam(name);
    if (user == NULL)
        return err_set(err, ERR_NOT_FOUND, "no user named \"%s\" ([run] user)", name);
    *ret_user = user;
    return true;
}

bool confine_hand_over(const char *folder, const char *name, GError **err)
{
    const struct passwd *user = NULL;
    if (name == NULL || geteuid() != 0)
        return true;
    if (!find_user(name, &user, err))
        return false;
    return lchown(folder, user->pw_uid, user->pw_gid) == 0 ||
           err_set(err, ERR_TEMPORARY, "could not give \"%s\" to \"%s\": %s", folder, name,
                   g_strerror(errno));
}

bool confine_become(const char *name, GError **err)
{
    const struct passwd *user = NULL;
    if (name == NULL)
        return true;
    if (!find_user(name, &user, err))
        return false;
    if (user->pw_uid == geteuid())
        return true;
    if (geteuid() != 0)
        return err_set(err, ERR_DENIED, "only root can become \"%s\" ([run] user)", name);
    if (initgroups(name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
        setuid(user->pw_uid) != 0)
        return err_set(err, ERR_INTERNAL, "could not become \"%s\": %s", name,
                       g_strerror(errno));
    return true;
}
