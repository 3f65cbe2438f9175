#define _GNU_SOURCE 1
#include "clinux_bpf.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

static long call_bpf(enum clinux_bpf_cmd cmd, void *attr, unsigned size) {
    long result = syscall(SYS_bpf, cmd, attr, size);
    return result < 0 ? -errno : result;
}

int clinux_bpf_obj_info(int fd, void *info, uint32_t size) {
    struct {
        uint32_t bpf_fd, info_len;
        uint64_t info;
    } attr = {.bpf_fd = (uint32_t)fd, .info_len = size, .info = (uint64_t)(uintptr_t)info};
    long result = call_bpf(CLINUX_BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr);
    return result < 0 ? (int)result : (int)attr.info_len;
}

int clinux_bpf_obj_get(const char *path, uint32_t flags) {
    struct {
        uint64_t pathname;
        uint32_t bpf_fd, file_flags;
    } attr = {.pathname = (uint64_t)(uintptr_t)path, .file_flags = flags};
    return (int)call_bpf(CLINUX_BPF_OBJ_GET, &attr, sizeof attr);
}

int clinux_bpf_btf_by_id(uint32_t id) {
    struct {
        uint32_t btf_id;
    } attr = {.btf_id = id};
    return (int)call_bpf(CLINUX_BPF_BTF_GET_FD_BY_ID, &attr, sizeof attr);
}

int clinux_bpf_enable_stats(void) {
    // BPF_STATS_RUN_TIME is 0.
    uint32_t type = 0;
    return (int)call_bpf(CLINUX_BPF_ENABLE_STATS, &type, sizeof type);
}
