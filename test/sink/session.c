#include "session.h"

#include <inttypes.h>
#include <string.h>

#define LINE_LIMIT 4096  /* bytes of a command */
#define HEAD_LIMIT 65536 /* bytes in which a Message-ID is looked for */

typedef struct {
    const char *verb;
    void (*run)(Session *s, const char *argument, GString *out);
} Verb;

static void say(GString *out, const char *reply)
{
    g_string_append(out, reply);
    g_string_append(out, "\r\n");
}

static int64_t time_of(const SinkState *shared)
{
    g_autofree char *text = NULL;

    if (shared->clock == NULL || !g_file_get_contents(shared->clock, &text, NULL, NULL))
        return g_get_real_time() / G_USEC_PER_SEC;
    return g_ascii_strtoll(text, NULL, 10);
}

/* Returns whether a fault took the place of what was to come. */
static bool is_spoilt(Session *s, Moment moment, const char *address, GString *out)
{
    const Occasion occasion = { moment, s->sender->str, address, time_of(s->shared) };
    const Fault *fault = faults_find(s->shared->faults, &occasion);

    if (fault == NULL)
        return false;
    s->is_slow = s->is_slow || fault->kind == FAULT_SLOW;
    if (fault->kind == FAULT_SLOW)
        return false;
    s->is_over = fault->kind == FAULT_CLOSE;
    s->is_silent = fault->kind == FAULT_SILENT;
    if (fault->reply != NULL)
        say(out, fault->reply);
    return true;
}

static void reset(Session *s)
{
    g_string_truncate(s->sender, 0);
    g_string_truncate(s->recipients, 0);
    g_string_truncate(s->head, 0);
    s->n_recipients = 0;
    s->size = 0;
    s->in_mail = s->in_data = s->at_start = false;
}

void session_init(Session *s, SinkState *shared, GString *out)
{
    *s = (Session){ .shared = shared,
                    .sender = g_string_new(NULL),
                    .recipients = g_string_new(NULL),
                    .head = g_string_new(NULL) };
    if (!is_spoilt(s, AT_CONNECT, "", out))
        say(out, "220 sink.example ESMTP");
}

void session_clear(Session *s)
{
    g_string_free(s->sender, TRUE);
    g_string_free(s->recipients, TRUE);
    g_string_free(s->head, TRUE);
}

static void run_ehlo(Session *s, const char *argument, GString *out)
{
    reset(s);
    if (is_spoilt(s, AT_EHLO, argument, out))
        return;
    say(out, "250-sink.example");
    if (s->shared->pipelining)
        say(out, "250-PIPELINING");
    if (s->shared->eightbit)
        say(out, "250-8BITMIME");
    if (s->shared->smtputf8)
        say(out, "250-SMTPUTF8");
    g_string_append_printf(out, "250-SIZE %" PRIu64 "\r\n", s->shared->size_max);
    say(out, "250 ENHANCEDSTATUSCODES");
}

static void run_helo(Session *s, const char *argument, GString *out)
{
    reset(s);
    if (!is_spoilt(s, AT_EHLO, argument, out))
        say(out, "250 sink.example");
}

/* Splits "FROM:<address> parameters" after the keyword; a quoted local part may hold a ">". */
static bool parse_path(const char *argument, const char *keyword, char **ret_address,
                       const char **ret_parameters)
{
    size_t length = strlen(keyword);
    bool in_quotes = false;

    if (g_ascii_strncasecmp(argument, keyword, length) != 0 || argument[length] != '<')
        return false;
    const char *start = argument + length + 1;
    const char *end = start;
    for (; *end != '\0' && (in_quotes || *end != '>'); end++)
        if (*end == '"')
            in_quotes = !in_quotes;
    if (*end == '\0' || (end[1] != '\0' && end[1] != ' '))
        return false;
    *ret_address = g_strndup(start, (size_t) (end - start));
    *ret_parameters = end + 1;
    return true;
}

