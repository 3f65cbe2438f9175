// bpf(2): the commands and records the collector reads with. The layouts are the
// kernel's stable ABI; they are spelled out here so that building does not depend
// on how new the installed kernel headers are. The kernel fills what it knows and
// leaves the rest zero; it never writes past the length it is given.
#ifndef CLINUX_BPF_H
#define CLINUX_BPF_H

#include <stdint.h>

enum clinux_bpf_cmd {
    CLINUX_BPF_OBJ_GET = 7,
    CLINUX_BPF_OBJ_GET_INFO_BY_FD = 15,
    CLINUX_BPF_BTF_GET_FD_BY_ID = 19,
    CLINUX_BPF_ENABLE_STATS = 32,
};

static const uint32_t CLINUX_BPF_F_RDONLY = 1u << 3;

// Up to and including the fields of kernel 5.16 (232 bytes in the newest).
struct clinux_prog_info {
    uint32_t type;
    uint32_t id;
    uint8_t tag[8];
    uint32_t jited_prog_len;
    uint32_t xlated_prog_len;
    uint64_t jited_prog_insns;
    uint64_t xlated_prog_insns;
    uint64_t load_time; // ns since boot
    uint32_t created_by_uid;
    uint32_t nr_map_ids; // in: room, out: how many there are
    uint64_t map_ids;    // user pointer to uint32_t[]
    char name[16];
    uint32_t ifindex;
    uint32_t gpl_compatible; // bit 0
    uint64_t netns_dev;
    uint64_t netns_ino;
    uint32_t nr_jited_ksyms;
    uint32_t nr_jited_func_lens;
    uint64_t jited_ksyms;
    uint64_t jited_func_lens;
    uint32_t btf_id;
    uint32_t func_info_rec_size;
    uint64_t func_info;
    uint32_t nr_func_info;
    uint32_t nr_line_info;
    uint64_t line_info;
    uint64_t jited_line_info;
    uint32_t nr_jited_line_info;
    uint32_t line_info_rec_size;
    uint32_t jited_line_info_rec_size;
    uint32_t nr_prog_tags;
    uint64_t prog_tags;
    uint64_t run_time_ns;      // 5.1
    uint64_t run_cnt;          // 5.1
    uint64_t recursion_misses; // 5.12
    uint32_t verified_insns;   // 5.16
    uint32_t attach_btf_obj_id;
    uint32_t attach_btf_id;
    uint32_t pad;
};

struct clinux_map_info {
    uint32_t type;
    uint32_t id;
    uint32_t key_size;
    uint32_t value_size;
    uint32_t max_entries;
    uint32_t map_flags;
    char name[16];
    uint32_t ifindex;
    uint32_t btf_vmlinux_value_type_id;
    uint64_t netns_dev;
    uint64_t netns_ino;
    uint32_t btf_id;
    uint32_t btf_key_type_id;
    uint32_t btf_value_type_id;
    uint32_t pad;
    uint64_t map_extra; // 5.16
};

struct clinux_link_info {
    uint32_t type;
    uint32_t id;
    uint32_t prog_id;
    uint32_t pad;
    union {
        struct {
            uint64_t tp_name;
            uint32_t tp_name_len;
        } raw_tracepoint;
        struct {
            uint32_t attach_type;
            uint32_t target_obj_id;
            uint32_t target_btf_id;
        } tracing;
        struct {
            uint64_t cgroup_id;
            uint32_t attach_type;
        } cgroup;
        struct {
            uint32_t netns_ino;
            uint32_t attach_type;
        } netns;
        struct {
            uint32_t ifindex;
        } xdp;
        struct {
            uint32_t map_id;
        } struct_ops;
        struct {
            uint32_t ifindex;
            uint32_t attach_type;
        } tcx; // netkit has the same layout
        uint8_t room[48];
    } u;
};

// Which type of a program's BTF its functions are, the main one first. 5.0.
struct clinux_func_info {
    uint32_t insn_off;
    uint32_t type_id;
};

// Up to the fields of kernel 5.11.
struct clinux_btf_info {
    uint64_t btf;      // user pointer to room for the BTF
    uint32_t btf_size; // in: room, out: how long it is
    uint32_t id;
};

// The number of bytes of `info` that this kernel knows.
int clinux_bpf_obj_info(int fd, void *info, uint32_t size);
// Opens a pin. `flags`: 0 (read and write) or CLINUX_BPF_F_RDONLY.
int clinux_bpf_obj_get(const char *path, uint32_t flags);
// Opens a BTF object by its id. Takes CAP_SYS_ADMIN. 4.18.
int clinux_bpf_btf_by_id(uint32_t id);
// An fd that keeps run statistics of programs on while it is open. Takes CAP_SYS_ADMIN. Kernel 5.8.
int clinux_bpf_enable_stats(void);

#endif
