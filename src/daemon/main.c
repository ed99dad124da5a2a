#include "cli/groups.h"
#include "daemon/serve.h"

int main(int argc, char **argv)
{
    const CommandGroup groups[] = {
        CLI_SETUP,
        CLI_JOURNAL,
        CLI_QUEUE,
        DAEMON_SERVE,
    };

    return command_main(groups, G_N_ELEMENTS(groups), argc, argv);
}
