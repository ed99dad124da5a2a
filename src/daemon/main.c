#include "cli/groups.h"
#include "daemon/serve.h"

int main(int argc, char **argv)
{
    const CommandGroup groups[] = {
        /* clang-format off */
        CLI_SETUP,
        CLI_TLD,
        CLI_CONTACT,
        CLI_OFFICE,
        CLI_JOURNAL,
        CLI_QUEUE,
        DAEMON_SERVE,
        /* clang-format on */
    };

    return command_main(groups, G_N_ELEMENTS(groups), argc, argv);
}
