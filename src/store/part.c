#include "store/part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

struct Part {
    char *file;
    char *path;
    int fd;           /* holds the lock */
    bool is_on_trial; /* ours, and to be removed unless it is finished */
};

static bool fail(const char *what, const char *path, GError **err)
{
    return err_set(err, err_kind_of_errno(errno), "could not %s \"%s\": %s", what, path,
                   g_strerror(errno));
}

static bool refuse_existing(const char *file, GError **err)
{
    struct stat status;
    return lstat(file, &status) != 0 ||
           err_set(err, ERR_EXISTS, "\"%s\" is there already: nothing is overwritten", file);
}

/* A file that we have locked may have got its own name, or have been removed, before that. */
static bool is_still_there(const Part *part)
{
    struct stat ours;
    struct stat found;
    return fstat(part->fd, &ours) == 0 && lstat(part->path, &found) == 0 &&
           ours.st_dev == found.st_dev && ours.st_ino == found.st_ino;
}

static bool lock(const Part *part, GError **err)
{
    struct stat status;
    if (flock(part->fd, LOCK_EX | LOCK_NB) != 0 || !is_still_there(part))
        return err_set(err, ERR_EXISTS, "another process is writing \"%s\"", part->file);
    if (fstat(part->fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid())
        return err_set(err, ERR_DENIED, "\"%s\" is not ours: remove it", part->path);
    return true;
}

Part *part_new(const char *file, GError **err)
{
    if (!refuse_existing(file, err))
        return NULL;

    g_autoptr(Part) part = g_new0(Part, 1);
    part->file = g_strdup(file);
    part->path = g_strconcat(file, ".part", NULL);
    part->fd = open(part->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (part->fd < 0) {
        fail("make", part->path, err);
        return NULL;
    }
    if (!lock(part, err))
        return NULL;
    part->is_on_trial = true;
    if (fchmod(part->fd, 0600) != 0 || ftruncate(part->fd, 0) != 0) {
        fail("empty", part->path, err);
        return NULL;
    }
    return g_steal_pointer(&part);
}

const char *part_path(const Part *part)
{
    return part->path;
}

/* The new name is on the disk when the folder is. */
static bool sync_folder(const char *file, GError **err)
{
    g_autofree char *folder = g_path_get_dirname(file);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = fd >= 0 && fsync(fd) == 0;
    if (!is_synced)
        fail("sync", folder, err);
    if (fd >= 0)
        (void) close(fd);
    return is_synced;
}

bool part_finish(Part *part, GError **err)
{
    if (fsync(part->fd) != 0)
        return fail("write", part->path, err);
    if (!refuse_existing(part->file, err))
        return false;
    if (rename(part->path, part->file) != 0)
        return fail("name", part->file, err);
    part->is_on_trial = false;
    return sync_folder(part->file, err);
}

void part_free(Part *part)
{
    if (part == NULL)
        return;
    if (part->is_on_trial)
        (void) unlink(part->path); /* gone is fine */
    if (part->fd >= 0)
        (void) close(part->fd);
    g_free(part->file);
    g_free(part->path);
    g_free(part);
}
