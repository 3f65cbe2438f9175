#include <bpf/bpf.h>
