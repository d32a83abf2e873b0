/* Writes what is told of the command line elsewhere than in --help, all from the same tables: the manual page, the
 * completions of three shells, the table of docs/configuration.md.
 *
 *     manual man|bash|zsh|fish|markdown */
#include "cli/cli.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* "--some-name" is REPLICATE_MOCK_SOME_NAME. */
static void put_variable(const char *name)
{
    printf("REPLICATE_MOCK_");
    for (; *name; name++)
        putchar(*name == '-' ? '_' : toupper((unsigned char)*name));
}

static bool is_path(const char *value)
{
    return value && (strcmp(value, "PATH") == 0 || strcmp(value, "FILE") == 0 || strcmp(value, "DIR") == 0);
}

/* Calls `put` for each of "real|manual"; a value in capitals is a kind of value, and there is nothing to call it for. */
static void each_choice(const char *value, void (*put)(const char *choice, size_t len))
{
    for (const char *at = value; at && *at; at += at[strcspn(at, "|")] ? strcspn(at, "|") + 1 : strlen(at))
        if (!isupper((unsigned char)*at))
            put(at, strcspn(at, "|"));
}

static bool has_choices(const char *value)
{
    return value && strchr(value, '|') && !isupper((unsigned char)*value);
}

/* --- the manual page ------------------------------------------------------------------------------------------------ */

/* A hyphen that is to be typed, a dot or quote at the beginning of a line, a backslash: all mean something to troff. */
static void put_roff(const char *text)
{
    if (*text == '.' || *text == '\'')
        printf("\\&");
    for (; *text; text++) {
        if (*text == '-')
            printf("\\-");
        else if (*text == '\\')
            printf("\\e");
        else
            putchar(*text);
    }
}

static void man_option(const struct option_text *option)
{
    printf(".TP\n\\fB\\-\\-");
    put_roff(option->name);
    printf("\\fR");
    if (option->value) {
        printf(" \\fI");
        put_roff(option->value);
        printf("\\fR");
    }
    printf("\n");
    put_roff(option->help);
    if (option->def) {
        printf(" [");
        put_roff(option->def);
        if (option->own_def)
            printf("; exec, demo: %s", option->own_def);
        printf("]");
    }
    printf("\n");
}

static void man_options(bool of_few)
{
    struct option_text option;

    for (size_t i = 0; config_option(i, &option); i++)
        if ((option.taken != 0) == of_few)
            man_option(&option);
}

static void man_commands(void)
{
    struct command_text command;

    for (size_t i = 0; cli_command(i, &command); i++) {
        printf(".TP\n\\fB%s\\fR", command.name);
        if (command.words) {
            printf(" \\fI");
            put_roff(command.words);
            printf("\\fR");
        }
        printf("\n");
        put_roff(command.help);
        printf("\n");
    }
}

static void write_man(void)
{
    const char *client;

    printf(
        ".TH REPLICATE\\-MOCK 1 \"\" \"replicate\\-mock " PROJECT_VERSION "\" \"User Commands\"\n"
        ".SH NAME\nreplicate\\-mock \\- a local stand\\-in for the Replicate HTTP API\n"
        ".SH SYNOPSIS\n.B replicate\\-mock\n[\\fICOMMAND\\fR] [\\fIOPTIONS\\fR]\n"
        ".SH DESCRIPTION\nServes the HTTP API of Replicate on this machine: predictions move through their life, send "
        "their webhooks and\nmake their files, without a token, a bill or a network. When it is ready it prints one "
        "line with its URL on standard\noutput; its log goes to standard error.\n"
        ".SH COMMANDS\n");
    man_commands();
    printf(".SH OPTIONS\nAll commands take these. A switch is turned off by =0.\n");
    man_options(false);
    printf(".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nThe same in short.\n"
           ".TP\n\\fB\\-\\-version\\fR\nThe version.\n"
           ".SS Options of sign and verify\n");
    man_options(true);
    printf(".SH VALUES\nDurations: 250ms, 1.5s, 2m, 1h, 0. Sizes: 64KiB, 16MiB, 1GiB, plain bytes.\n"
           "Clients of env:");
    for (size_t i = 0; (client = env_client(i)); i++) {
        printf("%s ", i > 0 ? "," : "");
        put_roff(client);
    }
    printf(
        ".\n.SH ENVIRONMENT\nEvery option \\fB\\-\\-some\\-name\\fR is also \\fBREPLICATE_MOCK_SOME_NAME\\fR; one "
        "that may be repeated is split there at\ncommas. A flag goes before the environment, that before the "
        "default. An unknown REPLICATE_MOCK_ variable is ignored.\n"
        ".SH FILES\n.TP\n\\fI~/.local/share/replicate\\-mock\\fR\nThe certificates of \\fB\\-\\-tls\\-port\\fR where "
        "\\fB\\-\\-tls\\-dir\\fR names no other folder.\n"
        ".SH \"EXIT STATUS\"\n0: it was stopped (SIGTERM and SIGINT too). 1: it failed while running; the port was "
        "taken. 2: the command line, the\nenvironment or a file is not right; nothing was begun. \\fBexec\\fR exits "
        "as its command does: 128 and the number of the\nsignal that ended it, 127 where it was not found.\n"
        ".SH EXAMPLES\n.TP\n.B replicate\\-mock \\-\\-speed 10\nServes at port 7375, ten times as fast as life.\n"
        ".TP\n.B replicate\\-mock exec \\-\\- pytest\nRuns tests beside a server of their own.\n"
        ".TP\n.B replicate\\-mock demo\nWrites pictures of all kinds that ControlNet makes.\n");
}

