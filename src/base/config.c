#include "base/config.h"

#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/sms_url.h"
#include "base/store_url.h"
#include "base/text.h"

/* What the reader knows while it goes through the file. */
typedef struct {
    Config *config;
    const char *shown_name; /* of the file, in messages */
    char *section;
    size_t line;
    GHashTable *seen; /* Setting *, those that the file sets */
    GString *problems;
} Reader;

static void G_GNUC_PRINTF(2, 3) problem(Reader *reader, const char *format, ...)
{
    g_autoptr(GString) text = g_string_new(NULL);
    va_list args;
    va_start(args, format);
    g_string_append_vprintf(text, format, args);
    va_end(args);

    g_autofree char *printable = text_printable(text->str, text->len);
    if (reader->problems->len > 0)
        g_string_append_c(reader->problems, '\n');
    g_string_append(reader->problems, reader->shown_name);
    if (reader->line > 0)
        g_string_append_printf(reader->problems, ":%zu", reader->line);
    g_string_append_printf(reader->problems, ": %s", printable);
}

/* Where a setting's value lies. */
static char **text_at(const Config *config, const Setting *setting)
{
    return (char **) (void *) ((char *) (uintptr_t) config + setting->offset);
}

static int64_t *number_at(const Config *config, const Setting *setting)
{
    return (int64_t *) (void *) ((char *) (uintptr_t) config + setting->offset);
}

static bool *switch_at(const Config *config, const Setting *setting)
{
    return (bool *) (void *) ((char *) (uintptr_t) config + setting->offset);
}

static bool is_text(const Setting *setting)
{
    switch (setting->type) {
    case SETTING_NUMBER:
    case SETTING_SIZE:
    case SETTING_SWITCH:
    case SETTING_CHOICE:
    case SETTING_DAYS:
        return false;
    case SETTING_TEXT:
    case SETTING_ADDRESS:
    case SETTING_MAILBOX:
    case SETTING_SOCKET:
    case SETTING_URL:
    case SETTING_PATH:
    case SETTING_PATTERN:
    case SETTING_GATEWAY:
    case SETTING_STORE:
    default:
        return true;
    }
}

static void set_text(Config *config, const Setting *setting, const char *value)
{
    char **at = text_at(config, setting);
    g_free(*at);
    *at = g_strdup(value);
}

/* Parsers: each reads one type of value into the Config. */

static bool read_choice(const Setting *setting, const char *value, int64_t *ret_index,
                        GError **err)
{
    for (int64_t i = 0; setting->choices[i] != NULL; i++) {
        if (g_str_equal(setting->choices[i], value)) {
            *ret_index = i;
            return true;
        }
    }
    g_autofree char *choices = g_strjoinv(", ", (char **) (uintptr_t) setting->choices);
    return err_set(err, ERR_INVALID, "\"%s\" is none of: %s", value, choices);
}

static bool parse_text(Config *config, const Setting *setting, const char *value, GError **err)
{
    int64_t ignored = 0;
    if (setting->choices != NULL && !read_choice(setting, value, &ignored, err))
        return false;
    set_text(config, setting, value);
    return true;
}

static bool parse_address(Config *config, const Setting *setting, const char *value,
                          GError **err)
{
    g_autofree char *canonical = NULL;
    if (!address_parse(value, &canonical, err))
        return false;
    if (address_domain(canonical) - canonical > LIST_LOCAL_MAX + 1)
        return err_set(err, ERR_INVALID,
                       "the part before the @ is longer than %d bytes, so that those of the "
                       "addresses that derive from it would be longer than mail allows",
                       LIST_LOCAL_MAX);
    set_text(config, setting, canonical);
    return true;
}

/* "Name <address>" or an address alone. */
static bool parse_mailbox(Config *config, const Setting *setting, const char *value,
                          GError **err)
{
    const char *open = strrchr(value, '<');
    size_t length = strlen(value);
    bool has_brackets = open != NULL && value[length - 1] == '>';
    g_autofree char *address = has_brackets
                                   ? g_strndup(open + 1,
                                               length - (size_t) (open + 1 - value) - 1)
                                   : g_strdup(value);
    g_autofree char *canonical = NULL;
    if (!address_parse(address, &canonical, err))
        return false;

    set_text(config, setting, value);
    g_free(config->secretariat_address);
    config->secretariat_address = g_steal_pointer(&canonical);
    return true;
}

