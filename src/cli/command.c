#include "cli/command.h"

#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/err.h"
#include "base/paths.h"
#include "base/text.h"
#include "cli/args.h"
#include "store/migrate.h"

static const char *const CONFIG_PLACES[] = { "muster.conf", "/etc/muster/muster.conf" };

/* The command line without its global options. */
typedef struct {
    const CommandGroup *groups;
    size_t n_groups;
    char *config_file; /* of -c */
    bool is_json;
    bool wants_help;
    bool wants_version;
    GPtrArray *words; /* char *, borrowed from argv */
} Line;

static void complain(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *printable = text_printable(*line, strlen(*line));
        (void) fprintf(stderr, "muster: %s\n", printable);
    }
}

static int report(const GError *err)
{
    complain(err->message);
    return err_face(err_kind(err))->exit_status;
}

/* Help */

static void print_command(FILE *file, const Command *command)
{
    (void) fprintf(file, "  muster %s\n      %s\n", command->pattern, command->help);
}

/* Whether the pattern agrees with the words as far as both go. */
static bool may_mean(const Command *command, const GPtrArray *words)
{
    g_auto(GStrv) parts = g_strsplit(command->pattern, " ", -1);
    for (guint w = 0; w < words->len && parts[w] != NULL; w++) {
        bool is_word = g_ascii_isalpha(parts[w][0]);
        if (is_word && !g_str_equal(parts[w], words->pdata[w]))
            return false;
    }
    return true;
}

/* The commands that the words may mean, or all if there are none. Returns their number. */
static size_t print_commands(FILE *file, const Line *line)
{
    size_t n = 0;
    for (size_t g = 0; g < line->n_groups; g++) {
        for (size_t c = 0; c < line->groups[g].n_commands; c++) {
            const Command *command = &line->groups[g].commands[c];
            if (!may_mean(command, line->words))
                continue;
            print_command(file, command);
            n++;
        }
    }
    return n;
}

static int print_help(const Line *line)
{
    if (line->words->len == 0)
        (void) printf("Muster, the directory and closed list of a trust community.\n\n"
                      "usage: muster [-c FILE] [--json] COMMAND ...\n\n");
    if (print_commands(stdout, line) == 0) {
        complain("there is no such command; \"muster help\" lists them");
        return EX_USAGE;
    }
    if (line->words->len == 0)
        (void) printf("\n-c FILE names the configuration (else MUSTER_CONFIG, ./muster.conf,\n"
                      "/etc/muster/muster.conf). --json prints records as JSON.\n"
                      "More: muster help COMMAND, man muster, man muster.conf\n");
    return EX_OK;
}

/* Finding the command */

static const Command *find_command(const Line *line)
{
    const Command *best = NULL;
    size_t best_length = 0;
    for (size_t g = 0; g < line->n_groups; g++) {
        for (size_t c = 0; c < line->groups[g].n_commands; c++) {
            const Command *command = &line->groups[g].commands[c];
            size_t length = args_match(command->pattern, line->words);
            if (length > best_length) {
                best = command;
                best_length = length;
            }
        }
    }
    return best;
}

static int usage_error(const Line *line, const char *text)
{
    complain(text);
    const Command *command = find_command(line);
    if (command != NULL)
        (void) fprintf(stderr, "usage: muster %s\n", command->pattern);
    else if (print_commands(stderr, line) == 0)
        (void) fprintf(stderr, "\"muster help\" lists the commands\n");
    return EX_USAGE;
}

/* Takes the global options out, wherever they stand before a "--". */
static bool line_parse(Line *line, int argc, char **argv, GError **err)
{
    bool options_end = false;
    for (int i = 1; i < argc; i++) {
        char *word = argv[i];
        options_end = options_end || g_str_equal(word, "--");
        if (options_end) {
            g_ptr_array_add(line->words, word);
        } else if (g_str_equal(word, "-c") || g_str_equal(word, "--config")) {
            if (i + 1 >= argc)
                return err_set(err, ERR_INVALID, "%s needs a file", word);
            g_free(line->config_file);
            line->config_file = g_strdup(argv[++i]);
        } else if (g_str_has_prefix(word, "--config=")) {
            g_free(line->config_file);
            line->config_file = g_strdup(word + strlen("--config="));
        } else if (g_str_equal(word, "--json")) {
            line->is_json = true;
        } else if (g_str_equal(word, "--help") || g_str_equal(word, "-h")) {
            line->wants_help = true;
        } else if (g_str_equal(word, "--version")) {
            line->wants_version = true;
        } else {
            g_ptr_array_add(line->words, word);
        }
    }
    if (line->words->len > 0 && g_str_equal(line->words->pdata[0], "help")) {
        (void) g_ptr_array_remove_index(line->words, 0);
        line->wants_help = true;
    }
    return true;
}

