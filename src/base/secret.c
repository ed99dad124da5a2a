#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

#define HEX_SIZE  (SECRET_SIZE * 2)
#define FILE_SIZE (HEX_SIZE + 1) /* with the line end */

static bool fail(GError **err, const char *what, const char *path)
{
    int error = errno;
    return err_set(err, err_kind_of_errno(error), "could not %s the secret \"%s\": %s", what,
                   path, g_strerror(error));
}

static bool write_secret(int fd)
{
    uint8_t secret[SECRET_SIZE];
    char text[FILE_SIZE + 1];

    if (sodium_init() < 0)
        g_error("libsodium finds no randomness");
    randombytes_buf(secret, sizeof secret);
    sodium_bin2hex(text, sizeof text, secret, sizeof secret);
    text[HEX_SIZE] = '\n';

    bool is_done = write(fd, text, FILE_SIZE) == FILE_SIZE && fsync(fd) == 0;
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(text, sizeof text);
    return is_done;
}

bool secret_create(const char *path, GError **err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(err, "create", path);

    bool is_done = write_secret(fd);
    int error = errno;
    (void) close(fd);
    if (is_done)
        return true;

    (void) unlink(path); /* half a secret is none */
    errno = error;
    return fail(err, "write", path);
}

static bool check_mode(int fd, const char *path, GError **err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return fail(err, "read", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_INVALID, "the secret \"%s\" is not a file", path);
    if ((st.st_mode & (S_IWGRP | S_IRWXO)) != 0)
        return err_set(err, ERR_DENIED,
                       "the secret \"%s\" is open to others: set its mode to 0600", path);
    return true;
}

static bool read_secret(int fd, const char *path, GBytes **ret_secret, GError **err)
{
    char text[FILE_SIZE + 1]; /* room to see that there is more */
    uint8_t secret[SECRET_SIZE];

    ssize_t count = read(fd, text, sizeof text);
    if (count < 0)
        return fail(err, "read", path);
    if (count == FILE_SIZE && text[HEX_SIZE] == '\n')
        count--;
    if (count != HEX_SIZE ||
        sodium_hex2bin(secret, sizeof secret, text, HEX_SIZE, NULL, NULL, NULL) != 0)
        return err_set(err, ERR_INVALID, "the secret \"%s\" is not one line of %d hex digits",
                       path, HEX_SIZE);

    *ret_secret = g_bytes_new(secret, sizeof secret);
    sodium_memzero(text, sizeof text);
    sodium_memzero(secret, sizeof secret);
    return true;
}

bool secret_load(const char *path, GBytes **ret_secret, GError **err)
{
    /* Without O_NONBLOCK a FIFO of that name would hold us here. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail(err, "open", path);

    bool is_done = check_mode(fd, path, err) && read_secret(fd, path, ret_secret, err);
    (void) close(fd);
    return is_done;
}

bool secret_read_line(const char *path, char **ret_line, GError **err)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, &failure))
        return err_set(err, ERR_NOT_FOUND, "%s", failure->message);
    text[strcspn(text, "\r\n")] = '\0';
    *ret_line = g_steal_pointer(&text);
    return true;
}
