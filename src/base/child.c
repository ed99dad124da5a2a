#include "base/child.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"

#define ARGUMENTS_MAX 8

static void set_actions(posix_spawn_file_actions_t *actions, int fd, bool keeps_stderr)
{
    posix_spawn_file_actions_init(actions);
    posix_spawn_file_actions_adddup2(actions, fd, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(actions, fd, STDOUT_FILENO);
    posix_spawn_file_actions_addclosefrom_np(actions,
                                             keeps_stderr ? STDERR_FILENO + 1 : STDERR_FILENO);
}

/* A deaf child does not die of a signal that was meant for us: it would look as if what we gave
 * it had killed it. */
static void set_signals(posix_spawnattr_t *attributes, bool is_deaf)
{
    sigset_t blocked, all;
    sigemptyset(&blocked);
    if (is_deaf) {
        sigaddset(&blocked, SIGTERM);
        sigaddset(&blocked, SIGINT);
        sigaddset(&blocked, SIGHUP);
        sigaddset(&blocked, SIGQUIT);
    }
    sigfillset(&all);
    posix_spawnattr_init(attributes);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(attributes, &blocked);
    posix_spawnattr_setsigdefault(attributes, &all);
}

static int spawn(const ChildProgram *program, int fd, pid_t *ret_pid)
{
    const char *words[ARGUMENTS_MAX + 2] = { program->program };
    for (size_t i = 0; program->arguments[i] != NULL; i++) {
        g_assert(i < ARGUMENTS_MAX);
        words[i + 1] = program->arguments[i];
    }
    g_auto(GStrv) argv = g_strdupv((char **) (uintptr_t) words);
    char *const nothing[] = { NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;

    set_actions(&actions, fd, program->keeps_stderr);
    set_signals(&attributes, program->is_deaf);
    int fault = posix_spawn(ret_pid, program->program, &actions, &attributes, argv,
                            program->environment != NULL ? program->environment : nothing);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return fault;
}

bool child_start(const ChildProgram *program, Child *ret_child, GError **err)
{
    int ends[2];
    pid_t pid = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return err_set(err, ERR_TEMPORARY, "no socket for a child: %s", g_strerror(errno));

    int fault = spawn(program, ends[1], &pid);
    (void) close(ends[1]);
    if (fault != 0) {
        (void) close(ends[0]);
        return err_set(err, ERR_TEMPORARY, "could not start \"%s\": %s", program->program,
                       g_strerror(fault));
    }
    *ret_child = (Child){ .pid = pid, .fd = ends[0] };
    return true;
}

static void forget(Child *child)
{
    (void) close(child->fd);
    *child = (Child){ .pid = 0, .fd = -1 };
}

int child_end(Child *child)
{
    int status = 0;
    if (child->pid == 0)
        return 0;
    (void) kill(child->pid, SIGKILL);
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    forget(child);
    return status;
}

bool child_has_ended(Child *child, int *ret_status)
{
    if (child->pid == 0 || waitpid(child->pid, ret_status, WNOHANG) != child->pid)
        return false;
    forget(child);
    return true;
}
