/* curl_multi URL COUNT BYTES: what bare libcurl can do. POSTs a body of that size so often, 32 at a time over connections
 * that are kept, as little as a program can do about it; prints the seconds that took, and those of its user and system
 * CPU. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { AT_ONCE = 32 };

static size_t swallow(char *bytes, size_t size, size_t count, void *arg)
{
    (void)bytes;
    (void)arg;
    return size * count;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static CURL *new_transfer(const char *url, struct curl_slist *headers, const char *body, long len)
{
    CURL *easy = curl_easy_init();

    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, len);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    return easy;
}

/* Sends `count` of them; the number that failed. */
static long send_all(CURLM *multi, CURL **transfers, long count)
{
    long begun = 0, done = 0, failed = 0;
    CURLMsg *message;
    int running, left;

    for (; begun < AT_ONCE && begun < count; begun++)
        curl_multi_add_handle(multi, transfers[begun]);
    while (done < count) {
        curl_multi_perform(multi, &running);
        while ((message = curl_multi_info_read(multi, &left))) {
            CURL *easy = message->easy_handle;
            failed += message->data.result != CURLE_OK;
            curl_multi_remove_handle(multi, easy);
            done++;
            if (begun < count) {
                curl_multi_add_handle(multi, easy);
                begun++;
            }
        }
        if (running)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    return failed;
}

int main(int argc, char **argv)
{
    CURL *transfers[AT_ONCE];

    if (argc != 4) {
        fputs("usage: curl_multi URL COUNT BYTES\n", stderr);
        return 2;
    }
    long count = atol(argv[2]), len = atol(argv[3]);
    char *body = calloc(1, (size_t)len + 1);
    if (!body || curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK)
        return 1;
    memset(body, 'x', (size_t)len);
    struct curl_slist *headers = curl_slist_append(NULL, "content-type: application/json");
    headers = curl_slist_append(headers, "Expect:");
    CURLM *multi = curl_multi_init();
    for (int i = 0; i < AT_ONCE; i++)
        transfers[i] = new_transfer(argv[1], headers, body, len);
    double began = now();
    long failed = send_all(multi, transfers, count);
    double took = now() - began;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%.6f %.6f %.6f\n", took, seconds(&usage.ru_utime), seconds(&usage.ru_stime));
    for (int i = 0; i < AT_ONCE; i++)
        curl_easy_cleanup(transfers[i]);
    curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
    free(body);
    return failed > 0;
}
