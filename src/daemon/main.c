#include "cli/groups.h"
#include "daemon/iana_timer.h"
#include "daemon/serve.h"
#include "daemon/sms_timer.h"
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
        CLI_DECISION,
        CLI_AUTHORITY,
        CLI_INVITE,
        CLI_DESK,
        CLI_REQUEST,
        CLI_IMPORT,
        CLI_ROSTER,
        CLI_JOURNAL,
        CLI_MESSAGE,
        CLI_MAIL,
        CLI_QUEUE,
        CLI_SMS,
        CLI_STATUS,
        DAEMON_SERVE,
        /* clang-format on */
    };

    /* No commands, and not for people: children of the worker and the courier are this program
     * again. */
    if (argc == 2 && g_str_equal(argv[1], PARSER_ARGUMENT))
        parser_child_main();
    if (argc == 3 && g_str_equal(argv[1], IANA_ARGUMENT))
        iana_child_main(argv[2]);
    if (argc == 4 && g_str_equal(argv[1], SMS_ARGUMENT))
        sms_child_main(argv[2], argv[3]);
    return command_main(groups, G_N_ELEMENTS(groups), argc, argv);
}
