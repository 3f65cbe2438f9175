#define _GNU_SOURCE
#include "manifest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_string(FILE *out, const char *key, const char *value)
{
    fprintf(out, ",\"%s\":", key);
    if (!value) {
        fputs("null", out);
        return;
    }
    fputc('"', out);
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        if (c < 0x20 || c == 0x7f)
            fprintf(out, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c >= 0x80)
            fputs("\\ufffd", out);  // the kernel's names need not be UTF-8
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void write_number(FILE *out, const char *key, long long value, bool known)
{
    if (known)
        fprintf(out, ",\"%s\":%lld", key, value);
    else
        fprintf(out, ",\"%s\":null", key);
}

static void write_hold(FILE *out, const struct hold *hold)
{
    static const char *const names[HELD_BY_KINDS] = {"fd", "pin", "attachment", "thread"};
    bool has_fd = hold->by == HELD_BY_FD || hold->by == HELD_BY_THREAD;
    write_string(out, "held_by", names[hold->by]);
    write_number(out, "pid", hold->pid, has_fd);
    if (hold->by == HELD_BY_THREAD)
        write_number(out, "tid", hold->tid, true);
    write_number(out, "fd", hold->fd, has_fd);
    write_string(out, "pin", hold->by == HELD_BY_PIN ? hold->pin : NULL);
    struct stat status;
    if (hold->by == HELD_BY_PIN && stat(hold->pin, &status) == 0)
        write_number(out, "pin_mode", status.st_mode & 07777, true);
    if (hold->by == HELD_BY_ATTACHMENT)
        write_string(out, "via", hold->via);
    if (hold->holder_count) {
        fputs(",\"holders\":[", out);
        for (unsigned i = 0; i < hold->holder_count; i++)
            fprintf(out, "%s%d", i ? "," : "", hold->holders[i]);
        fputc(']', out);
    }
}

void manifest_map(FILE *out, const char *type, const struct bpf_map_info *info, bool frozen,
                  long long memlock, const struct hold *hold)
{
    fprintf(out, "{\"kind\":\"map\",\"id\":%u", info->id);
    write_string(out, "type", type);
    write_string(out, "name", info->name);
    fprintf(out, ",\"key_size\":%u,\"value_size\":%u,\"max_entries\":%u,\"map_flags\":%u",
            info->key_size, info->value_size, info->max_entries, info->map_flags);
    fprintf(out, ",\"frozen\":%s", frozen ? "true" : "false");
    write_hold(out, hold);
    write_number(out, "memlock", memlock, memlock >= 0);
    fputs("}\n", out);
}

void manifest_program(FILE *out, const char *type, const struct bpf_prog_info *info,
                      long long memlock, const struct hold *hold)
{
    fprintf(out, "{\"kind\":\"program\",\"id\":%u", info->id);
    write_string(out, "type", type);
    write_string(out, "name", info->name);
    fputs(",\"tag\":\"", out);
    for (size_t i = 0; i < sizeof(info->tag); i++)
        fprintf(out, "%02x", info->tag[i]);
    fputs("\",\"map_ids\":[", out);
    const uint32_t *ids = (const uint32_t *)(uintptr_t)info->map_ids;
    for (uint32_t i = 0; i < info->nr_map_ids; i++)
        fprintf(out, "%s%u", i ? "," : "", ids[i]);
    fputc(']', out);
    write_hold(out, hold);
    write_number(out, "memlock", memlock, memlock >= 0);
    fputs("}\n", out);
}

void manifest_link(FILE *out, const char *type, const struct bpf_link_info *info,
                   const struct hold *hold)
{
    fprintf(out, "{\"kind\":\"link\",\"id\":%u", info->id);
    write_string(out, "type", type);
    fprintf(out, ",\"program_id\":%u", info->prog_id);
    write_hold(out, hold);
    fputs("}\n", out);
}

void manifest_unsupported(FILE *out, const char *object, const char *what, int number)
{
    fprintf(out, "{\"kind\":\"unsupported\",\"object\":\"%s\"", object);
    write_string(out, "what", what);
    write_string(out, "errno", errno_name(number));
    fputs("}\n", out);
}

static struct {
    unsigned *ids;
    size_t count, capacity;
} printed[OBJECT_KINDS];

static void remember(enum object_kind kind, unsigned id)
{
    if (printed[kind].count == printed[kind].capacity) {
        size_t capacity = printed[kind].capacity ? printed[kind].capacity * 2 : 64;
        unsigned *ids = realloc(printed[kind].ids, capacity * sizeof(*ids));
        if (!ids)
            return;
        printed[kind].ids = ids;
        printed[kind].capacity = capacity;
    }
    printed[kind].ids[printed[kind].count++] = id;
}

static void remember_line(const char *line)
{
    static const char *const starts[OBJECT_KINDS] = {
        [OBJECT_MAP] = "{\"kind\":\"map\",\"id\":",
        [OBJECT_PROGRAM] = "{\"kind\":\"program\",\"id\":",
        [OBJECT_LINK] = "{\"kind\":\"link\",\"id\":",
    };
    for (int kind = 0; kind < OBJECT_KINDS; kind++) {
        size_t length = strlen(starts[kind]);
        if (strncmp(line, starts[kind], length) == 0)
            remember((enum object_kind)kind, (unsigned)strtoul(line + length, NULL, 10));
    }
}

// Every process finds the same things unsupported; say so once.
static bool is_repetition(const char *line)
{
    static char *seen[128];
    static size_t count;
    if (strncmp(line, "{\"kind\":\"unsupported\"", 21) != 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(seen[i], line) == 0)
            return true;
    if (count < sizeof(seen) / sizeof(seen[0]) && (seen[count] = strdup(line)))
        count++;
    return false;
}

void manifest_print(char *text)
{
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (is_repetition(line))
            continue;
        remember_line(line);
        puts(line);
    }
}

void manifest_ready(void)
{
    puts("{\"kind\":\"ready\"}");
    fflush(stdout);
}

static unsigned drop_destroyed(void)
{
    unsigned left = 0;
    for (int kind = 0; kind < OBJECT_KINDS; kind++) {
        size_t kept = 0;
        for (size_t i = 0; i < printed[kind].count; i++)
            if (bpf_id_exists((enum object_kind)kind, printed[kind].ids[i]))
                printed[kind].ids[kept++] = printed[kind].ids[i];
        printed[kind].count = kept;
        left += (unsigned)kept;
    }
    return left;
}

unsigned manifest_await_destruction(unsigned milliseconds)
{
    const unsigned step = 10;
    for (unsigned waited = 0;; waited += step) {
        unsigned left = drop_destroyed();
        if (left == 0 || waited >= milliseconds)
            return left;
        usleep(step * 1000);
    }
}
