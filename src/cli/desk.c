/* muster desk: all that waits, with the command for each next step. */
#include "membership/desk.h"

#include "cli/groups.h"
#include "cli/records.h"

static const OutputColumn COLUMNS[] = {
    { "number", "no." }, { "kind", "what" },          { "since", "since" },
    { "what", "why" },   { "next", "the next step" },
};

static bool cmd_desk(Session *session, const Args *args, GError **err)
{
    g_autoptr(GPtrArray)
        entries = desk_read(session->db, session->config, args_has(args, "ours"), err);
    if (entries == NULL)
        return false;
    json_t *rows = json_array();
    for (guint i = 0; i < entries->len; i++) {
        const DeskEntry *entry = entries->pdata[i];
        (void) json_array_append_new(
            rows, json_pack("{s:s, s:s, s:s, s:o, s:s}", "kind", entry->kind, "number",
                            entry->number, "what", entry->what, "since",
                            output_time(entry->since), "next", entry->next));
    }
    output_table(session->output, rows, COLUMNS, G_N_ELEMENTS(COLUMNS));
    if (entries->len == 0)
        output_line(session->output, "%s", "Nothing waits.");
    return true;
}

static const Command COMMANDS[] = {
    { "desk [--ours]", cmd_desk, COMMAND_STORE,
      "show all that waits, oldest first, with the command for each next step" },
};

const CommandGroup CLI_DESK = COMMAND_GROUP(COMMANDS);
