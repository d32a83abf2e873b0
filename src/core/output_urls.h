/* How answers show the output files of predictions: --output-urls. */
#ifndef CORE_OUTPUT_URLS_H
#define CORE_OUTPUT_URLS_H

enum output_urls {
    OUTPUT_URLS_AUTO, /* https where there is TLS, else http */
    OUTPUT_URLS_HTTP,
    OUTPUT_URLS_HTTPS,
    OUTPUT_URLS_DATA, /* as data: URIs, which hold the files: out/inlining.h */
};

#endif