/* Returns the reply that refuses the parameters of MAIL, or NULL. */
static const char *refusal_of(const Session *s, const char *address, const char *parameters)
{
    g_auto(GStrv) words = g_strsplit(parameters, " ", -1);
    bool has_smtputf8 = false;

    for (char **word = words; *word != NULL; word++) {
        bool is_known = **word == '\0' || g_ascii_strcasecmp(*word, "BODY=7BIT") == 0;
        if (g_ascii_strcasecmp(*word, "SMTPUTF8") == 0)
            is_known = has_smtputf8 = s->shared->smtputf8;
        else if (g_ascii_strcasecmp(*word, "BODY=8BITMIME") == 0)
            is_known = s->shared->eightbit;
        else if (g_ascii_strncasecmp(*word, "SIZE=", 5) == 0) {
            is_known = true;
            if (g_ascii_strtoull(*word + 5, NULL, 10) > s->shared->size_max)
                return "552 5.3.4 Message too big";
        }
        if (!is_known)
            return "555 5.5.4 Unsupported parameter";
    }
    return has_smtputf8 || g_str_is_ascii(address) ? NULL : "553 5.6.7 SMTPUTF8 is needed";
}

static void run_mail(Session *s, const char *argument, GString *out)
{
    g_autofree char *address = NULL;
    const char *parameters = NULL;

    if (s->in_mail)
        return say(out, "503 5.5.1 Nested MAIL");
    if (!parse_path(argument, "FROM:", &address, &parameters))
        return say(out, "501 5.5.4 Syntax: MAIL FROM:<address>");
    const char *refusal = refusal_of(s, address, parameters);
    if (refusal != NULL)
        return say(out, refusal);
    if (is_spoilt(s, AT_MAIL, address, out))
        return;
    g_string_assign(s->sender, address);
    s->in_mail = true;
    say(out, "250 2.1.0 Ok");
}

static void run_rcpt(Session *s, const char *argument, GString *out)
{
    g_autofree char *address = NULL;
    const char *parameters = NULL;

    if (!s->in_mail)
        return say(out, "503 5.5.1 MAIL first");
    if (!parse_path(argument, "TO:", &address, &parameters) || *address == '\0')
        return say(out, "501 5.5.4 Syntax: RCPT TO:<address>");
    if (*parameters != '\0')
        return say(out, "555 5.5.4 Unsupported parameter");
    if (is_spoilt(s, AT_RCPT, address, out))
        return;
    g_string_append_len(s->recipients, address, (gssize) strlen(address) + 1);
    s->n_recipients++;
    say(out, "250 2.1.5 Ok");
}

static void run_data(Session *s, const char *argument, GString *out)
{
    if (s->n_recipients == 0)
        return say(out, "554 5.5.1 No valid recipients");
    if (is_spoilt(s, AT_DATA, s->recipients->str, out))
        return;
    s->in_data = s->at_start = true;
    say(out, "354 End data with <CR><LF>.<CR><LF>");
}

static void run_rset(Session *s, const char *argument, GString *out)
{
    reset(s);
    if (!is_spoilt(s, AT_RSET, "", out))
        say(out, "250 2.0.0 Ok");
}

static void run_noop(Session *s, const char *argument, GString *out)
{
    say(out, "250 2.0.0 Ok");
}

static void run_quit(Session *s, const char *argument, GString *out)
{
    if (is_spoilt(s, AT_QUIT, "", out))
        return;
    say(out, "221 2.0.0 Bye");
    s->is_over = true;
}

static const Verb VERBS[] = {
    { "MAIL", run_mail }, { "RCPT", run_rcpt }, { "DATA", run_data }, { "EHLO", run_ehlo },
    { "HELO", run_helo }, { "RSET", run_rset }, { "NOOP", run_noop }, { "QUIT", run_quit },
};

static void run_line(Session *s, const char *line, GString *out)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(VERBS); i++)
        if (g_ascii_strncasecmp(line, VERBS[i].verb, 4) == 0 &&
            (line[4] == ' ' || line[4] == '\0'))
            return VERBS[i].run(s, line[4] == ' ' ? line + 5 : "", out);
    say(out, "500 5.5.2 Command not recognised");
}

static void give_up(Session *s, const char *reply, GString *out)
{
    say(out, reply);
    s->is_over = true;
}

/* Runs the first command, if it is there as a whole; returns how long it is. */
static size_t feed_command(Session *s, const char *bytes, size_t size, GString *out)
{
    const char *newline = memchr(bytes, '\n', MIN(size, LINE_LIMIT));

    if (newline == NULL && size >= LINE_LIMIT)
        give_up(s, "500 5.5.2 Line too long", out);
    if (newline == NULL)
        return 0;
    size_t used = (size_t) (newline - bytes) + 1;
    if (used < 2 || newline[-1] != '\r') {
        give_up(s, "500 5.5.2 Bare LF", out);
        return used;
    }
    g_autofree char *line = g_strndup(bytes, used - 2);
    run_line(s, line, out);
    if (used < size && (s->in_data || !s->shared->pipelining) && !s->is_silent)
        give_up(s, "503 5.5.0 Improper pipelining", out);
    return used;
}