static bool read_number(const Setting *setting, const char *value, int64_t *ret_number,
                        GError **err)
{
    gint64 number = 0;
    if (!g_ascii_string_to_signed(value, 10, setting->min, setting->max, &number, NULL))
        return err_set(err, ERR_INVALID,
                       "\"%s\" is no whole number from %" G_GINT64_FORMAT
                       " to %" G_GINT64_FORMAT,
                       value, setting->min, setting->max);
    *ret_number = number;
    return true;
}

static bool parse_number(Config *config, const Setting *setting, const char *value,
                         GError **err)
{
    return read_number(setting, value, number_at(config, setting), err);
}

static bool parse_size(Config *config, const Setting *setting, const char *value, GError **err)
{
    size_t length = strlen(value);
    char unit = length > 0 ? g_ascii_toupper(value[length - 1]) : '\0';
    int64_t factor = unit == 'K' ? 1024 : unit == 'M' ? 1024 * 1024 : 1;
    g_autofree char *digits = g_strndup(value, factor > 1 ? length - 1 : length);
    gint64 number = 0;
    if (!g_ascii_string_to_signed(digits, 10, 0, setting->max / factor, &number, NULL) ||
        number * factor < setting->min)
        return err_set(err, ERR_INVALID,
                       "\"%s\" is no size from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                       " bytes",
                       value, setting->min, setting->max);
    *number_at(config, setting) = number * factor;
    return true;
}

static bool parse_switch(Config *config, const Setting *setting, const char *value,
                         GError **err)
{
    bool is_yes = g_str_equal(value, "yes");
    if (!is_yes && !g_str_equal(value, "no"))
        return err_set(err, ERR_INVALID, "\"%s\" is neither yes nor no", value);
    *switch_at(config, setting) = is_yes;
    return true;
}

static bool parse_choice(Config *config, const Setting *setting, const char *value,
                         GError **err)
{
    return read_choice(setting, value, number_at(config, setting), err);
}

static bool parse_days(Config *config, const Setting *setting, const char *value, GError **err)
{
    g_auto(GStrv) parts = g_strsplit(value, ",", 32);
    int64_t days = 0;
    for (char **part = parts; *part != NULL; part++) {
        gint64 day = 0;
        if (!g_ascii_string_to_signed(g_strstrip(*part), 10, 1, 31, &day, NULL))
            return err_set(err, ERR_INVALID, "\"%s\" is no day from 1 to 31", *part);
        days |= INT64_C(1) << day;
    }
    if (days == 0)
        return err_set(err, ERR_INVALID, "no day is given");
    *number_at(config, setting) = days;
    return true;
}

/* The host of HOST:PORT may be an IPv6 address in square brackets. */
static bool parse_socket(Config *config, const Setting *setting, const char *value,
                         GError **err)
{
    static const char UNIX[] = "unix:";

    if (g_str_has_prefix(value, UNIX)) {
        g_autofree char *path = g_canonicalize_filename(value + strlen(UNIX),
                                                        config->directory);
        g_autofree char *absolute = g_strconcat(UNIX, path, NULL);
        set_text(config, setting, absolute);
        return value[strlen(UNIX)] != '\0' || err_set(err, ERR_INVALID, "no path after unix:");
    }

    const char *colon = strrchr(value, ':');
    gint64 port = 0;
    if (colon == NULL || colon == value ||
        !g_ascii_string_to_signed(colon + 1, 10, 0, 65535, &port, NULL))
        return err_set(err, ERR_INVALID, "\"%s\" is neither HOST:PORT nor unix:PATH", value);
    set_text(config, setting, value);
    return true;
}

static bool parse_url(Config *config, const Setting *setting, const char *value, GError **err)
{
    if ((!g_str_has_prefix(value, "https://") && !g_str_has_prefix(value, "http://")) ||
        strpbrk(value, " <>\"") != NULL)
        return err_set(err, ERR_INVALID, "\"%s\" is no http:// or https:// address", value);
    g_autofree char *with_slash = g_str_has_suffix(value, "/") ? g_strdup(value)
                                                               : g_strconcat(value, "/", NULL);
    set_text(config, setting, with_slash);
    return true;
}

static bool parse_path(Config *config, const Setting *setting, const char *value, GError **err)
{
    g_autofree char *absolute = g_canonicalize_filename(value, config->directory);
    set_text(config, setting, absolute);
    return true;
}

static bool parse_pattern(Config *config, const Setting *setting, const char *value,
                          GError **err)
{
    g_autoptr(GError) wrong = NULL;
    g_autoptr(GRegex) regex = g_regex_new(value, 0, 0, &wrong);
    if (regex == NULL)
        return err_set(err, ERR_INVALID, "%s", wrong->message);
    set_text(config, setting, value);
    return true;
}

