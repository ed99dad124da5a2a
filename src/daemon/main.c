#include "cli/groups.h"

int main(int argc, char **argv)
{
    const CommandGroup groups[] = {
        CLI_SETUP,
        CLI_JOURNAL,
    };

    return command_main(groups, G_N_ELEMENTS(groups), argc, argv);
}
