/// The text that every recording carries, so that it explains itself wherever it is sent.
enum RecordingReadme {
    static let text = """
        # A recording of what a host told about its eBPF objects

        Made by `ebpf-metrics record`, read by `ebpf-metrics collect --replay FOLDER`, and the same with `doctor` and `serve`. \
        Whoever replays it needs no right, and no bpf(2). Format \(Recording.format).

        | file | what it holds |
        |---|---|
        | `recording.json` | who recorded, when, as whom (uid, capabilities), and what trials of system calls answered |
        | `paths.jsonl` | a line for each path that was looked at: `stat`, `entries` of a directory (each begins with its type as in `ls -l`), `link` text, `file` (true: its contents are below `files/`), `same_as` (the contents are those of another path), `pin_rdonly` and `pin_rdwr` (what opening a pin gave) |
        | `files/` | the contents of files of procfs and sysfs, as the kernel printed them; of kallsyms the lines of BPF programs only |
        | `bpf/programs.jsonl`, `maps.jsonl`, `links.jsonl` | a line for each object: the kernel's record, and the fdinfo of an open descriptor; of a program whose name may be cut short, the name of its function |
        | `bpf/copies.jsonl` | what came of copying descriptors of other processes |
        | `threads.jsonl` | which threads share one table of descriptors |

        An `error` is what the kernel refused with, by its name. Bytes that are no printable ASCII are written `\\xHH`. What a \
        descriptor that is no BPF object leads to is not recorded: neither its link (it is empty) nor its fdinfo (`"file":false`).

        """
}