static bool parse_store(Config *config, const Setting *setting, const char *value, GError **err)
{
    if (!store_url_check(value, err))
        return false;
    set_text(config, setting, value);
    return true;
}

static bool parse_gateway(Config *config, const Setting *setting, const char *value,
                          GError **err)
{
    if (!sms_url_check(value, err))
        return false;
    set_text(config, setting, value);
    return true;
}

typedef bool (*Parser)(Config *config, const Setting *setting, const char *value, GError **err);

static const Parser PARSERS[] = {
    [SETTING_TEXT] = parse_text,       [SETTING_ADDRESS] = parse_address,
    [SETTING_MAILBOX] = parse_mailbox, [SETTING_NUMBER] = parse_number,
    [SETTING_SIZE] = parse_size,       [SETTING_SWITCH] = parse_switch,
    [SETTING_CHOICE] = parse_choice,   [SETTING_DAYS] = parse_days,
    [SETTING_SOCKET] = parse_socket,   [SETTING_URL] = parse_url,
    [SETTING_PATH] = parse_path,       [SETTING_PATTERN] = parse_pattern,
    [SETTING_GATEWAY] = parse_gateway, [SETTING_STORE] = parse_store,
};

static const Setting *find_setting(const char *section, const char *key)
{
    size_t n = 0;
    const Setting *settings = config_settings(&n);
    for (size_t i = 0; i < n; i++) {
        if (g_str_equal(settings[i].section, section) && g_str_equal(settings[i].key, key))
            return &settings[i];
    }
    return NULL;
}

static bool is_section(const char *name)
{
    size_t n = 0;
    const Setting *settings = config_settings(&n);
    for (size_t i = 0; i < n; i++) {
        if (g_str_equal(settings[i].section, name))
            return true;
    }
    return false;
}

/* Lines */

/* A comment at the end of a value begins with white space and ";"; what is given has no white
 * space before it any more. */
static char *without_comment(const char *value)
{
    const char *end = value;
    while (*end != '\0' && !(*end == ';' && (end == value || g_ascii_isspace(end[-1]))))
        end++;
    return g_strchomp(g_strndup(value, (size_t) (end - value)));
}

static void read_section(Reader *reader, char *line)
{
    size_t length = strlen(line);
    g_free(g_steal_pointer(&reader->section));
    if (line[length - 1] != ']') {
        problem(reader, "a section begins with [ and ends with ]");
        return;
    }
    line[length - 1] = '\0';
    reader->section = g_strdup(line + 1);
    if (!is_section(reader->section))
        problem(reader, "there is no section [%s]", reader->section);
}

static void read_setting(Reader *reader, const char *key, const char *value)
{
    const Setting *setting = find_setting(reader->section, key);
    if (setting == NULL) {
        if (is_section(reader->section))
            problem(reader, "there is no setting \"%s\" in [%s]", key, reader->section);
        return;
    }
    if (!g_hash_table_add(reader->seen, (gpointer) (uintptr_t) setting)) {
        problem(reader, "\"%s\" was set before", key);
        return;
    }
    if (value[0] == '\0') {
        problem(reader, "%s: has no value", key);
        return;
    }

    g_autoptr(GError) wrong = NULL;
    if (!PARSERS[setting->type](reader->config, setting, value, &wrong))
        problem(reader, "%s: %s", key, wrong->message);
}

static bool has_control(const char *line)
{
    for (const char *at = line; *at != '\0'; at = g_utf8_find_next_char(at, NULL)) {
        if (*at != '\t' && g_unichar_iscntrl(g_utf8_get_char(at)))
            return true;
    }
    return false;
}

static void read_line(Reader *reader, char *line)
{
    g_strstrip(line);
    if (line[0] == '\0' || line[0] == ';' || line[0] == '#')
        return;
    if (has_control(line)) { /* no mail with such a name could be written */
        problem(reader, "a control character");
        return;
    }
    if (line[0] == '[') {
        read_section(reader, line);
        return;
    }

    char *equals = strchr(line, '=');
    if (equals == NULL || equals == line) {
        problem(reader, "want \"key = value\", a [section] or a comment");
        return;
    }
    if (reader->section == NULL) {
        problem(reader, "a setting before any [section]");
        return;
    }
    *equals = '\0';
    g_autofree char *value = without_comment(g_strstrip(equals + 1));
    read_setting(reader, g_strchomp(line), value);
}

/* The list itself or an address that derives from it, such as tld-ops-owner@. */
static bool is_of_list(const char *list, const char *address)
{
    g_autofree char *list_key = address_key(list);
    g_autofree char *key = address_key(address);
    size_t size = (size_t) (strchr(list_key, '@') - list_key);
    return strncmp(key, list_key, size) == 0 && strchr("@-+", key[size]) != NULL &&
           g_str_equal(address_domain(key), address_domain(list_key));
}

