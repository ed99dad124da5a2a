#include "mail/parser.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"

/* With its mark and its line feed. */
#define ANSWER_MAX (PARSER_ANSWER_MAX + 2)

/* A child at work. One socket is both its standard input and its output. */
typedef struct {
    pid_t pid;
    int fd;
    const char *rest; /* of the mail */
    size_t rest_size;
    bool is_cut; /* the child did not take all of it: what it says is about something else */
    GString *answer;
    int64_t deadline; /* of g_get_monotonic_time() */
} Child;

/* Starting */

static void set_actions(posix_spawn_file_actions_t *actions, int fd)
{
    posix_spawn_file_actions_init(actions);
    posix_spawn_file_actions_adddup2(actions, fd, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(actions, fd, STDOUT_FILENO);
    posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO);
}

/* The child does not hear the signals that tell a whole group of processes to stop: it would
 * die of them, and its mail would seem to have killed it. */
static void set_signals(posix_spawnattr_t *attributes)
{
    sigset_t blocked, all;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGHUP);
    sigaddset(&blocked, SIGQUIT);
    sigfillset(&all);
    posix_spawnattr_init(attributes);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(attributes, &blocked);
    posix_spawnattr_setsigdefault(attributes, &all);
}

static int spawn(const char *program, int fd, pid_t *ret_pid)
{
    char argument[] = PARSER_ARGUMENT;
    g_autofree char *name = g_strdup(program);
    char *const argv[] = { name, argument, NULL };
    char *const environment[] = { NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    set_actions(&actions, fd);
    set_signals(&attributes);
    int fault = posix_spawn(ret_pid, program, &actions, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return fault;
}

static bool start(Child *child, const char *program, GError **err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return err_set(err, ERR_TEMPORARY, "no socket for the parser: %s", g_strerror(errno));

    int fault = spawn(program, ends[1], &child->pid);
    close(ends[1]);
    if (fault != 0) {
        close(ends[0]);
        return err_set(err, ERR_TEMPORARY, "could not start the parser: %s", g_strerror(fault));
    }
    child->fd = ends[0];
    return true;
}

/* Talking */

/* Sends what can be sent now, and the end when all was. */
static void send_mail(Child *child)
{
    ssize_t size = send(child->fd, child->rest, child->rest_size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    child->is_cut = size < 0;
    size_t sent = size < 0 ? child->rest_size : (size_t) size;
    child->rest += sent;
    child->rest_size -= sent;
    if (child->rest_size == 0)
        (void) shutdown(child->fd, SHUT_WR);
}

/* Returns false at the end of the answer. */
static bool receive(Child *child)
{
    char buffer[65536];
    ssize_t size = recv(child->fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (size <= 0)
        return false;
    g_string_append_len(child->answer, buffer, size);
    return child->answer->len <= ANSWER_MAX;
}

/* Talks until the child has said all, or the time is over. Returns false in that case. */
static bool talk(Child *child)
{
    send_mail(child);
    for (;;) {
        int64_t left_us = child->deadline - g_get_monotonic_time();
        if (left_us <= 0)
            return false;
        short events = child->rest_size > 0 ? POLLIN | POLLOUT : POLLIN;
        struct pollfd waiting = { .fd = child->fd, .events = events };
        if (poll(&waiting, 1, (int) (left_us / 1000) + 1) <= 0)
            continue;
        if (child->rest_size > 0 && (waiting.revents & POLLOUT) != 0)
            send_mail(child);
        if ((waiting.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !receive(child))
            return true;
    }
}

/* Ending */

/* Kills it, unless it is dead already, and returns its wait status. A process that has begun to
 * die keeps the cause it had. */
static int reap(Child *child)
{
    int status = 0;
    (void) kill(child->pid, SIGKILL);
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    close(child->fd);
    return status;
}

static bool set_death(int status, GError **err)
{
    if (!WIFSIGNALED(status))
        return err_set(err, ERR_LIMIT, "the parser ended with status %d and no full answer",
                       WEXITSTATUS(status));
    if (WTERMSIG(status) == SIGXCPU)
        return err_set(err, ERR_LIMIT, "the parser used more than %d s of processor time",
                       PARSER_CPU_S);
    return err_set(err, ERR_LIMIT, "the parser died of signal %d (%s)", WTERMSIG(status),
                   g_strsignal(WTERMSIG(status)));
}

static bool read_message(const char *json, size_t size, Message **ret_message, GError **err)
{
    g_autoptr(GError) fault = NULL;
    Message *message = message_from_json(json, size, &fault);
    if (message == NULL)
        return err_set(err, ERR_LIMIT, "%s", fault->message);
    *ret_message = message;
    return true;
}

/* An answer that is complete: a mark, what it is about, a line feed. */
static bool read_answer(const GString *answer, Message **ret_message, GError **err)
{
    const char *text = answer->str + 1;
    size_t size = answer->len - 2;
    if (answer->str[0] == '+')
        return read_message(text, size, ret_message, err);

    g_autofree char *reason = text_printable_max(text, size, MESSAGE_VALUE_MAX);
    if (answer->str[0] == '-')
        return err_set(err, ERR_INVALID, "%s", reason);
    if (answer->str[0] == '!')
        return err_set(err, ERR_TEMPORARY, "no sandbox for the parser: %s", reason);
    return err_set(err, ERR_LIMIT, "the parser answered nonsense");
}

bool parser_read_by(const char *program, int wall_ms, GBytes *mail, Message **ret_message,
                    GError **err)
{
    g_autoptr(GString) answer = g_string_new(NULL);
    Child child = { .answer = answer };
    const char *bytes = g_bytes_get_data(mail, &child.rest_size);
    child.rest = bytes != NULL ? bytes : "";
    child.deadline = g_get_monotonic_time() + (int64_t) wall_ms * 1000;
    if (!start(&child, program, err))
        return false;

    bool is_in_time = talk(&child);
    int status = reap(&child);
    if (!is_in_time)
        return err_set(err, ERR_LIMIT, "the parser took longer than %d ms", wall_ms);
    if (answer->len > ANSWER_MAX)
        return err_set(err, ERR_LIMIT, "the parser answered more than %d bytes",
                       PARSER_ANSWER_MAX);
    if (child.is_cut || answer->len < 2 || answer->str[answer->len - 1] != '\n')
        return set_death(status, err);
    return read_answer(answer, ret_message, err);
}

bool parser_read(GBytes *mail, Message **ret_message, GError **err)
{
    return parser_read_by("/proc/self/exe", PARSER_WALL_MS, mail, ret_message, err);
}
