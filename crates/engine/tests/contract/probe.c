/* The one program of the test image, which has no shell: says and shows what the tests ask for. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static void finish(int signal) {
    (void)signal;
    _exit(0);
}

static int stat_file(const char *path) {
    struct stat found;
    if (stat(path, &found) != 0) {
        printf("%s: %s\n", path, strerror(errno));
        return 1;
    }
    printf("%s %o %u:%u ", path, found.st_mode & 07777, found.st_uid, found.st_gid);
    FILE *file = S_ISREG(found.st_mode) ? fopen(path, "r") : NULL;
    for (int byte; file && (byte = fgetc(file)) != EOF;) putchar(byte == '\n' ? '|' : byte);
    putchar('\n');
    return 0;
}

static int write_file(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || write(file, text, strlen(text)) < 0) {
        printf("%s: %s\n", path, strerror(errno));
        return 1;
    }
    return 0;
}

static int show(void) {
    char host[256] = "";
    struct winsize size = {0};
    gethostname(host, sizeof host);
    ioctl(0, TIOCGWINSZ, &size);
    printf("host %s\nuid %u:%u\npid %d\ncolumns %d\n", host, getuid(), getgid(), getpid(), size.ws_col);
    for (char **variable = environ; *variable; variable++) printf("env %s\n", *variable);
    return 0;
}

int main(int count, char **words) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    const char *word = count > 1 ? words[1] : "serve";
    if (!strcmp(word, "exit")) return atoi(words[2]);
    if (!strcmp(word, "show")) return show();
    if (!strcmp(word, "write")) return write_file(words[2], words[3]);
    if (!strcmp(word, "stat")) {
        int failed = 0;
        for (int i = 2; i < count; i++) failed |= stat_file(words[i]);
        return failed;
    }
    if (!strcmp(word, "say")) { /* words beginning with ! go to the standard error */
        for (int i = 2; i < count; i++) {
            FILE *to = words[i][0] == '!' ? stderr : stdout;
            fprintf(to, "%s\n", words[i] + (words[i][0] == '!'));
            fflush(to);
            usleep(20000); /* two pipes keep no order between them */
        }
        return 0;
    }
    if (!strcmp(word, "cat")) {
        char buffer[4096];
        for (ssize_t got; (got = read(0, buffer, sizeof buffer)) > 0;)
            if (write(1, buffer, got) != got) return 1;
        return 7;
    }
    if (!strcmp(word, "memory")) { /* asks for so many megabytes */
        size_t bytes = (size_t)atoi(words[2]) << 20;
        char *memory = malloc(bytes);
        if (memory) memset(memory, 1, bytes);
        return memory ? (unsigned char)memory[bytes / 2] - 1 : 1;
    }
    if (!strcmp(word, "spin")) for (volatile long i = 0;; i++);
    signal(SIGTERM, !strcmp(word, "deaf") ? SIG_IGN : finish);
    puts("ready");
    for (;;) pause();
}