/* Whether an address names this host: by its loopback, not by a name that somebody resolves. */
static bool is_loopback(const char *url)
{
    static const char *const HOSTS[] = { "127.0.0.1", "[::1]", "localhost" };

    const char *host = strstr(url, "//") + 2;
    if (strchr(host, '@') != NULL) /* then the host stands behind it */
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(HOSTS); i++) {
        size_t size = strlen(HOSTS[i]);
        if (strncmp(host, HOSTS[i], size) == 0 && strchr(":/", host[size]) != NULL)
            return true;
    }
    return false;
}

/* What anybody on the way can change says nothing of who may speak for a TLD. */
static void check_rdap(Reader *reader)
{
    const char *url = reader->config->iana_rdap;
    if (url != NULL && g_str_has_prefix(url, "http://") && !is_loopback(url))
        problem(reader, "[iana] rdap needs https://, but on the loopback");
}

/* "ccNSO Council, 2026-11-02": a name, and the day on which it was decided. */
static bool is_approval(const char *text)
{
    const char *comma = text != NULL ? strrchr(text, ',') : NULL;
    int64_t ignored = 0;
    if (comma == NULL || comma == text)
        return false;
    g_autofree char *day = g_strstrip(g_strdup(comma + 1));
    return clock_parse(day, &ignored, NULL);
}

/* That is for a council to decide, not for whoever edits the file (R60). */
static void check_technical_contact(Reader *reader)
{
    const Config *config = reader->config;
    if (config->technical_contact_approval != NULL &&
        !is_approval(config->technical_contact_approval))
        problem(reader, "technical-contact-approval: want \"NAME, YYYY-MM-DD\"");
    if (config->technical_contact_may_request && config->technical_contact_approval == NULL)
        problem(reader, "technical-contact-may-request needs technical-contact-approval: who "
                        "approved it, and when");
}

/* A code that anybody on the way can read shows nothing. */
static void check_gateway(Reader *reader)
{
    const Config *config = reader->config;
    if (config->sms_url == NULL)
        return;
    if (g_str_has_prefix(config->sms_url, "http://") && !is_loopback(config->sms_url))
        problem(reader, "[sms] url needs https://, but on the loopback");
    if (sms_url_needs_password(config->sms_url) && config->sms_password_file == NULL)
        problem(reader, "[sms] url needs a password-file");
}

/* What fits by itself but not together. */
static void check_together(Reader *reader)
{
    const Config *config = reader->config;
    check_rdap(reader);
    check_technical_contact(reader);
    check_gateway(reader);
    if (config->list != NULL && config->secretariat_address != NULL &&
        is_of_list(config->list, config->secretariat_address))
        problem(reader,
                "secretariat is an address of the list, so its mail would go in circles");
    if (config->smtp_user == NULL)
        return;
    if (config->smtp_tls != SMTP_TLS_REQUIRE)
        problem(reader, "[smtp] user needs tls = require: no password goes out in the clear");
    if (config->smtp_password_file == NULL)
        problem(reader, "[smtp] user needs a password-file");
}

/* What the file does not say. */
static void fill_in(Reader *reader)
{
    size_t n = 0;
    const Setting *settings = config_settings(&n);
    reader->line = 0;
    for (size_t i = 0; i < n; i++) {
        const Setting *setting = &settings[i];
        if (g_hash_table_contains(reader->seen, setting))
            continue;
        if (setting->is_required)
            problem(reader, "%s is missing in [%s]", setting->key, setting->section);
        if (setting->fallback == NULL)
            continue;
        bool fits = PARSERS[setting->type](reader->config, setting, setting->fallback, NULL);
        g_assert(fits);
    }
    if (reader->config->subject_prefix == NULL)
        reader->config->subject_prefix = g_strdup_printf("[%s]", reader->config->name);
}

static void read_text(Reader *reader, const char *text, size_t size)
{
    if (size > CONFIG_SIZE_MAX) {
        problem(reader, "the file is larger than %d bytes", CONFIG_SIZE_MAX);
        return;
    }
    if (!text_is_valid(text, size)) {
        problem(reader, "the file is not UTF-8 text");
        return;
    }
    g_autofree char *copy = g_strndup(text, size);
    g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        reader->line++;
        read_line(reader, *line);
    }
    fill_in(reader);
    check_together(reader);
}

