#include "daemon/serve.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/confine.h"
#include "daemon/supervisor.h"
#include "store/migrate.h"

static void add_once(GArray *roles, const Role *role)
{
    for (guint i = 0; i < roles->len; i++) {
        if (g_array_index(roles, const Role *, i) == role)
            return;
    }
    g_array_append_val(roles, role);
}

/* The roles that are named, or all. */
static bool choose_roles(const GPtrArray *names, GArray *ret_roles, GError **err)
{
    for (size_t i = 0; names->len == 0 && role_at(i) != NULL; i++)
        add_once(ret_roles, role_at(i));

    for (guint i = 0; i < names->len; i++) {
        const Role *role = role_find(names->pdata[i]);
        if (role == NULL)
            return err_set(err, ERR_INVALID, "there is no role \"%s\"",
                           (const char *) names->pdata[i]);
        add_once(ret_roles, role);
    }
    return true;
}

/* Root makes it for the user whom we are about to become. */
static bool make_run_directory(const Config *config, GError **err)
{
    if (mkdir(config->run_directory, 0700) == 0)
        return confine_hand_over(config->run_directory, config->run_user, err);
    return errno == EEXIST || err_set(err, ERR_TEMPORARY, "could not make \"%s\": %s",
                                      config->run_directory, g_strerror(errno));
}

static char *describe(const GArray *roles)
{
    GString *names = g_string_new(NULL);
    for (guint i = 0; i < roles->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "",
                               g_array_index(roles, const Role *, i)->name);
    return g_string_free(names, FALSE);
}

/* What runs where, for whoever reads the logs of several hosts. */
static void log_start(const Config *config, const GArray *roles)
{
    g_autofree char *names = describe(roles);
    log_info("serving %s: %s; muster " MUSTER_VERSION
             " on %s, store version %d, lease %" G_GINT64_FORMAT " s",
             config->name, names, g_get_host_name(), STORE_VERSION, config->lease_s);
}

static bool cmd_serve(Session *session, const Args *args, GError **err)
{
    const Config *config = session->config;
    g_autoptr(GArray) roles = g_array_new(FALSE, FALSE, sizeof(const Role *));
    SupervisorOptions options = {
        .config_file = config->file,
        .config = config,
        .share = session->share,
        .clock = session->clock,
    };

    role_open_log("muster", config);
    if (!choose_roles(args_list(args, "role"), roles, err) || !make_run_directory(config, err))
        return false;
    g_autoptr(Supervisor) supervisor = supervisor_new(&options, roles, err);
    if (supervisor == NULL || !confine_become(config->run_user, err) ||
        !role_check_store(config, err))
        return false;

    log_start(config, roles);
    return supervisor_run(supervisor, err);
}

static const Command COMMANDS[] = {
    { "serve [<role>...]", cmd_serve, COMMAND_CONFIG,
      "run all roles in the foreground, or those named: lmtp, worker, courier" },
};

const CommandGroup DAEMON_SERVE = COMMAND_GROUP(COMMANDS);
