/* muster init and config: how a community comes into being. */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/address.h"
#include "base/err.h"
#include "base/secret.h"
#include "cli/groups.h"
#include "directory/tld.h"
#include "store/migrate.h"

#define SAMPLE_LIST "tld-ops@lists.example.org"

static bool make_folder(const char *folder, GError **err)
{
    if (g_mkdir_with_parents(folder, 0700) != 0)
        return err_set(err, ERR_TEMPORARY, "could not make \"%s\": %s", folder,
                       g_strerror(errno));
    return true;
}

/* It may hold the password of a store. */
static bool write_config(const char *file, const char *text, GError **err)
{
    g_autoptr(GError) wrong = NULL;
    if (!g_file_set_contents_full(file, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &wrong))
        return err_set(err, ERR_TEMPORARY, "%s", wrong->message);
    return true;
}

static bool make_store(const Session *session, const Config *config, GError **err)
{
    g_autoptr(Db) db = NULL;
    return db_open(config->store_url, config->directory, true, &db, err) &&
           migrate_upgrade(db, session->share, clock_now(session->clock), err) &&
           tld_install(db, session->share, err);
}

static bool check_absent(const char *file, GError **err)
{
    return !g_file_test(file, G_FILE_TEST_EXISTS) ||
           err_set(err, ERR_EXISTS, "\"%s\" is there already: nothing was changed", file);
}

/* The store comes before the secret, since a server may refuse us, and then the same command
 * must work once it does not; the configuration comes last: a folder without one is no
 * community yet. Nothing that is there is ever overwritten. */
static bool make_community(const Session *session, const char *file, const char *text,
                           GError **err)
{
    g_autoptr(Config) config = NULL;
    return config_parse(text, strlen(text), file, &config, err) && check_absent(file, err) &&
           check_absent(config->secret_file, err) && make_folder(config->directory, err) &&
           make_folder(config->run_directory, err) && make_store(session, config, err) &&
           secret_create(config->secret_file, err) && write_config(file, text, err);
}

static bool cmd_init(Session *session, const Args *args, GError **err)
{
    const char *given = args_has(args, "list") ? args_get(args, "list") : SAMPLE_LIST;
    const char *store = args_get(args, "store");
    g_autofree char *list = NULL;
    if (!address_parse(given, &list, err))
        return false;

    g_autofree char *folder = g_canonicalize_filename(args_get(args, "dir"), NULL);
    g_autofree char *file = g_build_filename(folder, "muster.conf", NULL);
    g_autofree char *text = config_sample(list, store);
    if (!make_community(session, file, text, err))
        return false;

    output_line(session->output, "Made %s: configuration, store and secret for %s.", folder,
                list);
    output_line(session->output, "Next: look through %s, then", file);
    output_line(session->output, "  muster -c \"%s\" config check", file);
    output_line(session->output, "  muster -c \"%s\" import csv FILE", file);
    output_line(session->output, "  muster -c \"%s\" serve", file);
    output_document(session->output, json_pack("{s:s, s:s}", "config", file, "list", list));
    return true;
}

static bool cmd_config_check(Session *session, const Args *args, GError **err)
{
    output_line(session->output, "%s is right.", session->config->file);
    output_document(session->output, json_pack("{s:s}", "config", session->config->file));
    return true;
}

static json_t *setting_record(const Config *config, const Setting *setting)
{
    g_autofree char *value = config_show(config, setting);
    return json_pack("{s:s, s:s, s:o, s:o}", "section", setting->section, "key", setting->key,
                     "value", output_string(value), "default",
                     output_string(setting->fallback));
}

static bool cmd_config_show(Session *session, const Args *args, GError **err)
{
    static const OutputColumn COLUMNS[] = {
        { "section", "section" },
        { "key", "setting" },
        { "value", "value" },
    };
    size_t n = 0;
    const Setting *settings = config_settings(&n);
    json_t *rows = json_array();
    for (size_t i = 0; i < n; i++)
        (void) json_array_append_new(rows, setting_record(session->config, &settings[i]));
    output_table(session->output, rows, COLUMNS, G_N_ELEMENTS(COLUMNS));
    return true;
}

static const Command COMMANDS[] = {
    { "init <dir> [--list=<address>] [--store=<url>]", cmd_init, COMMAND_ALONE,
      "make a community: configuration, store, secret and the TLD table" },
    { "config check", cmd_config_check, COMMAND_CONFIG,
      "read the configuration and name line and reason for all that is wrong" },
    { "config show", cmd_config_show, COMMAND_CONFIG,
      "show every setting with the value in force" },
};

const CommandGroup CLI_SETUP = COMMAND_GROUP(COMMANDS);
