#include "mail/parser.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/child.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"

/* With its mark and its line feed. */
#define ANSWER_MAX (PARSER_ANSWER_MAX + 2)

/* A child at work. */
typedef struct {
    Child child;
    const char *rest; /* of the mail */
    size_t rest_size;
    bool is_cut; /* the child did not take all of it: what it says is about something else */
    GString *answer;
    int64_t deadline; /* of g_get_monotonic_time() */
} Talk;

static bool start(Talk *talk, const char *program, GError **err)
{
    static const char *const ARGUMENTS[] = { PARSER_ARGUMENT, NULL };
    const ChildProgram child = { .program = program, .arguments = ARGUMENTS, .is_deaf = true };
    return child_start(&child, &talk->child, err);
}

/* Talking */

/* Sends what can be sent now, and the end when all was. */
static void send_mail(Talk *talk)
{
    ssize_t size = send(talk->child.fd, talk->rest, talk->rest_size,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    talk->is_cut = size < 0;
    size_t sent = size < 0 ? talk->rest_size : (size_t) size;
    talk->rest += sent;
    talk->rest_size -= sent;
    if (talk->rest_size == 0)
        (void) shutdown(talk->child.fd, SHUT_WR);
}

/* Returns false at the end of the answer. */
static bool receive(Talk *talk)
{
    char buffer[65536];
    ssize_t size = recv(talk->child.fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (size <= 0)
        return false;
    g_string_append_len(talk->answer, buffer, size);
    return talk->answer->len <= ANSWER_MAX;
}

/* Talks until the child has said all, or the time is over. Returns false in that case. */
static bool converse(Talk *talk)
{
    send_mail(talk);
    for (;;) {
        int64_t left_us = talk->deadline - g_get_monotonic_time();
        if (left_us <= 0)
            return false;
        short events = talk->rest_size > 0 ? POLLIN | POLLOUT : POLLIN;
        struct pollfd waiting = { .fd = talk->child.fd, .events = events };
        if (poll(&waiting, 1, (int) (left_us / 1000) + 1) <= 0)
            continue;
        if (talk->rest_size > 0 && (waiting.revents & POLLOUT) != 0)
            send_mail(talk);
        if ((waiting.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !receive(talk))
            return true;
    }
}

/* Ending */

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
    Talk talk = { .answer = answer };
    const char *bytes = g_bytes_get_data(mail, &talk.rest_size);
    talk.rest = bytes != NULL ? bytes : "";
    talk.deadline = g_get_monotonic_time() + (int64_t) wall_ms * 1000;
    if (!start(&talk, program, err))
        return false;

    bool is_in_time = converse(&talk);
    bool is_cut = talk.is_cut ||
                  talk.rest_size > 0; /* it may go before we notice that it does */
    int status = child_end(&talk.child);
    if (!is_in_time)
        return err_set(err, ERR_LIMIT, "the parser took longer than %d ms", wall_ms);
    if (answer->len > ANSWER_MAX)
        return err_set(err, ERR_LIMIT, "the parser answered more than %d bytes",
                       PARSER_ANSWER_MAX);
    if (is_cut || answer->len < 2 || answer->str[answer->len - 1] != '\n')
        return set_death(status, err);
    return read_answer(answer, ret_message, err);
}

bool parser_read(GBytes *mail, Message **ret_message, GError **err)
{
    return parser_read_by("/proc/self/exe", PARSER_WALL_MS, mail, ret_message, err);
}
