/* Tries to leave by every way that needs no Python. Prints one line an attempt: its errno, or 0.
   Built by tests/airgap/test_protections.py: leaving ALLOWED_PORT OTHER_PORT SECRET SOURCE */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif

static struct sockaddr_in loopback(const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void say(const char *what, long result) {
    printf("%s %d\n", what, result < 0 ? errno : 0);
}

static long connect_to(const char *port) {
    struct sockaddr_in address = loopback(port);
    return connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&address, sizeof address);
}

int main(int count, char **argument) {
    struct sockaddr_in other = loopback(argument[2]), any = loopback("0");
    struct iovec text = {.iov_base = "x", .iov_len = 1};
    struct msghdr message = {
        .msg_name = &other, .msg_namelen = sizeof other, .msg_iov = &text, .msg_iovlen = 1};
    say("allowed", connect_to(argument[1]));
    say("other", connect_to(argument[2]));
    say("fast-open", sendto(socket(AF_INET, SOCK_STREAM, 0), "x", 1, MSG_FASTOPEN,
                            (void *)&other, sizeof other));
    say("fast-open-message", sendmsg(socket(AF_INET, SOCK_STREAM, 0), &message, MSG_FASTOPEN));
    say("bind", bind(socket(AF_INET, SOCK_STREAM, 0), (void *)&any, sizeof any));
    say("udp", socket(AF_INET, SOCK_DGRAM, 0));
    say("udp6", socket(AF_INET6, SOCK_DGRAM, 0));
    say("raw", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    say("mptcp", socket(AF_INET, SOCK_STREAM, 262));
    say("packet", socket(AF_PACKET, SOCK_RAW, 0));
    say("netlink", socket(AF_NETLINK, SOCK_RAW, 0));
    say("vsock", socket(40, SOCK_STREAM, 0));
    say("io_uring", syscall(425, 8, NULL));
#ifdef __x86_64__
    /* socket() as 32-bit code calls it: number 359 by interrupt 0x80 */
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(359), "b"(AF_INET), "c"(SOCK_DGRAM), "d"(0)
                     : "memory", "r8", "r9", "r10", "r11");
    printf("udp-32-bit %ld\n", result < 0 ? -result : 0);
    say("udp-x32", syscall(0x40000000 | 41, AF_INET, SOCK_DGRAM, 0));
#endif
    say("read", open(argument[3], O_RDONLY));
    say("write", open(argument[4], O_WRONLY));
    return count == 5 ? 0 : 1;
}
