#include "cli/groups.h"
#include "daemon/serve.h"
#include "mail/parser.h"

int main(int argc, char **argv)
{
    const CommandGroup groups[] = {
        /* clang-format off */
        CLI_SETUP,
        CLI_STORE,
        CLI_TLD,
        CLI_CONTACT,
        CLI_OFFICE,
        CLI_IMPORT,
        CLI_ROSTER,
        CLI_JOURNAL,
        CLI_MESSAGE,
        CLI_MAIL,
        CLI_QUEUE,
        CLI_STATUS,
        DAEMON_SERVE,
        /* clang-format on */
    };

    /* No command, and not for people: the child that reads a mail is this program again. */
    if (argc == 2 && g_str_equal(argv[1], PARSER_ARGUMENT))
        parser_child_main();
    return command_main(groups, G_N_ELEMENTS(groups), argc, argv);
}