/* --- bash ----------------------------------------------------------------------------------------------------------- */

static void put_word(const char *word, size_t len)
{
    printf(" %.*s", (int)len, word);
}

static void put_commands(void)
{
    struct command_text command;

    for (size_t i = 0; cli_command(i, &command); i++)
        printf(" %s", command.name);
}

static void put_clients(void)
{
    const char *client;

    for (size_t i = 0; (client = env_client(i)); i++)
        printf(" %s", client);
}

/* The flags of all subcommands or, with `taken`, those that only such take. */
static void put_flags(unsigned taken)
{
    struct option_text option;

    for (size_t i = 0; config_option(i, &option); i++)
        if (option.taken == taken)
            printf(" --%s", option.name);
}

static void bash_values(void)
{
    struct option_text option;

    for (size_t i = 0; config_option(i, &option); i++) {
        if (is_path(option.value)) {
            printf("        --%s) compopt -o default; return ;;\n", option.name);
        } else if (has_choices(option.value)) {
            printf("        --%s) COMPREPLY=($(compgen -W '", option.name);
            each_choice(option.value, put_word);
            printf("' -- \"$word\")); return ;;\n");
        } else if (option.value) {
            printf("        --%s) return ;;\n", option.name);
        }
    }
}

static void write_bash(void)
{
    printf("# Completions of replicate-mock for bash, made from its tables of commands and options.\n"
           "_replicate_mock() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]} i\n"
           "    COMPREPLY=()\n"
           "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
           "        [[ ${COMP_WORDS[i]} == -- ]] && { _command_offset $((i + 1)) 2>/dev/null || compopt -o default; "
           "return; }\n"
           "    done\n"
           "    [[ $word == = ]] && word=\n" // bash makes three words of --clock=real
           "    [[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD-2]}\n"
           "    case $before in\n");
    bash_values();
    printf("        -p) return ;;\n"
           "    esac\n"
           "    local flags='-h --help --version -p");
    put_flags(0);
    printf("'\n"
           "    [[ $command == sign || $command == verify ]] && flags+=' --id --timestamp'\n"
           "    [[ $command == verify ]] && flags+=' --signature --tolerance'\n"
           "    if [[ $word == -* ]]; then\n"
           "        COMPREPLY=($(compgen -W \"$flags\" -- \"$word\"))\n"
           "    elif ((COMP_CWORD == 1)); then\n"
           "        COMPREPLY=($(compgen -W '");
    put_commands();
    printf("' -- \"$word\"))\n"
           "    elif [[ $command == env ]]; then\n"
           "        COMPREPLY=($(compgen -W '");
    put_clients();
    printf("' -- \"$word\"))\n"
           "    elif [[ $command == check || $command == demo ]]; then\n"
           "        compopt -o default\n"
           "    fi\n"
           "}\n"
           "complete -F _replicate_mock replicate-mock\n");
}

/* --- zsh ------------------------------------------------------------------------------------------------------------ */

