/* The benchmark's server: answers every request on port 8080 with "ok"; with --check, asks the one beside it. Static,
 * so that its image is this one file. */
#include <arpa/inet.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char ANSWER[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
static const char QUESTION[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

static void end(int signal) { _exit(signal ? 0 : 1); }

static int check(int socket, struct sockaddr_in *address) {
    char answer[64] = {0};
    if (connect(socket, (struct sockaddr *)address, sizeof *address)) return 1;
    if (write(socket, QUESTION, sizeof QUESTION - 1) < 0) return 1;
    if (read(socket, answer, sizeof answer - 1) <= 0) return 1;
    return strncmp(answer, "HTTP/1.1 200", 12) != 0;
}

int main(int count, char **words) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8080)};
    int one = 1, door = socket(AF_INET, SOCK_STREAM, 0);
    if (count > 1 && !strcmp(words[1], "--check")) {
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return check(door, &address);
    }
    signal(SIGTERM, end);
    signal(SIGPIPE, SIG_IGN);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(door, (struct sockaddr *)&address, sizeof address) || listen(door, 64)) return 1;
    for (;;) {
        char request[2048];
        int caller = accept(door, 0, 0);
        if (caller < 0) continue;
        if (read(caller, request, sizeof request) > 0 && write(caller, ANSWER, sizeof ANSWER - 1) < 0) {}
        close(caller);
    }
}