bool config_parse(const char *text, size_t size, const char *file, Config **ret_config,
                  GError **err)
{
    g_autoptr(Config) config = g_new0(Config, 1);
    config->file = g_canonicalize_filename(file, NULL);
    config->directory = g_path_get_dirname(config->file);

    g_autofree char *shown_name = g_path_get_basename(file);
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autoptr(GString) problems = g_string_new(NULL);
    Reader reader = {
        .config = config, .shown_name = shown_name, .seen = seen, .problems = problems
    };
    read_text(&reader, text, size);
    g_free(reader.section);

    if (problems->len > 0)
        return err_set(err, ERR_INVALID, "%s", problems->str);
    *ret_config = g_steal_pointer(&config);
    return true;
}

bool config_load(const char *file, Config **ret_config, GError **err)
{
    g_autofree char *text = NULL;
    gsize size = 0;
    g_autoptr(GError) problem_reading = NULL;
    if (!g_file_get_contents(file, &text, &size, &problem_reading))
        return err_set(err, ERR_NOT_FOUND, "could not read the configuration: %s",
                       problem_reading->message);
    return config_parse(text, size, file, ret_config, err);
}

void config_free(Config *config)
{
    if (config == NULL)
        return;
    size_t n = 0;
    const Setting *settings = config_settings(&n);
    for (size_t i = 0; i < n; i++) {
        if (is_text(&settings[i]))
            g_free(*text_at(config, &settings[i]));
    }
    g_free(config->secretariat_address);
    g_free(config->file);
    g_free(config->directory);
    g_free(config);
}

static char *show_days(int64_t days)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int day = 1; day <= 31; day++) {
        if ((days >> day & 1) != 0)
            g_string_append_printf(text, "%s%d", text->len > 0 ? "," : "", day);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

char *config_show(const Config *config, const Setting *setting)
{
    if (setting->type == SETTING_STORE)
        return store_url_shown(*text_at(config, setting));
    if (setting->type == SETTING_GATEWAY)
        return sms_url_shown(*text_at(config, setting));
    if (is_text(setting))
        return g_strdup(*text_at(config, setting));
    if (setting->type == SETTING_SWITCH)
        return g_strdup(*switch_at(config, setting) ? "yes" : "no");
    if (setting->type == SETTING_CHOICE)
        return g_strdup(setting->choices[*number_at(config, setting)]);
    if (setting->type == SETTING_DAYS)
        return show_days(*number_at(config, setting));
    return g_strdup_printf("%" G_GINT64_FORMAT, *number_at(config, setting));
}

/* The domain that the list's hosts lie in, as far as a sample can guess it. */
static const char *home_domain(const char *list)
{
    const char *domain = address_domain(list);
    return g_str_has_prefix(domain, "lists.") ? domain + strlen("lists.") : domain;
}

static char *sample_value(const Setting *setting, const char *list, const char *store)
{
    const char *domain = home_domain(list);
    if (g_str_equal(setting->key, "list"))
        return g_strdup(list);
    if (setting->type == SETTING_STORE)
        return g_strdup(store);
    if (g_str_equal(setting->key, "secretariat"))
        return g_strdup_printf("Secretariat <secretariat@%s>", domain);
    if (g_str_equal(setting->key, "authserv-id"))
        return g_strdup_printf("mx.%s", domain);
    return NULL;
}

static void append_comment(GString *text, const char *comment)
{
    g_auto(GStrv) words = g_strsplit(comment, " ", -1);
    size_t column = 0;
    for (char **word = words; *word != NULL; word++) {
        bool fits = column > 0 && column + 1 + strlen(*word) <= 90;
        g_string_append(text, fits ? " " : column == 0 ? "; " : "\n; ");
        column = fits ? column + 1 : 2;
        g_string_append(text, *word);
        column += strlen(*word);
    }
    g_string_append_c(text, '\n');
}

char *config_sample(const char *list, const char *store)
{
    g_autoptr(GString) text = g_string_new("; Muster. All settings are described in "
                                           "muster.conf(5).\n");
    const char *section = "";
    size_t n = 0;
    const Setting *settings = config_settings(&n);
    for (size_t i = 0; i < n; i++) {
        const Setting *setting = &settings[i];
        if (!g_str_equal(section, setting->section))
            g_string_append_printf(text, "\n[%s]\n", setting->section);
        section = setting->section;

        g_autofree char *value = sample_value(setting, list, store);
        append_comment(text, setting->help);
        if (value != NULL)
            g_string_append_printf(text, "%s = %s\n", setting->key, value);
        else
            g_string_append_printf(text, ";%s = %s\n", setting->key,
                                   setting->fallback != NULL ? setting->fallback : "");
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}