/* In single quotes, where brackets and colons mean something to _arguments. */
static void put_zsh(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            printf("'\\''");
        else if (strchr("[]:\\", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void zsh_option(const struct option_text *option)
{
    printf("    '*--%s%s[", option->name, option->value ? "=" : "");
    put_zsh(option->help);
    printf("]");
    if (is_path(option->value)) {
        printf(":%s:_files", option->value);
    } else if (has_choices(option->value)) {
        printf(":value:(");
        each_choice(option->value, put_word);
        printf(")");
    } else if (option->value) {
        printf(":");
        put_zsh(option->value);
        printf(": ");
    }
    printf("'\n");
}

static void zsh_options(unsigned taken)
{
    struct option_text option;

    for (size_t i = 0; config_option(i, &option); i++)
        if (option.taken == taken || (taken && (option.taken & taken)))
            zsh_option(&option);
}

static void write_zsh(void)
{
    struct command_text command;

    printf("#compdef replicate-mock\n"
           "# Completions of replicate-mock for zsh, made from its tables of commands and options.\n"
           "local -a options of_message of_signature subcommands\n" // `commands` is zsh's own
           "local -i end\n"
           "options=(\n"
           "    '(- *)'{-h,--help}'[help]'\n"
           "    '(- *)--version[the version]'\n"
           "    '-p[the port]:N: '\n");
    zsh_options(0);
    printf(")\nof_message=(\n");
    zsh_options(TAKES_MESSAGE);
    printf(")\nof_signature=(\n");
    zsh_options(TAKES_SIGNATURE);
    printf(")\nsubcommands=(\n");
    for (size_t i = 0; cli_command(i, &command); i++) {
        printf("    '%s:", command.name);
        put_zsh(command.help);
        printf("'\n");
    }
    printf(")\n"
           "case ${words[2]} in\n"
           "exec)\n"
           "    end=${words[(i)--]}\n"
           "    if ((end < CURRENT)); then\n"
           "        shift $end words\n"
           "        ((CURRENT -= end))\n"
           "        _normal\n"
           "    else\n"
           "        _arguments $options '1:command:(exec)' '2:end of options:(--)'\n"
           "    fi ;;\n"
           "env) _arguments $options '1:command:(env)' '2:client:(");
    put_clients();
    printf(")' ;;\n"
           "check) _arguments $options '1:command:(check)' '*:file:_files' ;;\n"
           "demo) _arguments $options '1:command:(demo)' '2:folder:_files -/' ;;\n"
           "sign) _arguments $options $of_message '1:command:(sign)' ;;\n"
           "verify) _arguments $options $of_message $of_signature '1:command:(verify)' ;;\n"
           "*) _arguments $options '1: :{_describe command subcommands}' ;;\n"
           "esac\n");
}

/* --- fish ----------------------------------------------------------------------------------------------------------- */

static void put_fish(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
}

static void fish_option(const struct option_text *option)
{
    printf("complete -c replicate-mock -l %s -d '", option->name);
    put_fish(option->help);
    printf("'");
    if (option->taken)
        printf(" -n '__fish_seen_subcommand_from%s verify'", option->taken & TAKES_MESSAGE ? " sign" : "");
    if (is_path(option->value)) {
        printf(" -r -F");
    } else if (option->value) {
        printf(" -x");
        if (has_choices(option->value)) {
            printf(" -a '");
            each_choice(option->value, put_word);
            printf("'");
        }
    }
    printf("\n");
}

static void write_fish(void)
{
    struct option_text option;
    struct command_text command;

    printf("# Completions of replicate-mock for fish, made from its tables of commands and options.\n"
           "complete -c replicate-mock -f\n"
           "complete -c replicate-mock -s h -l help -d 'help'\n"
           "complete -c replicate-mock -l version -d 'the version'\n"
           "complete -c replicate-mock -s p -x -d 'the port'\n");
    for (size_t i = 0; config_option(i, &option); i++)
        fish_option(&option);
    for (size_t i = 0; cli_command(i, &command); i++) {
        printf("complete -c replicate-mock -n __fish_use_subcommand -a %s -d '", command.name);
        put_fish(command.help);
        printf("'\n");
    }
    printf("complete -c replicate-mock -n '__fish_seen_subcommand_from check demo' -F\n"
           "complete -c replicate-mock -n '__fish_seen_subcommand_from env' -a '");
    put_clients();
    printf("'\n"
           "function __replicate_mock_command\n"
           "    set -l words (commandline -opc)\n"
           "    set -l end (contains -i -- -- $words); or return\n"
           "    set -l typed (string escape -- $words[$end..-1])[2..-1] (commandline -ct)\n"
           "    complete -C \"$typed\"\n"
           "end\n"
           "complete -c replicate-mock -n '__fish_seen_subcommand_from exec' -a '(__replicate_mock_command)'\n");
}

/* --- the table of docs/configuration.md ----------------------------------------------------------------------------- */

/* In a table a bar ends a cell. */
static void put_markdown(const char *text)
{
    for (; *text; text++)
        printf(*text == '|' ? "\\|" : "%c", *text);
}

static void markdown_options(bool of_few)
{
    struct option_text option;

    printf("| option | environment | default | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; config_option(i, &option); i++) {
        if ((option.taken != 0) != of_few)
            continue;
        printf("| `--%s%s", option.name, option.value ? " " : "");
        put_markdown(option.value ? option.value : "");
        printf("` | `");
        put_variable(option.name);
        printf("` | %s", option.def ? "`" : "");
        put_markdown(option.def ? option.def : "");
        printf("%s", option.def ? "`" : "");
        if (option.own_def)
            printf("; `exec`, `demo`: `%s`", option.own_def);
        printf(" | ");
        put_markdown(option.help);
        printf(" |\n");
    }
}

static void write_markdown(void)
{
    markdown_options(false);
    printf("\nOf `sign` and `verify` alone:\n\n");
    markdown_options(true);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*write)(void);
    } forms[] = {{"man", write_man},
                 {"bash", write_bash},
                 {"zsh", write_zsh},
                 {"fish", write_fish},
                 {"markdown", write_markdown}};

    for (size_t i = 0; argc == 2 && i < sizeof(forms) / sizeof(*forms); i++)
        if (strcmp(argv[1], forms[i].name) == 0) {
            forms[i].write();
            return 0;
        }
    fputs("usage: manual man|bash|zsh|fish|markdown\n", stderr);
    return 2;
}
