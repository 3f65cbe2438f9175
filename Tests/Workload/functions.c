#define _GNU_SOURCE
#include "functions.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"

#define KIND(kind, members) ((uint32_t)(kind) << 24 | (members))

// Names: "", "int", "c", and the function's. Types: int, what takes a pointer to it, the
// function.
struct function_btf {
    struct {
        uint16_t magic;
        uint8_t version, flags;
        uint32_t header, type_offset, type_length, name_offset, name_length;
    } header;
    uint32_t integer[4], pointer[3], prototype[5], function[3];
    char names[7 + 128];
};

int load_function_btf(const char *name, uint32_t *type)
{
    struct function_btf btf = {
        .header = {.magic = 0xeb9f,
                   .version = 1,
                   .header = sizeof(btf.header),
                   .type_length = offsetof(struct function_btf, names) - sizeof(btf.header),
                   .name_offset = offsetof(struct function_btf, names) - sizeof(btf.header)},
        // Signed, 32 bits.
        .integer = {1, KIND(1, 0), 4, 1u << 24 | 32},
        .pointer = {0, KIND(2, 0), 1},
        .prototype = {0, KIND(13, 1), 1, 5, 2},
        .function = {7, KIND(12, 0), 3},
        .names = "\0int\0c",
    };
    snprintf(btf.names + 7, sizeof(btf.names) - 7, "%s", name);
    btf.header.name_length = 7 + (uint32_t)strlen(btf.names + 7) + 1;
    union bpf_attr attr = {0};
    attr.btf = (uintptr_t)&btf;
    attr.btf_size = offsetof(struct function_btf, names) + btf.header.name_length;
    *type = 4;
    return bpf_call(BPF_BTF_LOAD, &attr);
}

int create_functions(const struct share *share)
{
    static const struct {
        const char *name, *function;
        unsigned filler;
    } programs[] = {
        {"wlf_a_function_whose_name", "wlf_a_function_whose_name_is_no_small_name", 0},
        {"wlf_just_a_name", "wlf_just_a_name", 0},
        {"wlf_another_name", "wlf_whose_program_is_called_otherwise", 0},
        {"wlf_alone_in_having", "wlf_alone_in_having_its_code", 3},
    };
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        struct program_shape shape = {.name = programs[i].name,
                                      .function = programs[i].function,
                                      .filler = programs[i].filler,
                                      .constant = 4711};
        int fd = load_program("socket_filter", &shape);
        if (fd < 0) {
            complain("cannot load a program with BTF: %s", errno_name(errno));
            return -1;
        }
        struct hold hold = hold_by_fd(share, fd);
        if (record_program(share->out, fd, "socket_filter", &hold) != 0)
            return -1;
    }
    return 0;
}
