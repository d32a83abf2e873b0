/* The end of every test file: SUITE("json", test_grammar, test_positions); is its main().
 *
 * A test that is written and not named there does not compile (-Wunused-variable). CK_FORK=no in the
 * environment keeps all in one process, for sanitizers and valgrind. */
#ifndef TESTS_LIB_SUITE_H
#define TESTS_LIB_SUITE_H

#include <check.h>
#include <stddef.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SUITE(name, ...) SUITE_WITH(name, NULL, NULL, __VA_ARGS__)

/* The same with `setup` and `teardown`, void f(void), around each test. */
#define SUITE_WITH(name, setup, teardown, ...)                                                                         \
    int main(void)                                                                                                     \
    {                                                                                                                  \
        const TTest *const tests[] = {__VA_ARGS__};                                                                    \
        return suite_run((name), (setup), (teardown), tests, sizeof(tests) / sizeof(tests[0]));                        \
    }                                                                                                                  \
    _Static_assert(1, "takes the semicolon")

static inline int suite_run(const char *name, SFun setup, SFun teardown, const TTest *const *tests, size_t count)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 0); // the runner's: valgrind is slow
    if (setup || teardown)
        tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
