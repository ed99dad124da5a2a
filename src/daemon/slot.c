#include "daemon/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"

#define PID_TEXT_MAX 32 /* bytes of a process number in a file */

/* What stands in the file is for people; the lock is what counts. */
static bool fail_taken(int fd, const char *path, GError **err)
{
    char text[PID_TEXT_MAX] = "";
    ssize_t size = pread(fd, text, sizeof text - 1, 0);
    g_autofree char *pid = text_printable(text, size > 0 ? strcspn(text, "\n") : 0);
    return err_set(err, ERR_EXISTS, "\"%s\" is held by process %s: it runs already", path, pid);
}

static bool lock(int fd, const char *path, GError **err)
{
    char text[PID_TEXT_MAX];
    int length = g_snprintf(text, sizeof text, "%d\n", (int) getpid());

    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return fail_taken(fd, path, err);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t) length, 0) != length)
        return err_set(err, ERR_TEMPORARY, "could not write \"%s\": %s", path,
                       g_strerror(errno));
    return true;
}

bool slot_take(const char *run_directory, const char *name, int *ret_fd, GError **err)
{
    g_autofree char *path = g_strdup_printf("%s/%s.pid", run_directory, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_set(err, ERR_TEMPORARY, "could not open \"%s\": %s", path,
                       g_strerror(errno));
    if (!lock(fd, path, err)) {
        (void) close(fd);
        return false;
    }
    *ret_fd = fd;
    return true;
}

void slot_release(int fd)
{
    if (fd < 0)
        return;
    int failure = ftruncate(fd, 0); /* the lock is what counts */
    (void) failure;
    (void) close(fd);
}

char *slot_owner(const char *run_directory, const char *name)
{
    return g_strdup_printf("%s:%s/%s", g_get_host_name(), run_directory, name);
}