/* Returns the value of the first Message-ID in the header, a length of 0 if there is none. */
static size_t find_message_id(const char *bytes, size_t size, const char **ret_value)
{
    static const char NAME[] = "Message-ID:";
    const char *end = bytes + size;

    while (bytes < end && *bytes != '\r') {
        const char *newline = memchr(bytes, '\n', (size_t) (end - bytes));
        if ((size_t) (end - bytes) > strlen(NAME) &&
            g_ascii_strncasecmp(bytes, NAME, strlen(NAME)) == 0) {
            bytes += strlen(NAME);
            while (bytes < end && g_ascii_isspace(*bytes))
                bytes++;
            *ret_value = bytes;
            while (bytes < end && !g_ascii_isspace(*bytes))
                bytes++;
            return (size_t) (bytes - *ret_value);
        }
        bytes = newline != NULL ? newline + 1 : end;
    }
    return 0;
}

static void record_copies(Session *s, const char *bytes, size_t size, int64_t now_us)
{
    const char *message_id = "";
    size_t id_size = find_message_id(bytes, MIN(size, HEAD_LIMIT), &message_id);
    const char *recipient = s->recipients->str;

    for (unsigned i = 0; i < s->n_recipients; i++) {
        record_copy(&s->shared->record, now_us, s->sender->str, recipient, s->size, message_id,
                    id_size);
        recipient += strlen(recipient) + 1;
    }
}

/* The message is there: bytes are its last ones, or all of it. */
static void end_data(Session *s, const char *bytes, size_t size, int64_t now_us, GString *out)
{
    Record *record = &s->shared->record;

    if (is_spoilt(s, AT_DOT, s->recipients->str, out))
        return;
    if (s->size > s->shared->size_max)
        return say(out, "552 5.3.4 Message too big");
    if (s->head->len > 0) {
        g_string_append_len(s->head, bytes, (gssize) size);
        bytes = s->head->str;
        size = s->head->len;
    }
    if (record_keeps(record))
        record_message(record, bytes, size);
    record_copies(s, bytes, size, now_us);
    record->accepted++;
    if (!is_spoilt(s, AT_ACCEPT, s->recipients->str, out))
        say(out, "250 2.0.0 Ok");
}

/* Some of the message, its end not yet among it. */
static void take_data(Session *s, const char *bytes, size_t size)
{
    bool is_wanted = s->head->len < HEAD_LIMIT || record_keeps(&s->shared->record);

    s->size += size;
    if (is_wanted && s->size <= s->shared->size_max)
        g_string_append_len(s->head, bytes, (gssize) size);
}

static size_t feed_data(Session *s, const char *bytes, size_t size, int64_t now_us,
                        GString *out)
{
    static const char END[] = "\r\n.\r\n";

    if (s->at_start) {
        if (size < 3 && memcmp(bytes, END + 2, size) == 0)
            return 0;
        s->at_start = false;
        if (is_spoilt(s, AT_BODY, s->recipients->str, out)) {
            s->is_over = !s->is_silent;
            return size;
        }
        if (size >= 3 && memcmp(bytes, END + 2, 3) == 0) {
            end_data(s, bytes, 0, now_us, out);
            reset(s);
            return 3;
        }
    }
    const char *end = memmem(bytes, size, END, 5);
    if (end == NULL) {
        size_t whole = size > 4 ? size - 4 : 0; /* the end may begin in the last four */
        take_data(s, bytes, whole);
        return whole;
    }
    size_t last = (size_t) (end - bytes) + 2;
    s->size += last;
    end_data(s, bytes, last, now_us, out);
    reset(s);
    return last + 3;
}

size_t session_feed(Session *s, const char *bytes, size_t size, int64_t now_us, GString *out)
{
    size_t done = 0;

    while (done < size && !s->is_over && !s->is_silent) {
        const char *rest = bytes + done;
        size_t used = s->in_data ? feed_data(s, rest, size - done, now_us, out)
                                 : feed_command(s, rest, size - done, out);
        if (used == 0)
            break;
        done += used;
    }
    return s->is_silent ? size : done;
}
