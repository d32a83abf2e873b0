#include "cli/cli.h"

#include <fcntl.h>
#include <unistd.h>

/* Whoever starts us without stdin, stdout or stderr must not find our sockets in their place. */
static void fill_standard_files(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    close(fd);
}

int main(int argc, char **argv)
{
    fill_standard_files();
    return cli_main(argc, argv);
}