/* Running it */

static char *find_config(const Line *line)
{
    if (line->config_file != NULL)
        return g_strdup(line->config_file);
    const char *named = g_getenv("MUSTER_CONFIG");
    if (named != NULL)
        return g_strdup(named);
    for (size_t i = 0; i < G_N_ELEMENTS(CONFIG_PLACES); i++) {
        if (g_file_test(CONFIG_PLACES[i], G_FILE_TEST_EXISTS))
            return g_strdup(CONFIG_PLACES[i]);
    }
    return NULL;
}

/* Who it was that ran a command as root is worth more than "root". */
static char *actor_name(void)
{
    const char *behind_sudo = geteuid() == 0 ? g_getenv("SUDO_USER") : NULL;
    const struct passwd *user = getpwuid(getuid());
    const char *name = behind_sudo != NULL ? behind_sudo : user != NULL ? user->pw_name : "?";
    return g_strdup_printf("cli:%s", name);
}

/* What a session owns. */
typedef struct {
    char *config_file;
    Config *config;
    Db *db;
    Clock *clock;
    Output *output;
    char *actor;
    char *share;
} Resources;

static void resources_clear(Resources *r)
{
    g_clear_pointer(&r->db, db_close);
    g_clear_pointer(&r->config, config_free);
    g_clear_pointer(&r->clock, clock_free);
    g_clear_pointer(&r->output, output_free);
    g_clear_pointer(&r->config_file, g_free);
    g_clear_pointer(&r->actor, g_free);
    g_clear_pointer(&r->share, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Resources, resources_clear)

static bool open_clock(Resources *r, GError **err)
{
    bool may_set = r->config != NULL && r->config->test_clock;
    r->clock = clock_new(may_set ? g_getenv("MUSTER_CLOCK") : NULL, err);
    return r->clock != NULL;
}

static bool open_config(Resources *r, GError **err)
{
    if (r->config_file == NULL)
        return err_set(
            err, ERR_NOT_FOUND,
            "found no muster.conf here nor in /etc/muster; name one with -c FILE, or "
            "make one with \"muster init DIR\"");
    return config_load(r->config_file, &r->config, err);
}

static bool open_resources(Resources *r, const Line *line, const Command *command, GError **err)
{
    r->config_file = find_config(line);
    r->actor = actor_name();
    r->output = output_new(stdout, line->is_json);
    r->share = paths_share(err);
    if (r->share == NULL)
        return false;
    if (command->need != COMMAND_ALONE && !open_config(r, err))
        return false;
    if (!open_clock(r, err))
        return false;
    if (command->need != COMMAND_STORE)
        return true;
    return db_open(r->config->store_url, r->config->directory, false, &r->db, err) &&
           migrate_check(r->db, err);
}

static bool run(const Line *line, const Command *command, const Args *args, int *ret_status,
                GError **err)
{
    g_auto(Resources) r = { .db = NULL };
    if (!open_resources(&r, line, command, err))
        return false;

    Session session = {
        .config_file = r.config_file,
        .config = r.config,
        .db = r.db,
        .clock = r.clock,
        .output = r.output,
        .actor = r.actor,
        .share = r.share,
        .exit_status = EX_OK,
    };
    if (!command->run(&session, args, err))
        return false;
    *ret_status = session.exit_status;
    return true;
}

static int line_run(const Line *line)
{
    if (line->wants_version) {
        (void) printf("muster %s\n", MUSTER_VERSION);
        return EX_OK;
    }
    if (line->wants_help || line->words->len == 0)
        return print_help(line);

    g_autoptr(GError) err = NULL;
    g_autoptr(Args) args = NULL;
    const Command *command = find_command(line);
    if (command == NULL)
        return usage_error(line, "there is no such command");
    if (!args_parse(command->pattern, line->words, &args, &err))
        return usage_error(line, err->message);
    int status = EX_OK;
    return run(line, command, args, &status, &err) ? status : report(err);
}

/* Whoever would run the command again must know that it took effect. */
static int finish(int status)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return status;
    complain(status == EX_OK ? "the command took effect, but its output could not be written"
                             : "the output could not be written");
    return status == EX_OK ? EX_IOERR : status;
}

int command_main(const CommandGroup *groups, size_t n_groups, int argc, char **argv)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    Line line = { .groups = groups, .n_groups = n_groups, .words = words };

    (void) umask(077); /* all that Muster writes is private */
    int status = line_parse(&line, argc, argv, &err) ? line_run(&line)
                                                     : usage_error(&line, err->message);
    g_free(line.config_file);
    return finish(status);
}
