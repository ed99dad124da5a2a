#include "mail/lmtp_args.h"

#include <glib.h>
#include <string.h>

/* Where the path that begins here ends: at a '>' that is not inside of quotes. */
static char *find_path_end(char *path)
{
    bool is_quoted = false;
    char *at = path;

    for (; *at != '\0' && (is_quoted || *at != '>'); at++) {
        if (*at == '"')
            is_quoted = !is_quoted;
        else if (is_quoted && *at == '\\' && at[1] != '\0')
            at++;
    }
    return at;
}

/* The path behind the keyword, and the parameters behind the path. */
static bool read_path(char *args, const char *keyword, const char **ret_path, char **ret_params)
{
    if (g_ascii_strncasecmp(args, keyword, strlen(keyword)) != 0)
        return false;
    char *path = args + strlen(keyword);
    path += strspn(path, " ");
    if (*path++ != '<')
        return false;
    char *end = find_path_end(path);
    if (end[0] != '>' || (end[1] != '\0' && end[1] != ' '))
        return false;
    *end = '\0';

    /* RFC 5321 4.1.1.3: a source route is to be accepted and ignored. */
    const char *route_end = path[0] == '@' ? strchr(path, ':') : NULL;
    *ret_path = route_end != NULL ? route_end + 1 : path;
    *ret_params = end + 1;
    return true;
}

/* Digits only; what is over the range counts as the end of the range. */
static bool read_number(const char *text, int64_t *ret_number)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t number = G_MAXINT64;

    if (digits == 0 || text[digits] != '\0')
        return false;
    (void) g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, &number, NULL);
    *ret_number = (int64_t) number;
    return true;
}

static const char *set_size(LmtpMailArgs *mail, const char *value)
{
    return read_number(value, &mail->size) ? NULL : "501 5.5.4 SIZE needs a number";
}

static const char *set_body(LmtpMailArgs *mail, const char *value)
{
    mail->is_8bit = g_ascii_strcasecmp(value, "8BITMIME") == 0;
    if (!mail->is_8bit && g_ascii_strcasecmp(value, "7BIT") != 0)
        return "501 5.5.4 BODY is 7BIT or 8BITMIME";
    return NULL;
}

static const char *set_utf8(LmtpMailArgs *mail, const char *value)
{
    mail->is_utf8 = true;
    return value[0] != '\0' ? "501 5.5.4 SMTPUTF8 has no value" : NULL;
}

static const struct {
    const char *name;
    const char *(*set)(LmtpMailArgs *mail, const char *value); /* "" if there is none */
} MAIL_PARAMS[] = {
    { "SIZE", set_size },
    { "BODY", set_body },
    { "SMTPUTF8", set_utf8 },
};

static const char *set_mail_param(LmtpMailArgs *mail, char *param)
{
    char *equals = strchr(param, '=');
    const char *value = equals != NULL ? equals + 1 : "";

    if (equals != NULL)
        *equals = '\0';
    for (size_t i = 0; i < G_N_ELEMENTS(MAIL_PARAMS); i++) {
        if (g_ascii_strcasecmp(param, MAIL_PARAMS[i].name) == 0)
            return MAIL_PARAMS[i].set(mail, value);
    }
    return "555 5.5.4 parameter of MAIL is not known";
}

const char *lmtp_read_mail(char *args, LmtpMailArgs *ret_mail)
{
    LmtpMailArgs mail = { 0 };
    char *rest = NULL;

    if (!read_path(args, "FROM:", &mail.path, &rest))
        return "501 5.5.4 write MAIL FROM:<address>";
    for (char *param; (param = strsep(&rest, " ")) != NULL;) {
        const char *refusal = param[0] != '\0' ? set_mail_param(&mail, param) : NULL;
        if (refusal != NULL)
            return refusal;
    }
    *ret_mail = mail;
    return NULL;
}

const char *lmtp_read_rcpt(char *args, const char **ret_path)
{
    const char *path = NULL;
    char *params = NULL;

    if (!read_path(args, "TO:", &path, &params))
        return "501 5.5.4 write RCPT TO:<address>";
    if (params[strspn(params, " ")] != '\0')
        return "555 5.5.4 RCPT has no parameters here";
    *ret_path = path;
    return NULL;
}

const char *lmtp_read_bdat(char *args, int64_t *ret_size, bool *ret_is_last)
{
    char *rest = args;
    const char *size = strsep(&rest, " ");
    bool is_last = rest != NULL && g_ascii_strcasecmp(rest, "LAST") == 0;

    if ((rest != NULL && !is_last) || !read_number(size, ret_size))
        return "501 5.5.4 write BDAT SIZE or BDAT SIZE LAST";
    *ret_is_last = is_last;
    return NULL;
}
